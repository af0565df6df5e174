package exec

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"helenus/internal/cqltype"
	"helenus/internal/platform"
)

// hybridClock gives write timestamps: microseconds that never repeat and never go back while the process lives, whatever the
// wall clock does.
type hybridClock struct {
	clock platform.Clock
	last  atomic.Int64
}

// micros returns a timestamp above all before it.
func (h *hybridClock) micros() int64 {
	now := h.clock.Now().UnixMicro()
	for {
		last := h.last.Load()
		next := max(now, last+1)
		if h.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// Timestamp returns a write timestamp above all before it, in microseconds.
func (e *Executor) Timestamp() int64 { return e.clock.micros() }

// uuidSource makes UUIDs: version 1 from the clock with a random node, version 4 from a random stream.
type uuidSource struct {
	clock *hybridClock
	node  uint64
	last  atomic.Int64 // 100 ns ticks since 1970
}

func (u *uuidSource) init(clock *hybridClock) error {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return fmt.Errorf("make a node number for UUIDs: %w", err)
	}
	u.clock = clock
	b[0] = b[0]&0x3F | 0x80 // the variant
	b[2] |= 0x01            // a random node has the multicast bit
	u.node = binary.BigEndian.Uint64(b[:])
	return nil
}

// timeUUID returns a version 1 UUID above all before it.
func (u *uuidSource) timeUUID() (id [16]byte) {
	now := u.clock.clock.Now().UnixMicro() * 10
	for {
		last := u.last.Load()
		next := max(now, last+1)
		if u.last.CompareAndSwap(last, next) {
			cqltype.AppendTimeUUID(id[:0], next, u.node)
			return id
		}
	}
}

// randomUUID returns a version 4 UUID.
func (u *uuidSource) randomUUID() (id [16]byte) {
	if _, err := rand.Read(id[:]); err != nil {
		panic(err) // crypto/rand never fails on the platforms that Go runs on
	}
	id[6] = id[6]&0x0F | 0x40
	id[8] = id[8]&0x3F | 0x80
	return id
}
