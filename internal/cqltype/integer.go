package cqltype

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

// Int64 reads any fixed-size integer type's bytes: 1, 2, 4 or 8 of them, big-endian, signed. Other lengths give 0.
func Int64(raw []byte) int64 {
	switch len(raw) {
	case 1:
		return int64(int8(raw[0]))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(raw)))
	case 8:
		return int64(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// AppendInt appends an int's four bytes.
func AppendInt(dst []byte, v int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(v)) }

// AppendBigint appends the eight bytes of a bigint, counter, timestamp (milliseconds) or time (nanoseconds).
func AppendBigint(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

// AppendSmallint appends a smallint's two bytes.
func AppendSmallint(dst []byte, v int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(v)) }

// AppendTinyint appends a tinyint's byte.
func AppendTinyint(dst []byte, v int8) []byte { return append(dst, byte(v)) }

// AppendBoolean appends a boolean's byte.
func AppendBoolean(dst []byte, v bool) []byte { return append(dst, byte(b2i(v))) }

// AppendInteger appends v as a value of the integer type t, dropping the bits that do not fit, as Java narrows numbers.
func (t *Type) AppendInteger(dst []byte, v int64) []byte {
	switch t.Kind {
	case KindTinyint:
		return AppendTinyint(dst, int8(v))
	case KindSmallint:
		return AppendSmallint(dst, int16(v))
	case KindInt:
		return AppendInt(dst, int32(v))
	}
	return AppendBigint(dst, v)
}

// javaInteger is the size of an integer type and the word that Java's, and so Cassandra's, messages have for it.
var javaInteger = map[Kind]struct {
	bits int
	word string
}{KindTinyint: {8, "byte"}, KindSmallint: {16, "short"}, KindInt: {32, "int"}, KindBigint: {64, "long"}, KindCounter: {64, "long"}}

func (t *Type) parseInteger(text string) ([]byte, error) {
	of := javaInteger[t.Kind]
	n, err := strconv.ParseInt(text, 10, of.bits)
	if err != nil {
		return nil, fmt.Errorf("Unable to make %s from '%s'", of.word, text)
	}
	return t.AppendInteger(nil, n), nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
