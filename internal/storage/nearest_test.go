package storage

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/cqltype"
	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// everywhere has searches look at all clusters, and clusters parted with few entries, until the test is over.
func everywhere(t testing.TB) {
	probes, entries, batch := probesMin, clusterEntriesMax, partBatch
	t.Cleanup(func() { probesMin, clusterEntriesMax, partBatch = probes, entries, batch })
	probesMin, clusterEntriesMax, partBatch = 1<<40, 16, 5
}

func vectorSchema(t testing.TB, dimension int, similarity string) (without, with *schema.Schema) {
	without = defined(t, schema.Empty, indexedSchema[0], fmt.Sprintf("CREATE TABLE t (k int, c int, v vector<float, %d>, w int, PRIMARY KEY (k, c))", dimension))
	return without, defined(t, without, "CREATE INDEX ON t (v) USING 'sai' WITH OPTIONS = {'similarity_function': '"+similarity+"'}")
}

func encoded(v []float32) (raw []byte) {
	for _, x := range v {
		raw = cqltype.AppendFloat(raw, x)
	}
	return raw
}

// vectorWriter makes random changes of a table with vectors.
type vectorWriter struct {
	writer
	dimension int
	id, other uint32
}

func newVectorWriter(seed uint64, t *schema.Table, dimension int) *vectorWriter {
	return &vectorWriter{writer{r: rand.New(rand.NewPCG(seed, 2)), table: t}, dimension, t.Column("v").ID, t.Column("w").ID}
}

func (w *vectorWriter) vector() []byte {
	v := make([]float32, w.dimension)
	group := float32(w.r.IntN(5))
	for i := range v {
		v[i] = 100 + group + float32(w.r.NormFloat64())/10
	}
	switch w.r.IntN(20) {
	case 0:
		v[0] = float32(math.NaN())
	case 1:
		v[0] = float32(math.Inf(1))
	case 2:
		v[0] = 1e25
	case 3: // the same again and again
		for i := range v {
			v[i] = 7
		}
	case 4:
		for i := range v {
			v[i] *= 1e-18
		}
	}
	return encoded(v)
}

func (w *vectorWriter) mutation() row.Mutation {
	if len(w.past) > 0 && w.r.IntN(5) == 0 { // a hint, a repair, a stream
		return w.past[w.r.IntN(len(w.past))]
	}
	m := row.Mutation{Table: w.table, Partition: partition(uint32(w.r.IntN(12)))}
	if w.r.IntN(15) == 0 {
		m.Header = row.AppendHeader(nil, row.Deletion{Timestamp: int64(w.r.IntN(40)), LocalTime: w.now}, nil)
	}
	for range 1 + w.r.IntN(3) {
		var b row.Builder
		b.Reset(nil)
		at, ttl := int64(1+w.r.IntN(60)), int32(0)
		if w.r.IntN(8) == 0 {
			ttl = int32(1 + w.r.IntN(50))
		}
		switch w.r.IntN(12) {
		case 0:
			b.Delete(row.Deletion{Timestamp: at - 1, LocalTime: w.now})
		case 1:
			b.Tombstone(w.id, at, w.now)
		case 2:
			b.Cell(w.other, at, ttl, w.now, w.int(4))
		default:
			b.Liveness(at, ttl, w.now)
			b.Cell(w.id, at, ttl, w.now, w.vector())
		}
		m.Rows = append(m.Rows, row.RowDelta{Clustering: key.AppendClustering(nil, cqltype.Int, false, w.int(12)), Delta: b.Finish()})
	}
	w.past = append(w.past, m)
	return m
}

// ranked are rows with their scores, the most alike first.
type ranked struct {
	place string
	score float32
}

// like walks a command and returns the rows that it shows and that can be compared.
func like(t testing.TB, c row.Cursor, x *schema.Index, to []byte, now int64) (all []ranked) {
	t.Helper()
	l := index.NewLikeness(x.Similarity, to)
	var header row.HeaderView
	var view row.View
	for c.NextPartition() {
		if err := header.Reset(c.Header()); err != nil {
			t.Fatal(err)
		}
		for c.NextRow() {
			if err := view.Reset(c.Row(), header.Covering(c.Clustering()), now); err != nil {
				t.Fatal(err)
			}
			if cell, ok := view.Cell(x.Column.ID); ok {
				if score, ok := l.Score(cell.Value, float32(math.Inf(-1))); ok {
					all = append(all, ranked{fmt.Sprintf("%x/%x", c.Partition().Key, c.Clustering()), score})
				}
			}
		}
	}
	if err := errors.Join(c.Err(), c.Close()); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.score, a.score) })
	return all
}

