package java

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"helenus/internal/cqltype"
)

type (
	run = func(m *Meter, a []any) any
)

// static is a class's constant.
type static struct {
	t     *jtype
	value any
}

var statics = map[string]static{
	"Integer.MAX_VALUE": {tInt, int32(math.MaxInt32)}, "Integer.MIN_VALUE": {tInt, int32(math.MinInt32)},
	"Long.MAX_VALUE": {tLong, int64(math.MaxInt64)}, "Long.MIN_VALUE": {tLong, int64(math.MinInt64)},
	"Short.MAX_VALUE": {tShort, int16(math.MaxInt16)}, "Short.MIN_VALUE": {tShort, int16(math.MinInt16)},
	"Byte.MAX_VALUE": {tByte, int8(math.MaxInt8)}, "Byte.MIN_VALUE": {tByte, int8(math.MinInt8)},
	"Double.MAX_VALUE": {tDouble, math.MaxFloat64}, "Double.MIN_VALUE": {tDouble, math.SmallestNonzeroFloat64}, "Double.NaN": {tDouble, math.NaN()},
	"Double.POSITIVE_INFINITY": {tDouble, math.Inf(1)}, "Double.NEGATIVE_INFINITY": {tDouble, math.Inf(-1)},
	"Float.MAX_VALUE": {tFloat, float32(math.MaxFloat32)}, "Float.NaN": {tFloat, float32(math.NaN())},
	"Float.POSITIVE_INFINITY": {tFloat, float32(math.Inf(1))}, "Float.NEGATIVE_INFINITY": {tFloat, float32(math.Inf(-1))},
	"Math.PI": {tDouble, math.Pi}, "Math.E": {tDouble, math.E},
	"Boolean.TRUE": {class("Boolean"), true}, "Boolean.FALSE": {class("Boolean"), false},
	"BigInteger.ZERO": {class("BigInteger"), big.NewInt(0)}, "BigInteger.ONE": {class("BigInteger"), big.NewInt(1)},
	"BigInteger.TWO": {class("BigInteger"), big.NewInt(2)}, "BigInteger.TEN": {class("BigInteger"), big.NewInt(10)},
	"BigDecimal.ZERO": {class("BigDecimal"), decimalInt(0)}, "BigDecimal.ONE": {class("BigDecimal"), decimalInt(1)}, "BigDecimal.TEN": {class("BigDecimal"), decimalInt(10)},
	"RoundingMode.UP": {class("RoundingMode"), enum("UP")}, "RoundingMode.DOWN": {class("RoundingMode"), enum("DOWN")},
	"RoundingMode.CEILING": {class("RoundingMode"), enum("CEILING")}, "RoundingMode.FLOOR": {class("RoundingMode"), enum("FLOOR")},
	"RoundingMode.HALF_UP": {class("RoundingMode"), enum("HALF_UP")}, "RoundingMode.HALF_DOWN": {class("RoundingMode"), enum("HALF_DOWN")},
	"RoundingMode.HALF_EVEN": {class("RoundingMode"), enum("HALF_EVEN")}, "RoundingMode.UNNECESSARY": {class("RoundingMode"), enum("UNNECESSARY")},
	"Locale.ROOT": {class("Locale"), enum("")}, "Locale.US": {class("Locale"), enum("en_US")}, "Locale.ENGLISH": {class("Locale"), enum("en")},
}

