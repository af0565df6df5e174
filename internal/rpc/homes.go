package rpc

import (
	"fmt"
	"sync"

	"github.com/google/uuid"
)

// Home is where a host takes calls, as of one of its starts.
type Home struct {
	Host       uuid.UUID `json:"host"`
	Address    string    `json:"address"`
	Generation uint64    `json:"generation"`
}

// Homes knows where hosts said that they take calls. Addresses change while hosts stay, and two hosts may swap theirs, so what a host says
// itself goes before what others remember. The zero value knows none; it is safe for concurrent use.
type Homes struct {
	mu    sync.RWMutex
	known map[uuid.UUID]Home // guarded by mu
	// starts are the latest of each host that were met; they are not forgotten.
	starts map[uuid.UUID]begun // guarded by mu
}

// begun is a start of a host, and the process that it was.
type begun struct {
	generation uint64
	boot       int64
}

// IsTwin says whether a host's start is known of another process: then the two run on copies of one data directory, and the one that is known stays.
func (d *Homes) IsTwin(h *Hello) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	was, ok := d.starts[h.Host]
	return ok && h.Boot != 0 && was.generation == h.Generation && was.boot != h.Boot
}

// began notes a host's start, if it is its latest.
func (d *Homes) began(h *Hello) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.starts == nil {
		d.starts = map[uuid.UUID]begun{}
	}
	if h.Boot != 0 && h.Generation > d.starts[h.Host].generation {
		d.starts[h.Host] = begun{h.Generation, h.Boot}
	}
}

// twinText says why a second process is not spoken to.
func twinText(h *Hello) string {
	return fmt.Sprintf("start %d of host id %s is another process already, and the one at %s runs on a copy of its data directory: keep its files, empty the directory and start it again to join as a new node", h.Generation, h.Host, h.Address)
}

// Learn notes where a host is; what is older than what is known already changes nothing.
func (d *Homes) Learn(h Home) {
	if h.Host == uuid.Nil || h.Address == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[uuid.UUID]Home{}
	}
	if h.Generation >= d.known[h.Host].Generation {
		d.known[h.Host] = h
	}
}

// Forget forgets who was at an address, after nobody could be reached there.
func (d *Homes) Forget(address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for host, h := range d.known {
		if h.Address == address {
			delete(d.known, host)
		}
	}
}

// Of returns where a host is, if that is known.
func (d *Homes) Of(host uuid.UUID) (h Home, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h, ok = d.known[host]
	return h, ok
}

// AddressOf returns where a host is, or fallback.
func (d *Homes) AddressOf(host uuid.UUID, fallback string) string {
	if h, ok := d.Of(host); ok {
		return h.Address
	}
	return fallback
}
