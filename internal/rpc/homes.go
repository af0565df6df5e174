package rpc

import (
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
