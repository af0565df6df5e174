package key

import (
	"encoding/binary"
	"math/bits"
)

// TokenOf returns a partition key's token, exactly as Cassandra's Murmur3Partitioner: the first half of MurmurHash3 x64 128
// with its treatment of tail bytes as signed, the smallest value moved to the largest, and MinToken for an empty key.
// Source: Cassandra 5.0, Murmur3Partitioner.getToken and MurmurHash.hash3_x64_128.
func TokenOf(partitionKey []byte) Token {
	if len(partitionKey) == 0 {
		return MinToken
	}
	t := Token(murmur3(partitionKey))
	if t == MinToken {
		return MaxToken
	}
	return t
}

const (
	c1 = 0x87c37b91114253d5
	c2 = 0x4cf5ad432745937f
)

func murmur3(data []byte) int64 {
	var h1, h2 uint64
	rest := data
	for ; len(rest) >= 16; rest = rest[16:] {
		k1, k2 := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var k1, k2 uint64
	for i := len(rest) - 1; i >= 0; i-- {
		signed := uint64(int64(int8(rest[i])))
		if i >= 8 {
			k2 ^= signed << (8 * (i - 8))
		} else {
			k1 ^= signed << (8 * i)
		}
	}
	if len(rest) > 8 {
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
	}
	if len(rest) > 0 {
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
	}
	h1 ^= uint64(len(data))
	h2 ^= uint64(len(data))
	h1 += h2
	h2 += h1
	h1, h2 = mix(h1), mix(h2)
	return int64(h1 + h2)
}

func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
