package storage

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// watchedTable keeps tombstones for a day.
var watchedTable = func() *schema.Table {
	t := &schema.Table{DataID: 7}
	t.Options.GCGraceSeconds = 24 * 3600
	return t.Seal()
}()

// TestReadsAreWatched: what a read meets is counted as Cassandra counts it. Deleted rows and cells, expired ones and the ends of ranges are tombstones;
// what a later deletion covers, what is old enough to go and what is behind the last row that was taken are none. Partitions by name count apart.
func TestReadsAreWatched(t *testing.T) {
	s := open(t, Options{})
	defer closeStore(t, s)
	now := time.Now().Unix()
	build := func(f func(b *row.Builder)) []byte {
		var b row.Builder
		b.Reset(nil)
		f(&b)
		return b.Finish()
	}
	deletion := func(at, local int64) row.Deletion { return row.Deletion{Timestamp: at, LocalTime: local} }
	add := func(p uint32, clustering string, delta []byte) {
		write(t, s, row.Mutation{Table: watchedTable, Partition: partition(p), Rows: []row.RowDelta{{Clustering: []byte(clustering), Delta: delta}}})
	}
	ranges := func(p uint32, all ...row.RangeTombstone) {
		write(t, s, row.Mutation{Table: watchedTable, Partition: partition(p), Header: row.AppendHeader(nil, row.NotDeleted, all)})
	}
	for _, p := range []uint32{1, 2} {
		add(p, "a", build(func(b *row.Builder) { b.Delete(deletion(5, now)) }))                       // a row: 1
		add(p, "b", delta(5, "lives"))                                                                // alive
		add(p, "c", build(func(b *row.Builder) { b.Liveness(5, 0, 0); b.Tombstone(1, 6, now) }))      // alive, a cell: 1
		add(p, "d", build(func(b *row.Builder) { b.Tombstone(1, 6, now); b.Tombstone(2, 6, now) }))   // cells: 2
		add(p, "e", build(func(b *row.Builder) { b.Liveness(5, 10, now-60) }))                        // a row that has expired: 1
		add(p, "f", build(func(b *row.Builder) { b.Delete(deletion(5, now-48*3600)) }))               // to be purged: 0
		add(p, "g", build(func(b *row.Builder) { b.Delete(deletion(5, now)); b.Tombstone(1, 4, 1) })) // covered by the row's: 1
		for _, c := range []string{"h1", "h2", "h3"} {
			add(p, c, delta(5, "covered by a range"))
		}
		add(p, "k", delta(5, "lives"))
	}
	span := func(from, to string) row.RangeTombstone {
		return row.RangeTombstone{Range: key.Range{Start: []byte(from), End: []byte(to)}, Deletion: deletion(7, now)}
	}
	old := span("x", "y")
	old.LocalTime = now - 48*3600
	ranges(1, span("h", "i"), span("m", "n"), old)
	touching := span("i", "j")
	touching.Timestamp = 8
	ranges(2, span("h", "i"), touching)

	all := key.TokenRange{First: key.MinToken, Last: key.MaxToken}
	slice := func(from, to string) []key.Range { return []key.Range{{Start: []byte(from), End: []byte(to)}} }
	for _, c := range []struct {
		name  string
		cmd   row.Command
		watch row.Watch
		take  int // rows, 0: all
		want  string
	}{
		{"all of one", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 9}}, 0, "3 live 10 tombstones;"},
		{"as much as may be", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 10, TombstonesFail: 10}}, 0, ""},
		{"reversed", row.Command{Partitions: []key.Partition{partition(1)}, Reversed: true}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "3 live 10 tombstones;"},
		{"ranges that touch", row.Command{Partitions: []key.Partition{partition(2)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "3 live 9 tombstones;"},
		{"reversed, ranges that touch", row.Command{Partitions: []key.Partition{partition(2)}, Reversed: true}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "3 live 9 tombstones;"},
		{"two by name", row.Command{Partitions: []key.Partition{partition(1), partition(2)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 9}}, 0, "3 live 10 tombstones;"},
		{"a scan", row.Command{Tokens: all}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 9}}, 0, "6 live 19 tombstones;"},
		{"a slice", row.Command{Partitions: []key.Partition{partition(1)}, Slices: slice("d", "h")}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "0 live 4 tombstones;"},
		{"a slice in a range", row.Command{Partitions: []key.Partition{partition(1)}, Slices: slice("h2", "h3")}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "0 live 2 tombstones;"},
		{"the first rows", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 3, "2 live 2 tombstones;"},
		{"resumed", row.Command{Partitions: []key.Partition{partition(1)}, Resume: &row.Position{Partition: partition(1), Clustering: []byte("k")}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1}}, 0, "0 live 2 tombstones;"},
		{"ended", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1, TombstonesFail: 3}}, 0, "2 live 4 tombstones; ended at d;"},
		{"ended by a range", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesFail: 6}}, 0, "ended at h1;"},
		{"page by page", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{TombstonesWarn: 1, TombstonesFail: 8}, PageRows: 2}, 0, "2 live 2 tombstones; 1 live 8 tombstones;"},
		{"bytes", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{BytesWarn: 50}}, 0, "bytes;"},
		{"too many bytes", row.Command{Partitions: []key.Partition{partition(1)}}, row.Watch{Bounds: row.Bounds{BytesFail: 1}}, 0, "ended by bytes;"},
	} {
		got := ""
		c.watch.Hear = func(e *row.Excess) {
			switch {
			case e.Ended && e.OfBytes:
				got += " ended by bytes;"
			case e.Ended:
				got += fmt.Sprintf(" ended at %s;", e.Clustering)
			case e.OfBytes:
				got += " bytes;"
			default:
				got += fmt.Sprintf(" %d live %d tombstones;", e.Live, e.Tombstones)
			}
		}
		cmd := c.cmd
		cmd.Table, cmd.Watch = watchedTable, &c.watch
		cursor := s.Read(&cmd)
		for taken := 0; cursor.NextPartition(); {
			for (c.take == 0 || taken < c.take) && cursor.NextRow() {
				taken++
			}
		}
		err := cursor.Err()
		if closed := cursor.Close(); err == nil && closed != nil {
			t.Errorf("%s: %v", c.name, closed)
		}
		var met *row.Excess
		if ended := errors.As(err, &met); ended != (c.watch.TombstonesFail > 0 && c.watch.TombstonesFail < 8 || c.watch.BytesFail > 0) {
			t.Errorf("%s: %v", c.name, err)
		}
		if want := c.want; got != "" && got[1:] != want || got == "" && want != "" {
			t.Errorf("%s: met%s want %s", c.name, got, want)
		}
	}
}
