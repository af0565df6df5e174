package storage

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrNoSpace is wrapped by the error of a write that was refused because the disk is nearly full.
var ErrNoSpace = errors.New("no space left for writes")

// spaceFloorMax and spaceFloorShare decide how much must stay free: 5 % of the disk, at most 1 GiB.
const (
	spaceFloorMax   = 1 << 30
	spaceFloorShare = 20
	spacePeriod     = time.Second / 2
)

// spaceGuard refuses writes while the disk is too full for the log and compactions to go on.
type spaceGuard struct {
	refusal atomic.Pointer[error]
}

func (g *spaceGuard) check() error {
	if e := g.refusal.Load(); e != nil {
		return *e
	}
	return nil
}

// spaceLoop looks at the disk until the store closes. Writes are accepted again by themselves once there is space.
func (s *Store) spaceLoop() {
	if s.options.FreeBytes == nil {
		return
	}
	tick := time.NewTicker(spacePeriod)
	defer tick.Stop()
	for {
		s.lookAtSpace()
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
	}
}

func (s *Store) lookAtSpace() {
	free, total, err := s.options.FreeBytes()
	if err != nil {
		s.options.Logger.Warn("can't tell the free space of the data directory", "dir", s.options.Dir, "error", err)
		return
	}
	floor := min(total/spaceFloorShare, spaceFloorMax)
	if free >= floor {
		if s.space.refusal.Swap(nil) != nil {
			s.options.Logger.Info("disk has space again, writes are accepted", "dir", s.options.Dir, "free_bytes", free)
		}
		return
	}
	refusal := fmt.Errorf("%w: %d MiB free on the disk of %s, %d MiB must stay free; free some space", ErrNoSpace, free>>20, s.options.Dir, floor>>20)
	if s.space.refusal.Swap(&refusal) == nil {
		s.options.Logger.Error("disk is nearly full, writes are refused", "dir", s.options.Dir, "free_bytes", free, "floor_bytes", floor)
	}
}