func nearestTo(t *schema.Table, to []byte, count int, now int64) *row.Command {
	return &row.Command{Table: t, Tokens: key.AllTokens, Indexed: []row.IndexRange{{Index: t.Indexes[0], Nearest: &row.Nearest{Vector: to, Count: count, Now: now}}}}
}

// TestNearestAgreesWithScan guards E2: whatever is written, in whatever order, while clusters are parted, over crashes and with an index that is made late, a
// search that looks everywhere finds each row that a scan finds, and those that it is asked for are the most alike.
func TestNearestAgreesWithScan(t *testing.T) {
	everywhere(t)
	seeds := uint64(12)
	if raceEnabled {
		seeds = 3
	}
	parted := 0
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { parted += nearestAgrees(t, seed) })
	}
	if parted < 10*int(seeds) {
		t.Errorf("only %d clusters were parted", parted)
	}
}

func nearestAgrees(t *testing.T, seed uint64) (parted int) {
	similarity := []string{"euclidean", "cosine", "dot_product"}[seed%3]
	without, with := vectorSchema(t, 4, similarity)
	now := without
	clock := &buildClock{}
	clock.set(time.Unix(1000, 0))
	fs := vfs.NewCrashableMem()
	o := Options{FS: fs, Runtime: clock, PurgeBefore: func(_ schema.DataID, _ key.Token, now int64) int64 { return now - 10 }}
	s := open(t, o)
	defer func() { closeStore(t, s) }()
	set := func() {
		if err := s.SetIndexes(now); err != nil {
			t.Fatal(err)
		}
	}
	set()
	w := newVectorWriter(seed, without.Table("ks", "t"), 4)
	known := map[uint32]bool{}
	for step := range 300 {
		w.now = clock.Now().Unix()
		if now == without && step == 40+10*int(seed) {
			now = with
			w.table = with.Table("ks", "t")
			set()
			clock.build(t, s)
		}
		write(t, s, w.mutation())
		if w.r.IntN(3) == 0 {
			clock.step()
		}
		switch w.r.IntN(60) {
		case 0:
			clock.pass(time.Duration(w.r.IntN(20)) * time.Second)
		case 1:
			if err := s.RunPatrol(); err != nil {
				t.Fatal(err)
			}
		case 2:
			if err := errors.Join(s.Flush(), s.Compact()); err != nil {
				t.Fatal(err)
			}
		case 3:
			if err := s.DropTokens(w.table.DataID, key.TokenRange{First: partition(1).Token, Last: partition(1).Token}); err != nil {
				t.Fatal(err)
			}
		case 4, 5:
			crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(seed, uint64(step)))})
			clock.timers = nil
			closeStore(t, s)
			fs = crashed
			o.FS = fs
			s = open(t, o)
			set()
		case 6:
			clock.timers = nil
			closeStore(t, s)
			s = open(t, o)
			set()
		}
		if now == without {
			continue
		}
		table := with.Table("ks", "t")
		x := table.Indexes[0]
		for _, c := range s.indexes.vectors[x.DataID].current.Load().all {
			known[c.number] = true
		}
		if !s.IndexBuilds()[x.DataID].Built {
			clock.build(t, s) // the crash took back the build
		}
		to, at := w.vector(), clock.Now().Unix()
		cmd := nearestTo(table, to, 1000, at)
		if w.r.IntN(3) == 0 {
			a, b := partition(uint32(w.r.IntN(12))).Token, partition(uint32(w.r.IntN(12))).Token
			cmd.Tokens = key.TokenRange{First: min(a, b), Last: max(a, b)}
		}
		scan := &row.Command{Table: table, Tokens: cmd.Tokens}
		want := like(t, s.Read(scan), x, to, at)
		c := s.Read(cmd)
		got := like(t, c, x, to, at)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d, step %d: %s to %x\n got %v\nwant %v", seed, step, similarity, to, got, want)
		}
		cmd.Indexed[0].Nearest.Count = 1 + w.r.IntN(5)
		c = s.Read(cmd)
		got = like(t, c, x, to, at)
		for i := range min(cmd.Indexed[0].Nearest.Count, len(want)) {
			if i >= len(got) || !alike(got[i].score, want[i].score) {
				t.Fatalf("seed %d, step %d: the %d nearest, %s to %x\n got %v\nwant %v", seed, step, cmd.Indexed[0].Nearest.Count, similarity, to, got, want[:min(len(want), 5)])
			}
		}
		if _, cut := row.Cut(c); len(got) < len(want) && !cut {
			t.Fatalf("seed %d, step %d: %d of %d rows, and nothing says that there are more", seed, step, len(got), len(want))
		}
	}
	return len(known)
}