var objectMethods = []declared{
	{"Object.equals(Object):boolean", func(m *Meter, a []any) any { return equals(m, a[0], a[1]) }},
	{"Object.hashCode():int", func(m *Meter, a []any) any { return hashCode(m, a[0]) }},
	{"Object.toString():String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"Object.new():Object", func(m *Meter, a []any) any { m.charge(0); return &builder{} }},
	{"Comparable.compareTo(Object):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
	{"Class.getName():String", func(m *Meter, a []any) any { return NewString(a[0].(classOf).name) }},
}

func bounds(s *String, from, to int) {
	if from < 0 || to > s.length() || from > to {
		throw("StringIndexOutOfBoundsException", fmt.Sprintf("begin %d, end %d, length %d", from, to, s.length()))
	}
}

func charAt(s *String, i int) uint16 {
	if i < 0 || i >= s.length() {
		throw("StringIndexOutOfBoundsException", fmt.Sprintf("String index out of range: %d", i))
	}
	return s.at(i)
}

// str is an argument that must be a string.
func str(v any, call string) *String {
	s, ok := v.(*String)
	if !ok {
		throw("NullPointerException", nullMessage(call, ""))
	}
	return s
}

func substring(m *Meter, s *String, from, to int) any {
	bounds(s, from, to)
	if from == 0 && to == s.length() {
		return s
	}
	m.charge(2 * (to - from))
	return s.slice(from, to)
}

func unitString(c uint16) *String { return wideString([]uint16{c}) }

// mapped applies a function to the text as a whole.
func mapped(f func(string) string) run {
	return func(m *Meter, a []any) any {
		s := a[0].(*String)
		m.charge(3 * s.bytes())
		return NewString(f(s.String()))
	}
}

func replaceAll(m *Meter, s, old, with *String) any {
	m.work(s.bytes())
	var out []uint16
	u := s.unitsOf()
	count := 0
	for i := 0; i <= len(u); {
		if s.hasAt(old, i) {
			count++
			m.charge(2 * with.length())
			out = append(out, with.unitsOf()...)
			if old.length() == 0 {
				if i < len(u) {
					out = append(out, u[i])
				}
				i++
				continue
			}
			i += old.length()
			continue
		}
		if i < len(u) {
			out = append(out, u[i])
		}
		i++
	}
	m.charge(2 * len(out))
	if count == 0 {
		return s
	}
	return wideString(out)
}

var stringMethods = []declared{
	{"String.new():String", func(m *Meter, a []any) any { m.charge(0); return &String{} }},
	{"String.new(String):String", func(m *Meter, a []any) any {
		m.charge(0)
		s := *str(a[0], "String.length()")
		return &s
	}},
	{"String.new(char[]):String", func(m *Meter, a []any) any { return charsString(m, a[0]) }},
	{"CharSequence.length():int", func(m *Meter, a []any) any { return int32(text(m, a[0]).length()) }},
	{"CharSequence.charAt(int):char", func(m *Meter, a []any) any { return charAt(text(m, a[0]), int(a[1].(int32))) }},
	{"CharSequence.toString():String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"String.length():int", func(m *Meter, a []any) any { return int32(a[0].(*String).length()) }},
	{"String.isEmpty():boolean", func(m *Meter, a []any) any { return a[0].(*String).length() == 0 }},
	{"String.isBlank():boolean", func(m *Meter, a []any) any {
		m.work(a[0].(*String).bytes())
		return strings.TrimSpace(a[0].(*String).String()) == ""
	}},
	{"String.charAt(int):char", func(m *Meter, a []any) any { return charAt(a[0].(*String), int(a[1].(int32))) }},
	{"String.codePointAt(int):int", func(m *Meter, a []any) any {
		s, i := a[0].(*String), int(a[1].(int32))
		c := rune(charAt(s, i))
		if c >= 0xD800 && c < 0xDC00 && i+1 < s.length() {
			if d := rune(s.at(i + 1)); d >= 0xDC00 && d < 0xE000 {
				return (c-0xD800)<<10 + d - 0xDC00 + 0x10000
			}
		}
		return c
	}},
	{"String.compareTo(String):int", func(m *Meter, a []any) any {
		return int32(compare(m, a[0], str(a[1], "String.length()")))
	}},
	{"String.compareToIgnoreCase(String):int", func(m *Meter, a []any) any {
		x, y := a[0].(*String), str(a[1], "String.length()")
		m.charge(2 * (x.bytes() + y.bytes()))
		return int32(NewString(strings.ToLower(x.String())).compare(NewString(strings.ToLower(y.String()))))
	}},
	{"String.equalsIgnoreCase(String):boolean", func(m *Meter, a []any) any {
		y, ok := a[1].(*String)
		m.work(a[0].(*String).bytes())
		return ok && strings.EqualFold(a[0].(*String).String(), y.String())
	}},
	{"String.contains(CharSequence):boolean", func(m *Meter, a []any) any {
		s := a[0].(*String)
		m.work(s.bytes())
		return s.indexOf(text(m, notNull(a[1], "java.lang.CharSequence.toString()")), 0) >= 0
	}},
	{"String.contentEquals(CharSequence):boolean", func(m *Meter, a []any) any {
		return equals(m, a[0], text(m, notNull(a[1], "java.lang.CharSequence.length()")))
	}},
	{"String.startsWith(String):boolean", func(m *Meter, a []any) any { return a[0].(*String).hasAt(str(a[1], "String.length()"), 0) }},
	{"String.startsWith(String,int):boolean", func(m *Meter, a []any) any {
		return a[0].(*String).hasAt(str(a[1], "String.length()"), int(a[2].(int32)))
	}},
	{"String.endsWith(String):boolean", func(m *Meter, a []any) any {
		s, o := a[0].(*String), str(a[1], "String.length()")
		return s.hasAt(o, s.length()-o.length())
	}},
	{"String.indexOf(String):int", func(m *Meter, a []any) any { return indexOf(m, a[0], str(a[1], "String.coder()"), int32(0)) }},
	{"String.indexOf(String,int):int", func(m *Meter, a []any) any { return indexOf(m, a[0], str(a[1], "String.coder()"), a[2]) }},
	{"String.indexOf(int):int", func(m *Meter, a []any) any { return indexOf(m, a[0], codePoint(a[1]), int32(0)) }},
	{"String.indexOf(int,int):int", func(m *Meter, a []any) any { return indexOf(m, a[0], codePoint(a[1]), a[2]) }},
	{"String.lastIndexOf(String):int", func(m *Meter, a []any) any {
		s := a[0].(*String)
		m.work(s.bytes())
		return int32(s.lastIndexOf(str(a[1], "String.coder()"), s.length()))
	}},
	{"String.lastIndexOf(int):int", func(m *Meter, a []any) any {
		s := a[0].(*String)
		m.work(s.bytes())
		return int32(s.lastIndexOf(codePoint(a[1]), s.length()))
	}},
	{"String.substring(int):String", func(m *Meter, a []any) any {
		return substring(m, a[0].(*String), int(a[1].(int32)), a[0].(*String).length())
	}},
	{"String.substring(int,int):String", func(m *Meter, a []any) any {
		return substring(m, a[0].(*String), int(a[1].(int32)), int(a[2].(int32)))
	}},
	{"String.subSequence(int,int):CharSequence", func(m *Meter, a []any) any {
		return substring(m, a[0].(*String), int(a[1].(int32)), int(a[2].(int32)))
	}},
	{"String.concat(String):String", func(m *Meter, a []any) any { return concat(m, a[0].(*String), str(a[1], "String.isEmpty()")) }},
	{"String.replace(char,char):String", func(m *Meter, a []any) any {
		return replaceAll(m, a[0].(*String), unitString(a[1].(uint16)), unitString(a[2].(uint16)))
	}},
	{"String.replace(CharSequence,CharSequence):String", func(m *Meter, a []any) any {
		return replaceAll(m, a[0].(*String), text(m, notNull(a[1], "java.lang.CharSequence.toString()")), text(m, notNull(a[2], "java.lang.CharSequence.toString()")))
	}},
	{"String.toUpperCase():String", mapped(strings.ToUpper)},
	{"String.toLowerCase():String", mapped(strings.ToLower)},
	{"String.toUpperCase(Locale):String", mapped(strings.ToUpper)},
	{"String.toLowerCase(Locale):String", mapped(strings.ToLower)},
	{"String.trim():String", mapped(func(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) })},
	{"String.strip():String", mapped(strings.TrimSpace)},
	{"String.stripLeading():String", mapped(func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) })},
	{"String.stripTrailing():String", mapped(func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) })},
	{"String.intern():String", func(m *Meter, a []any) any { return a[0] }},
	{"String.repeat(int):String", func(m *Meter, a []any) any {
		s, n := a[0].(*String), int(a[1].(int32))
		if n < 0 {
			throw("IllegalArgumentException", fmt.Sprintf("count is negative: %d", n))
		}
		if s.length() > 0 && n > math.MaxInt32/s.length() {
			panic(abort{ErrMemory})
		}
		m.charge(n * s.bytes())
		if s.wide == nil {
			return &String{ascii: strings.Repeat(s.ascii, n)}
		}
		u := make([]uint16, 0, n*len(s.wide))
		for range n {
			u = append(u, s.wide...)
		}
		return wideString(u)
	}},
	{"String.toCharArray():char[]", func(m *Meter, a []any) any {
		s := a[0].(*String)
		out := makeArray(m, tChar, s.length())
		for i := range out.elems {
			out.elems[i] = s.at(i)
		}
		return out
	}},
	{"String.getBytes():byte[]", func(m *Meter, a []any) any {
		s := a[0].(*String)
		m.charge(2 * s.bytes())
		return byteArray(m, []byte(s.String()))
	}},
	{"String.matches(String):boolean", func(m *Meter, a []any) any { return matches(m, a[0].(*String), str(a[1], "String.length()")) }},
	{"String.replaceAll(String,String):String", func(m *Meter, a []any) any {
		return replacePattern(m, a[0].(*String), str(a[1], "String.length()"), str(a[2], "String.length()"), -1)
	}},
	{"String.replaceFirst(String,String):String", func(m *Meter, a []any) any {
		return replacePattern(m, a[0].(*String), str(a[1], "String.length()"), str(a[2], "String.length()"), 1)
	}},
	{"String.split(String):String[]", func(m *Meter, a []any) any { return split(m, a[0].(*String), str(a[1], "String.length()"), 0) }},
	{"String.split(String,int):String[]", func(m *Meter, a []any) any {
		return split(m, a[0].(*String), str(a[1], "String.length()"), int(a[2].(int32)))
	}},
	{"static String.valueOf(Object):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(boolean):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(char):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(int):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(long):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(float):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(double):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static String.valueOf(char[]):String", func(m *Meter, a []any) any { return charsString(m, a[0]) }},
	{"static String.join(CharSequence,CharSequence...):String", func(m *Meter, a []any) any {
		return join(m, text(m, notNull(a[0], "java.lang.CharSequence.toString()")), notNull(a[1], "").(*array).elems)
	}},
	{"static String.join(CharSequence,Iterable):String", func(m *Meter, a []any) any {
		var elems []any
		it := iterate(m, a[1], "")
		for e, ok := it.next(); ok; e, ok = it.next() {
			m.charge(16)
			elems = append(elems, e)
		}
		return join(m, text(m, notNull(a[0], "java.lang.CharSequence.toString()")), elems)
	}},
	{"static String.format(String,Object...):String", func(m *Meter, a []any) any {
		return format(m, str(a[0], "String.length()"), notNull(a[1], "").(*array).elems)
	}},
	{"static String.format(Locale,String,Object...):String", func(m *Meter, a []any) any {
		return format(m, str(a[1], "String.length()"), notNull(a[2], "").(*array).elems)
	}},
}

