package cqltype

import (
	"bytes"
	"cmp"
	"math"
)

// Compare orders two values of type t as CQL does; an empty value comes first, and null (nil) before that.
func (t *Type) Compare(a, b []byte) int {
	if len(a) == 0 || len(b) == 0 {
		if (a == nil) != (b == nil) {
			return b2i(b == nil) - b2i(a == nil)
		}
		return cmp.Compare(len(a), len(b))
	}
	switch t.Kind {
	case KindInt, KindBigint, KindSmallint, KindTinyint, KindCounter, KindTimestamp, KindTime:
		return cmp.Compare(Int64(a), Int64(b))
	case KindBoolean:
		return b2i(a[0] != 0) - b2i(b[0] != 0)
	case KindFloat, KindDouble:
		return compareFloat(Float64(a), Float64(b))
	case KindVarint:
		return BigInt(a).Cmp(BigInt(b))
	case KindDecimal:
		x, err1 := DecimalOf(a)
		y, err2 := DecimalOf(b)
		if err1 != nil || err2 != nil {
			return bytes.Compare(a, b)
		}
		return x.Cmp(y)
	case KindTimeUUID:
		return compareTimeUUID(a, b)
	case KindUUID:
		return compareUUID(a, b)
	case KindList, KindSet, KindMap, KindTuple, KindUDT, KindVector:
		return t.compareElements(a, b)
	}
	return bytes.Compare(a, b)
}

// compareFloat is Java's Double.compare: -0 before 0, NaN last.
func compareFloat(a, b float64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	if a == b && a != 0 {
		return 0
	}
	return cmp.Compare(floatRank(a), floatRank(b))
}

func floatRank(v float64) int {
	switch {
	case math.IsNaN(v):
		return 2
	case v == 0 && math.Signbit(v):
		return 0
	}
	return 1
}

// compareTimeUUID orders by time, then by the remaining bytes as signed ones.
// Source: Cassandra 5.0, TimeUUIDType.compareCustom.
func compareTimeUUID(a, b []byte) int {
	if len(a) != 16 || len(b) != 16 {
		return bytes.Compare(a, b)
	}
	if c := cmp.Compare(uuidTicks(a), uuidTicks(b)); c != 0 {
		return c
	}
	for i := 8; i < 16; i++ {
		if c := cmp.Compare(int8(a[i]), int8(b[i])); c != 0 {
			return c
		}
	}
	return 0
}

// compareUUID orders by version first, version 1 by time, the others by their bytes.
// Source: Cassandra 5.0, UUIDType.compareCustom.
func compareUUID(a, b []byte) int {
	if len(a) != 16 || len(b) != 16 {
		return bytes.Compare(a, b)
	}
	if c := cmp.Compare(a[6]>>4, b[6]>>4); c != 0 {
		return c
	}
	if a[6]>>4 == 1 {
		if c := cmp.Compare(uuidTicks(a), uuidTicks(b)); c != 0 {
			return c
		}
	}
	return bytes.Compare(a, b)
}

func (t *Type) compareElements(a, b []byte) int {
	split := t.Elements
	if t.Kind == KindTuple || t.Kind == KindUDT {
		split = t.Fields
	}
	x, err1 := split(a)
	y, err2 := split(b)
	if err1 != nil || err2 != nil {
		return bytes.Compare(a, b)
	}
	for i := range min(len(x), len(y)) {
		if c := t.elemAt(i).Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// elemAt is the type of the i-th element as Elements and Fields give them.
func (t *Type) elemAt(i int) *Type {
	switch t.Kind {
	case KindMap:
		return t.Elems[i%2]
	case KindTuple, KindUDT:
		return t.Elems[i]
	}
	return t.Elems[0]
}
