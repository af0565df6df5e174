package java

import (
	"fmt"
	"math/big"
	"slices"

	"helenus/internal/cqltype"
)

// typeOf is the Java type that a CQL type's values have; a primitive where null can't come.
// Source: Cassandra 5.0, JavaDriverUtils and UDFDataType.
func typeOf(t *cqltype.Type, primitive bool) *jtype {
	var j *jtype
	switch t.Kind {
	case cqltype.KindInt:
		j = tInt
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTime:
		j = tLong
	case cqltype.KindSmallint:
		j = tShort
	case cqltype.KindTinyint:
		j = tByte
	case cqltype.KindFloat:
		j = tFloat
	case cqltype.KindDouble:
		j = tDouble
	case cqltype.KindBoolean:
		j = tBoolean
	case cqltype.KindText, cqltype.KindASCII:
		return tString
	case cqltype.KindVarint:
		return class("BigInteger")
	case cqltype.KindDecimal:
		return class("BigDecimal")
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		return class("UUID")
	case cqltype.KindTimestamp:
		return class("Date")
	case cqltype.KindDate:
		return class("LocalDate")
	case cqltype.KindInet:
		return class("InetAddress")
	case cqltype.KindDuration:
		return class("Duration")
	case cqltype.KindList, cqltype.KindVector:
		return class("List", typeOf(t.Elems[0], false))
	case cqltype.KindSet:
		return class("Set", typeOf(t.Elems[0], false))
	case cqltype.KindMap:
		return class("Map", typeOf(t.Elems[0], false), typeOf(t.Elems[1], false))
	case cqltype.KindTuple:
		return class("TupleValue")
	case cqltype.KindUDT:
		return class("UDTValue")
	default:
		return class("ByteBuffer")
	}
	if primitive {
		return j
	}
	return j.boxed()
}

// toJava makes a Java value of a serialized one; nil is null, and so is an empty value of a type that has none.
func toJava(m *Meter, t *cqltype.Type, raw []byte) (any, error) {
	if raw == nil {
		return nil, nil
	}
	m.charge(len(raw))
	if len(raw) == 0 {
		switch t.Kind {
		case cqltype.KindText, cqltype.KindASCII:
			return &String{}, nil
		case cqltype.KindBlob:
			return &blob{}, nil
		}
		return nil, nil
	}
	switch t.Kind {
	case cqltype.KindInt:
		return int32(cqltype.Int64(raw)), nil
	case cqltype.KindBigint, cqltype.KindCounter, cqltype.KindTime:
		return cqltype.Int64(raw), nil
	case cqltype.KindSmallint:
		return int16(cqltype.Int64(raw)), nil
	case cqltype.KindTinyint:
		return int8(cqltype.Int64(raw)), nil
	case cqltype.KindFloat:
		return float32(cqltype.Float64(raw)), nil
	case cqltype.KindDouble:
		return cqltype.Float64(raw), nil
	case cqltype.KindBoolean:
		return raw[0] != 0, nil
	case cqltype.KindText, cqltype.KindASCII:
		m.charge(len(raw))
		return NewString(string(raw)), nil
	case cqltype.KindVarint:
		return cqltype.BigInt(raw), nil
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		return decimal(d), err
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		if len(raw) != 16 {
			return nil, fmt.Errorf("a %s of %d bytes", t, len(raw))
		}
		return uuid(raw), nil
	case cqltype.KindTimestamp:
		return date(cqltype.Int64(raw)), nil
	case cqltype.KindDate:
		return localDate(cqltype.DateToDays(uint32(cqltype.Int64(raw)))), nil
	case cqltype.KindInet:
		return inet(raw), nil
	case cqltype.KindDuration:
		d, err := cqltype.DurationOf(raw)
		return duration{d.Months, d.Days, d.Nanos}, err
	case cqltype.KindList, cqltype.KindVector, cqltype.KindSet, cqltype.KindMap:
		return collectionToJava(m, t, raw)
	case cqltype.KindTuple, cqltype.KindUDT:
		return recordToJava(m, t, raw)
	}
	return &blob{bytes: slices.Clone(raw), limit: len(raw)}, nil
}

func collectionToJava(m *Meter, t *cqltype.Type, raw []byte) (any, error) {
	elems, err := t.Elements(raw)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(elems))
	for i, e := range elems {
		if values[i], err = toJava(m, t.Elems[i%len(t.Elems)], e); err != nil {
			return nil, err
		}
	}
	switch t.Kind {
	case cqltype.KindSet:
		return newSet(m, "LinkedHashSet", values), nil
	case cqltype.KindMap:
		d := newDict("LinkedHashMap")
		for i := 0; i+1 < len(values); i += 2 {
			d.put(m, values[i], values[i+1])
		}
		return d, nil
	}
	return newList(m, values), nil
}

