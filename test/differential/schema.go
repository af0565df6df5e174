package differential

import (
	"fmt"
	"slices"
	"strings"
)

// column is a column as the generator believes it to be.
type column struct {
	name string // as written in CQL, quotes included
	kind *kind
	desc bool
}

// table is a table as the generator believes it to be.
type table struct {
	name                                string
	partition, clustering, static, rest []*column
	counter                             bool
	transactions                        bool // has lightweight transactions, whose timestamps are the clock's
	compact                             bool
	indexed                             []*column
}

func (t *table) key() []*column { return append(slices.Clone(t.partition), t.clustering...) }

func (t *table) data() []*column { return append(slices.Clone(t.static), t.rest...) }

func (t *table) all() []*column { return append(t.key(), t.data()...) }

// names are for the fourth column of a kind and on; the first have short names.
var oddNames = []string{`"Mixed"`, `"select"`, `key`, `value`, `ttl`, `"a b"`, `type`, `"q""q"`}

func (g *generator) columnName(prefix string, n int) string {
	if g.chance(4) {
		odd := oddNames[g.IntN(len(oddNames))]
		if !g.taken[odd] {
			g.taken[odd] = true
			return odd
		}
	}
	return fmt.Sprintf("%s%d", prefix, n)
}

// kindOf returns a type for a column. depth bounds nesting; inKey asks for one that keys may have.
func (g *generator) kindOf(depth int, inKey bool) *kind {
	n := g.IntN(100)
	if depth == 0 || n < 55 {
		for {
			k := native(natives[g.IntN(len(natives))])
			if inKey && k.is("duration") {
				continue
			}
			return k
		}
	}
	var k *kind
	switch {
	case n < 65:
		k = &kind{name: "list", of: []*kind{g.element(depth, inKey)}}
	case n < 75:
		k = &kind{name: "set", of: []*kind{g.element(depth, true)}}
	case n < 85:
		k = &kind{name: "map", of: []*kind{g.element(depth, true), g.element(depth, inKey)}}
	case n < 91:
		k = &kind{name: "tuple"}
		for range 1 + g.IntN(3) {
			k.of = append(k.of, g.element(depth, inKey))
		}
		return k
	case n < 95:
		if inKey && !g.chance(10) {
			return g.kindOf(0, true)
		}
		return &kind{name: "vector", of: []*kind{native([]string{"float", "float", "int", "text"}[g.IntN(4)])}, size: fmt.Sprint(1 + g.IntN(3))}
	default:
		if len(g.types) == 0 {
			return g.kindOf(0, inKey)
		}
		u := *g.types[g.IntN(len(g.types))]
		if inKey && u.holds("duration") {
			return g.kindOf(0, true)
		}
		k = &u
	}
	k.frozen = inKey || g.chance(35)
	return k
}

func (g *generator) element(depth int, inKey bool) *kind {
	return g.kindOf(depth-1, inKey).freeze()
}

func (g *generator) createType() {
	u := &kind{name: fmt.Sprintf("u%d", len(g.types)), user: true}
	var defs []string
	for i := range 1 + g.IntN(3) {
		f := g.kindOf(1, g.chance(50)).freeze()
		u.fields, u.of = append(u.fields, fmt.Sprintf("f%d", i)), append(u.of, f)
		defs = append(defs, u.fields[i]+" "+f.String())
	}
	g.add(&statement{template: "CREATE TYPE " + u.name + " (" + strings.Join(defs, ", ") + ")", pure: true})
	g.types = append(g.types, u)
}

func (g *generator) createTable() {
	t := &table{name: fmt.Sprintf("t%d", len(g.tables)), counter: g.chance(12), transactions: g.chance(30)}
	g.taken = map[string]bool{}
	for i := range 1 + g.IntN(5)/3 {
		t.partition = append(t.partition, &column{name: g.columnName("p", i), kind: g.kindOf(g.IntN(2), true)})
	}
	for i := range g.IntN(4) {
		t.clustering = append(t.clustering, &column{name: g.columnName("c", i), kind: g.kindOf(g.IntN(2), true), desc: g.chance(30)})
	}
	data := func(prefix string, n int) (out []*column) {
		for i := range n {
			c := &column{name: g.columnName(prefix, i), kind: g.kindOf(2, false)}
			if t.counter {
				c.kind = native("counter")
			}
			out = append(out, c)
		}
		return out
	}
	if len(t.clustering) > 0 {
		t.static = data("s", g.IntN(3))
	}
	t.rest = data("v", 1+g.IntN(4))
	t.compact = g.chance(4)
	if t.compact {
		t.static, t.transactions = nil, false
		if len(t.clustering) > 0 {
			t.rest = t.rest[:1]
		}
	}
	if t.counter {
		t.transactions = false
	}
	g.add(&statement{template: t.create(g), pure: true})
	g.tables = append(g.tables, t)
}

