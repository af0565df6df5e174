package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"
)

// A frame is
//
//	length    4 bytes, of all that follows the checksum
//	checksum  4 bytes, CRC-32C of all that follows it
//	kind      1 byte; 0x80 is added when the body is compressed (compress.go)
//	verb      1 byte
//	id        8 bytes; names the call in its reply
//	within    4 bytes, of a call alone: how many milliseconds its caller waits
//	body      the rest
const (
	frameHead  = 4 + 4
	frameFixed = 1 + 1 + 8
	// frameWithin is what a call has more.
	frameWithin = 4

	// BodyMax is the largest body of a message.
	BodyMax = 64 << 20
)

const (
	kindCall   = 1
	kindReply  = 2
	kindOneWay = 3
	kindRefuse = 4 // a reply without an answer: its body says why
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errFrame ends a connection whose bytes can't be trusted.
var errFrame = errors.New("malformed message between nodes")

func appendFrame(dst []byte, f frame) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, f.kind, byte(f.verb))
	dst = binary.BigEndian.AppendUint64(dst, f.id)
	if f.isCall() {
		dst = binary.BigEndian.AppendUint32(dst, uint32(min(f.within.Milliseconds(), math.MaxUint32)))
	}
	dst = append(dst, f.body...)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-frameHead))
	binary.BigEndian.PutUint32(dst[at+4:], crc32.Checksum(dst[at+frameHead:], castagnoli))
	return dst
}

type frame struct {
	kind   byte
	verb   Verb
	id     uint64
	within time.Duration
	body   []byte
}

func (f *frame) isCall() bool { return f.kind&^kindCompressed == kindCall }

// frameLength returns the length of the frame that raw, which appendFrame wrote, begins with, and what tells whose call it is.
func frameLength(raw []byte) (n int, kind byte, id uint64) {
	return frameHead + int(binary.BigEndian.Uint32(raw)), raw[frameHead] &^ kindCompressed, binary.BigEndian.Uint64(raw[frameHead+2:])
}

// firstRead bounds what is allocated on a peer's word: a longer frame grows as its bytes come.
const firstRead = 1 << 20

// readFrame reads one frame. The body is freshly allocated.
func readFrame(r io.Reader) (frame, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < frameFixed || n > BodyMax+frameFixed+frameWithin {
		return frame{}, fmt.Errorf("%w: a length of %d", errFrame, n)
	}
	raw := make([]byte, min(int(n), firstRead))
	if _, err := io.ReadFull(r, raw); err != nil {
		return frame{}, unexpected(err)
	}
	for len(raw) < int(n) {
		more := min(int(n)-len(raw), len(raw))
		raw = append(raw, make([]byte, more)...)
		if _, err := io.ReadFull(r, raw[len(raw)-more:]); err != nil {
			return frame{}, unexpected(err)
		}
	}
	if crc32.Checksum(raw, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return frame{}, fmt.Errorf("%w: the checksum is wrong", errFrame)
	}
	f := frame{kind: raw[0], verb: Verb(raw[1]), id: binary.BigEndian.Uint64(raw[2:]), body: raw[frameFixed:]}
	if f.isCall() {
		if len(f.body) < frameWithin {
			return frame{}, fmt.Errorf("%w: a call of %d bytes", errFrame, len(raw))
		}
		f.within, f.body = time.Duration(binary.BigEndian.Uint32(f.body))*time.Millisecond, f.body[frameWithin:]
	}
	return decompress(f)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
