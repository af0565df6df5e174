package coordinator

import (
	"sync"

	"github.com/google/uuid"
)

// recentMax is how many requests are remembered.
const recentMax = 1 << 13

// requestID names a request between nodes: the coordinator and its timestamp, which it gives once.
type requestID struct {
	from   uuid.UUID
	number int64
}

// recent remembers the latest requests that must not be carried out twice. A connection delivers each message once, and requests are never sent
// again, so this guards against whatever stands in between; a duplicate comes soon, if at all. The zero value remembers nothing yet.
type recent struct {
	mu    sync.Mutex
	known map[requestID]struct{} // guarded by mu
	ring  []requestID            // guarded by mu; the same, in the order of their coming
	next  int                    // guarded by mu
}

// first notes a request and says whether it is new.
func (r *recent) first(id requestID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, again := r.known[id]; again {
		return false
	}
	if r.known == nil {
		r.known = map[requestID]struct{}{}
	}
	if len(r.ring) < recentMax {
		r.ring = append(r.ring, id)
	} else {
		delete(r.known, r.ring[r.next])
		r.ring[r.next] = id
		r.next = (r.next + 1) % recentMax
	}
	r.known[id] = struct{}{}
	return true
}
