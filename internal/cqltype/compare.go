package cqltype

import (
	"bytes"
	"cmp"
)

// Compare orders two values of type t as CQL does: negative, zero or positive. null (nil) comes first, then the empty value. The values
// must be valid; others compare somehow, without panic. It allocates only for numbers of more than 64 bits.
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
		return compareVarint(a, b)
	case KindDecimal:
		return compareDecimal(a, b)
	case KindTimeUUID:
		return compareTimeUUID(a, b)
	case KindUUID:
		return compareUUID(a, b)
	case KindList, KindSet, KindMap, KindTuple, KindUDT, KindVector:
		return t.compareParts(a, b)
	}
	return bytes.Compare(a, b)
}

// compareParts compares part by part; the shorter value comes first, but fields that a tuple or UDT does not reach are null.
func (t *Type) compareParts(a, b []byte) int {
	isTuple := t.Kind == KindTuple || t.Kind == KindUDT
	x, y := t.Iterate(a), t.Iterate(b)
	for i := 0; ; i++ {
		moreX, moreY := x.Next(), y.Next()
		if !moreX && !moreY {
			return 0
		}
		if !isTuple && (!moreX || !moreY) {
			return b2i(moreX) - b2i(moreY)
		}
		if c := t.partType(i).Compare(x.valueIf(moreX), y.valueIf(moreY)); c != 0 {
			return c
		}
	}
}

func (it *Iterator) valueIf(there bool) []byte {
	if !there {
		return nil
	}
	return it.value
}
