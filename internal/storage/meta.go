package storage

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/planted"
)

// metaKey is the key of a record of the store's own: data id 0, then the name.
func metaKey(name string) []byte { return append(make([]byte, 4, 4+len(name)), name...) }

// Meta returns a record, or nil when there is none.
func (s *Store) Meta(name string) ([]byte, error) {
	value, closer, err := s.db.Get(metaKey(name))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read record %s: %w", name, err)
	}
	value = bytes.Clone(value)
	return value, closer.Close()
}

// SetMeta writes records as one, synced in every mode: name, value, name, value …. A nil value removes a record.
func (s *Store) SetMeta(name string, value []byte) error {
	return s.SetMetas(map[string][]byte{name: value})
}

// SetMetas writes several records as one, synced in every mode. A nil value removes a record.
func (s *Store) SetMetas(records map[string][]byte) error {
	b := s.db.NewBatch()
	for name, value := range records {
		var err error
		if value == nil {
			err = b.Delete(metaKey(name), nil)
		} else {
			err = b.Set(metaKey(name), value, nil)
		}
		if err != nil {
			return errors.Join(err, b.Close())
		}
	}
	if err := b.Commit(syncOf(records)); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	if s.sync != nil {
		if err := s.sync.syncNow(); err != nil {
			return fmt.Errorf("sync records: %w", err)
		}
	}
	return nil
}

// syncOf has records synced.
func syncOf(records map[string][]byte) *pebble.WriteOptions {
	for name := range records {
		if planted.Is(planted.UnsyncedRegisters) && strings.HasPrefix(name, "paxos/") || planted.Is(planted.UnsyncedMetadata) && strings.HasPrefix(name, "metadata/raft") {
			return pebble.NoSync
		}
	}
	return pebble.Sync
}

// Metas returns the records whose names begin with prefix, by name.
func (s *Store) Metas(prefix string) (map[string][]byte, error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: metaKey(prefix), UpperBound: append(metaKey(prefix), 0xFF)})
	if err != nil {
		return nil, fmt.Errorf("read records %s*: %w", prefix, err)
	}
	all := map[string][]byte{}
	for it.First(); it.Valid() && err == nil; it.Next() {
		var value []byte
		value, err = it.ValueAndErr()
		all[string(it.Key()[4:])] = bytes.Clone(value)
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return nil, fmt.Errorf("read records %s*: %w", prefix, err)
	}
	return all, nil
}
