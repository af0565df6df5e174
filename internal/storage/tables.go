package storage

import (
	"encoding/binary"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/stats"
)

// TableStats are of one table on this node: Reads of partitions that are named and Scans of tokens, from the first key to the last, and Writes
// until they are visible; Rows that are alive and Tombstones that a read meets.
type TableStats struct {
	Reads, Scans, Writes stats.Histogram
	Rows, Tombstones     stats.Sizes
}

// times are the durations among them.
func (t *TableStats) times() [3]*stats.Histogram {
	return [3]*stats.Histogram{&t.Reads, &t.Scans, &t.Writes}
}

// statsWindow is how long percentiles remember, at least.
const statsWindow = 5 * time.Minute

// tableStats keeps each table's. Looking one up costs no lock.
type tableStats struct {
	mu   sync.Mutex // held to change the map
	byID atomic.Pointer[map[schema.DataID]*TableStats]
}

// TableStats returns the counts of a table.
func (s *Store) TableStats(id schema.DataID) *TableStats {
	if all := s.tables.byID.Load(); all != nil {
		if t := (*all)[id]; t != nil {
			return t
		}
	}
	t := &TableStats{}
	for _, h := range t.times() {
		h.Start(s.options.Runtime.Monotonic())
	}
	s.tables.change(func(all map[schema.DataID]*TableStats) {
		if was := all[id]; was != nil {
			t = was
		}
		all[id] = t
	})
	return t
}

// KnownStats returns the counts of a table that has been read or written since the start, nil for another.
func (s *Store) KnownStats(id schema.DataID) *TableStats {
	if all := s.tables.byID.Load(); all != nil {
		return (*all)[id]
	}
	return nil
}

func (t *tableStats) change(f func(map[schema.DataID]*TableStats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[schema.DataID]*TableStats{}
	if was := t.byID.Load(); was != nil {
		all = maps.Clone(*was)
	}
	f(all)
	t.byID.Store(&all)
}

func (t *tableStats) rotate(at time.Duration) {
	all := t.byID.Load()
	if all == nil {
		return
	}
	for _, x := range *all {
		for _, h := range x.times() {
			h.Rotate(at)
		}
		x.Rows.Rotate()
		x.Tombstones.Rotate()
	}
}

// TableSize is what a table takes on this node.
type TableSize struct {
	Files      int   // data files with rows of it; small tables share files
	FileBytes  int64 // of the largest of them
	Bytes      int64 // about, in data files
	Partitions int64 // about
}

// partitionSample is how many partitions are counted before the rest is estimated from the bytes they take.
const partitionSample = 1000

// TableSize returns what a table takes.
func (s *Store) TableSize(id schema.DataID) (size TableSize, err error) {
	start := binary.BigEndian.AppendUint32(nil, uint32(id))
	if size, err = s.TableFiles(id); err != nil {
		return size, err
	}
	bytes := size.Bytes
	c := s.read(&row.Command{Table: &schema.Table{DataID: id}, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}, StaticOnly: true})
	for size.Partitions < partitionSample && c.NextPartition() {
		size.Partitions++
	}
	last := c.Partition().Token
	if err := c.Close(); err != nil {
		return size, fmt.Errorf("measure a table: %w", err)
	}
	if size.Partitions < partitionSample {
		return size, nil
	}
	sampled, err := s.db.EstimateDiskUsage(start, appendAfterToken(nil, id, last))
	if err != nil {
		return size, fmt.Errorf("measure a table: %w", err)
	}
	if sampled > 0 {
		size.Partitions = int64(float64(size.Partitions) * max(1, float64(bytes)/float64(sampled)))
	}
	return size, nil
}

// TableFiles returns what a table takes in data files; partitions are not counted.
func (s *Store) TableFiles(id schema.DataID) (size TableSize, err error) {
	start, end := binary.BigEndian.AppendUint32(nil, uint32(id)), binary.BigEndian.AppendUint32(nil, uint32(id)+1)
	bytes, err := s.db.EstimateDiskUsage(start, end)
	if err != nil {
		return size, fmt.Errorf("measure a table: %w", err)
	}
	levels, err := s.db.SSTables(pebble.WithKeyRangeFilter(start, end))
	if err != nil {
		return size, fmt.Errorf("measure a table: %w", err)
	}
	for _, files := range levels {
		size.Files += len(files)
		for i := range files {
			size.FileBytes = max(size.FileBytes, int64(files[i].Size))
		}
	}
	size.Bytes = int64(bytes)
	return size, nil
}
