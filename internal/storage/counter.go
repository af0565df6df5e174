package storage

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/row"
)

// ApplyCounters is Apply for mutations that hold increments (row.Builder.Increment): this store counts them in its own shards.
// It returns the mutations as they were written, shards instead of increments, which other replicas take by Apply.
func (s *Store) ApplyCounters(mutations []row.Mutation) ([]row.Mutation, *Commit, error) {
	defer s.excludeOthers(mutations)()
	resolved := make([]row.Mutation, 0, len(mutations))
	// a row may be incremented twice in one batch: the second one builds upon the first
	pending := map[string][]byte{}
	for i := range mutations {
		m, err := s.resolve(&mutations[i], pending)
		if err != nil {
			return nil, nil, err
		}
		resolved = append(resolved, m)
	}
	c, err := s.ApplyLocked(resolved)
	if err != nil {
		return nil, nil, err
	}
	return resolved, c, nil
}

// resolve turns a mutation's increments into shards. pending holds the rows as earlier mutations of the same batch leave them.
func (s *Store) resolve(m *row.Mutation, pending map[string][]byte) (row.Mutation, error) {
	out := *m
	header, err := s.header(m)
	if err != nil {
		return out, err
	}
	one := func(kind byte, clustering, delta []byte) ([]byte, error) {
		k := append(append(appendPrefix(nil, m.Table.DataID, m.Partition), kind), clustering...)
		current, seen := pending[string(k)]
		if !seen {
			if current, err = s.get(k); err != nil {
				return nil, err
			}
		}
		covering := header.Partition()
		if kind == kindRow {
			covering = header.Covering(clustering)
		}
		shards, err := row.Resolve(nil, delta, current, covering, s.id)
		if err != nil {
			return nil, fmt.Errorf("count in row %x: %w", k, err)
		}
		if current == nil {
			pending[string(k)] = shards
		} else if pending[string(k)], err = row.Merge(nil, current, shards); err != nil {
			return nil, fmt.Errorf("count in row %x: %w", k, err)
		}
		return shards, nil
	}
	if m.Static != nil {
		if out.Static, err = one(kindStatic, nil, m.Static); err != nil {
			return out, err
		}
	}
	out.Rows = make([]row.RowDelta, len(m.Rows))
	for i, r := range m.Rows {
		out.Rows[i].Clustering = r.Clustering
		if out.Rows[i].Delta, err = one(kindRow, r.Clustering, r.Delta); err != nil {
			return out, err
		}
	}
	return out, nil
}

// header reads a partition's deletions and adds those that the mutation itself brings.
func (s *Store) header(m *row.Mutation) (*row.HeaderView, error) {
	encoded, err := s.get(append(appendPrefix(nil, m.Table.DataID, m.Partition), kindHeader))
	if err != nil {
		return nil, err
	}
	switch {
	case m.Header == nil:
	case encoded == nil:
		encoded = m.Header
	default:
		if encoded, err = row.MergeHeader(nil, encoded, m.Header); err != nil {
			return nil, fmt.Errorf("read a header: %w", err)
		}
	}
	h := new(row.HeaderView)
	if err := h.Reset(encoded); err != nil {
		return nil, fmt.Errorf("read a header: %w", err)
	}
	return h, nil
}

// get returns a copy of a key's value, or nil.
func (s *Store) get(k []byte) ([]byte, error) {
	value, closer, err := s.db.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return append([]byte{}, value...), closer.Close()
}
