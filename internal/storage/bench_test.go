package storage

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/key"
	"helenus/internal/row"
)

// Run with: go test ./internal/storage -run xxx -bench . -count 10

func record(n uint32) []byte {
	var b row.Builder
	b.Reset(nil)
	b.Liveness(int64(n), 0, 0)
	for c := uint32(1); c <= 10; c++ {
		b.Cell(c, int64(n), 0, 0, bytes.Repeat([]byte{'x'}, 100))
	}
	return b.Finish()
}

func BenchmarkWrite(b *testing.B) {
	s := open(b, Options{Sync: SyncPeriodic})
	defer closeStore(b, s)
	m := []row.Mutation{{Table: table, Rows: []row.RowDelta{{Delta: record(1)}}}}
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		m[0].Partition = partition(n)
		n++
		c, err := s.Apply(m)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPointRead(b *testing.B) {
	s := open(b, Options{})
	defer closeStore(b, s)
	const rows = 10_000
	for n := range uint32(rows) {
		write(b, s, row.Mutation{Table: table, Partition: partition(n), Rows: []row.RowDelta{{Delta: record(n)}}})
	}
	if err := s.Flush(); err != nil {
		b.Fatal(err)
	}
	parts := make([]key.Partition, 1)
	cmd := &row.Command{Table: table, Partitions: parts}
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		parts[0] = partition(n % rows)
		n++
		c := s.Read(cmd)
		if !c.NextPartition() || !c.NextRow() {
			b.Fatal("no row")
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRawWrite is the limit of BenchmarkWrite: the same bytes set in Pebble.
func BenchmarkRawWrite(b *testing.B) {
	db := rawPebble(b)
	value := record(1)
	var k []byte
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		k = append(appendPrefix(k[:0], table.DataID, partition(n)), kindRow)
		n++
		if err := db.Set(k, value, pebble.Sync); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRawPointRead is the limit of BenchmarkPointRead: a Get of the same bytes.
func BenchmarkRawPointRead(b *testing.B) {
	db := rawPebble(b)
	const rows = 10_000
	var k []byte
	for n := range uint32(rows) {
		k = append(appendPrefix(k[:0], table.DataID, partition(n)), kindRow)
		if err := db.Set(k, record(n), pebble.NoSync); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Flush(); err != nil {
		b.Fatal(err)
	}
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		k = append(appendPrefix(k[:0], table.DataID, partition(n%rows)), kindRow)
		n++
		_, closer, err := db.Get(k)
		if err != nil {
			b.Fatal(err)
		}
		if err := closer.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func rawPebble(b *testing.B) *pebble.DB {
	b.Helper()
	db, err := pebble.Open("raw", &pebble.Options{FS: vfs.NewMem(), FormatMajorVersion: pebble.FormatNewest, Logger: &pebbleLogger{log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}
