package storage

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// FaultyFS is a file system that fails when it wants to: a simulator's. The store asks it before it reads and when a write is to be safe, so
// that faults come at moments of the simulator's choice. Faults of files under the engine would come whenever its own goroutines get there. So would
// what a crash leaves: on such a file system a write is in the log's file when it is visible, and synced when its writer has waited for it.
type FaultyFS interface {
	vfs.FS
	// ReadFault and WriteFault return why data can't be read, or the log not be synced, at the moment; nil when all is well.
	ReadFault() error
	WriteFault() error
}

// readFault is asked before each read.
func (s *Store) readFault() error {
	if s.faults == nil {
		return nil
	}
	return s.faults.ReadFault()
}

// iterator is the engine's, for the store's own reads.
func (s *Store) iterator(o *pebble.IterOptions) (*pebble.Iterator, error) {
	if err := s.readFault(); err != nil {
		return nil, err
	}
	return s.db.NewIter(o)
}

// synced takes what became of a write that had to be safe. A failed one leaves what readers see and what the disk holds apart for good, so it
// ends the process.
func (s *Store) synced(err error) error {
	if s.faults != nil {
		if err = errors.Join(err, s.faults.WriteFault()); err == nil && s.options.Sync == SyncBatch {
			err = s.sync.syncNow()
		}
	}
	if err != nil {
		err = fmt.Errorf("sync a write: %w", err)
		s.options.OnFatal(err)
	}
	return err
}

// applied takes a batch that is visible. Its record is in the log's file by now, or soon.
func (s *Store) applied(b *pebble.Batch) *Commit {
	if s.faults != nil {
		_ = b.SyncWait() // Wait returns the error again
	}
	c := commits.Get().(*Commit)
	c.store, c.batch = s, b
	return c
}

// later are the options of a write that nobody waits for; a crash may undo it.
func (s *Store) later() *pebble.WriteOptions {
	if s.faults != nil {
		return pebble.Sync
	}
	return pebble.NoSync
}
