package protocol

import (
	"encoding/binary"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/pierrec/lz4/v4"

	"helenus/internal/cassandra"
)

// Compression is a body compression of v3 and v4; in v5 only LZ4 exists, and segments carry it.
type Compression string

const (
	NoCompression Compression = ""
	LZ4           Compression = "lz4"
	Snappy        Compression = "snappy"
)

var lz4Compressors = sync.Pool{New: func() any { return new(lz4.Compressor) }}

// lz4Block appends src as an LZ4 block; dst unchanged when it does not get shorter.
func lz4Block(dst, src []byte) []byte {
	at := len(dst)
	need := at + lz4.CompressBlockBound(len(src))
	if cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	c := lz4Compressors.Get().(*lz4.Compressor)
	n, err := c.CompressBlock(src, dst[at:need])
	lz4Compressors.Put(c)
	if err != nil {
		return dst[:at]
	}
	return dst[:at+n]
}

// AppendCompressed appends a compressed body: LZ4 with its length before it, or Snappy.
func (c Compression) AppendCompressed(dst, body []byte) []byte {
	switch c {
	case LZ4:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)))
		at := len(dst)
		if dst = lz4Block(dst, body); len(dst) == at {
			dst = appendLZ4Literal(dst, body)
		}
		return dst
	case Snappy:
		return append(dst, snappy.Encode(nil, body)...)
	}
	return append(dst, body...)
}

// appendLZ4Literal appends a block that holds body as one literal run, for what does not compress.
func appendLZ4Literal(dst, body []byte) []byte {
	n := len(body)
	if n < 15 {
		dst = append(dst, byte(n)<<4)
	} else {
		dst = append(dst, 0xF0)
		for n -= 15; n >= 255; n -= 255 {
			dst = append(dst, 255)
		}
		dst = append(dst, byte(n))
	}
	return append(dst, body...)
}

// compressionRatioMax bounds what a compressed body may claim to become: LZ4 reaches about 255.
const compressionRatioMax = 260

// DecompressedBytes returns the length that a compressed body claims to have had; more than most is refused.
func (c Compression) DecompressedBytes(body []byte, most int) (int, error) {
	var n uint64
	switch c {
	case LZ4:
		if len(body) < 4 {
			return 0, cassandra.Protocolf("Compressed body too short")
		}
		n = uint64(binary.BigEndian.Uint32(body))
	case Snappy:
		decoded, err := snappy.DecodedLen(body)
		if err != nil {
			return 0, cassandra.Protocolf("Malformed Snappy body")
		}
		n = uint64(decoded)
	}
	if n > uint64(most) {
		return 0, cassandra.Protocolf("Compressed body claims to hold %d bytes; at most %d are accepted", n, most)
	}
	return int(n), nil
}

// Decompress returns a body as it was; the length it claims is checked before anything is allocated.
func (c Compression) Decompress(body []byte) ([]byte, error) {
	switch c {
	case LZ4:
		if len(body) < 4 {
			return nil, cassandra.Protocolf("Compressed body too short")
		}
		n := int64(binary.BigEndian.Uint32(body))
		if n == 0 {
			return []byte{}, nil
		}
		if n > FrameBytesMax || n > int64(len(body))*compressionRatioMax {
			return nil, cassandra.Protocolf("Compressed body claims to hold %d bytes", n)
		}
		out := make([]byte, n)
		if m, err := lz4.UncompressBlock(body[4:], out); err != nil || int64(m) != n {
			return nil, cassandra.Protocolf("Malformed LZ4 body")
		}
		return out, nil
	case Snappy:
		n, err := snappy.DecodedLen(body)
		if err != nil || n > FrameBytesMax || int64(n) > int64(len(body))*compressionRatioMax {
			return nil, cassandra.Protocolf("Malformed Snappy body")
		}
		out, err := snappy.Decode(nil, body)
		if err != nil {
			return nil, cassandra.Protocolf("Malformed Snappy body")
		}
		return out, nil
	}
	return nil, cassandra.Protocolf("Compressed frame on a connection without compression")
}
