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

// TableStats are of one table on this node: Reads from the first key to the last, Writes until they are visible.
type TableStats struct {
	Reads, Writes stats.Histogram
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
	s.tables.change(func(all map[schema.DataID]*TableStats) {
		if was := all[id]; was != nil {
			t = was
		}
		all[id] = t
	})
	return t
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

func (t *tableStats) rotate() {
	all := t.byID.Load()
	if all == nil {
		return
	}
	for _, x := range *all {
		x.Reads.Rotate()
		x.Writes.Rotate()
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