func notNull(v any, call string) any {
	if v == nil {
		throw("NullPointerException", nullMessage(call, ""))
	}
	return v
}

func indexOf(m *Meter, s any, of *String, from any) any {
	m.work(s.(*String).bytes())
	return int32(s.(*String).indexOf(of, int(from.(int32))))
}

func codePoint(v any) *String { return wideString(appendRune(nil, v.(int32))) }

func charsString(m *Meter, v any) any {
	a := notNull(v, "").(*array)
	m.charge(2 * len(a.elems))
	u := make([]uint16, len(a.elems))
	for i, e := range a.elems {
		u[i] = e.(uint16)
	}
	return wideString(u)
}

func byteArray(m *Meter, b []byte) *array {
	out := makeArray(m, tByte, len(b))
	for i, c := range b {
		out.elems[i] = int8(c)
	}
	return out
}

func join(m *Meter, between *String, elems []any) any {
	var b builder
	for i, e := range elems {
		if i > 0 {
			b.add(m, between)
		}
		b.add(m, text(m, e))
	}
	return wideString(b.units)
}

// add appends, and charges what the builder grows by.
func (b *builder) add(m *Meter, s *String) {
	m.charge(4 * s.length())
	b.units = append(b.units, s.unitsOf()...)
}

func (b *builder) place(i, most int) int {
	if i < 0 || i > most {
		throw("StringIndexOutOfBoundsException", fmt.Sprintf("index %d,length %d", i, len(b.units)))
	}
	return i
}

