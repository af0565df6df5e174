//go:build !race

// The race detector makes pools forget, so it can't hold this budget.

package storage

import (
	"testing"

	"helenus/internal/key"
	"helenus/internal/row"
)

// TestAllocations holds the budget: 3 heap objects a point read, 4 a write.
func TestAllocations(t *testing.T) {
	s := open(t, Options{})
	defer closeStore(t, s)
	m := []row.Mutation{{Table: table, Partition: partition(1), Rows: []row.RowDelta{{Delta: record(1)}}}}
	if n := testing.AllocsPerRun(200, func() { write(t, s, m...) }); n > 4 {
		t.Errorf("a write makes %v heap objects", n)
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	cmd := &row.Command{Table: table, Partitions: []key.Partition{partition(1)}}
	read := func() {
		c := s.Read(cmd)
		if !c.NextPartition() || !c.NextRow() {
			t.Fatal("no row")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(200, read); n > 3 {
		t.Errorf("a point read makes %v heap objects", n)
	}
}
