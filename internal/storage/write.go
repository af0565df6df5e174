package storage

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/planted"
	"helenus/internal/row"
	"helenus/internal/view"
)

// Commit is a write that is visible and on its way to the disk.
type Commit struct {
	store   *Store
	batch   *pebble.Batch
	parcels []view.Parcel // changes of views for other nodes
}

var commits = sync.Pool{New: func() any { return new(Commit) }}

// Wait returns when the write is as safe as the sync mode promises. It must be called exactly once. A failed sync ends the process.
func (c *Commit) Wait() error {
	err := errors.Join(c.batch.SyncWait(), c.batch.Close())
	s, parcels := c.store, c.parcels
	c.batch, c.store, c.parcels = nil, nil, nil
	commits.Put(c)
	if err == nil && parcels != nil {
		s.queued(parcels, true)
	}
	return s.synced(err)
}

// WaitSynced is Wait for what must be on the disk in every sync mode.
func (c *Commit) WaitSynced() error {
	s := c.store
	if err := c.Wait(); err != nil || s.sync == nil {
		return err
	}
	return s.synced(s.sync.syncNow())
}

// Apply writes mutations as one: all are seen or none, at once and after a crash. It copies what it needs. The error wraps
// ErrNoSpace when the disk is too full to begin; then nothing was written.
func (s *Store) Apply(mutations []row.Mutation) (*Commit, error) {
	if s.anyViewed(mutations) {
		return s.applyViewed(mutations)
	}
	if len(mutations) == 1 {
		m := s.locks.of(mutations[0].Table.DataID, mutations[0].Partition.Token)
		m.RLock()
		defer m.RUnlock()
	} else {
		defer s.shareWithOthers(mutations)()
	}
	return s.applyPlain(mutations)
}

// Take is Apply without what follows from the mutations in views.
func (s *Store) Take(mutations []row.Mutation) (*Commit, error) {
	defer s.shareWithOthers(mutations)()
	return s.applyPlain(mutations)
}

// ApplyLocked is Apply for a caller that holds the partitions' locks.
func (s *Store) ApplyLocked(mutations []row.Mutation) (*Commit, error) {
	if s.anyViewed(mutations) {
		held := locksOf(mutations)
		return s.applyDerived(mutations, &held)
	}
	return s.applyPlain(mutations)
}

// applyPlain writes mutations and their indexes' entries. The caller holds locks.
func (s *Store) applyPlain(mutations []row.Mutation) (*Commit, error) {
	defer s.dies()
	if err := s.space.check(); err != nil {
		return nil, err
	}
	began := s.options.Runtime.Monotonic()
	b := s.db.NewBatch()
	for i := range mutations {
		err := addMutation(b, &mutations[i])
		if err == nil {
			err = s.addEntries(b, &mutations[i])
		}
		if err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	return s.commit(b, mutations, began)
}

// commit writes a batch that holds mutations.
func (s *Store) commit(b *pebble.Batch, mutations []row.Mutation, began time.Duration) (*Commit, error) {
	if !s.space.spend(logged * b.Len()) {
		if s.checkSpace(); s.space.check() != nil {
			return nil, errors.Join(s.space.check(), b.Close())
		}
	}
	if planted.Is(planted.UnsyncedLog) {
		if err := s.db.Apply(b, pebble.NoSync); err != nil {
			return nil, err
		}
		b = s.db.NewBatch()
	}
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return nil, fmt.Errorf("write: %w", errors.Join(err, b.Close()))
	}
	took := s.options.Runtime.Monotonic() - began
	for i := range mutations {
		s.TableStats(mutations[i].Table.DataID).Writes.Observe(took)
	}
	return s.applied(b), nil
}

// addMutation encodes keys straight into the batch.
func addMutation(b *pebble.Batch, m *row.Mutation) error {
	put := func(kind byte, clustering, value []byte) error {
		op := b.MergeDeferred(prefixFixed+len(m.Partition.Key)+1+len(clustering), len(value))
		k := append(appendPrefix(op.Key[:0], m.Table.DataID, m.Partition), kind)
		copy(op.Key[len(k):], clustering)
		copy(op.Value, value)
		return op.Finish()
	}
	if m.Header != nil {
		if err := put(kindHeader, nil, m.Header); err != nil {
			return err
		}
	}
	if m.Static != nil {
		if err := put(kindStatic, nil, m.Static); err != nil {
			return err
		}
	}
	for i := range m.Rows {
		if err := put(kindRow, m.Rows[i].Clustering, m.Rows[i].Delta); err != nil {
			return err
		}
	}
	return nil
}
