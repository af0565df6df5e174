package java

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"helenus/internal/cqltype"
)

func (b *blob) take(n int) []byte {
	if b.limit-b.position < n {
		panic(&thrown{class: "BufferUnderflowException"})
	}
	b.position += n
	return b.bytes[b.position-n : b.position]
}

func (b *blob) put(raw []byte) any {
	if b.limit-b.position < len(raw) {
		panic(&thrown{class: "BufferOverflowException"})
	}
	copy(b.bytes[b.position:], raw)
	b.position += len(raw)
	return b
}

func (b *blob) at(i, n int) []byte {
	if i < 0 || i+n > b.limit {
		panic(&thrown{class: "IndexOutOfBoundsException"})
	}
	return b.bytes[i : i+n]
}

func calendar(days int64) time.Time { return time.Unix(days*86400, 0).UTC() }

// gettersOf are the getX and setX of records: the Java type, and which CQL types they are for.
var gettersOf = []struct {
	suffix, ret string
	fits        func(cqltype.Kind) bool
}{
	{"Int", "int", is(cqltype.KindInt)}, {"Long", "long", is(cqltype.KindBigint, cqltype.KindCounter)}, {"Short", "short", is(cqltype.KindSmallint)},
	{"Byte", "byte", is(cqltype.KindTinyint)}, {"Float", "float", is(cqltype.KindFloat)}, {"Double", "double", is(cqltype.KindDouble)},
	{"Bool", "boolean", is(cqltype.KindBoolean)}, {"String", "String", is(cqltype.KindText, cqltype.KindASCII)},
	{"Varint", "BigInteger", is(cqltype.KindVarint)}, {"Decimal", "BigDecimal", is(cqltype.KindDecimal)},
	{"UUID", "UUID", is(cqltype.KindUUID, cqltype.KindTimeUUID)}, {"Timestamp", "Date", is(cqltype.KindTimestamp)}, {"Date", "LocalDate", is(cqltype.KindDate)},
	{"Time", "long", is(cqltype.KindTime)}, {"Inet", "InetAddress", is(cqltype.KindInet)}, {"Bytes", "ByteBuffer", is(cqltype.KindBlob)},
	{"TupleValue", "TupleValue", is(cqltype.KindTuple)}, {"UDTValue", "UDTValue", is(cqltype.KindUDT)},
}

func is(kinds ...cqltype.Kind) func(cqltype.Kind) bool {
	return func(k cqltype.Kind) bool {
		for _, o := range kinds {
			if k == o {
				return true
			}
		}
		return false
	}
}

// field finds a field of a record by index or name.
func (r *record) field(v any) int {
	if i, ok := v.(int32); ok {
		if i < 0 || int(i) >= len(r.fields) {
			throw("ArrayIndexOutOfBoundsException", fmt.Sprintf("Index %d out of bounds for length %d", i, len(r.fields)))
		}
		return int(i)
	}
	name := str(v, "String.length()").String()
	want := strings.ToLower(name)
	if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
		want = name[1 : len(name)-1]
	}
	for i, f := range r.of.FieldNames {
		if f == want {
			return i
		}
	}
	throw("IllegalArgumentException", name+" is not a field defined in this UDT")
	return 0
}

// fieldFor is field, whose type must fit.
func (r *record) fieldFor(v any, fits func(cqltype.Kind) bool, java string) int {
	i := r.field(v)
	if !fits(r.of.Elems[i].Kind) {
		throw("CodecNotFoundException", fmt.Sprintf("Codec not found for requested operation: [%s <-> %s]", r.of.Elems[i], java))
	}
	return i
}

