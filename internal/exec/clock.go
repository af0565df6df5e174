package exec

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/cqltype"
	"helenus/internal/platform"
)

// Clock gives write timestamps: microseconds that never repeat and never go back, whatever the wall clock does, restarts included. It is safe
// for concurrent use.
type Clock struct {
	clock platform.Clock
	last  atomic.Int64
	// reserved is the highest timestamp that may be given: above it nothing was, by this process or those before it.
	reserved atomic.Int64
	mu       sync.Mutex // held while more is reserved
	reserve  func(until int64)
	idle     atomic.Int64 // the latest timestamp when Reserve was called last
}

const (
	// reserveAhead is how far timestamps are reserved: as far as a process that starts at once after a crash may be ahead of its clock. reserveAgain
	// is how little is left when that is done before anybody has to wait for it.
	reserveAhead = 2 * time.Second
	reserveAgain = time.Second
	// mergeMax is how far ahead of this node's own wall clock another's may take it.
	mergeMax = 500 * time.Millisecond
)

// NewClock returns a clock above what was reserved by an earlier process, 0 for nothing. reserve makes a timestamp durable, up to which this
// process may go; nil: nothing is.
func NewClock(c platform.Clock, reserved int64, reserve func(until int64)) *Clock {
	h := &Clock{clock: c, reserve: reserve}
	h.last.Store(reserved)
	h.reserved.Store(reserved)
	if reserve == nil {
		h.reserved.Store(math.MaxInt64)
	}
	return h
}

// Micros returns a timestamp above all before it.
func (h *Clock) Micros() int64 {
	now := h.clock.Now().UnixMicro()
	for {
		last := h.last.Load()
		next := max(now, last+1)
		if next > h.reserved.Load() {
			h.reserveFor(next)
		}
		if h.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// reserveFor reserves what lies ahead of a timestamp.
func (h *Clock) reserveFor(micros int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := micros + reserveAhead.Microseconds(); h.reserved.Load() < micros {
		h.reserve(until)
		h.reserved.Store(until)
	}
}

// Reserve reserves more when little is left and timestamps were given since the last call. It is called twice a second, so that no request waits
// for it, and an idle node writes nothing.
func (h *Clock) Reserve() {
	last := h.last.Load()
	if h.reserve == nil || last == h.idle.Swap(last) {
		return
	}
	if soon := max(h.clock.Now().UnixMicro(), last) + reserveAgain.Microseconds(); soon > h.reserved.Load() {
		h.reserveFor(soon)
	}
}

// Settle gives back what was reserved and not used, at the end of a process: nothing is written any more.
func (h *Clock) Settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := h.last.Load(); h.reserve != nil && last < h.reserved.Load() {
		h.reserve(last)
	}
	h.reserved.Store(math.MaxInt64)
}

// Last returns the latest timestamp that was given.
func (h *Clock) Last() int64 { return h.last.Load() }

// Merge takes over another node's timestamp, so that what is written here later is above what was written there before: as far as it is not
// more than half a second ahead of this node's wall clock.
func (h *Clock) Merge(micros int64) {
	merged := min(micros, h.clock.Now().UnixMicro()+mergeMax.Microseconds())
	for last := h.last.Load(); last < merged; last = h.last.Load() {
		if merged > h.reserved.Load() {
			h.reserveFor(merged)
		}
		if h.last.CompareAndSwap(last, merged) {
			return
		}
	}
}

// Timestamp returns a write timestamp above all before it, in microseconds.
func (e *Executor) Timestamp() int64 { return e.options.Timestamps.Micros() }

// uuidSource makes UUIDs: version 1 from the clock with a random node, version 4 from a random stream.
type uuidSource struct {
	clock *Clock
	node  uint64
	last  atomic.Int64 // 100 ns ticks since 1970
}

func (u *uuidSource) init(clock *Clock) error {
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
