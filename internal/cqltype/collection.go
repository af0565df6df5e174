package cqltype

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// ErrShort is returned for a value that ends before its content does.
var ErrShort = errors.New("not enough bytes to read the value")

// AppendElement appends an element of a collection, tuple or UDT: its length and bytes, or -1 for null.
func AppendElement(dst, value []byte) []byte {
	if value == nil {
		return append(dst, 0xFF, 0xFF, 0xFF, 0xFF)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
	return append(dst, value...)
}

// ReadElement takes one element off the front; the value aliases raw and is nil for null.
func ReadElement(raw []byte) (value, rest []byte, err error) {
	if len(raw) < 4 {
		return nil, nil, ErrShort
	}
	n := int32(binary.BigEndian.Uint32(raw))
	raw = raw[4:]
	if n < 0 {
		return nil, raw, nil
	}
	if int(n) > len(raw) {
		return nil, nil, ErrShort
	}
	return raw[:n:n], raw[n:], nil
}

// AppendCount appends the number of elements that a list, set or map begins with.
func AppendCount(dst []byte, n int) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) }

// Elements splits a list, set or vector into its elements, and a map into keys and values by turns. They alias raw.
func (t *Type) Elements(raw []byte) ([][]byte, error) {
	if t.Kind == KindVector {
		return t.vectorElements(raw)
	}
	if len(raw) < 4 {
		return nil, ErrShort
	}
	n := int(int32(binary.BigEndian.Uint32(raw)))
	raw = raw[4:]
	if t.Kind == KindMap {
		n *= 2
	}
	if n < 0 || n > len(raw)/4 {
		return nil, ErrShort
	}
	all := make([][]byte, n)
	for i := range all {
		var err error
		if all[i], raw, err = ReadElement(raw); err != nil {
			return nil, err
		}
	}
	if len(raw) > 0 {
		return nil, errors.New("Unexpected extraneous bytes after " + collectionName[t.Kind] + " value")
	}
	return all, nil
}

var collectionName = map[Kind]string{KindList: "list", KindSet: "set", KindMap: "map"}

// Fields splits a tuple or UDT; fields that the value does not reach are nil. They alias raw.
func (t *Type) Fields(raw []byte) ([][]byte, error) {
	all := make([][]byte, len(t.Elems))
	for i := range all {
		if len(raw) == 0 {
			return all, nil
		}
		var err error
		if all[i], raw, err = ReadElement(raw); err != nil {
			return nil, err
		}
	}
	if len(raw) > 0 {
		return nil, errTooManyFields
	}
	return all, nil
}

var errTooManyFields = errors.New("too many fields")

// Join is the inverse of Elements and Fields: it serializes elements as a value of type t.
func (t *Type) Join(elems [][]byte) []byte {
	size := 4
	for _, e := range elems {
		size += 4 + len(e)
	}
	dst := make([]byte, 0, size)
	switch t.Kind {
	case KindVector:
		for _, e := range elems {
			if t.Elems[0].FixedSize() == 0 {
				dst = AppendUnsignedVint(dst, uint64(len(e)))
			}
			dst = append(dst, e...)
		}
		return dst
	case KindList, KindSet:
		dst = AppendCount(dst, len(elems))
	case KindMap:
		dst = AppendCount(dst, len(elems)/2)
	}
	for _, e := range elems {
		dst = AppendElement(dst, e)
	}
	return dst
}

// FixedSize is the size in bytes of every value of t that is not empty, or 0 when sizes vary. Vectors store elements of
// fixed size without lengths.
func (t *Type) FixedSize() int {
	switch t.Kind {
	case KindBoolean:
		return 1
	case KindInt, KindFloat:
		return 4
	case KindBigint, KindDouble, KindTimestamp, KindCounter:
		return 8
	case KindUUID, KindTimeUUID:
		return 16
	case KindVector:
		return t.Elems[0].FixedSize() * t.Dimension
	}
	return 0
}

func (t *Type) vectorElements(raw []byte) ([][]byte, error) {
	all := make([][]byte, t.Dimension)
	size := t.Elems[0].FixedSize()
	for i := range all {
		n := uint64(size)
		if size == 0 {
			var err error
			if n, raw, err = ReadUnsignedVint(raw); err != nil {
				return nil, err
			}
		}
		if n > uint64(len(raw)) {
			return nil, errVectorShort
		}
		all[i], raw = raw[:n:n], raw[n:]
	}
	if len(raw) > 0 {
		return nil, errVectorLong
	}
	return all, nil
}

var (
	errVectorShort = errors.New("Not enough bytes to read a vector")
	errVectorLong  = errors.New("Unexpected extraneous bytes after vector value")
)

// AppendUnsignedVint appends Cassandra's variable length integer: the count of leading one bits is the count of further bytes.
func AppendUnsignedVint(dst []byte, v uint64) []byte {
	extra := 0
	if n := bits.Len64(v); n > 7 {
		extra = min((n-1)/7, 8)
	}
	if extra == 8 {
		dst = append(dst, 0xFF)
		return binary.BigEndian.AppendUint64(dst, v)
	}
	first := byte(v>>(8*extra)) | ^byte(0xFF>>extra)
	dst = append(dst, first)
	for i := extra - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

// ReadUnsignedVint takes one variable length integer off the front.
func ReadUnsignedVint(raw []byte) (uint64, []byte, error) {
	if len(raw) == 0 {
		return 0, nil, ErrShort
	}
	extra := bits.LeadingZeros8(^raw[0])
	if len(raw) <= extra {
		return 0, nil, ErrShort
	}
	v := uint64(0)
	if extra < 8 {
		v = uint64(raw[0] & (0xFF >> extra))
	}
	for _, b := range raw[1 : extra+1] {
		v = v<<8 | uint64(b)
	}
	return v, raw[extra+1:], nil
}
