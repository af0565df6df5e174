package differential

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes a script from a seed. It never sees an answer, so a seed is the same script for ever.
type generator struct {
	*rand.Rand
	types  []*kind
	tables []*table
	views  []*table
	list   []*statement
	clock  int64 // of USING TIMESTAMP
	ttl    int
	taken  map[string]bool // odd names that the table being made has

	// now is the statement being made; its text's holes point into now.values.
	now *statement
	// pinned are the partition key's values of a batch with conditions.
	pinned map[*column]value
	// derived is set for scripts with indexes and views.
	derived bool
	// marking is the percentage of values that are bound.
	marking int
}

// generate returns the statements of a seed: types, tables, then so many others, some of which make indexes and views where derived is set.
func generate(seed uint64, statements int, derived bool) []*statement {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x48656c656e7573)), clock: 1000, derived: derived}
	for range g.IntN(3) {
		g.createType()
	}
	for range 1 + g.IntN(3) {
		g.createTable()
	}
	for range statements {
		g.add(g.statement())
	}
	return g.list
}

func (g *generator) add(s *statement) {
	g.list = append(g.list, s)
	if s.pure && s.effect != nil {
		s.effect()
	}
}

// statement makes one that is neither a CREATE TABLE nor a CREATE TYPE.
func (g *generator) statement() *statement {
	s := &statement{bound: map[int]bool{}, pure: true}
	g.now, g.marking = s, 0
	if g.chance(35) {
		g.marking = []int{30, 70, 100}[g.IntN(3)]
	}
	switch n := g.IntN(1000); {
	case g.derived && n%12 == 0:
		return g.derive()
	case n < 35:
		return g.alter()
	case n < 450:
		g.write(s)
	default:
		s.template = g.selects()
		if g.chance(40) {
			s.paging = []int{1, 2, 3, 7}[g.IntN(4)]
		}
	}
	s.descending = slices.ContainsFunc(slices.Concat(g.tables, g.views), func(t *table) bool {
		return strings.Contains(s.template, " "+t.name) && slices.ContainsFunc(t.clustering, func(c *column) bool { return c.desc })
	})
	if g.chance(8) {
		g.spoil(s)
	}
	return s
}

// hole puts a value into the statement being made and returns its place.
func (g *generator) hole(v value) string {
	n := len(g.now.values)
	g.now.values = append(g.now.values, v)
	if v.bind != "" && g.chance(g.marking) && !(v.loose && g.ordersByCollections()) {
		g.now.bound[n] = true
	}
	return fmt.Sprintf("\x01%d\x01", n)
}

// ordersByCollections says whether a table has a clustering column with a set or map in it.
func (g *generator) ordersByCollections() bool {
	return slices.ContainsFunc(g.tables, func(t *table) bool {
		return slices.ContainsFunc(t.clustering, func(c *column) bool { return c.kind.holds("set") || c.kind.holds("map") })
	})
}

// term returns a place with a value for a type; seldom one of another type, null, unset, a function or an expression of the type.
func (g *generator) term(k *kind) string {
	switch n := g.IntN(200); {
	case n < 3:
		return g.hole(g.value(g.kindOf(1, false)))
	case n < 5:
		return g.hole(null)
	case n < 7:
		return g.hole(value{literal: "null", bind: `{"unset": true}`, doc: "null"})
	case n < 8:
		return g.hole(value{literal: "null", bind: `{"hex": ""}`, doc: `""`})
	case n < 18:
		return g.computed(k)
	}
	return g.hole(g.value(k))
}

// computed is a term that is no plain value.
func (g *generator) computed(k *kind) string {
	plain := func() string { return g.hole(g.value(k)) }
	switch {
	case k.number() && g.chance(60):
		return plain() + pick(g, []string{" + ", " - ", " * ", " / ", " % "}) + plain()
	case k.number() && g.chance(30):
		return "-" + plain()
	case k.is("blob"):
		other := native(pick(g, natives))
		return pick(g, []string{other.name + "_as_blob(", other.name + "AsBlob("}) + g.hole(g.value(other)) + ")"
	case k.is("timestamp", "date") && g.chance(50):
		return plain() + pick(g, []string{" + ", " - "}) + pick(g, []string{"1d", "2mo", "36h", "1h"})
	case k.is("timestamp"):
		return pick(g, []string{"to_timestamp(", "toTimestamp("}) + g.hole(g.value(native(pick(g, []string{"date", "timeuuid"})))) + ")"
	case k.is("date"):
		return "to_date(" + g.hole(g.value(native(pick(g, []string{"timestamp", "timeuuid"})))) + ")"
	case k.is("timeuuid"):
		return pick(g, []string{"min_timeuuid(", "maxTimeuuid("}) + g.hole(g.value(native("timestamp"))) + ")"
	case len(k.of) == 0 && g.chance(50):
		return k.name + "_as_blob(" + plain() + ")"
	case len(k.of) == 0 && g.chance(50):
		return "blob_as_" + k.name + "(" + k.name + "_as_blob(" + plain() + "))"
	case g.chance(30):
		return "from_json(" + g.hole(value{literal: "'" + doubled(g.value(k).doc) + "'"}) + ")"
	case !k.user:
		return "(" + k.String() + ")" + plain()
	}
	return plain()
}

func doubled(s string) string {
	out := ""
	for _, r := range s {
		if r == '\'' {
			out += "'"
		}
		out += string(r)
	}
	return out
}

func (g *generator) table() *table { return g.tables[g.IntN(len(g.tables))] }

// chance is true in so many of a hundred cases.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, of []T) T { return of[g.IntN(len(of))] }

// some returns each element with a chance, in order.
func some[T any](g *generator, of []T, percent int) []T {
	var out []T
	for _, v := range of {
		if g.chance(percent) {
			out = append(out, v)
		}
	}
	return out
}

// timestamp is one near the others, later ones mostly later.
func (g *generator) timestamp() string {
	g.clock += 10
	return fmt.Sprint(g.clock + int64(g.IntN(80)) - 40)
}

// lifetime is a TTL far from every other, so that which of two cells expires later does not depend on the time of day.
func (g *generator) lifetime() string {
	g.ttl++
	if g.chance(5) {
		return "0"
	}
	return fmt.Sprint(100000 + 10000*(g.ttl*37%500))
}
