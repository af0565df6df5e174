package differential

import (
	"fmt"
	"slices"
	"strings"
)

// derive makes or drops an index or a materialized view.
func (g *generator) derive() *statement {
	switch n := g.IntN(100); {
	case n < 55:
		return g.createIndex()
	case n < 65:
		return &statement{template: "DROP INDEX " + pick(g, []string{"", "IF EXISTS "}) + fmt.Sprintf("i%d", g.IntN(8)), pure: true}
	case n < 92:
		return g.createView()
	default:
		return &statement{template: "DROP MATERIALIZED VIEW " + pick(g, []string{"", "IF EXISTS "}) + fmt.Sprintf("m%d", g.IntN(4)), pure: true}
	}
}

func (g *generator) createIndex() *statement {
	t := g.table()
	c := pick(g, t.data())
	if g.chance(25) {
		c = pick(g, t.all())
	}
	text := "CREATE INDEX " + pick(g, []string{"", "", "", "IF NOT EXISTS "})
	if !g.chance(10) {
		text += fmt.Sprintf("i%d ", g.IntN(8))
	}
	text += "ON " + t.name + " (" + g.target(c) + ")"
	if g.chance(55) {
		text += " USING 'sai'"
		if g.chance(20) || c.kind.is("text", "ascii") && g.chance(50) {
			text += " WITH OPTIONS = {'" + pick(g, []string{"case_sensitive", "normalize", "ascii"}) + "': '" + pick(g, []string{"true", "false"}) + "'}"
		}
	}
	return &statement{template: text, pure: true, effect: func() { t.indexed = append(t.indexed, c) }}
}

// target is what of a column an index is on.
func (g *generator) target(c *column) string {
	of := ""
	switch {
	case c.kind.collection() && c.kind.frozen:
		of = pick(g, []string{"full", "full", "", "values"})
	case c.kind.is("map"):
		of = pick(g, []string{"keys", "values", "entries", ""})
	case c.kind.collection():
		of = pick(g, []string{"values", "", "full"})
	case g.chance(4):
		of = pick(g, []string{"keys", "values", "entries", "full"})
	}
	if of == "" {
		return c.name
	}
	return of + "(" + c.name + ")"
}

// byIndex is a restriction of an indexed column.
func (g *generator) byIndex(t *table) string {
	c := pick(g, t.indexed)
	if c.kind.collection() || g.chance(25) {
		return g.relation(c.name, c.kind)
	}
	return c.name + " = " + g.term(c.kind)
}

// createView makes a view whose key is that of the table in another order, most often with one column more.
func (g *generator) createView() *statement {
	t := g.table()
	v := &table{name: fmt.Sprintf("m%d", g.IntN(4)), counter: t.counter, transactions: t.transactions}
	key := t.key()
	g.Shuffle(len(key), func(i, j int) { key[i], key[j] = key[j], key[i] })
	if g.chance(70) && len(t.rest) > 0 {
		key = slices.Insert(key, g.IntN(len(key)+1), pick(g, t.rest))
	}
	partition := 1
	if g.chance(20) {
		partition = 1 + g.IntN(len(key))
	}
	for _, c := range key {
		// a view has its own names once columns are renamed, so it gets columns of its own
		v.partition = append(v.partition, &column{name: c.name, kind: c.kind})
	}
	v.partition, v.clustering = v.partition[:partition], slices.Clone(v.partition[partition:])
	shown := "*"
	others := slices.DeleteFunc(t.data(), func(c *column) bool { return slices.Contains(key, c) })
	if g.chance(40) {
		others = some(g, others, 60)
		shown = join(append(v.key(), others...))
	}
	for _, c := range others {
		v.rest = append(v.rest, &column{name: c.name, kind: c.kind})
	}
	var where []string
	for _, c := range v.key() {
		if !g.chance(3) {
			where = append(where, c.name+" IS NOT NULL")
		}
	}
	if len(where) == 0 || g.chance(4) {
		where = append(where, g.relation(t.partition[0].name, t.partition[0].kind))
	}
	s := &statement{bound: map[int]bool{}, pure: true}
	pk := "(" + join(v.partition) + ")"
	if len(v.clustering) > 0 {
		pk += ", " + join(v.clustering)
	}
	s.template = "CREATE MATERIALIZED VIEW " + v.name + " AS SELECT " + shown + " FROM " + t.name + " WHERE " + strings.Join(where, " AND ") + " PRIMARY KEY (" + pk + ")"
	if len(v.clustering) > 0 && g.chance(20) {
		v.clustering[0].desc = true
		s.template += " WITH CLUSTERING ORDER BY (" + v.clustering[0].name + " DESC)"
	}
	s.values, s.effect = g.now.values, func() {
		g.views = slices.DeleteFunc(g.views, func(o *table) bool { return o.name == v.name })
		g.views = append(g.views, v)
	}
	return s
}

// source is what a SELECT is from.
func (g *generator) source() *table {
	if len(g.views) > 0 && g.chance(40) {
		return pick(g, g.views)
	}
	return g.table()
}
