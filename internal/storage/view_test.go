package storage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

var viewedSchema = []string{
	"CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
	"CREATE TABLE t (p int, q text, c int, c2 text, st int STATIC, v int, w text, l list<int>, m map<text, int>, PRIMARY KEY ((p, q), c, c2)) WITH CLUSTERING ORDER BY (c DESC, c2 ASC)",
}

const keyNotNull = "p IS NOT NULL AND q IS NOT NULL AND c IS NOT NULL AND c2 IS NOT NULL"

var viewStatements = []string{
	"CREATE MATERIALIZED VIEW a AS SELECT p, q, c, c2, v, w, l, m FROM t WHERE " + keyNotNull + " AND v IS NOT NULL PRIMARY KEY (v, p, q, c, c2)",
	"CREATE MATERIALIZED VIEW b AS SELECT p, q, c, c2, v, w FROM t WHERE " + keyNotNull + " AND w IS NOT NULL PRIMARY KEY ((c, p), w, q, c2) WITH CLUSTERING ORDER BY (w DESC, q ASC, c2 DESC)",
	"CREATE MATERIALIZED VIEW d AS SELECT p, q, c, c2, m FROM t WHERE " + keyNotNull + " PRIMARY KEY (c, c2, p, q)",
	"CREATE MATERIALIZED VIEW e AS SELECT p, q, c, c2 FROM t WHERE " + keyNotNull + " PRIMARY KEY ((p, q), c, c2)",
	"CREATE MATERIALIZED VIEW f AS SELECT p, q, c, c2, w, v FROM t WHERE " + keyNotNull + " AND c >= 2 AND v IS NOT NULL PRIMARY KEY ((v, p, q), c, c2)",
}

// restrictKeys stands for the planner: it knows IS NOT NULL, and c >= 2.
func restrictKeys(_ *schema.Schema, base *schema.Table, where []cql.Relation) (*schema.ViewRestrictions, error) {
	r := &schema.ViewRestrictions{}
	for _, q := range where {
		r.Restricted = append(r.Restricted, base.Column(q.Columns[0]))
		if q.Op == cql.OpGte {
			r.Filter = append(r.Filter, schema.ViewTest{Columns: []uint32{base.Column("c").ID}, Low: &schema.ViewBound{Values: [][]byte{cqltype.AppendInt(nil, 2)}, Inclusive: true}})
		}
	}
	return r, nil
}

func withViews(t testing.TB, s *schema.Schema, statements ...string) *schema.Schema {
	t.Helper()
	for _, text := range statements {
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		facts := schema.Facts{Keyspace: "ks", TableID: schema.TableID{2, byte(s.Epoch)}, Views: schema.ViewFacts{Restrict: restrictKeys}}
		out, err := schema.Execute(s, parsed, facts)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s = s.Apply(out.Change)
	}
	return s
}

// viewWriter makes random changes of a table with views. Timestamps are few, so that many are equal.
type viewWriter struct {
	r     *rand.Rand
	table *schema.Table
	now   int64
}

func (w *viewWriter) stamp() int64 { return int64(w.r.IntN(12)) }

func (w *viewWriter) ttl() int32 {
	if w.r.IntN(4) == 0 {
		return int32(1 + w.r.IntN(30))
	}
	return 0
}

func (w *viewWriter) word() []byte { return []byte([]string{"x", "y", "", "zz"}[w.r.IntN(4)]) }

func (w *viewWriter) clustering() []byte {
	k := key.AppendClustering(nil, cqltype.Int, true, cqltype.AppendInt(nil, int32(1+w.r.IntN(2))))
	return key.AppendClustering(k, cqltype.Text, false, []byte([]string{"", "x"}[w.r.IntN(2)]))
}

func (w *viewWriter) deletion() row.Deletion {
	return row.Deletion{Timestamp: w.stamp(), LocalTime: w.now}
}

