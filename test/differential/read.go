package differential

import (
	"fmt"
	"slices"
	"strings"
)

func (g *generator) selects() string {
	t := g.source()
	text := "SELECT "
	distinct := false
	var group []string
	if g.chance(5) {
		text += "JSON "
	}
	switch n := g.IntN(100); {
	case n < 6:
		distinct = true
		text += "DISTINCT " + join(append(slices.Clone(t.partition), some(g, t.static, 50)...))
		if g.chance(5) {
			text += ", " + pick(g, t.all()).name
		}
	case n < 30:
		text += "*"
	case n < 38:
		text += join(some(g, t.all(), 70)) + ", " + t.partition[0].name
		text = strings.Replace(text, "SELECT , ", "SELECT ", 1)
		text = strings.Replace(text, "JSON , ", "JSON ", 1)
	default:
		aggregate := g.chance(35)
		if g.chance(12) {
			columns := t.key()
			group = names(columns[:1+g.IntN(len(columns))])
			if g.chance(5) {
				group = names(some(g, t.all(), 40))
			}
			aggregate = g.chance(80)
		}
		var parts []string
		for range 1 + g.IntN(3) {
			part := ""
			if aggregate {
				part = g.aggregate(t)
			} else {
				part = g.selector(t)
			}
			if g.chance(6) {
				part += " AS " + pick(g, []string{"x", `"X"`, "y", "count", t.partition[0].name})
			}
			parts = append(parts, part)
		}
		text += strings.Join(parts, ", ")
	}
	text += " FROM " + t.name
	where, filtering := g.where(t, distinct)
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	if len(group) > 0 {
		text += " GROUP BY " + strings.Join(group, ", ")
	}
	if len(t.clustering) > 0 && g.chance(18) {
		var order []string
		flip := g.chance(50)
		for _, c := range t.clustering[:1+g.IntN(len(t.clustering))] {
			if g.chance(5) {
				flip = !flip
			}
			order = append(order, c.name+map[bool]string{true: " DESC", false: pick(g, []string{" ASC", ""})}[c.desc != flip])
		}
		text += " ORDER BY " + strings.Join(order, ", ")
	}
	if g.chance(12) {
		text += " PER PARTITION LIMIT " + g.hole(number(fmt.Sprint(g.IntN(30)/10+1)))
	}
	if g.chance(20) {
		text += " LIMIT " + g.hole(number(fmt.Sprint(g.IntN(60)/10+g.IntN(50)/48)))
	}
	if filtering != g.chance(6) {
		text += " ALLOW FILTERING"
	}
	return text
}

func names(columns []*column) []string {
	var out []string
	for _, c := range columns {
		out = append(out, c.name)
	}
	return out
}