func recordMethods() []declared {
	var all []declared
	for _, owner := range []struct{ class, key string }{{"TupleValue", "int"}, {"UDTValue", "int"}, {"UDTValue", "String"}} {
		add := func(signature string, f run) {
			all = append(all, declared{owner.class + "." + strings.ReplaceAll(strings.ReplaceAll(signature, "KEY", owner.key), "SELF", owner.class), f})
		}
		for _, g := range gettersOf {
			zero := zeroOf(parseType(g.ret))
			add("get"+g.suffix+"(KEY):"+g.ret, func(m *Meter, a []any) any {
				r := a[0].(*record)
				if v := r.fields[r.fieldFor(a[1], g.fits, fullName(g.ret))]; v != nil {
					return v
				}
				return zero
			})
			add("set"+g.suffix+"(KEY,"+g.ret+"):SELF", func(m *Meter, a []any) any {
				r := a[0].(*record)
				r.fields[r.fieldFor(a[1], g.fits, fullName(g.ret))] = a[2]
				return r
			})
		}
		put := func(m *Meter, a []any) any {
			r := a[0].(*record)
			r.fields[r.field(a[1])] = a[2]
			return r
		}
		get := func(fits func(cqltype.Kind) bool, empty func() any) run {
			return func(m *Meter, a []any) any {
				r := a[0].(*record)
				if v := r.fields[r.fieldFor(a[1], fits, "java.util collection")]; v != nil {
					return v
				}
				m.charge(0)
				return empty()
			}
		}
		add("getList(KEY,Class<T>):List<T>", get(is(cqltype.KindList, cqltype.KindVector), func() any { return &list{of: "ArrayList"} }))
		add("getSet(KEY,Class<T>):Set<T>", get(is(cqltype.KindSet), func() any { return &set{*newDict("LinkedHashSet")} }))
		add("getMap(KEY,Class,Class):Map", get(is(cqltype.KindMap), func() any { return newDict("LinkedHashMap") }))
		add("getObject(KEY):Object", func(m *Meter, a []any) any { r := a[0].(*record); return r.fields[r.field(a[1])] })
		add("setList(KEY,List):SELF", put)
		add("setSet(KEY,Set):SELF", put)
		add("setMap(KEY,Map):SELF", put)
		add("setToNull(KEY):SELF", func(m *Meter, a []any) any {
			r := a[0].(*record)
			r.fields[r.field(a[1])] = nil
			return r
		})
		add("isNull(KEY):boolean", func(m *Meter, a []any) any { r := a[0].(*record); return r.fields[r.field(a[1])] == nil })
	}
	return all
}

func newRecord(m *Meter, t *cqltype.Type, kind cqltype.Kind) any {
	if t == nil || t.Kind != kind {
		throw("IllegalStateException", "Function's type is not a "+map[cqltype.Kind]string{cqltype.KindUDT: "UDT", cqltype.KindTuple: "tuple"}[kind])
	}
	m.charge(16 * len(t.Elems))
	return &record{of: t, fields: make([]any, len(t.Elems))}
}

func (c *udfContext) arg(v any) *cqltype.Type {
	if i, ok := v.(int32); ok {
		if i < 0 || int(i) >= len(c.order) {
			throw("IllegalArgumentException", fmt.Sprintf("Function does not declare an argument with index %d", i))
		}
		return c.order[i]
	}
	name := str(v, "String.length()").String()
	t := c.args[name]
	if t == nil {
		throw("IllegalArgumentException", fmt.Sprintf("Function does not declare an argument with name '%s'", name))
	}
	return t
}

