package protocol

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/pierrec/lz4/v4"

	"helenus/internal/cassandra"
)

// Protocol v5 carries frames in segments, each with a checksummed header and payload:
//
//	uncompressed  3 bytes little-endian: payload length 17 bits, self-contained 1 bit; CRC24 3 bytes
//	LZ4           5 bytes little-endian: compressed length 17 bits, uncompressed length 17 bits, self-contained 1 bit; CRC24 3 bytes
//	then the payload and its CRC32, 4 bytes little-endian
//
// A self-contained segment holds whole frames; a frame longer than a segment spans several that are not. An uncompressed length of 0
// in the LZ4 form means that the payload is stored as it is.
const (
	SegmentPayloadMax = 1<<17 - 1
	segmentHeader     = 6
	segmentHeaderLZ4  = 8
)

// crc24 has Cassandra's polynomial and initial value.
func crc24(raw []byte) uint32 {
	crc := uint32(0x875060)
	for _, b := range raw {
		crc ^= uint32(b) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1974F0B
			}
		}
	}
	return crc & 0xFFFFFF
}

// crcSeed is what CRC32 begins with.
var crcSeed = crc32.ChecksumIEEE([]byte{0xFA, 0x2D, 0x55, 0xCA})

func crcPayload(raw []byte) uint32 { return crc32.Update(crcSeed, crc32.IEEETable, raw) }

// AppendSegments appends payload, which is one frame or several whole ones, as segments.
func AppendSegments(dst, payload []byte, compress bool) []byte {
	selfContained := len(payload) <= SegmentPayloadMax
	for len(payload) > 0 {
		n := min(len(payload), SegmentPayloadMax)
		dst = appendSegment(dst, payload[:n], selfContained, compress)
		payload = payload[n:]
	}
	return dst
}

func appendSegment(dst, payload []byte, selfContained, compress bool) []byte {
	self := uint64(0)
	if selfContained {
		self = 1
	}
	at := len(dst)
	var word [8]byte
	if compress {
		dst = append(dst, word[:segmentHeaderLZ4]...)
		compressed := lz4Block(dst, payload)
		uncompressed := len(payload)
		if n := len(compressed) - len(dst); n == 0 || n >= len(payload) {
			dst = append(dst, payload...)
			uncompressed = 0
		} else {
			dst = compressed
		}
		size := len(dst) - at - segmentHeaderLZ4
		binary.LittleEndian.PutUint64(word[:], uint64(size)|uint64(uncompressed)<<17|self<<34)
		copy(dst[at:], word[:5])
		putCRC24(dst[at+5:], crc24(dst[at:at+5]))
		return binary.LittleEndian.AppendUint32(dst, crcPayload(dst[at+segmentHeaderLZ4:]))
	}
	binary.LittleEndian.PutUint64(word[:], uint64(len(payload))|self<<17)
	dst = append(dst, word[:3]...)
	dst = append(dst, 0, 0, 0)
	putCRC24(dst[at+3:], crc24(dst[at:at+3]))
	dst = append(dst, payload...)
	return binary.LittleEndian.AppendUint32(dst, crcPayload(payload))
}

func putCRC24(dst []byte, crc uint32) {
	dst[0], dst[1], dst[2] = byte(crc), byte(crc>>8), byte(crc>>16)
}

func crcMismatch(what string) error {
	return cassandra.Protocolf("Checksum mismatch in a segment's %s", what)
}

// Segment is one segment found by NextSegment.
type Segment struct {
	Payload       []byte // aliases the input or scratch
	SelfContained bool
}

// SegmentBytes is the whole length of the segment at the start of raw, whose header NextSegment has checked; 0 when raw does not hold the header yet.
func SegmentBytes(raw []byte, compressed bool) int {
	head := segmentHeader
	if compressed {
		head = segmentHeaderLZ4
	}
	if len(raw) < head {
		return 0
	}
	return head + int(binary.LittleEndian.Uint32(raw)&SegmentPayloadMax) + 4
}

// NextSegment reads the segment at the start of raw. size is its whole length, or 0 when raw does not hold it all yet. scratch is
// used for decompression and returned grown.
func NextSegment(raw, scratch []byte, compressed bool) (s Segment, size int, grown []byte, err error) {
	head := segmentHeader
	if compressed {
		head = segmentHeaderLZ4
	}
	if len(raw) < head {
		return s, 0, scratch, nil
	}
	var word [8]byte
	copy(word[:], raw[:head-3])
	crc := uint32(raw[head-3]) | uint32(raw[head-2])<<8 | uint32(raw[head-1])<<16
	if crc24(raw[:head-3]) != crc {
		return s, 0, scratch, crcMismatch("header")
	}
	v := binary.LittleEndian.Uint64(word[:])
	length := int(v & SegmentPayloadMax)
	uncompressed := 0
	s.SelfContained = v>>17&1 == 1
	if compressed {
		uncompressed = int(v >> 17 & SegmentPayloadMax)
		s.SelfContained = v>>34&1 == 1
	}
	size = head + length + 4
	if len(raw) < size {
		return s, 0, scratch, nil
	}
	s.Payload = raw[head : head+length]
	if crcPayload(s.Payload) != binary.LittleEndian.Uint32(raw[head+length:]) {
		return s, 0, scratch, crcMismatch("payload")
	}
	if uncompressed > 0 {
		if cap(scratch) < uncompressed {
			scratch = make([]byte, uncompressed)
		}
		n, err := lz4.UncompressBlock(s.Payload, scratch[:uncompressed])
		if err != nil || n != uncompressed {
			return s, 0, scratch, cassandra.Protocolf("Malformed LZ4 segment")
		}
		s.Payload = scratch[:n]
	}
	return s, size, scratch, nil
}