// where returns relations and whether they want ALLOW FILTERING, as far as the generator knows.
func (g *generator) where(t *table, distinct bool) (parts []string, filtering bool) {
	whole := true // the partition key is restricted to partitions
	switch n := g.IntN(100); {
	case n < 60:
		for _, c := range t.partition {
			if g.chance(20) {
				parts = append(parts, c.name+" IN ("+g.list3(c.kind)+")")
			} else {
				parts = append(parts, c.name+" = "+g.term(c.kind))
			}
		}
	case n < 68:
		whole = false
		left := "token(" + join(t.partition) + ")"
		parts = g.slice(left, func() string { return g.token(t) })
		if g.chance(15) {
			parts = []string{left + " = " + g.token(t)}
		}
	case n < 74:
		whole, filtering = false, true
		for _, c := range some(g, t.partition, 60) {
			parts = append(parts, g.relation(c.name, c.kind))
		}
	default:
		whole = false
	}
	if distinct && g.chance(90) {
		return parts, filtering
	}
	if len(t.clustering) > 0 && g.chance(55) {
		filtering = filtering || !whole
		if len(t.clustering) > 1 && g.chance(25) {
			parts = append(parts, g.several(t)...)
		} else {
			columns := t.clustering[:1+g.IntN(len(t.clustering))]
			if g.chance(10) {
				columns, filtering = some(g, t.clustering, 50), true
			}
			for i, c := range columns {
				switch {
				case i == len(columns)-1 && g.chance(45):
					parts = append(parts, g.slice(c.name, func() string { return g.term(c.kind) })...)
				case g.chance(20):
					parts = append(parts, c.name+" IN ("+g.list3(c.kind)+")")
				default:
					parts = append(parts, c.name+" = "+g.term(c.kind))
				}
			}
		}
	}
	if len(t.indexed) > 0 && g.chance(45) {
		for range 1 + g.IntN(4)/3 {
			parts = append(parts, g.byIndex(t))
		}
	}
	if g.chance(14) {
		filtering = true
		for range 1 + g.IntN(3)/2 {
			c := pick(g, t.all())
			parts = append(parts, g.relation(c.name, c.kind))
		}
	}
	if len(parts) > 1 && g.chance(15) {
		g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	return parts, filtering
}

func (g *generator) list3(k *kind) string {
	var parts []string
	for range g.small() {
		parts = append(parts, g.term(k))
	}
	return strings.Join(parts, ", ")
}

func (g *generator) token(t *table) string {
	if g.chance(30) {
		return g.hole(number(pick(g, []string{"0", "-9223372036854775808", "9223372036854775807", "4611686018427387904", "-4611686018427387904"})))
	}
	var parts []string
	for _, c := range t.partition {
		parts = append(parts, g.hole(g.value(c.kind)))
	}
	return "token(" + strings.Join(parts, ", ") + ")"
}

// relation is any restriction of a column.
func (g *generator) relation(left string, k *kind) string {
	switch {
	case k.collection() && g.chance(60):
		switch {
		case k.is("map") && g.chance(30):
			return left + " CONTAINS KEY " + g.term(k.of[0])
		case k.is("map") && g.chance(40):
			return left + "[" + g.term(k.of[0]) + "] = " + g.term(k.of[1])
		default:
			return left + " CONTAINS " + g.term(k.of[len(k.of)-1])
		}
	case g.chance(10):
		return left + " IN (" + g.list3(k) + ")"
	case g.chance(3):
		return left + pick(g, []string{" IS NOT NULL", " LIKE 'a%'", " != " + g.term(k)})
	}
	return left + pick(g, []string{" = ", " = ", " < ", " <= ", " > ", " >= "}) + g.term(k)
}

// several restricts several clustering columns at once.
func (g *generator) several(t *table) []string {
	columns := t.clustering[:1+g.IntN(len(t.clustering))]
	if g.chance(4) {
		columns = some(g, t.all(), 50)
	}
	if len(columns) == 0 {
		return nil
	}
	left := "(" + join(columns) + ")"
	tuple := func() string {
		var parts []string
		for _, c := range columns {
			parts = append(parts, g.term(c.kind))
		}
		if g.chance(3) {
			parts = parts[1:]
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	switch g.IntN(5) {
	case 0:
		return []string{left + " = " + tuple()}
	case 1:
		return []string{left + " IN (" + tuple() + ", " + tuple() + ")"}
	default:
		return g.slice(left, tuple)
	}
}

// aggregate is a selector with an aggregate function.
func (g *generator) aggregate(t *table) string {
	c := pick(g, t.all())
	if g.chance(60) {
		for _, o := range t.all() {
			if o.kind.number() && g.chance(50) {
				c = o
			}
		}
	}
	switch g.IntN(8) {
	case 0:
		return "count(*)"
	case 1:
		return pick(g, []string{"count(", "COUNT("}) + c.name + ")"
	case 2:
		if !t.transactions && !t.counter && g.chance(20) {
			return "max(writetime(" + c.name + "))"
		}
		return pick(g, []string{"count(1)", "sum(" + g.selector(t) + ")", "max(" + g.selector(t) + ")", c.name})
	default:
		return pick(g, []string{"min", "max", "sum", "avg"}) + "(" + c.name + ")"
	}
}

// selector is an expression of rows.
func (g *generator) selector(t *table) string {
	c := pick(g, t.all())
	if g.chance(15) {
		return g.wholeRow(t)
	}
	return g.of(t, c)
}

func (g *generator) wholeRow(t *table) string {
	c := pick(g, append(t.data(), t.partition[0]))
	switch g.IntN(6) {
	case 0:
		return "token(" + join(t.partition) + ")"
	case 1:
		return "(" + c.name + ", " + pick(g, t.all()).name + ")"
	case 2:
		return "[" + c.name + ", " + c.name + "]"
	case 3:
		if t.transactions || t.counter {
			return "token(" + join(t.partition) + ")"
		}
		return pick(g, []string{"writetime(", "writetime(", "maxwritetime("}) + c.name + ")"
	case 4:
		g.now.mask = "*"
		return "ttl(" + c.name + ")"
	default:
		return "{" + c.name + ", " + c.name + "}"
	}
}

// of is an expression over a column.
func (g *generator) of(t *table, c *column) string {
	k, n := c.kind, c.name
	switch v := g.IntN(100); {
	case v < 25:
		return n
	case v < 35:
		return "CAST(" + n + " AS " + pick(g, natives) + ")"
	case v < 40:
		return pick(g, []string{"to_json(", "toJson("}) + n + ")"
	case v < 45 && len(k.of) == 0:
		return pick(g, []string{k.name + "_as_blob(", k.name + "AsBlob("}) + n + ")"
	case v < 52:
		return pick(g, []string{"mask_null(" + n + ")", "mask_default(" + n + ")", "mask_replace(" + n + ", " + g.term(k) + ")", "mask_inner(" + n + ", 1, 1)", "mask_outer(" + n + ", 1, null, '#')", "mask_hash(" + n + ")"})
	}
	switch {
	case k.number():
		other := c
		for _, o := range t.all() {
			if o.kind.number() && g.chance(40) {
				other = o
			}
		}
		switch g.IntN(6) {
		case 0:
			return "-" + n
		case 1:
			return pick(g, []string{"abs", "exp", "log", "log10", "round"}) + "(" + n + ")"
		case 2:
			return "(" + n + pick(g, []string{" + ", " - ", " * "}) + other.name + ")" + pick(g, []string{" + ", " * "}) + g.hole(g.value(k))
		case 3:
			return n + pick(g, []string{" + ", " - ", " * ", " / ", " % "}) + g.term(native(pick(g, []string{"int", "double", "decimal", "bigint", "tinyint"})))
		default:
			return n + pick(g, []string{" + ", " - ", " * ", " / ", " % "}) + other.name
		}
	case k.is("timestamp", "date", "timeuuid"):
		return pick(g, []string{"to_date(" + n + ")", "to_timestamp(" + n + ")", "to_unix_timestamp(" + n + ")", "toDate(" + n + ")", "toUnixTimestamp(" + n + ")",
			n + " + 1d", n + " - 1mo", n + " + 2h", "floor(" + n + ", 1d)", "floor(" + n + ", 2h)", "floor(" + n + ", 1mo)", "floor(" + n + ", 7d, '2020-01-01')", "min_timeuuid(" + n + ")"})
	case k.is("time"):
		return "floor(" + n + ", " + pick(g, []string{"1h", "1m", "1d", "1s"}) + ")"
	case k.is("map"):
		return pick(g, []string{"map_keys(" + n + ")", "map_values(" + n + ")", "collection_count(" + n + ")", n + "[" + g.term(k.of[0]) + "]", n + "[" + g.term(k.of[0]) + ".." + g.term(k.of[0]) + "]", n + "[" + g.term(k.of[0]) + "..]"})
	case k.is("set"):
		return pick(g, []string{"collection_count(" + n + ")", "collection_min(" + n + ")", "collection_max(" + n + ")", n + "[" + g.term(k.of[0]) + "]", n + "[" + g.term(k.of[0]) + ".." + g.term(k.of[0]) + "]", n + "[.." + g.term(k.of[0]) + "]"})
	case k.is("list"):
		return pick(g, []string{"collection_count(" + n + ")", "collection_min(" + n + ")", "collection_max(" + n + ")", "collection_sum(" + n + ")", "collection_avg(" + n + ")", n + "[0]"})
	case k.user:
		return n + "." + pick(g, k.fields)
	case k.is("vector"):
		return pick(g, []string{"similarity_cosine", "similarity_euclidean", "similarity_dot_product"}) + "(" + n + ", " + g.term(k) + ")"
	}
	return n
}