// alike says whether two scores are the same but for what float32 loses.
func alike(a, b float32) bool {
	return a == b || math.Abs(float64(a)-float64(b)) <= 1e-5*max(1, math.Abs(float64(b)))
}

// TestNearestResumes guards that a read that ends early and goes on has the same rows, whatever the place.
func TestNearestResumes(t *testing.T) {
	everywhere(t)
	clock, s, table := filled(t, 8, "euclidean", 500, func(r *rand.Rand, v []float32) { uniform(r, v) })
	defer closeStore(t, s)
	r := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		v := make([]float32, 8)
		uniform(r, v)
		cmd := nearestTo(table, encoded(v), 20, clock.Now().Unix())
		want, _ := answer(t, s.Read(cmd), cmd, cmd.Indexed, 0, 0)
		var got []string
		for limit := 1 + r.IntN(6); ; {
			page, resume := answer(t, s.Read(cmd), cmd, cmd.Indexed, 0, limit)
			if got = append(got, page...); resume == nil {
				break
			}
			next := *cmd
			next.Resume = resume
			cmd = &next
		}
		if len(want) != 20 || !slices.Equal(got, want) {
			t.Fatalf("%d rows:\n got %s\nwant %s", len(want), got, want)
		}
	}
}

// filled is a store with vectors whose clusters are parted.
func filled(t testing.TB, dimension int, similarity string, rows int, fill func(*rand.Rand, []float32)) (*buildClock, *Store, *schema.Table) {
	_, now := vectorSchema(t, dimension, similarity)
	clock := &buildClock{}
	clock.set(time.Unix(1000, 0))
	s := open(t, Options{Runtime: clock, Sync: SyncPeriodic, CacheBytes: 64 << 20})
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	table := now.Table("ks", "t")
	id := table.Column("v").ID
	r := rand.New(rand.NewPCG(11, uint64(dimension)))
	v := make([]float32, dimension)
	for i := range rows {
		fill(r, v)
		write(t, s, vectorRow(table, id, uint32(i), encoded(v)))
		if i%200 == 0 {
			for clock.step() > 0 {
			}
		}
	}
	clock.build(t, s)
	return clock, s, table
}

func vectorRow(t *schema.Table, id, k uint32, raw []byte) row.Mutation {
	var b row.Builder
	b.Reset(nil)
	b.Liveness(1, 0, 0)
	b.Cell(id, 1, 0, 0, raw)
	return row.Mutation{Table: t, Partition: partition(k), Rows: []row.RowDelta{{Clustering: key.AppendClustering(nil, cqltype.Int, false, cqltype.AppendInt(nil, 1)), Delta: b.Finish()}}}
}

func uniform(r *rand.Rand, v []float32) {
	for i := range v {
		v[i] = r.Float32()
	}
}

// grouped are vectors around 200 middles.
func grouped(r *rand.Rand, v []float32) {
	middle := rand.New(rand.NewPCG(uint64(r.IntN(200)), 3))
	for i := range v {
		v[i] = float32(middle.NormFloat64() + r.NormFloat64()*0.4)
	}
}