func recordToJava(m *Meter, t *cqltype.Type, raw []byte) (any, error) {
	fields, err := t.Fields(raw)
	if err != nil {
		return nil, err
	}
	r := &record{of: t, fields: make([]any, len(t.Elems))}
	for i, f := range fields {
		if r.fields[i], err = toJava(m, t.Elems[i], f); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// fromJava serializes a Java value; nil is null. A value that does not fit the type throws as Cassandra's cast would.
func fromJava(m *Meter, t *cqltype.Type, v any, depth int) ([]byte, error) {
	m.tick()
	if v == nil {
		return nil, nil
	}
	depth = deeper(depth)
	bad := func() { panic(castError(v, fullName(typeOf(t, false).name))) }
	switch v := v.(type) {
	case int8, int16, int32, int64:
		n, _ := integral(v)
		want := typeOf(t, true)
		if !want.isIntegral() || fmt.Sprintf("%T", narrow(0, want.kind)) != fmt.Sprintf("%T", v) {
			bad()
		}
		if t.Kind == cqltype.KindTime {
			return cqltype.AppendBigint(nil, n), nil
		}
		return t.AppendInteger(nil, n), nil
	case float32:
		if t.Kind != cqltype.KindFloat {
			bad()
		}
		return cqltype.AppendFloat(nil, v), nil
	case float64:
		if t.Kind != cqltype.KindDouble {
			bad()
		}
		return cqltype.AppendDouble(nil, v), nil
	case bool:
		if t.Kind != cqltype.KindBoolean {
			bad()
		}
		return cqltype.AppendBoolean(nil, v), nil
	case *String:
		if t.Kind != cqltype.KindText && t.Kind != cqltype.KindASCII {
			bad()
		}
		m.charge(2 * v.bytes())
		raw := []byte(v.String())
		if err := t.Validate(raw); err != nil {
			return nil, err
		}
		return append([]byte{}, raw...), nil
	case *big.Int:
		if t.Kind != cqltype.KindVarint {
			bad()
		}
		return cqltype.AppendVarint(nil, v), nil
	case decimal:
		if t.Kind != cqltype.KindDecimal {
			bad()
		}
		return cqltype.AppendDecimal(nil, cqltype.DecimalValue(v)), nil
	case uuid:
		if t.Kind != cqltype.KindUUID && t.Kind != cqltype.KindTimeUUID {
			bad()
		}
		return v[:], t.Validate(v[:])
	case date:
		if t.Kind != cqltype.KindTimestamp {
			bad()
		}
		return cqltype.AppendBigint(nil, int64(v)), nil
	case localDate:
		if t.Kind != cqltype.KindDate {
			bad()
		}
		return cqltype.AppendDate(nil, cqltype.DaysToDate(int64(v))), nil
	case inet:
		if t.Kind != cqltype.KindInet {
			bad()
		}
		return []byte(v), nil
	case duration:
		if t.Kind != cqltype.KindDuration {
			bad()
		}
		return cqltype.AppendDuration(nil, cqltype.DurationValue{Months: v.months, Days: v.days, Nanos: v.nanos}), nil
	case *blob:
		if typeOf(t, false).name != "ByteBuffer" {
			bad()
		}
		m.charge(v.limit)
		return append([]byte{}, v.rest()...), nil
	case *list:
		if t.Kind != cqltype.KindList && t.Kind != cqltype.KindVector {
			bad()
		}
		return joinedFrom(m, t, v.elems, depth)
	case *set:
		if t.Kind != cqltype.KindSet {
			bad()
		}
		return joinedFrom(m, t, keysOf(v.all(m)), depth)
	case *dict:
		if t.Kind != cqltype.KindMap {
			bad()
		}
		var parts []any
		for _, e := range v.all(m) {
			parts = append(parts, e.key, e.value)
		}
		return joinedFrom(m, t, parts, depth)
	case *record:
		if t.Kind != v.of.Kind || len(t.Elems) != len(v.fields) {
			bad()
		}
		return joinedFrom(m, t, v.fields, depth)
	}
	bad()
	return nil, nil
}

// joinedFrom serializes what has parts: elements, keys and values, or fields.
func joinedFrom(m *Meter, t *cqltype.Type, values []any, depth int) ([]byte, error) {
	parts := make([][]byte, len(values))
	record := t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT
	if t.Kind == cqltype.KindVector && len(values) != t.Dimension {
		throw("IllegalArgumentException", fmt.Sprintf("a vector of %d elements is wanted, not of %d", t.Dimension, len(values)))
	}
	for i, v := range values {
		of := t.Elems[i%len(t.Elems)]
		if v == nil && !record {
			throw("NullPointerException", "Collection elements cannot be null")
		}
		raw, err := fromJava(m, of, v, depth)
		if err != nil {
			return nil, err
		}
		parts[i] = raw
		m.charge(len(raw))
	}
	return t.Join(parts), nil // in the order of iteration, as Cassandra has it
}
