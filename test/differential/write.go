package differential

import (
	"fmt"
	"slices"
	"strings"
)

func (g *generator) write(s *statement) {
	t := g.table()
	switch n := g.IntN(100); {
	case n < 45:
		s.template = g.insert(t, true)
	case n < 72 || t.counter:
		s.template = g.update(t, true)
	case n < 88:
		s.template = g.delete(t, true)
	default:
		s.template = g.batch()
	}
}

// using is a USING clause. A table with transactions has none with a timestamp most of the time, since transactions take the clock's.
func (g *generator) using(t *table, ttl bool) string {
	var parts []string
	if t.transactions && !g.chance(3) {
		return ""
	}
	if !t.counter || g.chance(3) {
		parts = append(parts, "TIMESTAMP "+g.hole(number(g.timestamp())))
	}
	if ttl && (!t.counter && g.chance(12) || g.chance(1)) {
		parts = append(parts, "TTL "+g.hole(number(g.lifetime())))
	}
	if len(parts) == 0 {
		return ""
	}
	return " USING " + strings.Join(parts, " AND ")
}

func number(s string) value { return value{literal: s, bind: s, doc: s} }

// keyValue is a value for a column of the primary key.
func (g *generator) keyValue(c *column) string {
	if v, ok := g.pinned[c]; ok {
		return g.hole(v)
	}
	return g.term(c.kind)
}

func (g *generator) insert(t *table, alone bool) string {
	columns := t.key()
	if g.chance(4) {
		columns = some(g, columns, 70)
	}
	if len(t.clustering) > 0 && len(t.static) > 0 && g.chance(6) {
		columns = slices.Clone(t.partition)
		columns = append(columns, some(g, t.static, 60)...)
	} else {
		columns = append(columns, some(g, t.data(), 60)...)
	}
	text := "INSERT INTO " + t.name
	if alone && g.chance(8) && g.pinned == nil {
		var parts []string
		for _, c := range columns {
			v := g.orNull(c.kind, 6)
			name := strings.Trim(c.name, `"`)
			if c.name[0] == '"' {
				name = `"` + name + `"`
			}
			parts = append(parts, quoteJSON(name)+": "+v.doc)
		}
		doc := "{" + strings.Join(parts, ", ") + "}"
		text += " JSON " + g.hole(value{literal: "'" + doubled(doc) + "'", bind: quoteJSON(doc)}) + pick(g, []string{"", "", " DEFAULT UNSET", " DEFAULT NULL"})
	} else {
		var names, values []string
		for _, c := range columns {
			names = append(names, c.name)
			if slices.Contains(t.key(), c) {
				values = append(values, g.keyValue(c))
			} else if g.chance(5) {
				values = append(values, g.hole(null))
			} else {
				values = append(values, g.term(c.kind))
			}
		}
		text += " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
	}
	if t.transactions && g.chance(40) {
		return text + " IF NOT EXISTS"
	}
	if g.chance(1) {
		text += " IF NOT EXISTS"
	}
	return text + g.using(t, true)
}

func (g *generator) update(t *table, alone bool) string {
	static := len(t.static) > 0 && g.chance(20)
	pool := t.data()
	if static {
		pool = t.static
	}
	if len(pool) == 0 {
		pool = t.all()
	}
	var sets []string
	text := "UPDATE " + t.name + g.using(t, true) + " SET "
	for range 1 + g.IntN(3)/2 {
		sets = append(sets, g.assignment(pick(g, pool)))
	}
	text += strings.Join(sets, ", ") + " WHERE " + g.exactly(t, static)
	return text + g.conditions(t)
}

// exactly is a WHERE clause that names one row, seldom a little more or less.
func (g *generator) exactly(t *table, static bool) string {
	columns := t.key()
	if static {
		columns = t.partition
	}
	if g.chance(2) {
		columns = some(g, t.all(), 60)
	}
	var parts []string
	for _, c := range columns {
		_, pinned := g.pinned[c]
		if !pinned && g.chance(5) {
			parts = append(parts, c.name+" IN ("+g.term(c.kind)+", "+g.term(c.kind)+")")
			continue
		}
		parts = append(parts, c.name+" = "+g.keyValue(c))
	}
	if len(parts) == 0 {
		return t.partition[0].name + " = " + g.keyValue(t.partition[0])
	}
	return strings.Join(parts, " AND ")
}

func (g *generator) assignment(c *column) string {
	k, n := c.kind, c.name
	if k.is("counter") && g.chance(95) {
		switch g.IntN(4) {
		case 0:
			return n + " += " + g.hole(g.value(k))
		case 1:
			return n + " = " + n + " - " + g.hole(g.value(k))
		default:
			return n + " = " + n + " + " + g.hole(g.value(k))
		}
	}
	one := func(k *kind) string { return g.term(k) }
	if (k.wide() || g.chance(2)) && g.chance(60) {
		switch {
		case k.is("list"):
			switch g.IntN(6) {
			case 0:
				return n + "[" + g.hole(number(fmt.Sprint(g.IntN(3)))) + "] = " + g.orNullTerm(k.of[0])
			case 1:
				return n + " = " + one(k) + " + " + n
			case 2:
				return n + " = " + n + " - " + one(k)
			case 3:
				return n + pick(g, []string{" += ", " -= "}) + one(k)
			default:
				return n + " = " + n + " + " + one(k)
			}
		case k.is("set"):
			return n + pick(g, []string{" = " + n + " + ", " = " + n + " - ", " += ", " -= "}) + one(k)
		case k.is("map"):
			switch g.IntN(4) {
			case 0:
				return n + "[" + one(k.of[0]) + "] = " + g.orNullTerm(k.of[1])
			case 1:
				return n + pick(g, []string{" = " + n + " - ", " -= "}) + one(&kind{name: "set", of: k.of[:1]})
			default:
				return n + pick(g, []string{" = " + n + " + ", " += "}) + one(k)
			}
		case k.user:
			i := g.IntN(len(k.of))
			return n + "." + k.fields[i] + " = " + g.orNullTerm(k.of[i])
		}
	}
	return n + " = " + g.orNullTerm(k)
}

