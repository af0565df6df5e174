package storage

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// collapseQueue bounds the rows waiting to be written back; past it a row waits for its next reader.
const collapseQueue = 256

// collapser writes rows back that took many deltas to read, so that the next reader folds one.
type collapser struct {
	keys chan []byte
	// current is what collapseRow reads itself: the fold of that read says how many deltas there are instead of asking for
	// another collapse.
	current atomic.Pointer[collapsing]
}

type collapsing struct {
	key      []byte
	operands atomic.Int64
}

func (c *collapser) init() { c.keys = make(chan []byte, collapseQueue) }

// offer notes a key whose fold took many operands; it never blocks.
func (c *collapser) offer(k []byte, operands int) {
	if now := c.current.Load(); now != nil && bytes.Equal(now.key, k) {
		now.operands.Store(int64(operands))
		return
	}
	select {
	case c.keys <- bytes.Clone(k):
	default:
	}
}

func (s *Store) collapseLoop() {
	defer s.dies()
	for {
		select {
		case <-s.ctx.Done():
			return
		case k := <-s.collapse.keys:
			if err := s.collapseRow(k); err != nil {
				s.options.Logger.Error("fold a row", "error", err)
			}
		}
	}
}

// collapseRow replaces a row's or header's deltas by their sum, when they are still many. It holds the partition's lock, which
// writers share, so no delta can come between the read and the write and be lost under it.
func (s *Store) collapseRow(k []byte) error {
	m := s.locks.of(dataIDOf(k), partitionOf(k, split(k)).Token)
	m.Lock()
	defer m.Unlock()
	now := &collapsing{key: k}
	s.collapse.current.Store(now)
	value, closer, err := s.db.Get(k)
	s.collapse.current.Store(nil)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		if now.operands.Load() == 0 {
			return nil
		}
		// the deltas cancel out to nothing
		err = s.db.Delete(k, pebble.NoSync)
	case err == nil:
		if now.operands.Load() > 0 {
			err = s.db.Set(k, value, pebble.NoSync)
		}
		err = errors.Join(err, closer.Close())
	}
	if err != nil {
		return fmt.Errorf("key %x: %w", k, err)
	}
	return nil
}