// TestNearestRecall guards how many of the ten most alike a search finds that looks as far as searches do by themselves.
func TestNearestRecall(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine, and much to calculate")
	}
	for name, fill := range map[string]func(*rand.Rand, []float32){"uniform": uniform, "grouped": grouped} {
		for _, similarity := range []string{"euclidean", "cosine", "dot_product"} {
			t.Run(name+"/"+similarity, func(t *testing.T) {
				entries := clusterEntriesMax
				defer func() { clusterEntriesMax = entries }()
				clusterEntriesMax = 128 // as many clusters as of eight times as many rows
				const dimension, rows, queries = 32, 12_000, 60
				clock, s, table := filled(t, dimension, similarity, rows, fill)
				defer closeStore(t, s)
				recall, probed := recallOf(t, clock, s, table, dimension, queries, fill)
				t.Logf("recall %.3f in %d clusters, %.1f of them looked at", recall, len(s.indexes.vectors[table.Indexes[0].DataID].current.Load().all), probed)
				if recall < 0.95 {
					t.Errorf("recall %.3f", recall)
				}
			})
		}
	}
}

// recallOf is the part of the ten most alike rows that searches find.
func recallOf(t testing.TB, clock *buildClock, s *Store, table *schema.Table, dimension, queries int, fill func(*rand.Rand, []float32)) (recall, probed float64) {
	r := rand.New(rand.NewPCG(77, 78))
	x := table.Indexes[0]
	found := 0
	v := make([]float32, dimension)
	s.indexes.probes.Store(0)
	for range queries {
		fill(r, v)
		to := encoded(v)
		want := like(t, s.Read(&row.Command{Table: table, Tokens: key.AllTokens}), x, to, clock.Now().Unix())[:10]
		for _, g := range like(t, s.Read(nearestTo(table, to, 10, clock.Now().Unix())), x, to, clock.Now().Unix()) {
			if slices.ContainsFunc(want, func(w ranked) bool { return w.place == g.place }) {
				found++
			}
		}
	}
	return float64(found) / float64(10*queries), float64(s.indexes.probes.Load()) / float64(queries)
}

