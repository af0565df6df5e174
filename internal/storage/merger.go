package storage

import (
	"fmt"
	"io"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/row"
	"helenus/internal/schema"
)

// collapseAfter is how many deltas of a row a reader folds before the row is written back folded.
const collapseAfter = 64

// newMerger returns the merge operator. Its name is part of the format.
func (s *Store) newMerger() *pebble.Merger {
	return &pebble.Merger{
		Name: "helenus.row.v1",
		Merge: func(k, value []byte) (pebble.ValueMerger, error) {
			f := folds.Get().(*fold)
			f.store, f.operands = s, 1
			prefix := split(k)
			if len(k) <= prefix {
				return nil, fmt.Errorf("merge of key %x, which is no row", k)
			}
			f.kind = k[prefix]
			f.table = dataIDOf(k)
			f.sum = append(f.sum[:0], value...)
			f.key = f.key[:0]
			if f.kind != kindHeader {
				f.key = append(f.key, k...)
			}
			return f, nil
		},
	}
}

var folds = sync.Pool{New: func() any { return new(fold) }}

// fold is one merge under way: Pebble hands it a key's deltas, and it returns to its pool when the sum is no longer used.
type fold struct {
	store      *Store
	table      schema.DataID
	kind       byte
	operands   int
	key        []byte
	sum, spare []byte
}

var _ pebble.DeletableValueMerger = (*fold)(nil)

// MergeNewer adds a delta written after those seen; order does not matter to package row.
func (f *fold) MergeNewer(value []byte) error { return f.add(value) }

// MergeOlder adds a delta written before those seen.
func (f *fold) MergeOlder(value []byte) error { return f.add(value) }

func (f *fold) add(value []byte) (err error) {
	merge := row.Merge
	if f.kind == kindHeader {
		merge = row.MergeHeader
	}
	f.operands++
	if f.spare, err = merge(f.spare[:0], f.sum, value); err != nil {
		return fmt.Errorf("fold the deltas of a row: %w", err)
	}
	f.sum, f.spare = f.spare, f.sum
	return nil
}

// Finish returns the sum.
func (f *fold) Finish(includesBase bool) ([]byte, io.Closer, error) {
	value, _, closer, err := f.DeletableFinish(includesBase)
	return value, closer, err
}

// DeletableFinish returns the sum. When nothing older lies below, a row is purged of what its table's gc_grace_seconds lets go,
// and vanishes when nothing is left. Headers stay: they delete other keys, which only the patrol sees together.
func (f *fold) DeletableFinish(includesBase bool) ([]byte, bool, io.Closer, error) {
	if f.operands > collapseAfter && f.kind != kindHeader {
		f.store.collapse.offer(f.key)
	}
	if includesBase && f.kind != kindHeader && row.MayPurge(f.sum) {
		now := f.store.now()
		purged, err := row.Purge(f.spare[:0], f.sum, row.NotDeleted, now, now-f.store.options.GCGrace(f.table))
		if err != nil {
			return nil, false, nil, err
		}
		f.sum, f.spare = purged, f.sum
		if len(purged) == 0 {
			return nil, true, f, nil
		}
	}
	return f.sum, false, f, nil
}

// foldBytesMax is the largest buffer that a pooled fold keeps.
const foldBytesMax = 1 << 20

// Close gives the fold back.
func (f *fold) Close() error {
	if cap(f.sum)+cap(f.spare) > foldBytesMax {
		f.sum, f.spare = nil, nil
	}
	f.store = nil
	folds.Put(f)
	return nil
}