// delta is a random change of a row.
func (w *viewWriter) delta() []byte {
	var b row.Builder
	b.Reset(nil)
	at, ttl := w.stamp(), w.ttl()
	if w.r.IntN(3) == 0 {
		b.Liveness(at, ttl, w.now)
	}
	if w.r.IntN(8) == 0 {
		b.Delete(w.deletion())
	}
	columns := slices.Clone(w.table.Regular)
	slices.SortFunc(columns, func(a, b *schema.Column) int { return int(a.ID) - int(b.ID) })
	for _, c := range columns {
		if w.r.IntN(2) == 0 {
			continue
		}
		stamp := at
		if w.r.IntN(4) == 0 {
			stamp = w.stamp()
		}
		if c.Type.IsMultiCell() {
			d := row.NotDeleted
			if w.r.IntN(3) == 0 {
				d = w.deletion()
			}
			b.BeginComplex(c.ID, d)
			for _, path := range []string{"aa", "bb"} {
				switch w.r.IntN(4) {
				case 0:
					b.Element([]byte(path), stamp, ttl, w.now, cqltype.AppendInt(nil, int32(w.r.IntN(3))))
				case 1:
					b.ElementTombstone([]byte(path), stamp, w.now)
				}
			}
			b.EndComplex()
			continue
		}
		switch {
		case w.r.IntN(4) == 0:
			b.Tombstone(c.ID, stamp, w.now)
		case c.Type.Kind == cqltype.KindInt:
			b.Cell(c.ID, stamp, ttl, w.now, cqltype.AppendInt(nil, int32(w.r.IntN(3))))
		default:
			b.Cell(c.ID, stamp, ttl, w.now, w.word())
		}
	}
	return b.Finish()
}

func (w *viewWriter) mutation() row.Mutation {
	m := row.Mutation{Table: w.table, Partition: key.NewPartition(key.AppendPartition(nil, cqltype.AppendInt(nil, int32(w.r.IntN(2))), []byte("q")))}
	switch w.r.IntN(10) {
	case 0:
		m.Header = row.AppendHeader(nil, w.deletion(), nil)
	case 1, 2:
		start := key.AppendBound(nil, cqltype.Int, true, cqltype.AppendInt(nil, int32(w.r.IntN(4))))
		r := key.Range{Start: start, End: key.After(key.AppendBound(nil, cqltype.Int, true, cqltype.AppendInt(nil, int32(w.r.IntN(4)))))}
		if w.r.IntN(4) == 0 {
			r.End = nil
		}
		if !r.IsEmpty() {
			m.Header = row.AppendHeader(nil, row.NotDeleted, []row.RangeTombstone{{Range: r, Deletion: w.deletion()}})
		}
	}
	for range 1 + w.r.IntN(3) {
		m.Rows = append(m.Rows, row.RowDelta{Clustering: w.clustering(), Delta: w.delta()})
	}
	if w.r.IntN(5) == 0 {
		var b row.Builder
		b.Reset(nil)
		b.Cell(w.table.Static[0].ID, w.stamp(), 0, w.now, cqltype.AppendInt(nil, 1))
		m.Static = b.Finish()
	}
	return m
}

// shown is a table's rows at a moment: the key's values by column, then cells, as text.
func shown(t *testing.T, s *Store, table *schema.Table, now int64, each func(values map[uint32][]byte, v *row.View)) {
	t.Helper()
	c := s.Read(&row.Command{Table: table, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}})
	v := row.View{Claim: table.ClaimColumn()}
	var h row.HeaderView
	for c.NextPartition() {
		if err := h.Reset(c.Header()); err != nil {
			t.Fatal(err)
		}
		parts, err := key.SplitPartition(nil, c.Partition().Key, len(table.PartitionKey))
		if err != nil {
			t.Fatal(err)
		}
		for c.NextRow() {
			if err := v.Reset(c.Row(), h.Covering(c.Clustering()), now); err != nil {
				t.Fatal(err)
			}
			if !v.Live() {
				continue
			}
			values := map[uint32][]byte{}
			for i, p := range table.PartitionKey {
				values[p.ID] = parts[i]
			}
			rest := c.Clustering()
			for _, k := range table.Clustering {
				var value []byte
				if value, rest, err = key.DecodeClustering(k.Type, k.Descending, rest); err != nil {
					t.Fatal(err)
				}
				values[k.ID] = value
			}
			each(values, &v)
		}
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// rowText is a row's key in the order of columns, and its cells that a view shows.
func rowText(view *schema.Table, values map[uint32][]byte, v *row.View) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%d=%x ", id, values[id])
	}
	for _, c := range v.Cells() {
		if slices.ContainsFunc(view.Regular, func(r *schema.Column) bool { return r.ID == c.Column }) {
			fmt.Fprintf(&b, "%d:%x@%d/%d/%d%v ", c.Column, c.Value, c.Timestamp, c.TTL, c.ExpiresAt, c.Elements)
		}
	}
	return b.String()
}

