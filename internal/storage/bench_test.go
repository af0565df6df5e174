package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
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

// indexedTable is a table with a row of record's columns, and an index on one of them.
func indexedTable(b *testing.B, s *Store, index bool) *schema.Table {
	columns := "k int PRIMARY KEY"
	for c := range 10 {
		columns += fmt.Sprintf(", c%d text", c)
	}
	now := defined(b, schema.Empty, indexedSchema[0], "CREATE TABLE t ("+columns+")")
	if index {
		now = defined(b, now, "CREATE INDEX ON t (c9)")
	}
	if err := s.SetIndexes(now); err != nil {
		b.Fatal(err)
	}
	return now.Table("ks", "t")
}

// indexedRecord is record for that table: all columns have 100 bytes, the indexed one begins with n.
func indexedRecord(t *schema.Table, n uint32) []byte {
	var r row.Builder
	r.Reset(nil)
	r.Liveness(int64(n), 0, 0)
	for _, c := range t.Regular {
		value := bytes.Repeat([]byte{'x'}, 100)
		binary.BigEndian.PutUint32(value, n)
		r.Cell(c.ID, int64(n), 0, 0, value)
	}
	return r.Finish()
}

func BenchmarkIndexedWrite(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("index=%v", with), func(b *testing.B) {
			s := open(b, Options{Sync: SyncPeriodic})
			defer closeStore(b, s)
			t := indexedTable(b, s, with)
			m := []row.Mutation{{Table: t, Rows: []row.RowDelta{{}}}}
			var n uint32
			b.ReportAllocs()
			for b.Loop() {
				m[0].Partition, m[0].Rows[0].Delta = partition(n), indexedRecord(t, n)
				n++
				c, err := s.Apply(m)
				if err != nil {
					b.Fatal(err)
				}
				if err := c.Wait(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIndexedRead finds one row of 10,000 by its value.
func BenchmarkIndexedRead(b *testing.B) {
	s := open(b, Options{})
	defer closeStore(b, s)
	t := indexedTable(b, s, true)
	const rows = 10_000
	for n := range uint32(rows) {
		write(b, s, row.Mutation{Table: t, Partition: partition(n), Rows: []row.RowDelta{{Delta: indexedRecord(t, n)}}})
	}
	if err := s.Flush(); err != nil {
		b.Fatal(err)
	}
	x := t.Indexes[0]
	cmd := &row.Command{Table: t, Tokens: key.AllTokens, Indexed: make([]row.IndexRange, 1)}
	var n uint32
	b.ReportAllocs()
	for b.Loop() {
		value := bytes.Repeat([]byte{'x'}, 100)
		binary.BigEndian.PutUint32(value, n%rows)
		n++
		cmd.Indexed[0] = row.IndexRange{Index: x, Ranges: []key.Range{index.Exactly(x, nil, value)}}
		c := s.Read(cmd)
		if !c.NextPartition() || !c.NextRow() {
			b.Fatal("no row")
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
