package lease

import (
	"bytes"
	"time"
)

// sight is what a newcomer has seen of a lease so far. It decides nothing by anybody's clock but its own.
type sight struct {
	number uint64
	raw    []byte
	since  time.Duration // when it was first seen like this
	seen   bool
	// changed says that it was seen to change: somebody lives.
	changed bool
}

// look adds what is there now.
func (s *sight) look(number uint64, raw []byte, now time.Duration) {
	if s.seen && s.number == number && bytes.Equal(s.raw, raw) {
		return
	}
	s.changed = s.seen
	s.number, s.raw, s.since, s.seen = number, raw, now, true
}

// silent is how long it has stayed the same.
func (s *sight) silent(now time.Duration) time.Duration { return now - s.since }

// ended says whether a holder has ended for sure, given that whoever asks has the directory's lock.
func (o *Options) ended(r *record) bool {
	switch {
	case r == nil, !r.Settled && !r.Released:
		return false
	case r.Released, r.LocksReach && o.LocksReach:
		return true
	}
	return o.Boot != "" && o.Device != 0 && r.Boot == o.Boot && r.Device == o.Device
}