var cqlMethods = func() []declared {
	all := []declared{
		{"UDFContext.newReturnUDTValue():UDTValue", func(m *Meter, a []any) any { return newRecord(m, a[0].(*udfContext).result, cqltype.KindUDT) }},
		{"UDFContext.newReturnTupleValue():TupleValue", func(m *Meter, a []any) any { return newRecord(m, a[0].(*udfContext).result, cqltype.KindTuple) }},
		{"UUID.new(long,long):UUID", func(m *Meter, a []any) any {
			var u uuid
			binary.BigEndian.PutUint64(u[:8], uint64(a[0].(int64)))
			binary.BigEndian.PutUint64(u[8:], uint64(a[1].(int64)))
			return u
		}},
		{"static UUID.fromString(String):UUID", func(m *Meter, a []any) any {
			s := str(a[0], "String.length()")
			raw, err := cqltype.UUID.ParseText(s.String())
			if err != nil || len(raw) != 16 {
				throw("IllegalArgumentException", "Invalid UUID string: "+s.String())
			}
			return uuid(raw)
		}},
		{"UUID.version():int", func(m *Meter, a []any) any { u := a[0].(uuid); return int32(u[6] >> 4) }},
		{"UUID.timestamp():long", func(m *Meter, a []any) any {
			u := a[0].(uuid)
			if u[6]>>4 != 1 {
				throw("UnsupportedOperationException", "Not a time-based UUID")
			}
			return int64(binary.BigEndian.Uint16(u[6:8])&0xFFF)<<48 | int64(binary.BigEndian.Uint16(u[4:6]))<<32 | int64(binary.BigEndian.Uint32(u[:4]))
		}},
		{"UUID.getMostSignificantBits():long", func(m *Meter, a []any) any { u := a[0].(uuid); return cqltype.Int64(u[:8]) }},
		{"UUID.getLeastSignificantBits():long", func(m *Meter, a []any) any { u := a[0].(uuid); return cqltype.Int64(u[8:]) }},
		{"UUID.compareTo(UUID):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
		{"Date.new(long):Date", func(m *Meter, a []any) any { return date(a[0].(int64)) }},
		{"Date.getTime():long", func(m *Meter, a []any) any { return int64(a[0].(date)) }},
		{"Date.before(Date):boolean", func(m *Meter, a []any) any { return a[0].(date) < notNull(a[1], "java.util.Date.getTime()").(date) }},
		{"Date.after(Date):boolean", func(m *Meter, a []any) any { return a[0].(date) > notNull(a[1], "java.util.Date.getTime()").(date) }},
		{"Date.compareTo(Date):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], a[1])) }},
		{"LocalDate.getYear():int", func(m *Meter, a []any) any { return int32(calendar(int64(a[0].(localDate))).Year()) }},
		{"LocalDate.getMonth():int", func(m *Meter, a []any) any { return int32(calendar(int64(a[0].(localDate))).Month()) }},
		{"LocalDate.getDay():int", func(m *Meter, a []any) any { return int32(calendar(int64(a[0].(localDate))).Day()) }},
		{"LocalDate.getDaysSinceEpoch():int", func(m *Meter, a []any) any { return int32(a[0].(localDate)) }},
		{"LocalDate.getMillisSinceEpoch():long", func(m *Meter, a []any) any { return int64(a[0].(localDate)) * 86400000 }},
		{"static LocalDate.fromDaysSinceEpoch(int):LocalDate", func(m *Meter, a []any) any { return localDate(a[0].(int32)) }},
		{"static LocalDate.fromMillisSinceEpoch(long):LocalDate", func(m *Meter, a []any) any { return localDate(cqltype.DateToDays(cqltype.MillisToDate(a[0].(int64)))) }},
		{"static LocalDate.fromYearMonthDay(int,int,int):LocalDate", func(m *Meter, a []any) any {
			t := time.Date(int(a[0].(int32)), time.Month(a[1].(int32)), int(a[2].(int32)), 0, 0, 0, 0, time.UTC)
			if int(t.Month()) != int(a[1].(int32)) || t.Day() != int(a[2].(int32)) {
				throw("IllegalArgumentException", "invalid date")
			}
			return localDate(cqltype.DateToDays(cqltype.MillisToDate(t.UnixMilli())))
		}},
		{"Duration.getMonths():int", func(m *Meter, a []any) any { return a[0].(duration).months }},
		{"Duration.getDays():int", func(m *Meter, a []any) any { return a[0].(duration).days }},
		{"Duration.getNanoseconds():long", func(m *Meter, a []any) any { return a[0].(duration).nanos }},
		{"static Duration.newInstance(int,int,long):Duration", func(m *Meter, a []any) any {
			d := duration{a[0].(int32), a[1].(int32), a[2].(int64)}
			if neg, pos := d.months < 0 || d.days < 0 || d.nanos < 0, d.months > 0 || d.days > 0 || d.nanos > 0; neg && pos {
				throw("IllegalArgumentException", fmt.Sprintf("All values must be either negative or positive, got %d months, %d days, %d nanoseconds", d.months, d.days, d.nanos))
			}
			return d
		}},
		{"InetAddress.getHostAddress():String", func(m *Meter, a []any) any {
			addr, _ := netip.AddrFromSlice([]byte(a[0].(inet)))
			return NewString(addr.String())
		}},
		{"InetAddress.getAddress():byte[]", func(m *Meter, a []any) any { return byteArray(m, []byte(a[0].(inet))) }},
		{"ByteBuffer.remaining():int", func(m *Meter, a []any) any { b := a[0].(*blob); return int32(b.limit - b.position) }},
		{"ByteBuffer.hasRemaining():boolean", func(m *Meter, a []any) any { b := a[0].(*blob); return b.limit > b.position }},
		{"ByteBuffer.position():int", func(m *Meter, a []any) any { return int32(a[0].(*blob).position) }},
		{"ByteBuffer.limit():int", func(m *Meter, a []any) any { return int32(a[0].(*blob).limit) }},
		{"ByteBuffer.capacity():int", func(m *Meter, a []any) any { return int32(len(a[0].(*blob).bytes)) }},
		{"ByteBuffer.get():byte", func(m *Meter, a []any) any { return int8(a[0].(*blob).take(1)[0]) }},
		{"ByteBuffer.get(int):byte", func(m *Meter, a []any) any { return int8(a[0].(*blob).at(int(a[1].(int32)), 1)[0]) }},
		{"ByteBuffer.getShort():short", func(m *Meter, a []any) any { return int16(cqltype.Int64(a[0].(*blob).take(2))) }},
		{"ByteBuffer.getInt():int", func(m *Meter, a []any) any { return int32(cqltype.Int64(a[0].(*blob).take(4))) }},
		{"ByteBuffer.getInt(int):int", func(m *Meter, a []any) any { return int32(cqltype.Int64(a[0].(*blob).at(int(a[1].(int32)), 4))) }},
		{"ByteBuffer.getLong():long", func(m *Meter, a []any) any { return cqltype.Int64(a[0].(*blob).take(8)) }},
		{"ByteBuffer.getLong(int):long", func(m *Meter, a []any) any { return cqltype.Int64(a[0].(*blob).at(int(a[1].(int32)), 8)) }},
		{"ByteBuffer.getFloat():float", func(m *Meter, a []any) any { return float32(cqltype.Float64(a[0].(*blob).take(4))) }},
		{"ByteBuffer.getDouble():double", func(m *Meter, a []any) any { return cqltype.Float64(a[0].(*blob).take(8)) }},
		{"ByteBuffer.get(byte[]):ByteBuffer", func(m *Meter, a []any) any {
			into := notNull(a[1], "").(*array).elems
			for i, c := range a[0].(*blob).take(len(into)) {
				into[i] = int8(c)
			}
			return a[0]
		}},
		{"ByteBuffer.put(byte):ByteBuffer", func(m *Meter, a []any) any { return a[0].(*blob).put([]byte{byte(a[1].(int8))}) }},
		{"ByteBuffer.putInt(int):ByteBuffer", func(m *Meter, a []any) any { return a[0].(*blob).put(cqltype.AppendInt(nil, a[1].(int32))) }},
		{"ByteBuffer.putLong(long):ByteBuffer", func(m *Meter, a []any) any { return a[0].(*blob).put(cqltype.AppendBigint(nil, a[1].(int64))) }},
		{"ByteBuffer.putDouble(double):ByteBuffer", func(m *Meter, a []any) any {
			return a[0].(*blob).put(binary.BigEndian.AppendUint64(nil, math.Float64bits(a[1].(float64))))
		}},
		{"ByteBuffer.flip():ByteBuffer", func(m *Meter, a []any) any {
			b := a[0].(*blob)
			b.limit, b.position = b.position, 0
			return b
		}},
		{"ByteBuffer.rewind():ByteBuffer", func(m *Meter, a []any) any { a[0].(*blob).position = 0; return a[0] }},
		{"ByteBuffer.duplicate():ByteBuffer", func(m *Meter, a []any) any { m.charge(0); b := *a[0].(*blob); return &b }},
		{"ByteBuffer.array():byte[]", func(m *Meter, a []any) any { return byteArray(m, a[0].(*blob).bytes) }},
		{"static ByteBuffer.allocate(int):ByteBuffer", func(m *Meter, a []any) any {
			n := int(a[0].(int32))
			if n < 0 {
				throw("IllegalArgumentException", fmt.Sprintf("capacity < 0: (%d < 0)", n))
			}
			m.charge(n)
			return &blob{bytes: make([]byte, n), limit: n}
		}},
		{"static ByteBuffer.wrap(byte[]):ByteBuffer", func(m *Meter, a []any) any {
			elems := notNull(a[0], "").(*array).elems
			m.charge(len(elems))
			b := &blob{bytes: make([]byte, len(elems)), limit: len(elems)}
			for i, e := range elems {
				b.bytes[i] = byte(e.(int8))
			}
			return b
		}},
	}
	for _, key := range []string{"int", "String"} {
		all = append(all,
			declared{"UDFContext.newArgUDTValue(" + key + "):UDTValue", func(m *Meter, a []any) any {
				return newRecord(m, a[0].(*udfContext).arg(a[1]), cqltype.KindUDT)
			}},
			declared{"UDFContext.newArgTupleValue(" + key + "):TupleValue", func(m *Meter, a []any) any {
				return newRecord(m, a[0].(*udfContext).arg(a[1]), cqltype.KindTuple)
			}},
		)
	}
	return append(all, recordMethods()...)
}()
