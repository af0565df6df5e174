package rpc

import (
	"encoding/binary"
	"fmt"

	"helenus/internal/protocol"
)

// Compression says which bodies are sent compressed: Cassandra's internode_compression.
type Compression string

// The bytes between datacenters are dear, those within one are not.
const (
	CompressBetweenDatacenters Compression = "dc" // default
	CompressAll                Compression = "all"
	CompressNone               Compression = "none"
)

// lz4 is what a hello says of a node that reads LZ4 bodies; all of this version do.
const lz4 = "lz4"

// compressFrom is the length from which a body is worth it.
const compressFrom = 512

// kindCompressed is added to a frame's kind when its body is the length of what it holds, 4 bytes, and an LZ4 block.
const kindCompressed = 0x80

// compresses says whether bodies go to a peer compressed.
func (t *Transport) compresses(self, peer *Hello) bool {
	if peer.Compression != lz4 {
		return false
	}
	switch t.options.Compression {
	case CompressNone:
		return false
	case CompressAll:
		return true
	}
	return self.Datacenter != peer.Datacenter
}

// compress returns what is sent of a body: with its kind, and shorter when that is wanted and works.
func compress(wanted bool, kind byte, body []byte) (byte, []byte) {
	if !wanted || len(body) < compressFrom {
		return kind, body
	}
	if small := protocol.LZ4.AppendCompressed(nil, body); len(small) < len(body) {
		return kind | kindCompressed, small
	}
	return kind, body
}

// decompress undoes compress. What a body claims to hold is checked before anything is allocated.
func decompress(f frame) (frame, error) {
	if f.kind&kindCompressed == 0 {
		return f, nil
	}
	if len(f.body) < 4 || binary.BigEndian.Uint32(f.body) > BodyMax {
		return f, fmt.Errorf("%w: a compressed body that is too long", errFrame)
	}
	body, err := protocol.LZ4.Decompress(f.body)
	if err != nil {
		return f, fmt.Errorf("%w: %w", errFrame, err)
	}
	f.kind, f.body = f.kind&^kindCompressed, body
	return f, nil
}