// TestPartingWhileWriting has several write and read while clusters are parted: what was there before a read began and stays is found by it.
func TestPartingWhileWriting(t *testing.T) {
	everywhere(t)
	_, now := vectorSchema(t, 4, "euclidean")
	s := open(t, Options{Sync: SyncPeriodic})
	defer closeStore(t, s)
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	table := now.Table("ks", "t")
	id, x := table.Column("v").ID, table.Indexes[0]
	const stay, writers, each = 100, 3, 400
	r := rand.New(rand.NewPCG(9, 9))
	v := make([]float32, 4)
	places := map[string]bool{}
	for i := range uint32(stay) {
		uniform(r, v)
		m := vectorRow(table, id, i, encoded(v))
		write(t, s, m)
		places[fmt.Sprintf("%x/%x", m.Partition.Key, m.Rows[0].Clustering)] = true
	}
	var writing sync.WaitGroup
	done := make(chan struct{})
	for n := range uint32(writers) {
		writing.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(n)))
			v := make([]float32, 4)
			for i := range uint32(each) {
				uniform(r, v)
				c, err := s.Apply([]row.Mutation{vectorRow(table, id, stay+n*each+i%(each/2), encoded(v))})
				if err == nil {
					err = c.Wait()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() { writing.Wait(); close(done) }()
	reads := func() {
		missing := maps.Clone(places)
		for _, g := range like(t, s.Read(nearestTo(table, encoded(v), stay+writers*each, 1)), x, encoded(v), 1) {
			delete(missing, g.place)
		}
		if len(missing) > 0 {
			t.Fatalf("%d rows are missing", len(missing))
		}
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		reads()
	}
	for s.indexes.vectors[x.DataID].woken.Load() {
		s.buildStep()
		reads()
	}
	want := like(t, s.Read(&row.Command{Table: table, Tokens: key.AllTokens}), x, encoded(v), 1)
	if got := like(t, s.Read(nearestTo(table, encoded(v), len(want), 1)), x, encoded(v), 1); !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	list := s.indexes.vectors[x.DataID].current.Load()
	if len(list.open) < 20 || list.closing() != nil {
		t.Errorf("%d clusters are open, %v is closing", len(list.open), list.closing())
	}
}

// TestOneWriteFillsClusters guards that a change with more rows than a cluster has is parted, though the step that looks at the cluster is woken before the
// change is there.
func TestOneWriteFillsClusters(t *testing.T) {
	everywhere(t)
	_, now := vectorSchema(t, 4, "euclidean")
	s := open(t, Options{Sync: SyncPeriodic})
	defer closeStore(t, s)
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	table := now.Table("ks", "t")
	r := rand.New(rand.NewPCG(9, 9))
	v := make([]float32, 4)
	for range 5 {
		var all []row.Mutation
		for range 500 {
			uniform(r, v)
			all = append(all, vectorRow(table, table.Column("v").ID, r.Uint32(), encoded(v)))
		}
		write(t, s, all...)
	}
	c := s.indexes.vectors[table.Indexes[0].DataID]
	for c.woken.Load() {
		s.buildStep()
	}
	if n, settled := s.Clusters(table.Indexes[0].DataID); n < 2500/16 || !settled {
		t.Errorf("%d clusters", n)
	}
}

// TestVectorsRaiseTheFormat guards that a program which knows of no entries of vectors refuses the directory, and that an index which such a program left
// behind is built.
func TestVectorsRaiseTheFormat(t *testing.T) {
	fs := vfs.NewMem()
	clock := &buildClock{}
	s := open(t, Options{FS: fs, Runtime: clock})
	without, _ := vectorSchema(t, 4, "cosine")
	without = defined(t, without, "CREATE INDEX ON t (w)")
	with := defined(t, without, "CREATE INDEX ON t (v) USING 'sai'")
	if err := s.SetIndexes(without); err != nil {
		t.Fatal(err)
	}
	clock.build(t, s)
	if s.format != indexesVersion {
		t.Errorf("format %d without vectors", s.format)
	}
	w := newVectorWriter(1, without.Table("ks", "t"), 4)
	for range 50 {
		write(t, s, w.mutation())
	}
	closeStore(t, s)
	s = open(t, Options{FS: fs, Runtime: clock})
	if err := s.SetIndexes(with); err != nil {
		t.Fatal(err)
	}
	x := with.Table("ks", "t").Indexes[0]
	if x.Similarity == schema.NoSimilarity || s.IndexBuilds()[x.DataID].Built {
		t.Error("an index that an earlier version left without entries counts as built")
	}
	clock.build(t, s)
	closeStore(t, s)
	if v, err := readFormat(fs, "data"); err != nil || v != vectorsVersion {
		t.Errorf("format %d, %v", v, err)
	}
}

// TestStaleVectorsGo guards that the patrol leaves one entry for each row, whatever its vectors were and wherever clusters have gone.
func TestStaleVectorsGo(t *testing.T) {
	everywhere(t)
	clock, s, table := filled(t, 4, "euclidean", 60, uniform)
	defer closeStore(t, s)
	id := table.Column("v").ID
	r := rand.New(rand.NewPCG(4, 4))
	v := make([]float32, 4)
	for i := range 600 {
		uniform(r, v)
		m := vectorRow(table, id, uint32(i%60), encoded(v))
		var b row.Builder
		b.Reset(nil)
		b.Cell(id, int64(2+i), 0, 0, encoded(v))
		m.Rows[0].Delta = b.Finish()
		write(t, s, m)
		if i > 540 {
			write(t, s, m) // again, perhaps into another cluster
		}
		clock.step()
	}
	clock.build(t, s)
	if err := s.RunPatrol(); err != nil {
		t.Fatal(err)
	}
	c := s.indexes.vectors[table.Indexes[0].DataID]
	places := map[string]int{}
	counted := int64(0)
	for _, one := range c.current.Load().all {
		counted += one.counts.entries.Load()
		it, err := s.clusterIterator(c.id, one.number)
		if err != nil {
			t.Fatal(err)
		}
		for it.First(); it.Valid(); it.Next() {
			_, place, _, _ := splitVectorKey(it.Key())
			places[string(place)]++
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for place, n := range places {
		if n != 1 {
			t.Errorf("%d entries of %x", n, place)
		}
	}
	if len(places) != 60 {
		t.Errorf("%d rows have entries, not 60 (counted: %d)", len(places), counted)
	}
}

// TestClusterRecords guards that what is known of clusters is the same after a start.
func TestClusterRecords(t *testing.T) {
	everywhere(t)
	fs := vfs.NewMem()
	clock := &buildClock{}
	o := Options{FS: fs, Runtime: clock}
	s := open(t, o)
	_, now := vectorSchema(t, 4, "euclidean")
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	table := now.Table("ks", "t")
	w := newVectorWriter(3, table, 4)
	for range 300 {
		write(t, s, w.mutation())
		clock.step()
	}
	describe := func() (all []string) {
		for _, c := range s.indexes.vectors[table.Indexes[0].DataID].current.Load().all {
			all = append(all, fmt.Sprint(c.number, c.centroid, c.closing, c.counts.entries.Load()))
		}
		return all
	}
	before := describe()
	closeStore(t, s)
	s = open(t, o)
	defer closeStore(t, s)
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	if after := describe(); !slices.Equal(before, after) || len(after) < 10 {
		t.Errorf("before %s\nafter  %s", before, after)
	}
	if !bytes.Equal(clusterKey(1<<31, 5), []byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}) {
		t.Error("the key of a record has another form")
	}
}

// BenchmarkNearest asks for the ten most alike of 128 elements by the index and by comparing all rows:
//
//	go test ./internal/storage -run xxx -bench Nearest -benchtime 50x
func BenchmarkNearest(b *testing.B) {
	for _, rows := range []int{10_000, 100_000} {
		for name, fill := range map[string]func(*rand.Rand, []float32){"uniform": uniform, "grouped": grouped} {
			clock, s, table := filled(b, 128, "euclidean", rows, fill)
			r := rand.New(rand.NewPCG(6, 6))
			x, v := table.Indexes[0], make([]float32, 128)
			b.Run(fmt.Sprintf("%s/rows=%d/index", name, rows), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fill(r, v)
					if n := len(tenOf(b, s.Read(nearestTo(table, encoded(v), 10, clock.Now().Unix())), x, encoded(v))); n != 10 {
						b.Fatal(n)
					}
				}
				recall, probed := recallOf(b, clock, s, table, 128, 10, fill)
				b.ReportMetric(recall, "recall")
				b.ReportMetric(probed, "clusters/op")
			})
			b.Run(fmt.Sprintf("%s/rows=%d/scan", name, rows), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fill(r, v)
					if n := len(tenOf(b, s.Read(&row.Command{Table: table, Tokens: key.AllTokens}), x, encoded(v))); n != 10 {
						b.Fatal(n)
					}
				}
			})
			closeStore(b, s)
		}
	}
}