// define works out a view by its definition.
func define(t *testing.T, s *Store, base, view *schema.Table, now int64) []string {
	all := []string{}
	shown(t, s, base, now, func(values map[uint32][]byte, v *row.View) {
		keys := map[uint32][]byte{}
		for _, c := range append(slices.Clone(view.PartitionKey), view.Clustering...) {
			value, ok := values[c.ID]
			if !ok {
				cell, live := v.Cell(c.ID)
				if !live {
					return
				}
				value = cell.Value
			}
			keys[c.ID] = value
		}
		if len(view.PartitionKey) == 1 && len(keys[view.PartitionKey[0].ID]) == 0 {
			return
		}
		if len(view.View.Filter) > 0 && string(values[base.Column("c").ID]) < "\x00\x00\x00\x02" {
			return
		}
		all = append(all, rowText(view, keys, v))
	})
	slices.Sort(all)
	return all
}

func contents(t *testing.T, s *Store, view *schema.Table, now int64) []string {
	all := []string{}
	shown(t, s, view, now, func(values map[uint32][]byte, v *row.View) { all = append(all, rowText(view, values, v)) })
	slices.Sort(all)
	return all
}

// checkViews compares all views with their definitions, now and later.
func checkViews(t *testing.T, s *Store, now *schema.Schema, at int64, after string) {
	t.Helper()
	base := now.Table("ks", "t")
	for _, view := range now.Keyspace("ks").ViewsOf(base.ID) {
		for _, when := range []int64{at, at + 10, at + 100} {
			if want, got := define(t, s, base, view, when), contents(t, s, view, when); !slices.Equal(want, got) {
				t.Fatalf("%s, view %s at %d:\nwant %s\n got %s", after, view.Name, when, strings.Join(want, "\n     "), strings.Join(got, "\n     "))
			}
		}
	}
}

// stopped is a clock that stands still: a store turns cells that have expired into tombstones, and these tests look at what is before that.
func stopped() *frozenClock {
	c := &frozenClock{}
	c.set(time.Now())
	return c
}

