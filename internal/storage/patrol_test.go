package storage

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// frozenClock stands still until it is set.
type frozenClock struct {
	platform.System
	at atomic.Int64 // nanoseconds since 1970: the store's own goroutines look, too
}

func (c *frozenClock) Now() time.Time { return time.Unix(0, c.at.Load()) }

func (c *frozenClock) set(t time.Time) { c.at.Store(t.UnixNano()) }

func (c *frozenClock) pass(d time.Duration) { c.at.Add(int64(d)) }

// keys counts what Pebble holds beside the store's own records, folded or not.
func keys(t *testing.T, s *Store) int {
	t.Helper()
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{0, 0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for it.First(); it.Valid(); it.Next() {
		n++
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPatrolPurges guards that deleted partitions, ranges and expired rows leave the disk after gc_grace_seconds and not before.
func TestPatrolPurges(t *testing.T) {
	clock := &frozenClock{}
	clock.set(time.Unix(1_000_000, 0))
	s := open(t, Options{Runtime: clock, PurgeBefore: func(_ schema.DataID, _ key.Token, now int64) int64 { return now - 100 }, PatrolPeriod: 1 << 62})
	now := clock.Now().Unix()
	for p := range uint32(20) {
		for c := range 10 {
			put(t, s, p, fmt.Sprintf("A%d", c), 1, "old")
		}
	}
	rowRange := row.RangeTombstone{Deletion: row.Deletion{Timestamp: 5, LocalTime: now}}
	rowRange.Start, rowRange.End = []byte("A3"), []byte("A7")
	for p := range uint32(10) {
		write(t, s, row.Mutation{Table: table, Partition: partition(p), Header: row.AppendHeader(nil, row.Deletion{Timestamp: 5, LocalTime: now}, nil)})
		write(t, s, row.Mutation{Table: table, Partition: partition(p + 10), Header: row.AppendHeader(nil, row.NotDeleted, []row.RangeTombstone{rowRange})})
	}
	put(t, s, 3, "A0", 9, "newer")
	var b row.Builder
	b.Reset(nil)
	b.Liveness(1, 10, now)
	b.Cell(1, 1, 10, now, []byte("expires"))
	write(t, s, row.Mutation{Table: table, Partition: partition(99), Rows: []row.RowDelta{{Delta: b.Finish()}}})
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}

	patrol := func(what string, want int) {
		t.Helper()
		if err := s.RunPatrol(); err != nil {
			t.Fatal(err)
		}
		if got := keys(t, s); got != want {
			t.Errorf("%s: %d keys, want %d", what, got, want)
		}
		expect(t, what, read(t, s, one(3)), "3/A0=newer")
		if got := read(t, s, one(12)); len(got) != 6 {
			t.Errorf("%s: range deletion: %q", what, got)
		}
	}
	// 20 headers, a newer row, what the ranges left, the row with a TTL
	patrol("within gc_grace_seconds", 20+1+10*6+1)
	clock.pass(time.Hour)
	patrol("after gc_grace_seconds", 1+10*6)
	if p := s.Patrol(); p.Running || p.Purged == 0 || p.LastError != nil {
		t.Errorf("%+v", p)
	}
	closeStore(t, s)
}

// TestManyRangeDeletions guards that a partition with tens of thousands of range tombstones stays readable in time.
func TestManyRangeDeletions(t *testing.T) {
	s := open(t, Options{Sync: SyncPeriodic})
	defer closeStore(t, s)
	put(t, s, 1, "z", 1, "kept")
	for i := range 20_000 {
		r := row.RangeTombstone{Deletion: row.Deletion{Timestamp: int64(i), LocalTime: 1}}
		r.Start, r.End = []byte(fmt.Sprintf("a%05d", i)), []byte(fmt.Sprintf("a%05d", 40_000-i))
		c, err := s.Apply([]row.Mutation{{Table: table, Partition: partition(1), Header: row.AppendHeader(nil, row.NotDeleted, []row.RangeTombstone{r})}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
		if i%2000 == 0 {
			expect(t, "read", read(t, s, one(1)), "1/z=kept")
		}
	}
}

// TestPurgeOverOlderFiles guards that a row which a compaction finds to hold nothing any more does not give way to the older version of it
// in a file below, and that the patrol removes it.
func TestPurgeOverOlderFiles(t *testing.T) {
	clock := &frozenClock{}
	clock.set(time.Unix(1_000_000, 0))
	s := open(t, Options{Runtime: clock, PurgeBefore: func(_ schema.DataID, _ key.Token, now int64) int64 { return now + 1 }, PatrolPeriod: 1 << 62})
	defer closeStore(t, s)
	for round := range 5 {
		for p := range uint32(20) {
			put(t, s, p, "a", int64(2*round+1), "old")
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		if round%2 == 0 {
			if err := s.Compact(); err != nil {
				t.Fatal(err)
			}
		}
		for p := range uint32(20) {
			var b row.Builder
			b.Reset(nil)
			b.Delete(row.Deletion{Timestamp: int64(2*round + 2), LocalTime: 1_000_000})
			write(t, s, row.Mutation{Table: table, Partition: partition(p), Rows: []row.RowDelta{{Clustering: []byte("a"), Delta: b.Finish()}}})
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := s.Compact(); err != nil {
			t.Fatal(err)
		}
		for p := range uint32(20) {
			if got := read(t, s, one(p)); len(got) > 0 {
				t.Fatalf("round %d: partition %d is back: %v", round, p, got)
			}
		}
	}
	if err := s.RunPatrol(); err != nil {
		t.Fatal(err)
	}
	if n := keys(t, s); n != 0 {
		t.Errorf("%d keys are left of rows that hold nothing", n)
	}
}
