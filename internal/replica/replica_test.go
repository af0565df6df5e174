package replica

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// table is k.t (p blob, c blob, v blob, PRIMARY KEY (p, c)).
func table(t testing.TB) (*schema.Schema, *schema.Table) {
	t.Helper()
	s := made(t, "CREATE TABLE k.t (p blob, c blob, v blob, PRIMARY KEY (p, c))")
	return s, s.Table("k", "t")
}

// made is a schema with a keyspace k and what statements make.
func made(t testing.TB, statements ...string) *schema.Schema {
	t.Helper()
	s := schema.Empty
	for _, text := range append([]string{"CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"}, statements...) {
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := schema.Execute(s, parsed, schema.Facts{TableID: schema.TableID{1}})
		if err != nil {
			t.Fatal(err)
		}
		s = s.Apply(out.Change)
	}
	return s
}

// store is a replica's data in memory: what was written to it, merged.
type store struct {
	partitions map[string]*partition
}

type partition struct {
	header, static []byte
	rows           map[string][]byte
}

func (s *store) write(t testing.TB, mutations []row.Mutation) {
	t.Helper()
	merge := func(old, delta []byte, header bool) []byte {
		if old == nil || delta == nil {
			return append(old, delta...)
		}
		var out []byte
		var err error
		if header {
			out, err = row.MergeHeader(nil, old, delta)
		} else {
			out, err = row.Merge(nil, old, delta)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, m := range mutations {
		p := s.partitions[string(m.Partition.Key)]
		if p == nil {
			p = &partition{rows: map[string][]byte{}}
			s.partitions[string(m.Partition.Key)] = p
		}
		p.header, p.static = merge(p.header, m.Header, true), merge(p.static, m.Static, false)
		for _, r := range m.Rows {
			p.rows[string(r.Clustering)] = merge(p.rows[string(r.Clustering)], r.Delta, false)
		}
	}
}

// page is what the replica answers.
func (s *store) page(t testing.TB, r *ReadRequest) *Page {
	t.Helper()
	var all PageCursor
	all.Reset(s.raw(r.Command.Reversed))
	p, err := MakePage(&resuming{PageCursor: all, at: r.Command.Resume, reversed: r.Command.Reversed}, r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// raw is all that the replica has, in order.
func (s *store) raw(reversed bool) []byte {
	var parts []key.Partition
	for k := range s.partitions {
		parts = append(parts, key.NewPartition([]byte(k)))
	}
	sortBy(parts, comparePartitions)
	var raw []byte
	for _, at := range parts {
		p := s.partitions[string(at.Key)]
		raw = appendPartitionRecord(raw, at, p.header, p.static)
		var rows [][]byte
		for c := range p.rows {
			rows = append(rows, []byte(c))
		}
		sortBy(rows, bytes.Compare)
		for i := range rows {
			c := rows[i]
			if reversed {
				c = rows[len(rows)-1-i]
			}
			raw = appendBytes(appendBytes(append(raw, recordRow), c), p.rows[string(c)])
		}
	}
	return raw
}

func sortBy[T any](all []T, compare func(a, b T) int) {
	for i := range all {
		for j := i; j > 0 && compare(all[j], all[j-1]) < 0; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
}

// resuming skips what lies before a position, as a store does.
type resuming struct {
	PageCursor
	at       *row.Position
	reversed bool
}

func (r *resuming) NextPartition() bool {
	for r.PageCursor.NextPartition() {
		if r.at == nil {
			return true
		}
		if c := comparePartitions(r.Partition(), r.at.Partition); c > 0 || c == 0 && !r.at.PartitionDone {
			return true
		}
	}
	return false
}

func (r *resuming) NextRow() bool {
	for r.PageCursor.NextRow() {
		if r.at == nil || comparePartitions(r.Partition(), r.at.Partition) != 0 || r.at.Clustering == nil {
			return true
		}
		if c := bytes.Compare(r.Clustering(), r.at.Clustering); c > 0 && !r.reversed || c < 0 && r.reversed {
			return true
		}
	}
	return false
}

// randomMutation writes or deletes something somewhere.
func randomMutation(r *rand.Rand, t *schema.Table, timestamp int64) row.Mutation {
	m := row.Mutation{Table: t, Partition: key.NewPartition(fmt.Appendf(nil, "p%d", r.IntN(4)))}
	d := row.Deletion{Timestamp: timestamp, LocalTime: timestamp}
	clustering := func() []byte { return fmt.Appendf(nil, "c%02d", r.IntN(12)) }
	var b row.Builder
	b.Reset(nil)
	switch r.IntN(12) {
	case 0:
		m.Header = row.AppendHeader(nil, d, nil)
	case 1:
		from := clustering()
		m.Header = row.AppendHeader(nil, row.NotDeleted, []row.RangeTombstone{{Range: key.Range{Start: from, End: append(from, 0xFF)}, Deletion: d}})
	case 2:
		b.Delete(d)
		m.Rows = []row.RowDelta{{Clustering: clustering(), Delta: b.Finish()}}
	case 3:
		b.Tombstone(2, timestamp, timestamp)
		m.Rows = []row.RowDelta{{Clustering: clustering(), Delta: b.Finish()}}
	default:
		b.Liveness(timestamp, 0, 0)
		b.Cell(2, timestamp, 0, 0, fmt.Appendf(nil, "v%d", timestamp))
		m.Rows = []row.RowDelta{{Clustering: clustering(), Delta: b.Finish()}}
	}
	return m
}

// TestMergeIsTheUnion writes random mutations, each to a random majority of three replicas. Reading any two of them piece by piece, with any
// bounds and in both directions, gives what a replica that got everything has, and writing back what was lacking makes the two the same.
func TestMergeIsTheUnion(t *testing.T) {
	_, tbl := table(t)
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		var replicas [3]store
		whole := store{map[string]*partition{}}
		for i := range replicas {
			replicas[i] = store{map[string]*partition{}}
		}
		for ts := range int64(60) {
			m := []row.Mutation{randomMutation(r, tbl, ts+1)}
			whole.write(t, m)
			missing := r.IntN(4)
			for i := range replicas {
				if i != missing {
					replicas[i].write(t, m)
				}
			}
		}
		reversed := r.IntN(2) == 0
		request := &ReadRequest{Now: 1000, GCBefore: 0, Rows: r.IntN(5), Bytes: 1 + r.IntN(300), Command: row.Command{Table: tbl, Reversed: reversed}}
		a, b := r.IntN(3), r.IntN(3)
		if a == b {
			b = (a + 1) % 3
		}
		var got []byte
		last := ""
		for piece := 0; ; piece++ {
			if piece > 500 {
				t.Fatalf("seed %d: reading does not end", seed)
			}
			merged, lacks, err := Merge(tbl, request, []*Page{replicas[a].page(t, request), replicas[b].page(t, request)})
			if err != nil {
				t.Fatal(err)
			}
			got = appendContent(got, merged.Raw, &last)
			replicas[a].write(t, lacks[0])
			replicas[b].write(t, lacks[1])
			if !merged.More {
				break
			}
			resume := merged.Last
			request.Command.Resume = &resume
		}
		all := &ReadRequest{Now: 1000, Bytes: math.MaxInt, Command: row.Command{Table: tbl, Reversed: reversed}}
		last = ""
		if want := appendContent(nil, whole.page(t, all).Raw, &last); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: replicas %d and %d gave\n%s\nwant\n%s", seed, a, b, got, want)
		}
		if x, y := replicas[a].page(t, all), replicas[b].page(t, all); x.Digest() != y.Digest() {
			t.Fatalf("seed %d: the replicas differ after the repair", seed)
		}
	}
}

// appendContent appends a page's partitions and rows as text; a partition that goes on from the piece before is not named again.
func appendContent(dst, raw []byte, last *string) []byte {
	var c PageCursor
	c.Reset(raw)
	for c.NextPartition() {
		if k := string(c.Partition().Key); k != *last {
			dst = fmt.Appendf(dst, "%s %x\n", k, c.Header())
			*last = k
		}
		for c.NextRow() {
			dst = fmt.Appendf(dst, "  %s %x\n", c.Clustering(), c.Row())
		}
	}
	return dst
}

func TestRequestsRoundTrip(t *testing.T) {
	s, tbl := table(t)
	p := key.NewPartition([]byte("p"))
	for _, c := range []row.Command{
		{Tokens: key.TokenRange{First: -5, Last: 7}},
		{Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}, Resume: &row.Position{Partition: p, Clustering: []byte("c")}},
		{Partitions: []key.Partition{p}, Reversed: true, Slices: []key.Range{{Start: nil, End: []byte("x")}, {Start: []byte{}, End: nil}}},
		{Partitions: []key.Partition{p}, StaticOnly: true, Resume: &row.Position{Partition: p, PartitionDone: true}},
	} {
		want := &ReadRequest{Plan: Plan{Epoch: 7, Topology: 6}, Command: c, Table: tbl.DataID, Now: 1, GCBefore: -1, Rows: 3, Bytes: 9, Digest: c.Reversed, Fence: c.StaticOnly}
		got, err := decodeRead(want.Append(nil))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
		}
	}
	// The nearest vectors travel as a range that a node which knows of none takes for one of terms.
	vectors := made(t, "CREATE TABLE k.n (p int PRIMARY KEY, v vector<float, 2>)", "CREATE INDEX ON k.n (v) USING 'sai'").Table("k", "n")
	near := row.IndexRange{Index: vectors.Indexes[0], Nearest: &row.Nearest{Vector: []byte("vectors!"), Count: 300, Now: 5}}
	want := &ReadRequest{Command: row.Command{Table: vectors, Tokens: key.AllTokens, Indexed: []row.IndexRange{near}}, Table: vectors.DataID, Now: 5, Bytes: 9}
	nearest, err := decodeRead(want.Append(nil))
	if err != nil || len(nearest.Command.Indexed[0].Ranges) != 1 || !nearest.resolveIndexes(vectors) || !nearest.resolveIndexes(vectors) || !reflect.DeepEqual(nearest.Command.Indexed[0], near) {
		t.Errorf("%v, %+v", err, nearest)
	}
	for _, wrong := range []row.Nearest{{Vector: []byte("vectors!")}, {Vector: []byte("vector"), Count: 1}, {Vector: []byte("vectors!"), Count: nearestMax + 1}} {
		want.Command.Indexed[0].Nearest = &wrong
		if r, err := decodeRead(want.Append(nil)); err != nil || r.resolveIndexes(vectors) {
			t.Errorf("%+v was taken, %v", wrong, err)
		}
	}
	cut := &Page{Cut: true, Least: -1.5, More: true, Last: row.Position{Partition: p}, Raw: []byte("raw")}
	if got, err := DecodePage(cut.Append(nil)); err != nil || !reflect.DeepEqual(got, cut) {
		t.Errorf("%v, %+v", err, got)
	}
	mutations := []row.Mutation{
		{Table: tbl, Partition: p, Header: []byte("h"), Rows: []row.RowDelta{{Clustering: []byte{}, Delta: []byte("d")}}}, {Table: tbl, Partition: p, Static: []byte{}},
	}
	got, missing, err := DecodeMutations(AppendMutations(nil, mutations), s)
	if err != nil || missing != 0 || !reflect.DeepEqual(got, mutations) {
		t.Errorf("%d missing, %v\ngot  %+v\nwant %+v", missing, err, got, mutations)
	}
	if got, missing, err := DecodeMutations(AppendMutations(nil, mutations), schema.Empty); err != nil || missing != 2 || len(got) != 0 {
		t.Errorf("unknown tables: %v, %d, %v", got, missing, err)
	}
}

func FuzzRequests(f *testing.F) {
	s, tbl := table(f)
	p := key.NewPartition([]byte("p"))
	f.Add((&ReadRequest{Command: row.Command{Partitions: []key.Partition{p}, Slices: []key.Range{{}}}, Table: tbl.DataID, Bytes: 1}).Append(nil))
	f.Add((&ReadRequest{Command: row.Command{Indexed: []row.IndexRange{{Index: &schema.Index{DataID: 3}, Ranges: []key.Range{{}}}}}, Table: tbl.DataID, Bytes: 1}).Append(nil))
	f.Add(AppendMutations(nil, []row.Mutation{{Table: tbl, Partition: p, Rows: []row.RowDelta{{}}}}))
	f.Add((&Page{More: true, Last: row.Position{Partition: p}, Raw: appendPartitionRecord(nil, p, nil, nil)}).Append(nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := decodeRead(raw); err == nil {
			if again, err := decodeRead(r.Append(nil)); err != nil || !reflect.DeepEqual(r, again) {
				t.Errorf("a request is not what was read: %v", err)
			}
		}
		if m, _, err := DecodeMutations(raw, s); err == nil {
			if _, _, err := DecodeMutations(AppendMutations(nil, m), s); err != nil {
				t.Error(err)
			}
		}
		if page, err := DecodePage(raw); err == nil {
			if _, err := page.Mutations(tbl); err == nil {
				if _, _, err := Merge(tbl, &ReadRequest{Command: row.Command{Table: tbl}, Bytes: 1}, []*Page{page, {}}); err != nil && err != errWire && err != row.ErrCorrupt {
					t.Error(err)
				}
			}
		}
	})
}
