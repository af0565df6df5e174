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
	// unflushed is what of the log was in no data file yet when the disk was looked at last
	unflushed atomic.Uint64
}

func (g *spaceGuard) check() error {
	if e := g.refusal.Load(); e != nil {
		return *e
	}
	return nil
}

// spend counts bytes on their way to the disk; false when it must be looked at before more are written.
func (g *spaceGuard) spend(bytes int) bool { return g.room.Add(-int64(bytes)) > 0 }

// logged is how often a byte of the log is written while it is in the log: there, and by a flush in a data file, before the log goes.
const logged = 2

// endless is the size of what has no end.
const endless = 1 << 62

// spaceOf is the default of Options.FreeBytes; memory has no end.
func spaceOf(fs vfs.FS, dir string) func() (free, total uint64, err error) {
	return func() (uint64, uint64, error) {
		usage, err := fs.GetDiskUsage(dir)
		if errors.Is(err, vfs.ErrUnsupported) {
			return endless, endless, nil
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

// spare is what of the free bytes no flush needs.
func (g *spaceGuard) spare(free uint64) uint64 { return free - min(free, g.unflushed.Load()) }

// checkSpace refuses writes while the disk is nearly full, and lets them pass again by itself once there is space.
func (s *Store) checkSpace() {
	free, total, err := s.options.FreeBytes()
	if err != nil {
		s.space.room.Store(spaceFloorMax)
		s.options.Logger.Warn("can't tell the free space of the data directory", "dir", s.options.Dir, "error", err)
		return
	}
	if total < endless {
		s.space.unflushed.Store(s.db.Metrics().WAL.Size)
	}
	spare, floor := s.space.spare(free), s.spaceFloor(total)
	if spare >= floor {
		// what is written until the next look may take half of what must stay free
		s.space.room.Store(int64(min(spare-floor/2, endless)))
		if s.space.refusal.Swap(nil) != nil {
			s.options.Logger.Info("disk has space again, writes are accepted", "dir", s.options.Dir, "free_bytes", free)
		}
		return
	}
	s.space.room.Store(0)
	refusal := fmt.Errorf("%w: %d MiB free on the disk of %s, %d MiB must stay free; free some space", ErrNoSpace, free>>20, s.options.Dir, (floor+free-spare)>>20)
	if s.space.refusal.Swap(&refusal) == nil {
		s.options.Logger.Error("disk is nearly full, writes are refused", "dir", s.options.Dir, "free_bytes", free, "floor_bytes", floor, "unflushed_bytes", free-spare)
		s.flushBeforeFull(free)
	}
}

// flushBeforeFull moves what is in the log alone into data files while there is space for them; the log's space is free then.
func (s *Store) flushBeforeFull(free uint64) {
	if unflushed := s.space.unflushed.Load(); unflushed == 0 || free < 2*unflushed {
		return
	}
	if _, err := s.db.AsyncFlush(); err != nil {
		s.options.Logger.Warn("can't flush on a disk that is nearly full", "error", err)
	}
}

// reserve is a file system on which compactions leave a nearly full disk's last space to the log and to flushes: those keep what is
// acknowledged, and a compaction that found no space is tried again later.
type reserve struct {
	vfs.FS
	store *Store
}

// Unwrap returns the file system below.
func (r *reserve) Unwrap() vfs.FS { return r.FS }

// Create has an eye on the files of compactions. Others are what the space is kept for.
func (r *reserve) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := r.FS.Create(name, category)
	if err != nil || !compacts(category) {
		return f, err
	}
	return &compacted{f, r.store}, nil
}

// compacts is true for Pebble's names of compactions.
func compacts(category vfs.DiskWriteCategory) bool {
	return category == "pebble-compaction" || category == "pebble-blob-file-rewrite"
}

// compacted is a file that a compaction writes.
type compacted struct {
	vfs.File
	store *Store
}

// Write writes unless half of what must stay free would be touched.
func (c *compacted) Write(data []byte) (int, error) {
	s := c.store
	if !s.space.spend(len(data)) {
		free, total, err := s.options.FreeBytes()
		if err == nil && s.space.spare(free) < s.spaceFloor(total)/2+uint64(len(data)) {
			return 0, fmt.Errorf("%w: a compaction leaves the last %d MiB on the disk of %s to writes; free some space", ErrNoSpace, free>>20, s.options.Dir)
		}
	}
	return c.File.Write(data)
}
