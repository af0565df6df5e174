package storage

import (
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/schema"
)

// A key is
//
//	data id          4 bytes, big-endian; 0 is the store's own (meta.go)
//	token            8 bytes, big-endian, sign bit flipped
//	partition key    2 bytes length, then its bytes
//	kind             1 byte
//	clustering key   package key's form; rows only
//
// Everything before the kind is the prefix that Bloom filters know.
//
// An index's entries have data ids with the highest bit set, and keys of another form: see index.go.
const (
	kindHeader = 0
	kindStatic = 1
	kindRow    = 2
	kindEnd    = 0xFF // no key has it; it is where a partition's keys end
)

// prefixFixed is the length of a prefix less the partition key.
const prefixFixed = 4 + 8 + 2

func appendPrefix(dst []byte, table schema.DataID, p key.Partition) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(table))
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.Token)^1<<63)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(p.Key)))
	return append(dst, p.Key...)
}

// appendToken appends the place before the first partition of a token.
func appendToken(dst []byte, table schema.DataID, t key.Token) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(table))
	return binary.BigEndian.AppendUint64(dst, uint64(t)^1<<63)
}

// appendAfterToken appends the place after the last partition of a token.
func appendAfterToken(dst []byte, table schema.DataID, t key.Token) []byte {
	if t == key.MaxToken {
		return binary.BigEndian.AppendUint32(dst, uint32(table)+1)
	}
	return appendToken(dst, table, t+1)
}

// split returns the length of a key's prefix. Keys of the store itself, entries of indexes and the bounds of ranges are all prefix.
func split(k []byte) int {
	if len(k) < prefixFixed || k[0]|k[1]|k[2]|k[3] == 0 || k[0]&0x80 != 0 {
		return len(k)
	}
	n := prefixFixed + int(binary.BigEndian.Uint16(k[12:]))
	return min(n, len(k))
}

// partitionOf decodes a key's partition; its key aliases k.
func partitionOf(k []byte, prefix int) key.Partition {
	return key.Partition{Token: key.Token(binary.BigEndian.Uint64(k[4:]) ^ 1<<63), Key: k[prefixFixed:prefix:prefix]}
}

// comparer orders keys by their bytes and tells Pebble where a partition's prefix ends. Its name is part of the format.
var comparer = func() *pebble.Comparer {
	c := *pebble.DefaultComparer
	c.Name = "helenus.keys.v1"
	c.Split = split
	c.ImmediateSuccessor = appendSuccessor
	return &c
}()

// appendSuccessor appends the smallest prefix behind prefix, which may be a cut one: no key lies between the two.
func appendSuccessor(dst, prefix []byte) []byte {
	n := len(prefix)
	for n > 0 && prefix[n-1] == 0xFF {
		n--
	}
	if n == 0 {
		return append(append(dst, prefix...), 0) // no such prefix is ever written
	}
	dst = append(dst, prefix[:n]...)
	dst[len(dst)-1]++
	return dst
}

func dataIDOf(k []byte) schema.DataID { return schema.DataID(binary.BigEndian.Uint32(k)) }
