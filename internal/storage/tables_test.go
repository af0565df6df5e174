package storage

import (
	"testing"

	"helenus/internal/key"
	"helenus/internal/row"
)

// TestTableSize: few partitions are counted, many are estimated.
func TestTableSize(t *testing.T) {
	s := open(t, Options{})
	defer s.Close()
	const many = 20_000
	for n := uint32(0); n < many; n++ {
		put(t, s, n, "c", 1, "some value of a row")
		if n == 9 {
			if size, err := s.TableSize(table.DataID); err != nil || size.Partitions != 10 || size.Files != 0 {
				t.Errorf("of ten partitions: %+v, %v", size, err)
			}
		}
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	size, err := s.TableSize(table.DataID)
	if err != nil || size.Partitions < many/2 || size.Partitions > many*2 || size.Files == 0 || size.Bytes == 0 {
		t.Errorf("of %d partitions: %+v, %v", many, size, err)
	}
	read(t, s, &row.Command{Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}})
	counts := s.TableStats(table.DataID)
	if counts.Scans.Count() != 1 || counts.Writes.Count() != many {
		t.Errorf("%d reads, %d writes counted", counts.Scans.Count(), counts.Writes.Count())
	}
	s.tables.rotate(0)
	if err := s.Retire(table.DataID); err != nil {
		t.Fatal(err)
	}
	if n := s.TableStats(table.DataID).Writes.Count(); n != 0 {
		t.Errorf("a truncated table begins with %d writes", n)
	}
}
