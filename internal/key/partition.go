package key

import (
	"encoding/binary"
	"errors"
)

// PartitionKeyBytesMax is the longest serialized partition key: its length is stored in two bytes.
const PartitionKeyBytesMax = 0xFFFF

// AppendPartition appends the serialized partition key of its components in order.
func AppendPartition(dst []byte, components ...[]byte) []byte {
	if len(components) == 1 {
		return append(dst, components[0]...)
	}
	for _, c := range components {
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(c)))
		dst = append(dst, c...)
		dst = append(dst, 0)
	}
	return dst
}

var errPartition = errors.New("malformed partition key")

// SplitPartition returns the n components of a serialized partition key; they alias raw and are appended to dst.
func SplitPartition(dst [][]byte, raw []byte, n int) ([][]byte, error) {
	if n == 1 {
		return append(dst, raw), nil
	}
	for range n {
		if len(raw) < 3 {
			return dst, errPartition
		}
		size := int(binary.BigEndian.Uint16(raw))
		if len(raw) < size+3 {
			return dst, errPartition
		}
		dst = append(dst, raw[2:2+size:2+size])
		raw = raw[size+3:]
	}
	if len(raw) > 0 {
		return dst, errPartition
	}
	return dst, nil
}

// NewPartition returns the partition of a serialized key.
func NewPartition(raw []byte) Partition { return Partition{TokenOf(raw), raw} }
