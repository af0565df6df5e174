package storage

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/row"
)

// Commit is a write that is visible and on its way to the disk.
type Commit struct {
	batch *pebble.Batch
}

var commits = sync.Pool{New: func() any { return new(Commit) }}

// Wait returns when the write is as safe as the sync mode promises. It must be called exactly once.
func (c *Commit) Wait() error {
	err := errors.Join(c.batch.SyncWait(), c.batch.Close())
	c.batch = nil
	commits.Put(c)
	if err != nil {
		return fmt.Errorf("sync a write: %w", err)
	}
	return nil
}

// Apply writes mutations as one: all are seen or none, at once and after a crash. It copies what it needs. The error wraps
// ErrNoSpace when the disk is too full to begin; then nothing was written.
func (s *Store) Apply(mutations []row.Mutation) (*Commit, error) {
	if len(mutations) == 1 {
		m := s.locks.of(mutations[0].Table.DataID, mutations[0].Partition.Token)
		m.RLock()
		defer m.RUnlock()
	} else {
		defer s.shareLocks(mutations)()
	}
	return s.ApplyLocked(mutations)
}

// shareLocks takes the locks of several partitions in ascending order, each once.
func (s *Store) shareLocks(mutations []row.Mutation) (release func()) {
	var wanted [lockShards / 64]uint64
	for i := range mutations {
		n := (uint64(mutations[i].Partition.Token) ^ uint64(mutations[i].Table.DataID)*0x9E3779B97F4A7C15) % lockShards
		wanted[n/64] |= 1 << (n % 64)
	}
	each := func(f func(*sync.RWMutex)) {
		for n := range uint64(lockShards) {
			if wanted[n/64]&(1<<(n%64)) != 0 {
				f(&s.locks.shards[n])
			}
		}
	}
	each((*sync.RWMutex).RLock)
	return func() { each((*sync.RWMutex).RUnlock) }
}

// ApplyLocked is Apply for a caller that holds the partitions' locks.
func (s *Store) ApplyLocked(mutations []row.Mutation) (*Commit, error) {
	if err := s.space.check(); err != nil {
		return nil, err
	}
	b := s.db.NewBatch()
	for i := range mutations {
		if err := addMutation(b, &mutations[i]); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	if err := s.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return nil, fmt.Errorf("write: %w", errors.Join(err, b.Close()))
	}
	c := commits.Get().(*Commit)
	c.batch = b
	return c, nil
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
