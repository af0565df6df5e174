package cqltype

import (
	"encoding/binary"
	"math/bits"
)

// AppendUnsignedVint appends Cassandra's variable length integer: the count of leading one bits is the count of further bytes.
//
//	0xxxxxxx                     up to 7 bits
//	10xxxxxx xxxxxxxx            up to 14
//	…
//	11111111 and eight bytes     up to 64
func AppendUnsignedVint(dst []byte, v uint64) []byte {
	extra := 0
	if n := bits.Len64(v); n > 7 {
		extra = min((n-1)/7, 8)
	}
	if extra == 8 {
		dst = append(dst, 0xFF)
		return binary.BigEndian.AppendUint64(dst, v)
	}
	dst = append(dst, byte(v>>(8*extra))|^byte(0xFF>>extra))
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

// appendVint appends a signed one: zigzag, so that small negative numbers are short too.
func appendVint(dst []byte, v int64) []byte {
	return AppendUnsignedVint(dst, uint64(v<<1)^uint64(v>>63))
}

func readVint(raw []byte) (int64, []byte, error) {
	v, rest, err := ReadUnsignedVint(raw)
	return int64(v>>1) ^ -int64(v&1), rest, err
}
