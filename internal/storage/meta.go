package storage

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/planted"
)

// metaKey is the key of a record of the store's own: data id 0, then the name.
func metaKey(name string) []byte { return append(make([]byte, 4, 4+len(name)), name...) }

// Meta returns a record, or nil when there is none.
func (s *Store) Meta(name string) ([]byte, error) {
	if err := s.readFault(); err != nil {
		return nil, fmt.Errorf("read record %s: %w", name, err)
	}
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
	defer s.dies()
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
	if err := s.synced(b.Commit(syncOf(records))); err != nil {
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
	found, _, err := s.MetaRange(prefix, after(prefix), math.MaxInt)
	if err != nil {
		return nil, err
	}
	all := make(map[string][]byte, len(found))
	for _, r := range found {
		all[r.Name] = r.Value
	}
	return all, nil
}

// Record is one of the store's own.
type Record struct {
	Name  string
	Value []byte
}

// MetaRange returns the records from the name first up to, not including, end, in order: at least one if there is any, and no more than about
// so many bytes. more says that there are others behind them.
func (s *Store) MetaRange(first, end string, bytesMax int) (found []Record, more bool, err error) {
	it, err := s.iterator(&pebble.IterOptions{LowerBound: metaKey(first), UpperBound: metaKey(end)})
	if err != nil {
		return nil, false, fmt.Errorf("read records from %q: %w", first, err)
	}
	size := 0
	for it.First(); it.Valid() && err == nil; it.Next() {
		if more = size >= bytesMax; more {
			break
		}
		var value []byte
		value, err = it.ValueAndErr()
		found = append(found, Record{string(it.Key()[4:]), bytes.Clone(value)})
		size += len(it.Key()) + len(value)
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return nil, false, fmt.Errorf("read records from %q: %w", first, err)
	}
	return found, more, nil
}

// DropMetas removes the records from the name first up to, not including, end.
func (s *Store) DropMetas(first, end string) error {
	defer s.dies()
	if err := s.synced(s.db.DeleteRange(metaKey(first), metaKey(end), pebble.Sync)); err != nil {
		return fmt.Errorf("remove records from %q: %w", first, err)
	}
	return nil
}

// after returns the least name above all that begin with prefix, which does not end in 0xFF.
func after(prefix string) string {
	return prefix[:len(prefix)-1] + string([]byte{prefix[len(prefix)-1] + 1})
}