func appended(m *Meter, a []any) any {
	b := a[0].(*builder)
	b.add(m, text(m, a[1]))
	return b
}

var builderMethods = []declared{
	{"StringBuilder.new():StringBuilder", func(m *Meter, a []any) any { m.charge(0); return &builder{} }},
	{"StringBuilder.new(int):StringBuilder", func(m *Meter, a []any) any { m.charge(0); return &builder{} }},
	{"StringBuilder.new(String):StringBuilder", func(m *Meter, a []any) any {
		b := &builder{}
		b.add(m, str(a[0], "String.length()"))
		return b
	}},
	{"StringBuffer.new():StringBuffer", func(m *Meter, a []any) any { m.charge(0); return &builder{} }},
	{"StringBuffer.new(String):StringBuffer", func(m *Meter, a []any) any {
		b := &builder{}
		b.add(m, str(a[0], "String.length()"))
		return b
	}},
	{"StringBuilder.append(Object):StringBuilder", appended},
	{"StringBuilder.append(String):StringBuilder", appended},
	{"StringBuilder.append(boolean):StringBuilder", appended},
	{"StringBuilder.append(char):StringBuilder", appended},
	{"StringBuilder.append(int):StringBuilder", appended},
	{"StringBuilder.append(long):StringBuilder", appended},
	{"StringBuilder.append(float):StringBuilder", appended},
	{"StringBuilder.append(double):StringBuilder", appended},
	{"StringBuilder.append(char[]):StringBuilder", func(m *Meter, a []any) any {
		return appended(m, []any{a[0], charsString(m, a[1])})
	}},
	{"StringBuilder.insert(int,Object):StringBuilder", inserted},
	{"StringBuilder.insert(int,char):StringBuilder", inserted},
	{"StringBuilder.insert(int,int):StringBuilder", inserted},
	{"StringBuilder.length():int", func(m *Meter, a []any) any { return int32(len(a[0].(*builder).units)) }},
	{"StringBuilder.charAt(int):char", func(m *Meter, a []any) any {
		b, i := a[0].(*builder), int(a[1].(int32))
		if i < 0 || i >= len(b.units) {
			throw("StringIndexOutOfBoundsException", fmt.Sprintf("index %d,length %d", i, len(b.units)))
		}
		return b.units[i]
	}},
	{"StringBuilder.setCharAt(int,char):void", func(m *Meter, a []any) any {
		b, i := a[0].(*builder), int(a[1].(int32))
		if i < 0 || i >= len(b.units) {
			throw("StringIndexOutOfBoundsException", fmt.Sprintf("index %d,length %d", i, len(b.units)))
		}
		b.units[i] = a[2].(uint16)
		return nil
	}},
	{"StringBuilder.deleteCharAt(int):StringBuilder", func(m *Meter, a []any) any {
		b := a[0].(*builder)
		i := b.place(int(a[1].(int32)), len(b.units)-1)
		m.work(len(b.units))
		b.units = append(b.units[:i], b.units[i+1:]...)
		return b
	}},
	{"StringBuilder.delete(int,int):StringBuilder", func(m *Meter, a []any) any {
		b, from, to := a[0].(*builder), int(a[1].(int32)), min(int(a[2].(int32)), len(a[0].(*builder).units))
		if from < 0 || from > to {
			throw("StringIndexOutOfBoundsException", fmt.Sprintf("start %d, end %d, length %d", from, to, len(b.units)))
		}
		m.work(len(b.units))
		b.units = append(b.units[:from], b.units[to:]...)
		return b
	}},
	{"StringBuilder.setLength(int):void", func(m *Meter, a []any) any {
		b, n := a[0].(*builder), int(a[1].(int32))
		if n < 0 {
			throw("StringIndexOutOfBoundsException", fmt.Sprintf("String index out of range: %d", n))
		}
		if n > len(b.units) {
			m.charge(4 * (n - len(b.units)))
			b.units = append(b.units, make([]uint16, n-len(b.units))...)
		}
		b.units = b.units[:n]
		return nil
	}},
	{"StringBuilder.reverse():StringBuilder", func(m *Meter, a []any) any {
		b := a[0].(*builder)
		m.work(len(b.units))
		u := b.units
		for i, j := 0, len(u)-1; i < j; i, j = i+1, j-1 {
			u[i], u[j] = u[j], u[i]
		}
		for i := 0; i+1 < len(u); i++ { // surrogates stay in their order
			if u[i] >= 0xDC00 && u[i] < 0xE000 && u[i+1] >= 0xD800 && u[i+1] < 0xDC00 {
				u[i], u[i+1] = u[i+1], u[i]
				i++
			}
		}
		return b
	}},
	{"StringBuilder.indexOf(String):int", func(m *Meter, a []any) any {
		return indexOf(m, text(m, a[0]), str(a[1], "String.length()"), int32(0))
	}},
	{"StringBuilder.substring(int):String", func(m *Meter, a []any) any {
		s := text(m, a[0])
		return substring(m, s, int(a[1].(int32)), s.length())
	}},
	{"StringBuilder.substring(int,int):String", func(m *Meter, a []any) any {
		return substring(m, text(m, a[0]), int(a[1].(int32)), int(a[2].(int32)))
	}},
	{"StringBuilder.isEmpty():boolean", func(m *Meter, a []any) any { return len(a[0].(*builder).units) == 0 }},
}

