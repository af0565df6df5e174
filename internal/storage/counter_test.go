package storage

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"helenus/internal/row"
)

func increment(p uint32, timestamp, by int64) row.Mutation {
	var b row.Builder
	b.Reset(nil)
	b.Increment(1, timestamp, by)
	return row.Mutation{Table: table, Partition: partition(p), Rows: []row.RowDelta{{Delta: b.Finish()}}}
}

func count(t *testing.T, s *Store, m ...row.Mutation) []row.Mutation {
	t.Helper()
	resolved, c, err := s.ApplyCounters(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return resolved
}

func counted(p uint32, n int64) string {
	return fmt.Sprintf("%d/=%s", p, binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// TestCountersAddUp guards I11: concurrent increments are each counted once, also on a replica that takes the shards twice.
func TestCountersAddUp(t *testing.T) {
	s, replica := open(t, Options{Sync: SyncPeriodic}), open(t, Options{})
	defer closeStore(t, s)
	defer closeStore(t, replica)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 100 {
				resolved := count(t, s, increment(1, 10, 2), increment(2, 10, -1), increment(1, 10, 1))
				write(t, replica, resolved...)
				write(t, replica, resolved...)
			}
		})
	}
	writers.Wait()
	for _, at := range []*Store{s, replica} {
		expect(t, "sum", read(t, at, one(1)), counted(1, 2400))
		expect(t, "second partition", read(t, at, one(2)), counted(2, -800))
	}
}

// TestCounterAfterDeletion guards that a deleted counter counts from zero again and that its old shard can't come back.
func TestCounterAfterDeletion(t *testing.T) {
	s := open(t, Options{})
	defer closeStore(t, s)
	var old []row.Mutation
	for ts := int64(1); ts <= 50; ts++ {
		old = count(t, s, increment(1, ts, 1))
	}
	write(t, s, row.Mutation{Table: table, Partition: partition(1), Header: row.AppendHeader(nil, row.Deletion{Timestamp: 60, LocalTime: 1}, nil)})
	expect(t, "deleted", read(t, s, one(1)))
	count(t, s, increment(1, 70, 5))
	write(t, s, old...)
	expect(t, "counted again", read(t, s, one(1)), counted(1, 5))
}