func openViewed(t *testing.T, now *schema.Schema) *Store {
	t.Helper()
	s, err := Open(Options{Dir: "data", FS: vfs.NewMem(), Runtime: stopped()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	return s
}

func applyAll(t *testing.T, s *Store, mutations ...row.Mutation) {
	t.Helper()
	c, err := s.Apply(mutations)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

// viewSeeds is how many random histories of a base are tried.
func viewSeeds() uint64 {
	if raceEnabled {
		return 4
	}
	return 30
}

// TestViewsFollow guards that after every write each view is what its definition makes of the base, at once, and after the writes that are still to expire
// have expired.
func TestViewsFollow(t *testing.T) {
	now := withViews(t, defined(t, schema.Empty, viewedSchema...), viewStatements...)
	for seed := range viewSeeds() {
		s := openViewed(t, now)
		w := viewWriter{rand.New(rand.NewPCG(seed, 1)), now.Table("ks", "t"), time.Now().Unix()}
		for i := range 60 {
			var all []row.Mutation
			for range 1 + w.r.IntN(2) {
				all = append(all, w.mutation())
			}
			applyAll(t, s, all...)
			checkViews(t, s, now, w.now, fmt.Sprintf("seed %d, write %d", seed, i))
		}
	}
}

// TestViewsConverge guards that replicas which derive views apart, from the same writes in different orders, come to the same views, and that it does no harm
// when they tell each other of them.
func TestViewsConverge(t *testing.T) {
	now := withViews(t, defined(t, schema.Empty, viewedSchema...), viewStatements...)
	base := now.Table("ks", "t")
	for seed := range viewSeeds() {
		w := viewWriter{rand.New(rand.NewPCG(seed, 2)), base, time.Now().Unix()}
		writes := make([]row.Mutation, 40)
		for i := range writes {
			writes[i] = w.mutation()
		}
		union := openViewed(t, now)
		var stores []*Store
		for range 3 {
			s := openViewed(t, now)
			for _, i := range w.r.Perm(len(writes)) {
				applyAll(t, s, writes[i])
				if w.r.IntN(4) == 0 { // again
					applyAll(t, s, writes[w.r.IntN(i+1)])
				}
			}
			checkViews(t, s, now, w.now, fmt.Sprintf("seed %d", seed))
			stores = append(stores, s)
		}
		for _, m := range writes {
			applyAll(t, union, m)
		}
		for _, s := range stores {
			for _, view := range now.Keyspace("ks").ViewsOf(base.ID) {
				c := s.Read(&row.Command{Table: view, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}})
				for c.NextPartition() {
					for c.NextRow() {
						applyAll(t, union, row.Mutation{Table: view, Partition: c.Partition(), Rows: []row.RowDelta{{Clustering: c.Clustering(), Delta: c.Row()}}})
					}
				}
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		checkViews(t, union, now, w.now, fmt.Sprintf("seed %d, all together", seed))
	}
}

// TestViewBuild guards that a view which is made on rows that are there comes to be what it is defined to be while writes go on, also over a stop in the
// middle.
func TestViewBuild(t *testing.T) {
	plain := defined(t, schema.Empty, viewedSchema...)
	now := withViews(t, plain, viewStatements...)
	for seed := range uint64(8) {
		fs := vfs.NewMem()
		clock := &buildClock{}
		clock.at.Store(time.Now().UnixNano())
		open := func(known *schema.Schema) *Store {
			s, err := Open(Options{Dir: "data", FS: fs, Runtime: clock})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SetIndexes(known); err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open(plain)
		w := viewWriter{rand.New(rand.NewPCG(seed, 3)), now.Table("ks", "t"), time.Now().Unix()}
		for range 60 {
			applyAll(t, s, w.mutation())
		}
		if err := s.SetIndexes(now); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			clock.step()
			applyAll(t, s, w.mutation())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		clock.timers = nil
		s = open(now)
		applyAll(t, s, w.mutation())
		clock.build(t, s)
		checkViews(t, s, now, w.now, fmt.Sprintf("seed %d", seed))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestViewsOfLargePartition guards that the deletion of a partition with more rows than one batch takes reaches its views, and that a crash in the middle is made
// good at the next start.
func TestViewsOfLargePartition(t *testing.T) {
	now := withViews(t, defined(t, schema.Empty, viewedSchema...), viewStatements...)
	base := now.Table("ks", "t")
	for _, crash := range []bool{false, true} {
		fs, clock := vfs.NewMem(), stopped()
		open := func() *Store {
			s, err := Open(Options{Dir: "data", FS: fs, Runtime: clock})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.SetIndexes(now); err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open()
		w := viewWriter{rand.New(rand.NewPCG(1, 4)), base, time.Now().Unix()}
		p := key.NewPartition(key.AppendPartition(nil, cqltype.AppendInt(nil, 1), []byte("q")))
		m := row.Mutation{Table: base, Partition: p}
		for i := range 4000 {
			k := key.AppendClustering(nil, cqltype.Int, true, cqltype.AppendInt(nil, int32(i)))
			m.Rows = append(m.Rows, row.RowDelta{Clustering: key.AppendClustering(k, cqltype.Text, false, []byte("x")), Delta: w.delta()})
		}
		applyAll(t, s, m)
		gone := row.Mutation{Table: base, Partition: p, Header: row.AppendHeader(nil, row.Deletion{Timestamp: 6, LocalTime: w.now}, nil)}
		if crash {
			d := deriver{store: s, batch: s.db.NewIndexedBatch(), now: w.now, held: &lockSet{}, whole: []row.Mutation{gone}}
			if err := d.mutation(&gone); err != nil {
				t.Fatal(err)
			}
			if d.intent == nil {
				t.Fatal("all of it fits into one batch")
			}
			if err := d.batch.Close(); err != nil { // instead of the last batch
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open()
			if notes, err := s.Metas(viewNotePrefix); err != nil || len(notes) > 0 {
				t.Fatalf("%d notes are left: %v", len(notes), err)
			}
		} else {
			applyAll(t, s, gone)
		}
		checkViews(t, s, now, w.now, fmt.Sprintf("crash %v", crash))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
