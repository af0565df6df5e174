package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/lease"
	"helenus/internal/platform"
)

// takeDirectory has the directory for this process alone: by its lock, and by a lease where other hosts may not see that.
func (s *Store) takeDirectory() (*pebble.Lock, error) {
	o := &s.options
	began := o.Runtime.Monotonic()
	lock, err := s.awaitDirectory()
	if err != nil || o.Lease == nil {
		return lock, err
	}
	l := *o.Lease
	l.Dir, l.Runtime, l.Logger = o.Dir, o.Runtime, o.Logger
	l.Wait = max(0, o.LockWait-(o.Runtime.Monotonic()-began))
	if s.lease, err = lease.Take(o.Waiting, l); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	o.FS = s.lease.Fence(o.FS)
	return lock, nil
}

// leaveDirectory lets others have it.
func (s *Store) leaveDirectory(lock *pebble.Lock) error {
	if s.lease != nil {
		if err := s.lease.Release(); err != nil { // the next holder has to wait
			s.options.Logger.Warn(err.Error())
		}
	}
	return lock.Close()
}

// Describe has processes that want the directory, too, be told who has it.
func (s *Store) Describe(node string) {
	if s.lease != nil {
		s.lease.Describe(node)
	}
}

// lockEvery is how often a directory that another process has is tried again.
const lockEvery = 250 * time.Millisecond

// awaitDirectory locks the data directory, waiting for another process to end as long as it may: the one before this one may be ending.
func (s *Store) awaitDirectory() (*pebble.Lock, error) {
	o := &s.options
	for began := o.Runtime.Monotonic(); ; {
		lock, err := lockDirectory(o.FS, o.Dir)
		var used *usedError
		if waited := o.Runtime.Monotonic() - began; !errors.As(err, &used) || waited >= o.LockWait {
			if used != nil && o.LockWait > 0 {
				err = fmt.Errorf("%w; it still was after %s", err, o.LockWait)
			}
			return lock, err
		} else if waited < lockEvery {
			o.Logger.Info(fmt.Sprintf("data directory %s is in use by another process: waiting up to %s for it to end", o.Dir, o.LockWait))
		}
		if err := platform.Sleep(o.Waiting, o.Runtime, lockEvery); err != nil {
			return nil, fmt.Errorf("wait for data directory %s: %w", o.Dir, err)
		}
	}
}

// usedError says that another process has a data directory.
type usedError struct {
	dir   string
	cause error
}

func (e *usedError) Error() string {
	return fmt.Sprintf("data directory %s is in use by another process; stop that one or choose another directory with --data: %s", e.dir, e.cause)
}

func (e *usedError) Unwrap() error { return e.cause }

// lockDirectory keeps a second process out of a data directory. The lock is the operating system's: it goes with the process.
func lockDirectory(files vfs.FS, dir string) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, files)
	var at *fs.PathError
	switch {
	case err == nil:
		return lock, nil
	case errors.As(err, &at) && errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("data directory %s can't be written: %w", dir, err)
	case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
		return nil, fmt.Errorf("data directory %s is on a file system without file locks, as directories of Windows and macOS can be in a container: keep the data in a named volume of Docker instead: %w", dir, err)
	}
	return nil, &usedError{dir, err}
}