func (t *table) create(g *generator) string {
	var defs []string
	for _, c := range t.key() {
		defs = append(defs, c.name+" "+c.kind.String())
	}
	for _, c := range t.static {
		defs = append(defs, c.name+" "+c.kind.String()+" static")
	}
	for _, c := range t.rest {
		defs = append(defs, c.name+" "+c.kind.String())
	}
	key := "(" + join(t.partition) + ")"
	if len(t.clustering) > 0 {
		key += ", " + join(t.clustering)
	}
	defs = append(defs, "PRIMARY KEY ("+key+")")
	text := "CREATE TABLE " + t.name + " (" + strings.Join(defs, ", ") + ")"
	var with []string
	if t.compact {
		with = append(with, "COMPACT STORAGE")
	}
	if slices.ContainsFunc(t.clustering, func(c *column) bool { return c.desc }) {
		var order []string
		for _, c := range t.clustering {
			order = append(order, c.name+map[bool]string{true: " DESC", false: " ASC"}[c.desc])
		}
		with = append(with, "CLUSTERING ORDER BY ("+strings.Join(order, ", ")+")")
	}
	if g.chance(5) && !t.counter {
		with = append(with, "default_time_to_live = 864000")
	}
	if g.chance(5) {
		with = append(with, "comment = 'a comment'")
	}
	if len(with) > 0 {
		text += " WITH " + strings.Join(with, " AND ")
	}
	return text
}

func join(columns []*column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// alter changes the schema on the way.
func (g *generator) alter() *statement {
	t := g.table()
	switch n := g.IntN(100); {
	case n < 30:
		c := &column{name: fmt.Sprintf("n%d", g.IntN(4)), kind: g.kindOf(2, false)}
		if t.counter {
			c.kind = native("counter")
		}
		return &statement{template: "ALTER TABLE " + t.name + " ADD " + c.name + " " + c.kind.String(), pure: true, effect: func() {
			if !slices.ContainsFunc(t.all(), func(o *column) bool { return o.name == c.name }) {
				t.rest = append(t.rest, c)
			}
		}}
	case n < 50:
		c := pick(g, t.all())
		return &statement{template: "ALTER TABLE " + t.name + " DROP " + c.name, pure: true, effect: func() {
			gone := func(o *column) bool { return o == c }
			t.static, t.rest = slices.DeleteFunc(t.static, gone), slices.DeleteFunc(t.rest, gone)
		}}
	case n < 60:
		c := pick(g, t.all())
		next := fmt.Sprintf("r%d", g.IntN(5))
		return &statement{template: "ALTER TABLE " + t.name + " RENAME " + c.name + " TO " + next, pure: true, effect: func() {
			if slices.Contains(t.key(), c) && !slices.ContainsFunc(t.all(), func(o *column) bool { return o.name == next }) {
				c.name = next
			}
		}}
	case n < 70 && len(g.types) > 0:
		u := pick(g, g.types)
		f := g.kindOf(1, false).freeze()
		name := fmt.Sprintf("f%d", 3+g.IntN(3))
		return &statement{template: "ALTER TYPE " + u.name + " ADD " + name + " " + f.String(), pure: true}
	case n < 75 && len(g.types) > 0:
		u := pick(g, g.types)
		return &statement{template: "ALTER TYPE " + u.name + " RENAME " + u.fields[0] + " TO g" + fmt.Sprint(g.IntN(3)), pure: true}
	case n < 78:
		return &statement{template: "ALTER TABLE " + t.name + " ALTER " + pick(g, t.all()).name + " TYPE " + g.kindOf(1, false).String(), pure: true}
	case n < 84:
		option := pick(g, []string{"comment = 'x'", "gc_grace_seconds = 10", "default_time_to_live = 1000000", "bloom_filter_fp_chance = 2", "caching = {'keys': 'NONE'}",
			"compaction = {'class': 'LeveledCompactionStrategy'}", "compression = {'enabled': 'false'}", "nonsense = 1", "speculative_retry = '90p'", "min_index_interval = 0", "crc_check_chance = 0.5"})
		return &statement{template: "ALTER TABLE " + t.name + " WITH " + option, pure: true}
	case n < 87:
		return &statement{template: "TRUNCATE " + t.name, pure: true}
	case n < 89 && len(g.types) > 0:
		return &statement{template: "DROP TYPE " + pick(g, g.types).name, pure: true}
	case n < 92:
		return &statement{template: "DESCRIBE TABLE " + t.name, pure: true}
	case n < 94 && len(g.types) > 0:
		return &statement{template: "DESCRIBE TYPE " + pick(g, g.types).name, pure: true}
	case n < 97:
		return &statement{template: "SELECT table_name, column_name, clustering_order, kind, position, type FROM system_schema.columns WHERE keyspace_name = 'golden'", pure: true}
	default:
		return &statement{template: "SELECT table_name, column_name, kind, type FROM system_schema.dropped_columns WHERE keyspace_name = 'golden'", pure: true}
	}
}
