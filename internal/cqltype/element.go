package cqltype

import (
	"encoding/binary"
	"errors"
)

// ErrShort is returned for a value that ends before its content does.
var ErrShort = errors.New("not enough bytes to read the value")

// AppendElement appends an element of a list, set, map, tuple or UDT: a four-byte length and the bytes, or the length -1 for null.
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

// AppendCount appends the number of elements that a list or set, or of entries that a map begins with.
func AppendCount(dst []byte, n int) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) }
