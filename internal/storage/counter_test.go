package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"

	"helenus/internal/key"
	"helenus/internal/row"
)

// count adds to partition p's counter as a coordinator does, and returns what it wrote.
func count(t *testing.T, s *Store, p uint32, timestamp, by int64) row.Mutation {
	t.Helper()
	m, c := countLocked(t, s, p, timestamp, by)
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	return m
}

func countLocked(t *testing.T, s *Store, p uint32, timestamp, by int64) (row.Mutation, *Commit) {
	t.Helper()
	at := partition(p)
	defer s.LockPartition(table.DataID, at.Token)()
	cursor := s.Read(&row.Command{Table: table, Partitions: []key.Partition{at}})
	var stored []byte
	var h row.HeaderView
	if cursor.NextPartition() {
		if err := h.Reset(cursor.Header()); err != nil {
			t.Error(err)
		}
		if cursor.NextRow() {
			stored = append(stored, cursor.Row()...)
		}
	}
	own, err := row.Count(stored, 1, h.Covering(nil), s.ID(), by, timestamp)
	if err := errors.Join(err, cursor.Close()); err != nil {
		t.Error(err)
	}
	var b row.Builder
	b.Reset(nil)
	b.Counter(1, row.NotDeleted, own)
	m := row.Mutation{Table: table, Partition: at, Rows: []row.RowDelta{{Delta: b.Finish()}}}
	c, err := s.ApplyLocked([]row.Mutation{m})
	if err != nil {
		t.Error(err)
	}
	return m, c
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
				first, second := count(t, s, 1, 10, 3), count(t, s, 2, 10, -1)
				write(t, replica, first, second)
				write(t, replica, second, first)
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
	var old row.Mutation
	for ts := int64(1); ts <= 50; ts++ {
		old = count(t, s, 1, ts, 1)
	}
	write(t, s, row.Mutation{Table: table, Partition: partition(1), Header: row.AppendHeader(nil, row.Deletion{Timestamp: 60, LocalTime: 1}, nil)})
	expect(t, "deleted", read(t, s, one(1)))
	count(t, s, 1, 70, 5)
	write(t, s, old)
	expect(t, "counted again", read(t, s, one(1)), counted(1, 5))
}
