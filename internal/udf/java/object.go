package java

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cqltype"
)

// What Object's methods and Comparable mean for each value.

// depthMax bounds how deep values nest, since a list can hold itself.
const depthMax = 64

func deeper(depth int) int {
	if depth >= depthMax {
		panic(abort{ErrMemory})
	}
	return depth + 1
}

// hashKey is a Go value that is equal for what Java's equals calls equal.
func hashKey(m *Meter, v any) any { return hashKeyAt(m, v, 0) }

func hashKeyAt(m *Meter, v any, depth int) any {
	m.tick()
	switch v := v.(type) {
	case *String:
		m.work(v.bytes())
		return "s" + v.String()
	case *big.Int:
		return "i" + string(v.Append(nil, 62))
	case decimal:
		return "d" + v.String()
	case float32:
		return [2]any{"f", math.Float32bits(v)}
	case float64:
		return [2]any{"F", math.Float64bits(v)}
	case *list:
		var b strings.Builder
		for _, e := range v.elems {
			fmt.Fprintf(&b, "%T:%v,", e, hashKeyAt(m, e, deeper(depth)))
		}
		m.charge(b.Len())
		return "l" + b.String()
	case *set:
		return hashKeyAt(m, v.dict.asEntries(m), depth)
	case *dict:
		return hashKeyAt(m, v.asEntries(m), depth)
	case *entry:
		return fmt.Sprintf("e%v=%v", hashKeyAt(m, v.key, deeper(depth)), hashKeyAt(m, v.value, deeper(depth)))
	case *record:
		return hashKeyAt(m, &list{elems: v.fields}, deeper(depth))
	case *blob:
		m.charge(v.limit)
		return "b" + string(v.rest())
	}
	return v
}

// asEntries is the content of a map or set in an order that does not depend on how it came there.
func (d *dict) asEntries(m *Meter) *list {
	all := d.all(m)
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = fmt.Sprint(hashKeyAt(m, e, 1))
	}
	slices.Sort(texts)
	out := &list{}
	for _, t := range texts {
		out.elems = append(out.elems, NewString(t))
	}
	return out
}

// equals is Java's equals.
func equals(m *Meter, a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := a.(*String); ok {
		y, ok := b.(*String)
		if ok {
			m.work(x.bytes())
		}
		return ok && x.equal(y)
	}
	switch a.(type) {
	case *list, *set, *dict, *entry, *record, *blob, *big.Int, decimal, float32, float64:
		if fmt.Sprintf("%T", a) != fmt.Sprintf("%T", b) {
			return false
		}
		return hashKey(m, a) == hashKey(m, b)
	case *array, *builder, *thrown:
		return a == b
	}
	return a == b
}

// same is == of references.
func same(a, b any) bool {
	switch a.(type) {
	case decimal:
		return false
	}
	return a == b
}

// compare is compareTo.
func compare(m *Meter, a, b any) int {
	m.tick()
	if a == nil || b == nil {
		throw("NullPointerException", "Cannot compare with null")
	}
	switch x := a.(type) {
	case *String:
		if y, ok := b.(*String); ok {
			m.work(min(x.bytes(), y.bytes()))
			return x.compare(y)
		}
	case *big.Int:
		if y, ok := b.(*big.Int); ok {
			return x.Cmp(y)
		}
	case decimal:
		if y, ok := b.(decimal); ok {
			return cqltype.DecimalValue(x).Cmp(cqltype.DecimalValue(y))
		}
	case bool:
		if y, ok := b.(bool); ok {
			return boolInt(x) - boolInt(y)
		}
	case uuid:
		if y, ok := b.(uuid); ok {
			return compareUUID(x, y)
		}
	case float32:
		if y, ok := b.(float32); ok {
			return compareFloats(float64(x), float64(y))
		}
	case float64:
		if y, ok := b.(float64); ok {
			return compareFloats(x, y)
		}
	default:
		i, okA := integral(a)
		j, okB := integral(b)
		if okA && okB && fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b) {
			switch {
			case i < j:
				return -1
			case i > j:
				return 1
			}
			return 0
		}
	}
	panic(castError(b, className(a)))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compareUUID compares as Java does: by two signed halves.