func inserted(m *Meter, a []any) any {
	b := a[0].(*builder)
	i := b.place(int(a[1].(int32)), len(b.units))
	s := text(m, a[2])
	m.charge(4 * s.length())
	m.work(len(b.units))
	b.units = append(b.units[:i], append(s.unitsOf()[:s.length():s.length()], b.units[i:]...)...)
	return b
}

func wrong(s *String, class string) {
	if class == "empty" {
		throw("NumberFormatException", "empty String")
	}
	throw("NumberFormatException", "For input string: \""+s.String()+"\"")
}

func parseInteger(v any, bits, radix int) int64 {
	s, ok := v.(*String)
	if !ok {
		throw("NumberFormatException", "Cannot parse null string")
	}
	t := s.String()
	digits := strings.TrimPrefix(t, "+")
	if strings.HasPrefix(digits, "+") || strings.Contains(t, "_") || radix < 2 || radix > 36 {
		wrong(s, "")
	}
	n, err := strconv.ParseInt(digits, radix, bits)
	if err != nil {
		wrong(s, "")
	}
	return n
}

func parseFloat(v any, bits int) float64 {
	s, ok := v.(*String)
	if !ok {
		throw("NullPointerException", nullMessage("String.trim()", "<parameter1>"))
	}
	t := strings.TrimSpace(s.String())
	if t == "" {
		wrong(s, "empty")
	}
	switch t {
	case "NaN", "+NaN", "-NaN":
		return math.NaN()
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	t = strings.TrimRight(t, "dDfF")
	if strings.ContainsAny(t, "xXpP_nN") {
		wrong(s, "")
	}
	n, err := strconv.ParseFloat(t, bits)
	if err != nil && !math.IsInf(n, 0) {
		wrong(s, "")
	}
	return n
}

// numberMethods are the methods of Number and of the boxes, made for each type.
var numberMethods = func() []declared {
	var all []declared
	for name, t := range map[string]*jtype{"byte": tByte, "short": tShort, "int": tInt, "long": tLong, "float": tFloat, "double": tDouble} {
		k := t.kind
		all = append(all, declared{"Number." + name + "Value():" + name, func(m *Meter, a []any) any {
			switch v := a[0].(type) {
			case *big.Int:
				return castBig(v, k)
			case decimal:
				return castDecimal(v, k)
			}
			return castNumber(a[0], k)
		}})
		box := boxes[k]
		all = append(all,
			declared{"static " + box + ".valueOf(" + name + "):" + box, func(m *Meter, a []any) any { return a[0] }},
			declared{"static " + box + ".toString(" + name + "):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
			declared{"static " + box + ".compare(" + name + "," + name + "):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
			declared{"static " + box + ".hashCode(" + name + "):int", func(m *Meter, a []any) any { return hashCode(m, a[0]) }},
			declared{box + ".compareTo(" + box + "):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
		)
		parse := func(v any) any {
			switch k {
			case kFloat:
				return float32(parseFloat(v, 32))
			case kDouble:
				return parseFloat(v, 64)
			}
			return narrow(parseInteger(v, map[kind]int{kByte: 8, kShort: 16, kInt: 32, kLong: 64}[k], 10), k)
		}
		all = append(all,
			declared{"static " + box + ".valueOf(String):" + box, func(m *Meter, a []any) any { return parse(a[0]) }},
			declared{"static " + box + ".parse" + strings.ToUpper(name[:1]) + name[1:] + "(String):" + name, func(m *Meter, a []any) any { return parse(a[0]) }},
		)
		if k == kInt || k == kLong {
			all = append(all, integerMethods(box, name, k)...)
		}
		if k == kFloat || k == kDouble {
			all = append(all,
				declared{"static " + box + ".isNaN(" + name + "):boolean", func(m *Meter, a []any) any { return math.IsNaN(castNumber(a[0], kDouble).(float64)) }},
				declared{"static " + box + ".isInfinite(" + name + "):boolean", func(m *Meter, a []any) any { return math.IsInf(castNumber(a[0], kDouble).(float64), 0) }},
				declared{box + ".isNaN():boolean", func(m *Meter, a []any) any { return math.IsNaN(castNumber(a[0], kDouble).(float64)) }},
				declared{box + ".isInfinite():boolean", func(m *Meter, a []any) any { return math.IsInf(castNumber(a[0], kDouble).(float64), 0) }},
			)
		}
	}
	return append(all, booleanMethods...)
}()

func integerMethods(box, name string, k kind) []declared {
	bits := map[kind]int{kInt: 32, kLong: 64}[k]
	unsigned := func(v any) uint64 {
		n, _ := integral(v)
		if k == kInt {
			return uint64(uint32(n))
		}
		return uint64(n)
	}
	digits := func(base int) run {
		return func(m *Meter, a []any) any { return NewString(strconv.FormatUint(unsigned(a[0]), base)) }
	}
	pair := name + "," + name
	binary := func(f func(x, y int64) int64) run {
		return func(m *Meter, a []any) any {
			x, _ := integral(a[0])
			y, _ := integral(a[1])
			return narrow(f(x, y), k)
		}
	}
	return []declared{
		{"static " + box + ".toHexString(" + name + "):String", digits(16)},
		{"static " + box + ".toOctalString(" + name + "):String", digits(8)},
		{"static " + box + ".toBinaryString(" + name + "):String", digits(2)},
		{"static " + box + ".toString(" + name + ",int):String", func(m *Meter, a []any) any {
			n, _ := integral(a[0])
			radix := int(a[1].(int32))
			if radix < 2 || radix > 36 {
				radix = 10
			}
			return NewString(strconv.FormatInt(n, radix))
		}},
		{"static " + box + ".parse" + map[kind]string{kInt: "Int", kLong: "Long"}[k] + "(String,int):" + name, func(m *Meter, a []any) any {
			return narrow(parseInteger(a[0], bits, int(a[1].(int32))), k)
		}},
		{"static " + box + ".parse" + map[kind]string{kInt: "Int", kLong: "Long"}[k] + "(String):" + name, func(m *Meter, a []any) any {
			return narrow(parseInteger(a[0], bits, 10), k)
		}},
		{"static " + box + ".max(" + pair + "):" + name, binary(func(x, y int64) int64 { return max(x, y) })},
		{"static " + box + ".min(" + pair + "):" + name, binary(func(x, y int64) int64 { return min(x, y) })},
		{"static " + box + ".sum(" + pair + "):" + name, binary(func(x, y int64) int64 { return x + y })},
		{"static " + box + ".signum(" + name + "):int", func(m *Meter, a []any) any {
			n, _ := integral(a[0])
			switch {
			case n > 0:
				return int32(1)
			case n < 0:
				return int32(-1)
			}
			return int32(0)
		}},
		{"static " + box + ".bitCount(" + name + "):int", func(m *Meter, a []any) any {
			n := int32(0)
			for v := unsigned(a[0]); v != 0; v &= v - 1 {
				n++
			}
			return n
		}},
		{"static " + box + ".reverse(" + name + "):" + name, func(m *Meter, a []any) any {
			v, out := unsigned(a[0]), uint64(0)
			for range bits {
				out, v = out<<1|v&1, v>>1
			}
			return narrow(int64(out), k)
		}},
	}
}

func charTest(f func(rune) bool) run {
	return func(m *Meter, a []any) any { return f(rune(a[0].(uint16))) }
}

var booleanMethods = []declared{
	{"Boolean.booleanValue():boolean", func(m *Meter, a []any) any { return a[0] }},
	{"static Boolean.valueOf(boolean):Boolean", func(m *Meter, a []any) any { return a[0] }},
	{"static Boolean.valueOf(String):Boolean", parseBoolean},
	{"static Boolean.parseBoolean(String):boolean", parseBoolean},
	{"static Boolean.toString(boolean):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static Boolean.compare(boolean,boolean):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
	{"Character.charValue():char", func(m *Meter, a []any) any { return a[0] }},
	{"static Character.valueOf(char):Character", func(m *Meter, a []any) any { return a[0] }},
	{"static Character.toString(char):String", func(m *Meter, a []any) any { return text(m, a[0]) }},
	{"static Character.compare(char,char):int", func(m *Meter, a []any) any { return int32(a[0].(uint16)) - int32(a[1].(uint16)) }},
	{"static Character.isDigit(char):boolean", charTest(unicode.IsDigit)},
	{"static Character.isLetter(char):boolean", charTest(unicode.IsLetter)},
	{"static Character.isLetterOrDigit(char):boolean", charTest(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })},
	{"static Character.isAlphabetic(int):boolean", func(m *Meter, a []any) any { return unicode.IsLetter(a[0].(int32)) }},
	{"static Character.isUpperCase(char):boolean", charTest(unicode.IsUpper)},
	{"static Character.isLowerCase(char):boolean", charTest(unicode.IsLower)},
	{"static Character.isWhitespace(char):boolean", charTest(unicode.IsSpace)},
	{"static Character.toUpperCase(char):char", func(m *Meter, a []any) any { return uint16(unicode.ToUpper(rune(a[0].(uint16)))) }},
	{"static Character.toLowerCase(char):char", func(m *Meter, a []any) any { return uint16(unicode.ToLower(rune(a[0].(uint16)))) }},
	{"static Character.getNumericValue(char):int", func(m *Meter, a []any) any {
		return int32(strings.IndexRune("0123456789abcdefghijklmnopqrstuvwxyz", unicode.ToLower(rune(a[0].(uint16)))))
	}},
}

func parseBoolean(_ *Meter, a []any) any {
	s, ok := a[0].(*String)
	return ok && strings.EqualFold(s.String(), "true")
}

func unary(name string, f func(float64) float64) declared {
	return declared{"static Math." + name + "(double):double", func(m *Meter, a []any) any { return f(a[0].(float64)) }}
}

// exact is an operation on integers that throws when its result does not fit.
func exact(name string, f func(x, y *big.Int) *big.Int) []declared {
	of := func(k kind, text string) run {
		return func(m *Meter, a []any) any {
			x, _ := integral(a[0])
			y, _ := integral(a[1])
			r := f(big.NewInt(x), big.NewInt(y))
			if !r.IsInt64() || k == kInt && !fitsIn(r.Int64(), kInt) {
				throw("ArithmeticException", text+" overflow")
			}
			return narrow(r.Int64(), k)
		}
	}
	return []declared{{"static Math." + name + "(int,int):int", of(kInt, "integer")}, {"static Math." + name + "(long,long):long", of(kLong, "long")}}
}

var mathMethods = func() []declared {
	all := []declared{
		unary("sqrt", math.Sqrt), unary("cbrt", math.Cbrt), unary("floor", math.Floor), unary("ceil", math.Ceil), unary("rint", math.RoundToEven),
		unary("exp", math.Exp), unary("expm1", math.Expm1), unary("log", math.Log), unary("log10", math.Log10), unary("log1p", math.Log1p), unary("sin", math.Sin), unary("cos", math.Cos),
		unary("tan", math.Tan), unary("asin", math.Asin), unary("acos", math.Acos), unary("atan", math.Atan), unary("sinh", math.Sinh),
		unary("cosh", math.Cosh), unary("tanh", math.Tanh),
		unary("toRadians", func(v float64) float64 { return v * (math.Pi / 180) }), unary("toDegrees", func(v float64) float64 { return v * (180 / math.Pi) }),
		unary("signum", func(v float64) float64 {
			if v > 0 {
				return 1
			} else if v < 0 {
				return -1
			}
			return v
		}),
		{"static Math.pow(double,double):double", func(m *Meter, a []any) any {
			x, y := a[0].(float64), a[1].(float64)
			if (x == 1 || x == -1) && (math.IsNaN(y) || math.IsInf(y, 0)) {
				return math.NaN() // unlike C's pow
			}
			return math.Pow(x, y)
		}},
		{"static Math.atan2(double,double):double", func(m *Meter, a []any) any { return math.Atan2(a[0].(float64), a[1].(float64)) }},
		{"static Math.hypot(double,double):double", func(m *Meter, a []any) any { return math.Hypot(a[0].(float64), a[1].(float64)) }},
		{"static Math.round(double):long", func(m *Meter, a []any) any { return truncate(halfUp(a[0].(float64)), kLong) }},
		{"static Math.round(float):int", func(m *Meter, a []any) any { return truncate(halfUp(float64(a[0].(float32))), kInt) }},
		{"static Math.floorDiv(int,int):int", func(m *Meter, a []any) any { return floorDiv(a, kInt, true) }},
		{"static Math.floorDiv(long,long):long", func(m *Meter, a []any) any { return floorDiv(a, kLong, true) }},
		{"static Math.floorMod(int,int):int", func(m *Meter, a []any) any { return floorDiv(a, kInt, false) }},
		{"static Math.floorMod(long,long):long", func(m *Meter, a []any) any { return floorDiv(a, kLong, false) }},
		{"static Math.toIntExact(long):int", func(m *Meter, a []any) any {
			if n := a[0].(int64); !fitsIn(n, kInt) {
				throw("ArithmeticException", "integer overflow")
			}
			return int32(a[0].(int64))
		}},
	}
	all = append(all, exact("addExact", func(x, y *big.Int) *big.Int { return x.Add(x, y) })...)
	all = append(all, exact("subtractExact", func(x, y *big.Int) *big.Int { return x.Sub(x, y) })...)
	all = append(all, exact("multiplyExact", func(x, y *big.Int) *big.Int { return x.Mul(x, y) })...)
	for name, t := range map[string]*jtype{"int": tInt, "long": tLong, "float": tFloat, "double": tDouble} {
		k := t.kind
		all = append(all,
			declared{"static Math.abs(" + name + "):" + name, func(m *Meter, a []any) any {
				if n, ok := integral(a[0]); ok {
					if n < 0 {
						n = -n
					}
					return narrow(n, k)
				}
				return castNumber(math.Abs(castNumber(a[0], kDouble).(float64)), k)
			}},
			declared{"static Math.max(" + name + "," + name + "):" + name, extreme(k, 1)},
			declared{"static Math.min(" + name + "," + name + "):" + name, extreme(k, -1)},
		)
	}
	return all
}()

func halfUp(v float64) float64 {
	down := math.Floor(v)
	if v-down >= 0.5 {
		return down + 1
	}
	return down
}

func extreme(k kind, sign int) run {
	return func(m *Meter, a []any) any {
		if k == kFloat || k == kDouble {
			x, y := castNumber(a[0], kDouble).(float64), castNumber(a[1], kDouble).(float64)
			if sign > 0 {
				return castNumber(math.Max(x, y), k)
			}
			return castNumber(math.Min(x, y), k)
		}
		if compare(m, a[0], a[1])*sign >= 0 {
			return a[0]
		}
		return a[1]
	}
}

func floorDiv(a []any, k kind, quotient bool) any {
	x, _ := integral(a[0])
	y, _ := integral(a[1])
	if y == 0 {
		throw("ArithmeticException", "/ by zero")
	}
	if y == -1 {
		if quotient {
			return narrow(-x, k)
		}
		return narrow(0, k)
	}
	q, r := x/y, x%y
	if r != 0 && (r < 0) != (y < 0) {
		q, r = q-1, r+y
	}
	if quotient {
		return narrow(q, k)
	}
	return narrow(r, k)
}

func decimalInt(n int64) decimal { return decimal(cqltype.DecimalValue{Unscaled: big.NewInt(n)}) }

// exceptionMethods are the constructors and getters of exceptions.
func exceptionMethods() []declared {
	all := []declared{
		{"Throwable.getMessage():String", func(m *Meter, a []any) any {
			if t := a[0].(*thrown); t.message != nil {
				return t.message
			}
			return nil
		}},
		{"Throwable.getLocalizedMessage():String", func(m *Meter, a []any) any {
			if t := a[0].(*thrown); t.message != nil {
				return t.message
			}
			return nil
		}},
	}
	for name := range packages {
		if !isA(name, "Throwable") || name == "Throwable" {
			continue
		}
		all = append(all,
			declared{name + ".new():" + name, func(m *Meter, a []any) any { m.charge(0); return &thrown{class: name} }},
			declared{name + ".new(String):" + name, func(m *Meter, a []any) any {
				m.charge(0)
				s, _ := a[0].(*String)
				return &thrown{name, s}
			}},
			declared{name + ".new(String,Throwable):" + name, func(m *Meter, a []any) any {
				m.charge(0)
				s, _ := a[0].(*String)
				return &thrown{name, s}
			}},
			declared{name + ".new(Throwable):" + name, func(m *Meter, a []any) any {
				t, _ := a[0].(*thrown)
				if t == nil {
					return &thrown{class: name}
				}
				return &thrown{name, text(m, t)}
			}},
		)
	}
	return all
}
