package differential

import (
	"strconv"
	"strings"
)

// pools hold a few values of each native type, so that rows meet each other. A text in quotes is a string in every form; decimals are such that no
// two are equal with different scales.
var pools = map[string][]string{
	"ascii":     {"'a'", "'b'", "'A'", "''", "'it''s'", "'zz top'"},
	"text":      {"'a'", "'b'", "'A'", "''", "'ä€'", "'it''s'", "'1'", "'a b'", "'\"q\"'"},
	"bigint":    {"0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808", "4294967296"},
	"int":       {"0", "1", "-1", "2", "3", "2147483647", "-2147483648"},
	"smallint":  {"0", "1", "-1", "2", "32767", "-32768"},
	"tinyint":   {"0", "1", "-1", "2", "127", "-128"},
	"varint":    {"0", "1", "-1", "2", "127", "128", "-129", "123456789012345678901234567890"},
	"decimal":   {"0", "1", "-1.5", "2.25", "100.001", "1E+5", "-123456789.123456789"},
	"double":    {"0.0", "1.5", "-1.5", "2.0", "1.0E100", "0.1"},
	"float":     {"0.0", "1.5", "-1.5", "2.0", "1.0E10", "0.1"},
	"boolean":   {"true", "false"},
	"blob":      {"0x", "0x00", "0xff", "0x0102", "0xcafe"},
	"date":      {"'2020-01-01'", "'1969-12-31'", "'1970-01-01'", "'2024-02-29'", "'0001-01-01'"},
	"time":      {"'00:00:00'", "'12:34:56.789'", "'23:59:59.999999999'", "'10:00:00'"},
	"timestamp": {"'2020-01-01 00:00:00+0000'", "'1969-12-31 00:00:00+0000'", "'1970-01-01 00:00:00+0000'", "'2024-02-29T12:00:00Z'", "1600000000000"},
	"timeuuid":  {"00000000-0000-1000-8080-808080808080", "50554d6e-29bb-11e5-b345-feff819cdc9f", "13814000-1dd2-11b2-8080-808080808080", "d2177dd0-eaa2-11de-a572-001b779c76e3"},
	"uuid":      {"00000000-0000-0000-0000-000000000000", "50554d6e-29bb-11e5-b345-feff819cdc9f", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "ffffffff-ffff-4fff-bfff-ffffffffffff"},
	"inet":      {"'127.0.0.1'", "'10.0.0.1'", "'::1'", "'2001:db8::1'", "'255.255.255.255'"},
	"duration":  {"1mo", "2d", "1h30m", "P1Y2M", "-1d", "1y2mo3d4h5m6s7ms8us9ns"},
	"counter":   {"0", "1", "2", "-1", "5"},
}

// stamps are the milliseconds of the pool's timestamps, for binds; days those of dates plus 2^31, nanos those of times.
var (
	stamps = map[string]string{
		"'2020-01-01 00:00:00+0000'": "1577836800000", "'1969-12-31 00:00:00+0000'": "-86400000", "'1970-01-01 00:00:00+0000'": "0",
		"'2024-02-29T12:00:00Z'": "1709208000000", "0": "0", "1600000000000": "1600000000000",
	}
	days  = map[string]int64{"'2020-01-01'": 18262, "'1969-12-31'": -1, "'1970-01-01'": 0, "'2024-02-29'": 19782, "'0001-01-01'": -719162}
	nanos = map[string]string{"'00:00:00'": "0", "'12:34:56.789'": "45296789000000", "'23:59:59.999999999'": "86399999999999", "'10:00:00'": "36000000000000"}
)

var null = value{literal: "null", bind: "null", doc: "null"}

