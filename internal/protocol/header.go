package protocol

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// Version is a protocol version.
type Version uint8

const (
	V3 Version = 3
	V4 Version = 4
	V5 Version = 5
)

// Opcode says what a frame is.
type Opcode uint8

const (
	OpError         Opcode = 0x00
	OpStartup       Opcode = 0x01
	OpReady         Opcode = 0x02
	OpAuthenticate  Opcode = 0x03
	OpOptions       Opcode = 0x05
	OpSupported     Opcode = 0x06
	OpQuery         Opcode = 0x07
	OpResult        Opcode = 0x08
	OpPrepare       Opcode = 0x09
	OpExecute       Opcode = 0x0A
	OpRegister      Opcode = 0x0B
	OpEvent         Opcode = 0x0C
	OpBatch         Opcode = 0x0D
	OpAuthChallenge Opcode = 0x0E
	OpAuthResponse  Opcode = 0x0F
	OpAuthSuccess   Opcode = 0x10
)

// Flags of a frame header.
const (
	FlagCompressed    = 0x01
	FlagTracing       = 0x02
	FlagCustomPayload = 0x04
	FlagWarning       = 0x08
	FlagBeta          = 0x10
)

// HeaderBytes is the length of a frame header; FrameBytesMax the longest body that is ever read.
const (
	HeaderBytes   = 9
	FrameBytesMax = 256 << 20
)

// Header is a frame's header.
type Header struct {
	Version  Version
	Response bool
	Flags    byte
	Stream   int16
	Opcode   Opcode
	Length   int
}

// ErrVersion is the refusal of a version that is not spoken; drivers step down on this text.
func ErrVersion(v byte) *cassandra.Error {
	return cassandra.Protocolf("Invalid or unsupported protocol version (%d); supported versions are (3/v3, 4/v4, 5/v5)", v&0x7F)
}

// ParseHeader reads the first HeaderBytes of raw. The error for a version that is not spoken comes with the rest of the header
// filled in, so that the refusal can name the stream.
func ParseHeader(raw []byte) (Header, error) {
	h := Header{
		Version:  Version(raw[0] & 0x7F),
		Response: raw[0]&0x80 != 0,
		Flags:    raw[1],
		Stream:   int16(binary.BigEndian.Uint16(raw[2:])),
		Opcode:   Opcode(raw[4]),
		Length:   int(int32(binary.BigEndian.Uint32(raw[5:]))),
	}
	if h.Version < V3 || h.Version > V5 {
		return h, ErrVersion(raw[0])
	}
	if h.Length < 0 || h.Length > FrameBytesMax {
		return h, cassandra.Protocolf("Frame of %d bytes; at most %d are accepted", h.Length, FrameBytesMax)
	}
	return h, nil
}

// AppendHeader appends a header. Length may be patched in later with PatchLength.
func AppendHeader(dst []byte, h Header) []byte {
	v := byte(h.Version)
	if h.Response {
		v |= 0x80
	}
	dst = append(dst, v, h.Flags)
	dst = binary.BigEndian.AppendUint16(dst, uint16(h.Stream))
	dst = append(dst, byte(h.Opcode))
	return binary.BigEndian.AppendUint32(dst, uint32(h.Length))
}

// PatchLength sets the length of the frame that begins at frame[0] and reaches to its end.
func PatchLength(frame []byte) {
	binary.BigEndian.PutUint32(frame[5:], uint32(len(frame)-HeaderBytes))
}