// tenOf walks a cursor as a SELECT does and returns the scores of the ten most alike.
func tenOf(b *testing.B, c row.Cursor, x *schema.Index, to []byte) (best []float32) {
	l := index.NewLikeness(x.Similarity, to)
	var header row.HeaderView
	var view row.View
	for c.NextPartition() {
		if err := header.Reset(c.Header()); err != nil {
			b.Fatal(err)
		}
		for c.NextRow() {
			if err := view.Reset(c.Row(), header.Covering(c.Clustering()), 0); err != nil {
				b.Fatal(err)
			}
			least := float32(math.Inf(-1))
			if len(best) == 10 {
				least = best[9]
			}
			cell, _ := view.Cell(x.Column.ID)
			if score, ok := l.Score(cell.Value, least); ok && (len(best) < 10 || score > least) {
				at, _ := slices.BinarySearchFunc(best, score, func(a, b float32) int { return cmp.Compare(b, a) })
				best = slices.Insert(best, at, score)
				best = best[:min(len(best), 10)]
			}
		}
	}
	if err := errors.Join(c.Err(), c.Close()); err != nil {
		b.Fatal(err)
	}
	return best
}

// BenchmarkVectorWrite writes vectors of 128 elements to a table that has 20,000, with and without an index; parting is not in it.
//
//	go test ./internal/storage -run xxx -bench VectorWrite
func BenchmarkVectorWrite(b *testing.B) {
	_, s, table := filled(b, 128, "euclidean", 20_000, grouped)
	defer closeStore(b, s)
	plain := *table
	plain.DataID, plain.Indexes = 77, nil
	for name, t := range map[string]*schema.Table{"indexed": table, "plain": &plain} {
		b.Run(name, func(b *testing.B) {
			id := table.Column("v").ID
			r := rand.New(rand.NewPCG(6, 6))
			v := make([]float32, 128)
			raws := make([][]byte, 256)
			for i := range raws {
				grouped(r, v)
				raws[i] = encoded(v)
			}
			b.ReportAllocs()
			for i := uint32(0); b.Loop(); i++ {
				c, err := s.Apply([]row.Mutation{vectorRow(t, id, 1<<20+i, raws[i%256])})
				if err == nil {
					err = c.Wait()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