// value returns a random value of a type. deep values may hold nulls where the type allows them.
func (g *generator) value(k *kind) value {
	if pool, ok := pools[k.name]; ok {
		return nativeValue(k.name, pool[g.IntN(len(pool))])
	}
	var parts []value
	switch {
	case k.is("list", "set"):
		for range g.small() {
			parts = append(parts, g.value(k.of[0]))
		}
		if k.name == "set" {
			return loosely(enclosed(parts, "{}", "[]"), len(parts))
		}
		return enclosed(parts, "[]", "[]")
	case k.is("map"):
		// each key once: which of two entries wins is a matter of luck in Cassandra
		keys := map[string]bool{}
		for range g.small() {
			if key := g.value(k.of[0]); !keys[key.literal] {
				keys[key.literal] = true
				parts = append(parts, entry(key, g.value(k.of[1])))
			}
		}
		return loosely(enclosed(parts, "{}", "{}"), len(parts))
	case k.is("tuple"):
		for _, e := range k.of {
			parts = append(parts, g.orNull(e, 10))
		}
		return enclosed(parts, "()", "[]")
	case k.is("vector"):
		for range vectorSize(k) {
			parts = append(parts, g.value(k.of[0]))
		}
		return enclosed(parts, "[]", "[]")
	}
	for i, e := range k.of {
		if g.chance(15) {
			continue
		}
		v := g.orNull(e, 10)
		p := value{literal: k.fields[i] + ": " + v.literal, doc: quoteJSON(k.fields[i]) + ": " + v.doc, loose: v.loose}
		if v.bind != "" {
			p.bind = quoteJSON(k.fields[i]) + ": " + v.bind
		}
		parts = append(parts, p)
	}
	v := enclosed(parts, "{}", "{}")
	return v
}

// loosely is a set or map of so many elements.
func loosely(v value, elements int) value {
	v.loose = v.loose || elements > 1
	return v
}

func (g *generator) orNull(k *kind, percent int) value {
	if g.chance(percent) {
		return null
	}
	return g.value(k)
}

// small is a collection's size.
func (g *generator) small() int { return []int{0, 1, 1, 2, 2, 3}[g.IntN(6)] }

func vectorSize(k *kind) int {
	n, _ := strconv.Atoi(k.size) // made by the generator
	return n
}

// entry is a map's entry. Bound maps are lists of pairs.
func entry(a, b value) value {
	name := a.doc
	if !strings.HasPrefix(name, `"`) {
		name = quoteJSON(name)
	}
	v := value{literal: a.literal + ": " + b.literal, doc: name + ": " + b.doc, loose: a.loose || b.loose}
	if a.bind != "" && b.bind != "" {
		v.bind = "[" + a.bind + ", " + b.bind + "]"
	}
	return v
}

func enclosed(parts []value, inCQL, inJSON string) value {
	literals, binds, docs := make([]string, len(parts)), make([]string, len(parts)), make([]string, len(parts))
	bindable, loose := true, false
	for i, p := range parts {
		literals[i], binds[i], docs[i] = p.literal, p.bind, p.doc
		bindable = bindable && p.bind != ""
		loose = loose || p.loose
	}
	v := value{
		loose:   loose,
		literal: inCQL[:1] + strings.Join(literals, ", ") + inCQL[1:],
		doc:     inJSON[:1] + strings.Join(docs, ", ") + inJSON[1:],
	}
	if bindable {
		brackets := inJSON
		if inJSON == "{}" && len(parts) > 0 && strings.HasPrefix(parts[0].bind, "[") {
			brackets = "[]"
		}
		v.bind = brackets[:1] + strings.Join(binds, ", ") + brackets[1:]
	}
	return v
}

func nativeValue(name, literal string) value {
	v := value{literal: literal, bind: literal, doc: literal}
	if strings.HasPrefix(literal, "'") {
		v.doc = quoteJSON(strings.ReplaceAll(literal[1:len(literal)-1], "''", "'"))
		v.bind = v.doc
	}
	switch name {
	case "blob", "uuid", "timeuuid":
		v.doc = quoteJSON(literal)
		v.bind = v.doc
	case "decimal":
		// as a number it would lose digits in Cassandra, and keep them in Helenus
		v.doc = quoteJSON(literal)
		v.bind = v.doc
	case "varint":
		v.bind = quoteJSON(literal)
	case "timestamp":
		v.bind = stamps[literal]
	case "date":
		v.bind = strconv.FormatInt(days[literal]+1<<31, 10)
	case "time":
		v.bind = nanos[literal]
	case "duration":
		v.doc, v.bind = quoteJSON(literal), ""
	}
	return v
}

// quoteJSON quotes what holds no control characters.
func quoteJSON(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
