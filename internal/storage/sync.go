package storage

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/platform"
)

// periodicSync is a file system whose log files are synced by a timer. Pebble still waits for its log's sync before it
// acknowledges, so what is acknowledged has been handed to the operating system by write(2) and survives the process.
type periodicSync struct {
	vfs.FS
	runtime platform.Runtime
	period  time.Duration
	onFatal func(error)
	timer   *platform.Periodic

	mu    sync.Mutex
	files map[*logFile]struct{} // guarded by mu: open log files
}

// newPeriodicSync returns one whose timer has a period, or with 0 none: only syncNow syncs then.
func newPeriodicSync(fs vfs.FS, runtime platform.Runtime, period time.Duration, onFatal func(error)) *periodicSync {
	p := &periodicSync{FS: fs, runtime: runtime, period: period, onFatal: onFatal, files: map[*logFile]struct{}{}}
	if period > 0 {
		p.timer = platform.Every(runtime, period, func() {
			if err := p.syncNow(); err != nil {
				onFatal(err)
			}
		})
	}
	return p
}

// syncNow syncs every log file that has unsynced bytes.
func (p *periodicSync) syncNow() error {
	p.mu.Lock()
	files := make([]*logFile, 0, len(p.files))
	for f := range p.files {
		files = append(files, f)
	}
	p.mu.Unlock()
	var errs error
	for _, f := range files {
		errs = errors.Join(errs, f.syncIfDirty())
	}
	return errs
}

// close syncs what is left.
func (p *periodicSync) close() error {
	if p.timer != nil {
		p.timer.Stop()
	}
	return p.syncNow()
}

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// Create wraps log files.
func (p *periodicSync) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, category)
	if err != nil || !isLog(name) {
		return f, err
	}
	return p.wrap(f), nil
}

// ReuseForWrite wraps log files.
func (p *periodicSync) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.ReuseForWrite(from, to, category)
	if err != nil || !isLog(to) {
		return f, err
	}
	return p.wrap(f), nil
}

func (p *periodicSync) wrap(f vfs.File) *logFile {
	l := &logFile{File: f, owner: p}
	p.mu.Lock()
	p.files[l] = struct{}{}
	p.mu.Unlock()
	return l
}

// logFile is a log whose syncs are put off.
type logFile struct {
	vfs.File
	owner *periodicSync

	mu         sync.Mutex
	dirtySince time.Time // guarded by mu: zero when all is synced
	closed     bool      // guarded by mu
}

// Sync notes that bytes wait to be synced. When the timer is so late that the promise would break, it syncs at once, and the
// writers wait with it.
func (f *logFile) Sync() error {
	f.mu.Lock()
	now := f.owner.runtime.Now()
	late := f.owner.period > 0 && !f.dirtySince.IsZero() && now.Sub(f.dirtySince) > f.owner.period*3/2
	if f.dirtySince.IsZero() {
		f.dirtySince = now
	}
	f.mu.Unlock()
	if late {
		return f.syncIfDirty()
	}
	return nil
}

// SyncData is Sync.
func (f *logFile) SyncData() error { return f.Sync() }

// SyncTo is Sync: nothing is known to be on disk when it returns.
func (f *logFile) SyncTo(int64) (bool, error) { return false, f.Sync() }

func (f *logFile) syncIfDirty() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dirtySince.IsZero() || f.closed {
		return nil
	}
	if err := f.File.SyncData(); err != nil {
		return fmt.Errorf("sync the log: %w", err)
	}
	f.dirtySince = time.Time{}
	return nil
}

// Close syncs what is left: the next log's records must not reach the disk before this one's.
func (f *logFile) Close() error {
	err := f.syncIfDirty()
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.owner.mu.Lock()
	delete(f.owner.files, f)
	f.owner.mu.Unlock()
	return errors.Join(err, f.File.Close())
}
