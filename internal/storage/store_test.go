package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

var table = (&schema.Table{DataID: 7}).Seal()

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	o.Dir = "data"
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func partition(n uint32) key.Partition {
	return key.NewPartition(binary.BigEndian.AppendUint32(nil, n))
}

func delta(timestamp int64, value string) []byte {
	var b row.Builder
	b.Reset(nil)
	b.Liveness(timestamp, 0, 0)
	b.Cell(1, timestamp, 0, 0, []byte(value))
	return b.Finish()
}

func write(t testing.TB, s *Store, m ...row.Mutation) {
	t.Helper()
	c, err := s.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, s *Store, p uint32, clustering string, timestamp int64, value string) {
	t.Helper()
	write(t, s, row.Mutation{Table: table, Partition: partition(p), Rows: []row.RowDelta{{Clustering: []byte(clustering), Delta: delta(timestamp, value)}}})
}

// read walks a command and prints partition/clustering=value.
func read(t testing.TB, s *Store, cmd *row.Command) []string {
	t.Helper()
	cmd.Table = table
	c := s.Read(cmd)
	var out []string
	var h row.HeaderView
	var v row.View
	for c.NextPartition() {
		n := binary.BigEndian.Uint32(c.Partition().Key)
		if err := h.Reset(c.Header()); err != nil {
			t.Fatal(err)
		}
		if c.Static() != nil {
			out = append(out, fmt.Sprintf("%d static", n))
		}
		for c.NextRow() {
			if err := v.Reset(c.Row(), h.Covering(c.Clustering()), 0); err != nil {
				t.Fatal(err)
			}
			if k, ok := v.Cell(1); ok {
				out = append(out, fmt.Sprintf("%d/%s=%s", n, c.Clustering(), k.Value))
			}
		}
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

func all() *row.Command {
	return &row.Command{Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}}
}

func one(p uint32) *row.Command { return &row.Command{Partitions: []key.Partition{partition(p)}} }

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestReadForms(t *testing.T) {
	s := open(t, Options{})
	defer closeStore(t, s)
	for _, c := range []string{"a", "b", "c", "d"} {
		put(t, s, 1, c, 1, "1"+c)
	}
	put(t, s, 2, "x", 1, "2x")
	write(t, s, row.Mutation{Table: table, Partition: partition(2), Static: delta(1, "s")})
	put(t, s, 3, "y", 1, "3y")
	write(t, s, row.Mutation{Table: table, Partition: partition(3), Header: row.AppendHeader(nil, row.Deletion{Timestamp: 5, LocalTime: 5}, nil)})

	expect(t, "one partition", read(t, s, one(1)), "1/a=1a", "1/b=1b", "1/c=1c", "1/d=1d")
	expect(t, "absent partition", read(t, s, one(9)))
	expect(t, "static first", read(t, s, one(2)), "2 static", "2/x=2x")
	expect(t, "deleted partition", read(t, s, one(3)))
	expect(t, "scan in token order", read(t, s, all()), "1/a=1a", "1/b=1b", "1/c=1c", "1/d=1d", "2 static", "2/x=2x")

	several := &row.Command{Partitions: []key.Partition{partition(2), partition(9), partition(1)}, Slices: []key.Range{{Start: []byte("b"), End: []byte("c")}, {Start: []byte("d")}}}
	expect(t, "partitions and slices", read(t, s, several), "2 static", "2/x=2x", "1/b=1b", "1/d=1d")

	reversed := one(1)
	reversed.Reversed = true
	expect(t, "reversed", read(t, s, reversed), "1/d=1d", "1/c=1c", "1/b=1b", "1/a=1a")
	reversed = one(1)
	reversed.Reversed, reversed.Slices = true, []key.Range{{End: []byte("b")}, {Start: []byte("c"), End: []byte("d")}}
	expect(t, "reversed slices", read(t, s, reversed), "1/c=1c", "1/a=1a")

	resumed := one(1)
	resumed.Resume = &row.Position{Partition: partition(1), Clustering: []byte("b")}
	expect(t, "resumed", read(t, s, resumed), "1/c=1c", "1/d=1d")
	resumed.Reversed = true
	expect(t, "resumed reversed", read(t, s, resumed), "1/a=1a")
	scan := all()
	scan.Resume = &row.Position{Partition: partition(1), PartitionDone: true}
	expect(t, "resumed scan", read(t, s, scan), "2 static", "2/x=2x")
}

// TestHotRow guards that a row updated very often stays cheap to read.
func TestHotRow(t *testing.T) {
	s := open(t, Options{Sync: SyncPeriodic})
	defer closeStore(t, s)
	for i := range int64(20_000) {
		c, err := s.Apply([]row.Mutation{{Table: table, Partition: partition(1), Rows: []row.RowDelta{{Delta: delta(i, fmt.Sprint(i))}}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 999 {
			expect(t, "hot row", read(t, s, one(1)), fmt.Sprintf("1/=%d", i))
		}
	}
}

func TestRefusals(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, Options{FS: fs})
	if _, err := Open(Options{FS: fs, Dir: "data"}); err == nil || !bytes.Contains([]byte(err.Error()), []byte("in use")) {
		t.Errorf("second process: %v", err)
	}
	id := s.ID()
	closeStore(t, s)
	s = open(t, Options{FS: fs})
	if s.ID() != id {
		t.Error("the store id changed")
	}
	closeStore(t, s)

	f, err := fs.Create("data/"+formatFile, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("99\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{FS: fs, Dir: "data"}); err == nil || !bytes.Contains([]byte(err.Error()), []byte("newer Helenus")) {
		t.Errorf("newer format: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(100 << 20)
	s := open(t, Options{FreeBytes: func() (uint64, uint64, error) { return free.Load(), 1 << 30, nil }})
	defer closeStore(t, s)
	put(t, s, 1, "a", 1, "kept")
	free.Store(1 << 20)
	s.checkSpace()
	if _, err := s.Apply([]row.Mutation{{Table: table, Partition: partition(1), Rows: []row.RowDelta{{Delta: delta(9, "x")}}}}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("write on a full disk: %v", err)
	}
	expect(t, "reads go on", read(t, s, one(1)), "1/a=kept")
	free.Store(100 << 20)
	s.checkSpace()
	put(t, s, 1, "b", 1, "again")
	expect(t, "recovered", read(t, s, one(1)), "1/a=kept", "1/b=again")
}

// lines are what is logged, one by one; those that nobody waits for are left out.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	select {
	case l <- string(line):
	default:
	}
	return len(line), nil
}

// TestCompactionOnFullDisk guards that a compaction does not take the space that flushes need, and goes on once there is space.
func TestCompactionOnFullDisk(t *testing.T) {
	var free atomic.Uint64
	free.Store(100 << 20)
	log := make(lines, 16)
	s := open(t, Options{
		FreeBytes: func() (uint64, uint64, error) { return free.Load(), 1 << 30, nil },
		Logger:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	defer closeStore(t, s)
	for n := range int64(2) { // the files overlap: they can't just be moved to another level
		put(t, s, 1, "a", n, "kept")
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, 1, "a", 2, "kept")
	free.Store(20 << 20)
	s.checkSpace()
	if line := <-log; !strings.Contains(line, "writes are refused") {
		t.Error(line)
	}
	if err := s.Flush(); err != nil {
		t.Errorf("a flush on a full disk: %v", err)
	}
	compacted := make(chan error)
	go func() { compacted <- s.Compact() }()
	if line := <-log; !strings.Contains(line, "a compaction failed") || !strings.Contains(line, ErrNoSpace.Error()) {
		t.Error(line)
	}
	expect(t, "reads go on", read(t, s, one(1)), "1/a=kept")
	free.Store(100 << 20)
	s.checkSpace()
	if err := <-compacted; err != nil && !errors.Is(err, ErrNoSpace) {
		t.Error(err)
	}
	if err := s.Compact(); err != nil {
		t.Error(err)
	}
	expect(t, "compacted", read(t, s, one(1)), "1/a=kept")
}

func TestMetaAndRetire(t *testing.T) {
	s := open(t, Options{})
	defer closeStore(t, s)
	if err := s.SetMetas(map[string][]byte{"a/1": []byte("x"), "a/2": []byte("y"), "b": []byte("z")}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMeta("a/1", nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Metas("a/")
	if err != nil || len(got) != 1 || string(got["a/2"]) != "y" {
		t.Errorf("%v, %v", got, err)
	}
	put(t, s, 1, "a", 1, "gone")
	if err := s.Retire(table.DataID); err != nil {
		t.Fatal(err)
	}
	expect(t, "retired", read(t, s, all()))
}
