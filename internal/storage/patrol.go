package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/row"
)

// The patrol walks over everything stored and lets go what the merge operator alone can't: rows that a partition deletion or a
// range tombstone shadows, then these deletions themselves once gc_grace_seconds have passed, and rows that expired in files
// which no compaction touches, and entries of indexes whose row has another value now. Reading every block checks every checksum on the way.

// The patrol reads patrolSpanBytes a patrolStep, so that a pass over a full disk leaves the disk to others most of the time.
const (
	patrolSpanBytes = 8 << 20
	patrolStep      = time.Second
	// entryCheckBytes is what an index's entry counts for: its row is looked up.
	entryCheckBytes = 4 << 10
)

// patrol is the state of the walk.
type patrol struct {
	// vanished counts rows that a fold found empty: they still take space in some file
	vanished atomic.Int64

	walking sync.Mutex // held during a step
	from    []byte     // guarded by walking: where the pass goes on; nil between two passes

	mu    sync.Mutex
	state PatrolState // guarded by mu
}

// PatrolState tells how far the patrol is.
type PatrolState struct {
	Running   bool
	Started   time.Time // of this or the last pass; zero before the first
	Finished  time.Time // of the last pass
	Keys      int64     // walked in this or the last pass
	Purged    int64     // rows and headers rewritten or removed in it
	LastError error
}

// Patrol returns the patrol's state.
func (s *Store) Patrol() PatrolState {
	s.patrol.mu.Lock()
	defer s.patrol.mu.Unlock()
	return s.patrol.state
}

func (p *patrol) update(f func(*PatrolState)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.state)
}

// RunPatrol makes a whole pass at once, or finishes the one under way.
func (s *Store) RunPatrol() error {
	s.patrol.walking.Lock()
	defer s.patrol.walking.Unlock()
	if s.patrol.from == nil {
		s.beginPass()
	}
	for s.patrol.from != nil {
		span, err := s.step()
		if err == nil && span.first != nil {
			err = s.compactSpan(s.ctx, span)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// patrolTick walks one span when a pass is under way or due.
func (s *Store) patrolTick() {
	s.patrol.walking.Lock()
	defer s.patrol.walking.Unlock()
	if s.patrol.from == nil {
		last := s.Patrol().Finished
		if last.IsZero() {
			last = s.opened
		}
		if s.options.Runtime.Now().Sub(last) < s.options.PatrolPeriod {
			return
		}
		s.beginPass()
	}
	span, err := s.step()
	if err != nil {
		s.options.Logger.Error("patrol", "error", err)
	}
	if span.first != nil {
		s.compactor.add(span)
	}
}

func (s *Store) beginPass() {
	s.patrol.from = binary.BigEndian.AppendUint32(nil, 1) // behind the store's own records
	s.patrol.update(func(p *PatrolState) {
		*p = PatrolState{Running: true, Started: s.options.Runtime.Now(), Finished: p.Finished}
	})
}

// step walks one span and returns it when rows were met there that only a compaction can take away.
func (s *Store) step() (dirty keySpan, err error) {
	defer s.dies()
	before := s.patrol.vanished.Load()
	next, err := s.walkSpan(s.patrol.from)
	if err == nil && s.patrol.vanished.Load() != before {
		if dirty = (keySpan{s.patrol.from, next}); next == nil {
			dirty.end = []byte{0xFF, 0xFF, 0xFF, 0xFF}
		}
	}
	if s.patrol.from = next; err != nil {
		s.patrol.from = nil
	}
	if s.patrol.from == nil {
		s.patrol.update(func(p *PatrolState) {
			p.Running, p.Finished, p.LastError = false, s.options.Runtime.Now(), err
		})
	}
	return dirty, err
}

// walkSpan purges partitions from a place on until it has read patrolSpanBytes; it returns where to go on, nil at the end. A
// partition is walked to its end, since its header may only be purged after all of its rows.
func (s *Store) walkSpan(from []byte) (next []byte, err error) {
	it, err := s.iterator(&pebble.IterOptions{LowerBound: from})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	var read, keys, purged int64
	defer func() { s.patrol.update(func(p *PatrolState) { p.Keys += keys; p.Purged += purged }) }()
	var prefix, headerKey, header []byte
	var h row.HeaderView
	finish := func() error {
		if headerKey == nil {
			return nil
		}
		changed, err := s.purgeKey(headerKey, row.NotDeleted, header)
		purged += changed
		headerKey = nil
		return err
	}
	for it.First(); it.Valid(); it.Next() {
		k := it.Key()
		n := split(k)
		if !bytes.Equal(k[:n], prefix) {
			if err := finish(); err != nil {
				return nil, err
			}
			if read > patrolSpanBytes {
				return bytes.Clone(k), nil
			}
			prefix = append(prefix[:0], k[:n]...)
			h = row.HeaderView{}
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		keys++
		read += int64(len(k) + len(value))
		if isEntry(k) {
			forgotten, err := s.forgetEntry(k, value)
			if err != nil {
				return nil, err
			}
			read += entryCheckBytes
			purged += forgotten
		}
		if len(k) == n {
			continue
		}
		if k[n] == kindHeader {
			headerKey, header = bytes.Clone(k), bytes.Clone(value)
			if err := h.Reset(header); err != nil {
				return nil, fmt.Errorf("header %x: %w", k, err)
			}
			continue
		}
		covering := h.Partition()
		if k[n] == kindRow {
			covering = h.Covering(k[n+1:])
		}
		if covering.IsZero() && !row.MayPurgeClaimed(value, s.claimOf(dataIDOf(k))) && !row.IsEmpty(value) {
			continue
		}
		changed, err := s.purgeKey(bytes.Clone(k), covering, value)
		if err != nil {
			return nil, err
		}
		purged += changed
	}
	return nil, errors.Join(it.Error(), finish())
}

// purgeKey rewrites a key without what may go, 1 when that changes it. seen is its value as the walk saw it: only when that
// would change is the partition locked and the value read again.
func (s *Store) purgeKey(k []byte, covering row.Deletion, seen []byte) (int64, error) {
	purge := func(value []byte) ([]byte, error) {
		now := s.now()
		gcBefore := s.options.PurgeBefore(dataIDOf(k), partitionOf(k, split(k)).Token, now)
		if k[split(k)] == kindHeader {
			return row.PurgeHeader(nil, value, gcBefore)
		}
		return row.PurgeClaimed(nil, value, covering, now, gcBefore, s.claimOf(dataIDOf(k)))
	}
	if after, err := purge(seen); err != nil || bytes.Equal(after, seen) {
		return 0, err
	}
	m := s.locks.of(dataIDOf(k), partitionOf(k, split(k)).Token)
	m.Lock()
	defer m.Unlock()
	current, err := s.get(k)
	if err != nil || current == nil {
		return 0, err
	}
	after, err := purge(current)
	if err == nil {
		if len(after) == 0 {
			err = s.db.Delete(k, s.later())
		} else {
			err = s.db.Set(k, after, s.later())
		}
	}
	if err != nil {
		return 0, fmt.Errorf("purge key %x: %w", k, err)
	}
	return 1, nil
}

// get returns a copy of a key's value, or nil.
func (s *Store) get(k []byte) ([]byte, error) {
	if err := s.readFault(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	value, closer, err := s.db.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return append([]byte{}, value...), closer.Close()
}
