package storage

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrNoSpace is wrapped by the error of a write that was refused because the disk is nearly full.
var ErrNoSpace = errors.New("no space left for writes")

// What must stay free: spaceFloorShare of the disk but at most spaceFloorMax, and on a small disk at least what memtables
// on their way to data files may take, up to a quarter of the disk.
const (
	spaceFloorMax   = 1 << 30
	spaceFloorShare = 20
	spacePeriod     = time.Second / 2
)

// spaceGuard refuses writes while the disk is too full for the log and compactions to go on.
type spaceGuard struct {
	refusal atomic.Pointer[error]
	// room is what may be written until the disk is looked at again
	room atomic.Int64
}

func (g *spaceGuard) check() error {
	if e := g.refusal.Load(); e != nil {
		return *e
	}
	return nil
}

// spend counts bytes on their way to the log; false when the disk must be looked at before more are written.
func (g *spaceGuard) spend(bytes int) bool { return g.room.Add(-int64(bytes)) > 0 }

// spaceOf is the default of Options.FreeBytes; memory has no end.
func spaceOf(fs vfs.FS, dir string) func() (free, total uint64, err error) {
	return func() (uint64, uint64, error) {
		usage, err := fs.GetDiskUsage(dir)
		if errors.Is(err, vfs.ErrUnsupported) {
			return 1 << 62, 1 << 62, nil
		}
		return usage.AvailBytes, usage.TotalBytes, err
	}
}

// Free returns the bytes that are free on the disk.
func (s *Store) Free() (uint64, error) {
	free, _, err := s.options.FreeBytes()
	return free, err
}

func (s *Store) spaceFloor(total uint64) uint64 {
	floor := min(total/spaceFloorShare, spaceFloorMax)
	return max(floor, min(2*s.options.MemTableBytes, total/4))
}

// checkSpace refuses writes while the disk is nearly full, and lets them pass again by itself once there is space.
func (s *Store) checkSpace() {
	free, total, err := s.options.FreeBytes()
	if err != nil {
		s.space.room.Store(spaceFloorMax)
		s.options.Logger.Warn("can't tell the free space of the data directory", "dir", s.options.Dir, "error", err)
		return
	}
	floor := s.spaceFloor(total)
	if free >= floor {
		// what is written until the next look may take half of what must stay free
		s.space.room.Store(int64(min(free-floor/2, 1<<62)))
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
