package liveness

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// silence is how long a member may say nothing and still count as alive.
const silence = 3 * time.Second

// Tracker knows what was heard of each host. It is safe for concurrent use; its methods take the time, Clock.Monotonic, from outside.
type Tracker struct {
	mu    sync.RWMutex
	hosts map[uuid.UUID]*host // guarded by mu
}

type host struct {
	live  bool
	known bool // whether it is alive was judged once
	heard time.Duration
	since time.Duration // of live
}

// Live says whether a host answers. One that nothing is known of yet counts as alive until asking it has failed.
func (t *Tracker) Live(id uuid.UUID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	h := t.hosts[id]
	return h == nil || h.live
}

// Known says whether anything is known of a host.
func (t *Tracker) Known(id uuid.UUID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.hosts[id] != nil
}

// DownFor returns for how long a host has not answered, 0 for one that does. A host that was never heard of counts from start.
func (t *Tracker) DownFor(id uuid.UUID, start, now time.Duration) time.Duration {
	t.mu.RLock()
	defer t.mu.RUnlock()
	h := t.hosts[id]
	switch {
	case h == nil:
		return now - start
	case h.live:
		return 0
	}
	return now - h.since
}

// Silence returns for how long a host has said nothing, as a share of how long it may and still count as alive.
func (t *Tracker) Silence(id uuid.UUID, now time.Duration) float64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if h := t.hosts[id]; h != nil {
		return float64(now-h.heard) / float64(silence)
	}
	return 0
}

// Heard notes that a host answered, and says whether it did not before.
func (t *Tracker) Heard(id uuid.UUID, now time.Duration) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.host(id)
	h.heard = now
	if h.live {
		return false
	}
	h.live, h.known, h.since = true, true, now
	return true
}

// Lost notes that the connection to a host broke, and says whether it counted as alive before.
func (t *Tracker) Lost(id uuid.UUID, now time.Duration) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.host(id)
	if h.live || !h.known { // a host that nothing was known of is dead from now on
		changed, h.live, h.known, h.since = h.live, false, true, now
	}
	return changed
}

// host returns what is known of a host; t.mu is held.
func (t *Tracker) host(id uuid.UUID) *host {
	if t.hosts == nil {
		t.hosts = map[uuid.UUID]*host{}
	}
	if t.hosts[id] == nil {
		t.hosts[id] = &host{}
	}
	return t.hosts[id]
}

// Failed notes that a host could not be asked: it decides only about one that nothing is known of. What was heard before counts until the
// connection breaks or there was silence for long.
func (t *Tracker) Failed(id uuid.UUID, now time.Duration) {
	t.mu.RLock()
	known := t.hosts[id] != nil
	t.mu.RUnlock()
	if !known {
		t.Lost(id, now)
	}
}

// Forgive has the silence of all hosts begin now: whoever asks was not listening.
func (t *Tracker) Forgive(now time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.hosts {
		h.heard = now
	}
}

// Silent returns the hosts that have said nothing for too long; they count as dead from now on.
func (t *Tracker) Silent(now time.Duration) (gone []uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, h := range t.hosts {
		if h.live && now-h.heard > silence {
			h.live, h.since = false, now
			gone = append(gone, id)
		}
	}
	slices.SortFunc(gone, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return gone
}
