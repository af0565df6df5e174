package trace

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"helenus/internal/cqltype"
	"helenus/internal/platform"
)

// Recorder begins the traces of a node.
type Recorder struct {
	clock platform.Clock
	node  uint64
	last  atomic.Int64 // 100 ns ticks since 1970 of the latest event
	keep  Keep
}

// Keep is handed the events of a trace when it is over, and each that comes later; request is what the trace is of, nil but once at its
// coordinator. With wait it returns when they are kept, or can't be; else at once.
type Keep func(id ID, events []Event, request *Request, wait bool)

// NewRecorder returns a recorder.
func NewRecorder(clock platform.Clock, keep Keep) (*Recorder, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, fmt.Errorf("make a node number for events: %w", err)
	}
	b[0] = b[0]&0x3F | 0x80 // the variant
	b[2] |= 0x01            // a random node has the multicast bit
	return &Recorder{clock: clock, node: binary.BigEndian.Uint64(b[:]), keep: keep}, nil
}

// Begin begins a trace of a name; there is none, nil, for the zero name and a nil recorder.
func (r *Recorder) Begin(id ID) *Trace {
	if r == nil || id.IsZero() {
		return nil
	}
	return &Trace{recorder: r, id: id, began: r.clock.Monotonic()}
}

func (r *Recorder) eventID() (id ID) {
	now := r.clock.Now().UnixMicro() * 10
	for {
		last := r.last.Load()
		next := max(now, last+1)
		if r.last.CompareAndSwap(last, next) {
			cqltype.AppendTimeUUID(id[:0], next, r.node)
			return id
		}
	}
}