func compareUUID(a, b uuid) int {
	for half := range 2 {
		x, y := cqltype.Int64(a[half*8:half*8+8]), cqltype.Int64(b[half*8:half*8+8])
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

// compareFloats is Double.compare: NaN is the greatest, -0.0 is less than 0.0.
func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	x, y := int64(math.Float64bits(a)), int64(math.Float64bits(b))
	if a != a {
		x = math.MaxInt64
	}
	if b != b {
		y = math.MaxInt64
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// integral is the value of an integer, char or date.
func integral(v any) (int64, bool) {
	switch v := v.(type) {
	case int8:
		return int64(v), true
	case int16:
		return int64(v), true
	case uint16:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case date:
		return int64(v), true
	case localDate:
		return int64(v), true
	}
	return 0, false
}

// hashCode is Java's, where Java says what it is.
func hashCode(m *Meter, v any) int32 { return hashCodeAt(m, v, 0) }

func hashCodeAt(m *Meter, v any, depth int) int32 {
	m.tick()
	switch v := v.(type) {
	case nil:
		return 0
	case *String:
		m.work(v.bytes())
		var h int32
		for i := range v.length() {
			h = 31*h + int32(v.at(i))
		}
		return h
	case bool:
		if v {
			return 1231
		}
		return 1237
	case int64:
		return int32(v ^ int64(uint64(v)>>32))
	case date:
		return hashCodeAt(m, int64(v), depth)
	case float32:
		return int32(math.Float32bits(v))
	case float64:
		return hashCodeAt(m, int64(math.Float64bits(v)), depth)
	case *list:
		h := int32(1)
		for _, e := range v.elems {
			h = 31*h + hashCodeAt(m, e, deeper(depth))
		}
		return h
	case *set:
		var h int32
		for _, e := range v.all(m) {
			h += hashCodeAt(m, e.key, deeper(depth))
		}
		return h
	case *dict:
		var h int32
		for _, e := range v.all(m) {
			h += hashCodeAt(m, e.key, deeper(depth)) ^ hashCodeAt(m, e.value, deeper(depth))
		}
		return h
	case uuid:
		x := cqltype.Int64(v[:8]) ^ cqltype.Int64(v[8:])
		return int32(x>>32) ^ int32(x)
	}
	if n, ok := integral(v); ok {
		return int32(n)
	}
	return hashCodeAt(m, NewString(fmt.Sprint(hashKey(m, v))), depth)
}

// text is toString, and what + makes of a value.
func text(m *Meter, v any) *String {
	if s, ok := v.(*String); ok {
		return s
	}
	s := NewString(textAt(m, v, 0))
	m.charge(s.bytes())
	return s
}

func textAt(m *Meter, v any, depth int) string {
	m.tick()
	switch v := v.(type) {
	case nil:
		return "null"
	case *String:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case uint16:
		return wideString([]uint16{v}).String()
	case float32:
		return cqltype.JavaDouble(float64(v), 32)
	case float64:
		return cqltype.JavaDouble(v, 64)
	case *big.Int:
		m.work(v.BitLen())
		return v.String()
	case decimal:
		return v.String()
	case uuid:
		return cqltype.UUID.Text(v[:])
	case inet:
		a, _ := netip.AddrFromSlice([]byte(v))
		return "/" + a.String()
	case localDate:
		return cqltype.FormatDate(cqltype.DaysToDate(int64(v)))
	case date:
		return javaDate(int64(v))
	case duration:
		return cqltype.DurationValue{Months: v.months, Days: v.days, Nanos: v.nanos}.String()
	case *builder:
		return wideString(v.units).String()
	case *thrown:
		return v.String()
	case *entry:
		return textAt(m, v.key, deeper(depth)) + "=" + textAt(m, v.value, deeper(depth))
	case *list:
		return joined(m, v.elems, "[", "]", depth)
	case *set:
		return joined(m, keysOf(v.all(m)), "[", "]", depth)
	case *dict:
		all := v.all(m)
		elems := make([]any, len(all))
		for i, e := range all {
			elems[i] = e
		}
		return joined(m, elems, "{", "}", depth)
	case *record:
		raw, err := fromJava(m, v.of, v, depth)
		if err != nil {
			return err.Error()
		}
		return v.of.Format(raw)
	case *array:
		return "[" + v.elem.String() + "@0"
	case *blob:
		return fmt.Sprintf("java.nio.HeapByteBuffer[pos=%d lim=%d cap=%d]", v.position, v.limit, len(v.bytes))
	case enum:
		return string(v)
	case classOf:
		return "class " + v.name
	case *udfContext, *iterator:
		return className(v) + "@0"
	}
	n, _ := integral(v)
	return strconv.FormatInt(n, 10)
}

func keysOf(all []*entry) []any {
	keys := make([]any, len(all))
	for i, e := range all {
		keys[i] = e.key
	}
	return keys
}

func joined(m *Meter, elems []any, open, end string, depth int) string {
	var b strings.Builder
	b.WriteString(open)
	for i, e := range elems {
		if i > 0 {
			b.WriteString(", ")
		}
		s := textAt(m, e, deeper(depth))
		m.charge(len(s))
		b.WriteString(s)
	}
	return b.String() + end
}

// className is the class of a value, with its package.
func className(v any) string {
	switch v := v.(type) {
	case *String:
		return "java.lang.String"
	case bool:
		return "java.lang.Boolean"
	case int8:
		return "java.lang.Byte"
	case int16:
		return "java.lang.Short"
	case uint16:
		return "java.lang.Character"
	case int32:
		return "java.lang.Integer"
	case int64:
		return "java.lang.Long"
	case float32:
		return "java.lang.Float"
	case float64:
		return "java.lang.Double"
	case *big.Int:
		return "java.math.BigInteger"
	case decimal:
		return "java.math.BigDecimal"
	case uuid:
		return "java.util.UUID"
	case date:
		return "java.util.Date"
	case localDate:
		return fullName("LocalDate")
	case duration:
		return fullName("Duration")
	case inet:
		return "java.net.InetAddress"
	case *blob:
		return "java.nio.ByteBuffer"
	case *list:
		return fullName(v.of)
	case *set:
		return fullName(v.of)
	case *dict:
		return fullName(v.of)
	case *entry:
		return "java.util.Map.Entry"
	case *builder:
		return "java.lang.StringBuilder"
	case *thrown:
		return fullName(v.class)
	case *record:
		if v.of.Kind == cqltype.KindUDT {
			return fullName("UDTValue")
		}
		return fullName("TupleValue")
	case *iterator:
		return "java.util.Iterator"
	case enum:
		return "java.math.RoundingMode"
	case *udfContext:
		return fullName("UDFContext")
	case classOf:
		return "java.lang.Class"
	case *array:
		return v.elem.String() + "[]"
	}
	return "java.lang.Object"
}

// castError is the exception of a cast that fails.
func castError(v any, to string) *thrown {
	from := className(v)
	return &thrown{"ClassCastException", NewString(fmt.Sprintf("class %s cannot be cast to class %s (%[1]s and %[2]s are in module java.base of loader 'bootstrap')", from, to))}
}

// instance says whether a value, which is not null, is of a type.
func instance(v any, t *jtype) bool {
	if t.kind == kArray {
		a, ok := v.(*array)
		return ok && a.elem.equal(t.args[0])
	}
	name := className(v)
	if i := strings.LastIndexByte(name, '.'); i >= 0 && !strings.HasSuffix(name, "Map.Entry") {
		name = name[i+1:]
	}
	return isA(name, t.name) || t.name == "Map.Entry" && name == "java.util.Map.Entry"
}

// sortBy is a stable sort that counts its comparisons.
func sortBy[E any](m *Meter, all []E, cmp func(a, b E) int) {
	slices.SortStableFunc(all, func(a, b E) int {
		m.tick()
		return cmp(a, b)
	})
}