func (g *generator) orNullTerm(k *kind) string {
	if g.chance(8) {
		return g.hole(null)
	}
	return g.term(k)
}

func (g *generator) conditions(t *table) string {
	if !t.transactions && !g.chance(1) || g.chance(40) {
		return ""
	}
	if g.chance(25) {
		return " IF EXISTS"
	}
	pool := t.data()
	if len(pool) == 0 || g.chance(2) {
		pool = t.all()
	}
	var parts []string
	for range 1 + g.IntN(4)/3 {
		parts = append(parts, g.condition(pick(g, pool)))
	}
	return " IF " + strings.Join(parts, " AND ")
}

var comparisons = []string{" = ", " = ", " != ", " < ", " <= ", " > ", " >= "}

func (g *generator) condition(c *column) string {
	k, left := c.kind, c.name
	if g.chance(40) {
		switch {
		case k.is("map"):
			left, k = left+"["+g.term(k.of[0])+"]", k.of[1]
		case k.is("list"):
			left, k = left+"["+g.hole(number(fmt.Sprint(g.IntN(3))))+"]", k.of[0]
		case k.user:
			i := g.IntN(len(k.of))
			left, k = left+"."+k.fields[i], k.of[i]
		}
	}
	switch {
	case g.chance(12):
		return left + " IN (" + g.orNullTerm(k) + ", " + g.orNullTerm(k) + ")"
	case k.collection() && g.chance(20):
		return left + " CONTAINS " + g.term(k.of[len(k.of)-1])
	case k.is("map") && g.chance(20):
		return left + " CONTAINS KEY " + g.term(k.of[0])
	}
	return left + pick(g, comparisons) + g.orNullTerm(k)
}

func (g *generator) delete(t *table, alone bool) string {
	var what []string
	if g.chance(35) {
		pool := t.data()
		if g.chance(3) || len(pool) == 0 {
			pool = t.all()
		}
		for range 1 + g.IntN(3)/2 {
			c := pick(g, pool)
			name := c.name
			switch {
			case g.chance(50):
			case c.kind.is("map"):
				name += "[" + g.term(c.kind.of[0]) + "]"
			case c.kind.is("list"):
				name += "[" + g.hole(number(fmt.Sprint(g.IntN(3)))) + "]"
			case c.kind.is("set") && g.chance(30):
				name += "[" + g.term(c.kind.of[0]) + "]"
			case c.kind.user:
				name += "." + pick(g, c.kind.fields)
			}
			what = append(what, name)
		}
	}
	text := "DELETE"
	if len(what) > 0 {
		text += " " + strings.Join(what, ", ")
	}
	text += " FROM " + t.name + g.using(t, false) + " WHERE "
	if len(what) > 0 {
		text += g.exactly(t, g.chance(15))
	} else {
		text += strings.Join(g.prefix(t), " AND ")
	}
	return text + g.conditions(t)
}

// prefix is what a DELETE of rows may have: the partition key and some first clustering columns, the last perhaps as a range.
func (g *generator) prefix(t *table) []string {
	var parts []string
	for _, c := range t.partition {
		parts = append(parts, c.name+" = "+g.keyValue(c))
	}
	n := len(t.clustering)
	if n > 0 && g.chance(50) {
		n = g.IntN(n + 1)
	}
	for i, c := range t.clustering[:n] {
		switch {
		case i == n-1 && g.chance(35):
			return append(parts, g.slice(c.name, func() string { return g.term(c.kind) })...)
		case g.chance(8):
			parts = append(parts, c.name+" IN ("+g.term(c.kind)+", "+g.term(c.kind)+")")
		default:
			parts = append(parts, c.name+" = "+g.keyValue(c))
		}
	}
	return parts
}

// slice is a range of one thing: an upper bound, a lower one, or both.
func (g *generator) slice(left string, term func() string) []string {
	low, high := left+pick(g, []string{" > ", " >= "}), left+pick(g, []string{" < ", " <= "})
	switch g.IntN(3) {
	case 0:
		return []string{low + term()}
	case 1:
		return []string{high + term()}
	default:
		return []string{low + term(), high + term()}
	}
}

func (g *generator) batch() string {
	t := g.table()
	if t.transactions {
		g.pinned = map[*column]value{}
		defer func() { g.pinned = nil }()
		for _, c := range t.partition {
			if g.chance(97) {
				g.pinned[c] = g.value(c.kind)
			}
		}
	}
	text := "BEGIN " + pick(g, []string{"", "UNLOGGED "})
	if t.counter {
		text = "BEGIN COUNTER "
	}
	text += "BATCH"
	if !t.counter && g.chance(10) {
		text += " USING TIMESTAMP " + g.hole(number(g.timestamp()))
	}
	for range 1 + g.IntN(4) {
		of := t
		if !t.transactions && g.chance(30) {
			if other := g.table(); other.counter == t.counter && !other.transactions || g.chance(3) {
				of = other
			}
		}
		var part string
		switch n := g.IntN(10); {
		case n < 4 && !of.counter:
			part = g.insert(of, false)
		case n < 8 || of.counter:
			part = g.update(of, false)
		default:
			part = g.delete(of, false)
		}
		text += " " + part + ";"
	}
	return text + " APPLY BATCH"
}
