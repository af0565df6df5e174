package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A frame is
//
//	length    4 bytes, of all that follows the checksum
//	checksum  4 bytes, CRC-32C of all that follows it
//	kind      1 byte
//	verb      1 byte
//	id        8 bytes; names the call in its reply
//	body      the rest
const (
	frameHead  = 4 + 4
	frameFixed = 1 + 1 + 8

	// BodyMax is the largest body of a message.
	BodyMax = 64 << 20
)

const (
	kindCall   = 1
	kindReply  = 2
	kindOneWay = 3
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errFrame ends a connection whose bytes can't be trusted.
var errFrame = errors.New("malformed message between nodes")

func appendFrame(dst []byte, kind byte, verb Verb, id uint64, body []byte) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, kind, byte(verb))
	dst = binary.BigEndian.AppendUint64(dst, id)
	dst = append(dst, body...)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-frameHead))
	binary.BigEndian.PutUint32(dst[at+4:], crc32.Checksum(dst[at+frameHead:], castagnoli))
	return dst
}

type frame struct {
	kind byte
	verb Verb
	id   uint64
	body []byte
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
	if n < frameFixed || n > BodyMax+frameFixed {
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
	return frame{raw[0], Verb(raw[1]), binary.BigEndian.Uint64(raw[2:]), raw[frameFixed:]}, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
