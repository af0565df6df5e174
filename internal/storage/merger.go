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
			prefix := split(k)
			if len(k) <= prefix {
				return nil, fmt.Errorf("merge of key %x, which is no row", k)
			}
			f := folds.Get().(*fold)
			f.begin(s, k, value, prefix)
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
	// of a header, sum is all deltas in a row and ends is where each ends: they are merged once, in Finish
	ends []int
}

var _ pebble.ValueMerger = (*fold)(nil)

func (f *fold) begin(s *Store, k, value []byte, prefix int) {
	f.store, f.operands = s, 1
	f.kind, f.table = k[prefix], dataIDOf(k)
	f.key = append(f.key[:0], k...)
	f.sum = append(f.sum[:0], value...)
	f.ends = append(f.ends[:0], len(value))
}

// MergeNewer adds a delta written after those seen; order does not matter to package row.
func (f *fold) MergeNewer(value []byte) error { return f.add(value) }

// MergeOlder adds a delta written before those seen.
func (f *fold) MergeOlder(value []byte) error { return f.add(value) }

func (f *fold) add(value []byte) (err error) {
	f.operands++
	if f.kind == kindHeader {
		f.sum = append(f.sum, value...)
		f.ends = append(f.ends, len(f.sum))
		return nil
	}
	if f.spare, err = row.Merge(f.spare[:0], f.sum, value); err != nil {
		return fmt.Errorf("fold the deltas of row %x: %w", f.key, err)
	}
	f.sum, f.spare = f.spare, f.sum
	return nil
}

// mergeHeaders merges the header deltas that add collected.
func (f *fold) mergeHeaders() (err error) {
	deltas := make([][]byte, 0, len(f.ends))
	start := 0
	for _, end := range f.ends {
		deltas = append(deltas, f.sum[start:end])
		start = end
	}
	if f.spare, err = row.MergeHeader(f.spare[:0], deltas...); err != nil {
		return fmt.Errorf("fold the deltas of header %x: %w", f.key, err)
	}
	f.sum, f.spare = f.spare, f.sum
	return nil
}

// Finish returns the sum. When nothing older lies below, a row is purged of what may go (Options.PurgeBefore); one of which nothing is left
// stays as an empty row until the patrol removes it. Pebble's DeletableValueMerger would let it vanish at once, but a compaction then goes on
// with the older version below it (pebble v2.1.7, internal/compact/iterator.go: the loop continues with skip set). Headers stay: they delete
// other keys, which only the patrol sees together.
func (f *fold) Finish(includesBase bool) ([]byte, io.Closer, error) {
	if f.operands > collapseAfter {
		f.store.collapse.offer(f.key, f.operands)
	}
	if f.kind == kindHeader {
		var err error
		if f.operands > 1 {
			err = f.mergeHeaders()
		}
		return f.sum, f, err
	}
	claim := f.store.claimOf(f.table)
	if includesBase && row.MayPurgeClaimed(f.sum, claim) {
		now := f.store.now()
		before := f.store.options.PurgeBefore(f.table, partitionOf(f.key, split(f.key)).Token, now)
		purged, err := row.PurgeClaimed(f.spare[:0], f.sum, row.NotDeleted, now, before, claim)
		if err != nil {
			return nil, nil, fmt.Errorf("purge row %x: %w", f.key, err)
		}
		if len(purged) == 0 {
			purged = append(purged, row.Empty...)
			f.store.patrol.vanished.Add(1)
		}
		f.sum, f.spare = purged, f.sum
	}
	return f.sum, f, nil
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
