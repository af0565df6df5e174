package storage

import (
	"bytes"
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// collapseQueue bounds the rows waiting to be written back; past it a row waits for its next reader.
const collapseQueue = 256

// collapser writes rows back that took many deltas to read, so that the next reader folds one.
type collapser struct {
	keys chan []byte
}

func (c *collapser) init() { c.keys = make(chan []byte, collapseQueue) }

// offer notes a key; it never blocks.
func (c *collapser) offer(k []byte) {
	select {
	case c.keys <- bytes.Clone(k):
	default:
	}
}

func (s *Store) collapseLoop() {
	for {
		select {
		case <-s.stop:
			return
		case k := <-s.collapse.keys:
			if err := s.collapseRow(k); err != nil {
				s.options.Logger.Error("fold a row", "error", err)
			}
		}
	}
}

// collapseRow replaces a row's deltas by their sum. It holds the partition's lock, which writers share, so no delta can come
// between the read and the write and be lost under it.
func (s *Store) collapseRow(k []byte) error {
	prefix := split(k)
	m := s.locks.of(dataIDOf(k), partitionOf(k, prefix).Token)
	m.Lock()
	defer m.Unlock()
	value, closer, err := s.db.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(s.db.Set(k, value, pebble.NoSync), closer.Close())
}
