package storage

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/schema"
)

// Compaction is one that is under way.
type Compaction struct {
	// Job is its number, Table the first table that it has rows of: small tables share files.
	Job   int
	Table schema.DataID
	Files int
	Bytes int64 // that it reads
	Began time.Time
}

// compactions are those under way.
type compactions struct {
	mu    sync.Mutex
	byJob map[int]Compaction // guarded by mu
}

func (c *compactions) began(i pebble.CompactionInfo, now time.Time) {
	one := Compaction{Job: i.JobID, Began: now}
	for _, level := range i.Input {
		for _, t := range level.Tables {
			if k := t.Smallest.UserKey; one.Files == 0 && len(k) >= 4 {
				one.Table = schema.DataID(binary.BigEndian.Uint32(k))
			}
			one.Files++
			one.Bytes += int64(t.Size)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byJob == nil {
		c.byJob = map[int]Compaction{}
	}
	c.byJob[i.JobID] = one
}

func (c *compactions) ended(i pebble.CompactionInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byJob, i.JobID)
}

// Compactions returns those that are under way, the oldest first.
func (s *Store) Compactions() []Compaction {
	s.compactions.mu.Lock()
	defer s.compactions.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.compactions.byJob), func(a, b Compaction) int { return a.Job - b.Job })
}
