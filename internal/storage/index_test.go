package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// buildClock stands still, and steps of builds are run by hand.
type buildClock struct {
	frozenClock
	timers []func()
}

func (c *buildClock) AfterFunc(d time.Duration, f func()) platform.Timer {
	if d <= buildRest {
		c.timers = append(c.timers, f)
	}
	return neverTimer{}
}

func (c *buildClock) Monotonic() time.Duration { return time.Duration(c.at.Load()) }

// step runs the steps that are due, and returns how many.
func (c *buildClock) step() int {
	due := c.timers
	c.timers = nil
	for _, f := range due {
		f()
	}
	return len(due)
}

// build runs steps until all indexes are built.
func (c *buildClock) build(t testing.TB, s *Store) {
	for c.step() > 0 {
	}
	for id, b := range s.IndexBuilds() {
		if !b.Built {
			t.Fatalf("index %d is not built", id)
		}
	}
}

// defined is a schema that statements made.
func defined(t testing.TB, s *schema.Schema, statements ...string) *schema.Schema {
	t.Helper()
	for _, text := range statements {
		parsed, err := cql.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out, err := schema.Execute(s, parsed, schema.Facts{Keyspace: "ks", TableID: schema.TableID{1, byte(len(text))}, Now: time.Unix(1, 0), Datacenters: map[string]int{"dc1": 1}, SASI: true})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s = s.Apply(out.Change)
	}
	return s
}

var indexedSchema = []string{
	"CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
	"CREATE TABLE t (p int, q text, c int, c2 text, st int STATIC, v int, w text, d decimal, s set<text>, m map<text, int>, l list<int>, f frozen<list<int>>, PRIMARY KEY ((p, q), c, c2)) " +
		"WITH CLUSTERING ORDER BY (c DESC, c2 ASC)",
}

var indexStatements = []string{
	"CREATE INDEX ON t (p)", "CREATE INDEX ON t (q) USING 'sai'", "CREATE INDEX ON t (c) USING 'sai'", "CREATE INDEX ON t (c2)", "CREATE INDEX ON t (st) USING 'sai'",
	"CREATE INDEX ON t (v)", "CREATE INDEX vs ON t (v) USING 'sai'", "CREATE INDEX ON t (w) USING 'sai' WITH OPTIONS = {'case_sensitive': false}", "CREATE INDEX ON t (d) USING 'sai'",
	"CREATE INDEX ON t (s)", "CREATE INDEX ON t (values(m))", "CREATE INDEX ON t (keys(m))", "CREATE INDEX ON t (entries(m))", "CREATE INDEX ON t (l)", "CREATE INDEX ON t (full(f))",
	"CREATE CUSTOM INDEX ON t (w)" + sasi + "WITH OPTIONS = {'mode': 'CONTAINS'}", "CREATE CUSTOM INDEX ON t (w)" + sasi + "WITH OPTIONS = {'analyzed': 'true', 'tokenization_normalize_lowercase': 'true'}",
	"CREATE CUSTOM INDEX ON t (c2)" + sasi + "WITH OPTIONS = {'mode': 'CONTAINS'}", "CREATE CUSTOM INDEX ON t (c)" + sasi, "CREATE CUSTOM INDEX ON t (st)" + sasi, "CREATE CUSTOM INDEX ON t (v)" + sasi + "WITH OPTIONS = {'mode': 'SPARSE'}",
}

const sasi = " USING 'org.apache.cassandra.index.sasi.SASIIndex' "

// writer makes random changes of the indexed table.
type writer struct {
	r     *rand.Rand
	table *schema.Table
	now   int64
	past  []row.Mutation
}

func (w *writer) int(n int) []byte { return cqltype.AppendInt(nil, int32(w.r.IntN(n))) }
func (w *writer) text(n int) []byte {
	return []byte([]string{"a", "A", "b", "", "xyz", "xa yB"}[w.r.IntN(n)])
}

func (w *writer) decimal() []byte {
	return cqltype.AppendDecimal(nil, cqltype.DecimalValue{Unscaled: cqltype.BigInt([]byte{byte(w.r.IntN(3) * 10)}), Scale: int32(w.r.IntN(2))})
}

func (w *writer) value(name string) []byte {
	switch name {
	case "w":
		return w.text(6)
	case "d":
		return w.decimal()
	case "f":
		return cqltype.ListOf(cqltype.Int, true).Join([][]byte{w.int(2), w.int(2)})
	}
	return w.int(4)
}

func (w *writer) partition() key.Partition {
	return key.NewPartition(key.AppendPartition(nil, w.int(5), w.text(3)))
}

func (w *writer) clustering() []byte {
	k := key.AppendClustering(nil, cqltype.Int, true, w.int(3))
	return key.AppendClustering(k, cqltype.Text, false, w.text(4))
}

// delta is a random change of a row of columns.
func (w *writer) delta(columns []*schema.Column, static bool) []byte {
	var b row.Builder
	b.Reset(nil)
	at := int64(1 + w.r.IntN(30))
	ttl := int32(0)
	if w.r.IntN(5) == 0 {
		ttl = int32(1 + w.r.IntN(50))
	}
	if !static && w.r.IntN(3) > 0 {
		b.Liveness(at, ttl, w.now)
	}
	if w.r.IntN(12) == 0 {
		b.Delete(row.Deletion{Timestamp: at - 1, LocalTime: w.now})
	}
	columns = slices.Clone(columns)
	slices.SortFunc(columns, func(a, b *schema.Column) int { return int(a.ID) - int(b.ID) })
	for _, c := range columns {
		if w.r.IntN(2) == 0 {
			continue
		}
		switch {
		case c.Type.IsMultiCell():
			d := row.NotDeleted
			if w.r.IntN(3) == 0 {
				d = row.Deletion{Timestamp: at - 1, LocalTime: w.now}
			}
			b.BeginComplex(c.ID, d)
			for i := range 3 {
				path := []byte{byte('a' + i)}
				switch w.r.IntN(4) {
				case 0:
					b.ElementTombstone(path, at, w.now)
				case 1:
				default:
					b.Element(path, at, ttl, w.now, map[bool][]byte{true: {}, false: w.int(3)}[c.Type.Kind == cqltype.KindSet])
				}
			}
			b.EndComplex()
		case w.r.IntN(6) == 0:
			b.Tombstone(c.ID, at, w.now)
		default:
			b.Cell(c.ID, at, ttl, w.now, w.value(c.Name))
		}
	}
	return b.Finish()
}

func (w *writer) mutation() row.Mutation {
	if len(w.past) > 0 && w.r.IntN(5) == 0 { // a hint, a repair, a stream
		return w.past[w.r.IntN(len(w.past))]
	}
	m := row.Mutation{Table: w.table, Partition: w.partition()}
	switch w.r.IntN(12) {
	case 0:
		m.Header = row.AppendHeader(nil, row.Deletion{Timestamp: int64(w.r.IntN(20)), LocalTime: w.now}, nil)
	case 1:
		p := key.AppendClustering(nil, cqltype.Int, true, w.int(3))
		m.Header = row.AppendHeader(nil, row.NotDeleted, []row.RangeTombstone{{Range: key.Prefix(p), Deletion: row.Deletion{Timestamp: int64(w.r.IntN(20)), LocalTime: w.now}}})
	case 2, 3:
		m.Static = w.delta(w.table.Static, true)
	default:
		for range 1 + w.r.IntN(3) {
			m.Rows = append(m.Rows, row.RowDelta{Clustering: w.clustering(), Delta: w.delta(w.table.Regular, false)})
		}
		if w.r.IntN(4) == 0 {
			m.Static = w.delta(w.table.Static, true)
		}
	}
	w.past = append(w.past, m)
	return m
}

// query is a random one by one to three indexes.
func (w *writer) query(t *schema.Table) *row.Command {
	cmd := &row.Command{Table: t, Tokens: key.AllTokens}
	for range 1 + w.r.IntN(3) {
		x := t.Indexes[w.r.IntN(len(t.Indexes))]
		q := row.IndexRange{Index: x}
		of := func() []byte {
			switch {
			case x.Target == "c2" || x.Target == "q" || x.Part == schema.IndexKeys || x.Target == "s":
				return [][]byte{[]byte("a"), []byte("b"), {}}[w.r.IntN(3)]
			case x.Part != schema.IndexSimple && x.Part != schema.IndexFull:
				return w.int(3)
			}
			return w.value(x.Target)
		}
		if x.Class == schema.SASIIndex && x.SASI.Literal {
			begins, ends := w.r.IntN(2) == 0, w.r.IntN(2) == 0
			if !x.SASI.HasLike(begins, ends) {
				begins, ends = false, false
			}
			wanted := [][]byte{[]byte("a"), []byte("x"), []byte("b"), []byte("yz"), []byte("xa yb")}[w.r.IntN(5)]
			for _, r := range index.NewPattern(x, begins, ends, wanted).Ranges() {
				cmd.Indexed = append(cmd.Indexed, row.IndexRange{Index: x, Ranges: []key.Range{r}})
			}
			continue
		}
		switch {
		case x.HasRanges() && w.r.IntN(2) == 0:
			q.Ranges = []key.Range{index.Between(x, of(), w.r.IntN(2) == 0, nil, false)}
			if w.r.IntN(2) == 0 {
				q.Ranges = []key.Range{index.Between(x, nil, false, of(), w.r.IntN(2) == 0)}
			}
		default:
			q.Ranges = []key.Range{index.Exactly(x, []byte{byte('a' + w.r.IntN(3))}, of())}
		}
		cmd.Indexed = append(cmd.Indexed, q)
	}
	switch w.r.IntN(5) {
	case 0:
		a, b := w.partition().Token, w.partition().Token
		cmd.Tokens = key.TokenRange{First: min(a, b), Last: max(a, b)}
	case 1:
		cmd.Partitions = []key.Partition{w.partition()}
	}
	if w.r.IntN(4) == 0 {
		cmd.Slices = []key.Range{key.Prefix(key.AppendClustering(nil, cqltype.Int, true, w.int(3)))}
	}
	return cmd
}

// answer walks a command and returns the places of what it means; limit ends it early and resume tells where.
func answer(t testing.TB, c row.Cursor, cmd *row.Command, query []row.IndexRange, now int64, limit int) (out []string, resume *row.Position) {
	t.Helper()
	m := index.NewMatcher(cmd.Table, query)
	var header row.HeaderView
	var static, view row.View
	add := func(p key.Partition, clustering []byte) bool {
		out = append(out, fmt.Sprintf("%x/%x", p.Key, clustering))
		if len(out) == limit {
			resume = &row.Position{Partition: key.Partition{Token: p.Token, Key: bytes.Clone(p.Key)}, Clustering: bytes.Clone(clustering), PartitionDone: clustering == nil}
		}
		return len(out) == limit
	}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	defer func() { check(c.Close()) }()
	for c.NextPartition() {
		p := c.Partition()
		check(header.Reset(c.Header()))
		check(static.Reset(c.Static(), header.Partition(), now))
		ok, err := m.Partition(p, &static)
		check(err)
		if !ok {
			continue
		}
		rows := 0
		for c.NextRow() {
			check(view.Reset(c.Row(), header.Covering(c.Clustering()), now))
			if !view.Live() {
				continue
			}
			ok, err := m.Row(c.Clustering(), &view)
			check(err)
			if rows++; ok && add(p, c.Clustering()) {
				return out, resume
			}
		}
		if rows == 0 && static.Live() && !m.AsksRows() && cmd.Slices == nil && (cmd.Resume == nil || !bytes.Equal(cmd.Resume.Partition.Key, p.Key)) && add(p, nil) {
			return out, resume
		}
	}
	check(c.Err())
	return out, nil
}

// TestIndexAgreesWithScan writes in every way and order, with purging, compaction and builds in between, and holds every query by indexes
// against the same question asked of all rows.
func TestIndexAgreesWithScan(t *testing.T) {
	places, entries := placesMax, scanEntriesMax
	defer func() { placesMax, scanEntriesMax = places, entries }()
	seeds := uint64(20)
	if raceEnabled {
		seeds = 8
	}
	for seed := range seeds {
		placesMax, scanEntriesMax = places, entries
		switch seed % 4 {
		case 1:
			placesMax = 3
		case 2:
			scanEntriesMax = 20
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { indexAgrees(t, seed) })
	}
}

func indexAgrees(t *testing.T, seed uint64) {
	clock := &buildClock{}
	clock.set(time.Unix(1000, 0))
	s := open(t, Options{Runtime: clock, PurgeBefore: func(_ schema.DataID, _ key.Token, now int64) int64 { return now - 10 }})
	defer closeStore(t, s)
	now := defined(t, schema.Empty, indexedSchema...)
	w := writer{r: rand.New(rand.NewPCG(seed, 1)), table: now.Table("ks", "t")}
	statements := slices.Clone(indexStatements)
	w.r.Shuffle(len(statements), func(i, j int) { statements[i], statements[j] = statements[j], statements[i] })
	add := func(n int) {
		for _, text := range statements[:n] {
			now = defined(t, now, text)
		}
		statements = statements[n:]
		if err := s.SetIndexes(now); err != nil {
			t.Fatal(err)
		}
		clock.build(t, s)
	}
	add(3)
	for step := range 300 {
		w.now = clock.Now().Unix()
		write(t, s, w.mutation())
		switch w.r.IntN(40) {
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
			add(min(2, len(statements)))
		case 4:
			if err := s.DropTokens(w.table.DataID, key.TokenRange{First: w.partition().Token, Last: w.partition().Token}); err != nil {
				t.Fatal(err)
			}
		}
		cmd := w.query(now.Table("ks", "t"))
		scan := *cmd
		scan.Indexed = nil
		want, _ := answer(t, s.Read(&scan), &scan, cmd.Indexed, clock.Now().Unix(), 0)
		var got []string
		for limit := 1 + w.r.IntN(4); ; {
			page, resume := answer(t, s.Read(cmd), cmd, cmd.Indexed, clock.Now().Unix(), limit)
			if got = append(got, page...); resume == nil {
				break
			}
			next := *cmd
			if next.Resume = resume; next.Partitions != nil && resume.PartitionDone {
				break
			}
			cmd = &next
		}
		if !slices.Equal(got, want) {
			var asked []string
			for _, q := range cmd.Indexed {
				asked = append(asked, fmt.Sprintf("%s %x", q.Index.Name, q.Ranges))
			}
			t.Fatalf("seed %d, step %d: %s\n got %s\nwant %s", seed, step, strings.Join(asked, ", "), got, want)
		}
	}
}

// TestStaleEntriesGo guards that an entry goes when its row has another value, and that the row is found by the new one before and after.
func TestStaleEntriesGo(t *testing.T) {
	clock := &buildClock{}
	clock.set(time.Unix(1000, 0))
	s := open(t, Options{Runtime: clock})
	defer closeStore(t, s)
	now := defined(t, schema.Empty, indexedSchema[0], "CREATE TABLE t (k int PRIMARY KEY, v int)", "CREATE INDEX ON t (v)")
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	clock.build(t, s)
	table := now.Table("ks", "t")
	x := table.Indexes[0]
	for i := range int64(100) {
		var b row.Builder
		b.Reset(nil)
		b.Cell(table.Column("v").ID, i, 0, 0, cqltype.AppendInt(nil, int32(i)))
		write(t, s, row.Mutation{Table: table, Partition: partition(1), Rows: []row.RowDelta{{Delta: b.Finish()}}})
	}
	count := func() (n int) {
		lower, upper := entryBounds(x, key.Range{})
		it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			t.Fatal(err)
		}
		for it.First(); it.Valid(); it.Next() {
			n++
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 100 {
		t.Fatalf("%d entries before the patrol, want 100", n)
	}
	if err := s.RunPatrol(); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Fatalf("%d entries after the patrol, want 1", n)
	}
	for value, want := range map[int32]int{99: 1, 98: 0} {
		cmd := &row.Command{Table: table, Tokens: key.AllTokens, Indexed: []row.IndexRange{{Index: x, Ranges: []key.Range{index.Exactly(x, nil, cqltype.AppendInt(nil, value))}}}}
		if got, _ := answer(t, s.Read(cmd), cmd, cmd.Indexed, 0, 0); len(got) != want {
			t.Errorf("v = %d: %d rows, want %d", value, len(got), want)
		}
	}
}

// TestBuildGoesOnAfterACrash guards that an index made on rows that are there is not used before all have entries, wherever the power goes off.
func TestBuildGoesOnAfterACrash(t *testing.T) {
	now := defined(t, schema.Empty, indexedSchema[0], "CREATE TABLE t (k int PRIMARY KEY, v int, pad blob)")
	table := now.Table("ks", "t")
	fs := vfs.NewCrashableMem()
	clock := &buildClock{}
	clock.set(time.Unix(1000, 0))
	s := open(t, Options{FS: fs, Runtime: clock})
	const rows = 300
	for i := range uint32(rows) {
		var b row.Builder
		b.Reset(nil)
		b.Liveness(1, 0, 0)
		b.Cell(table.Column("pad").ID, 1, 0, 0, make([]byte, 50<<10))
		b.Cell(table.Column("v").ID, 1, 0, 0, cqltype.AppendInt(nil, int32(i%3)))
		write(t, s, row.Mutation{Table: table, Partition: partition(i), Rows: []row.RowDelta{{Delta: b.Finish()}}})
	}
	now = defined(t, now, "CREATE INDEX ON t (v)")
	x := now.Table("ks", "t").Indexes[0]
	for life := 0; ; life++ {
		if life > rows {
			t.Fatal("the build begins anew in each life")
		}
		if err := s.SetIndexes(now); err != nil {
			t.Fatal(err)
		}
		clock.step()
		if err := s.SetMetas(map[string][]byte{"synced": {byte(life)}}); err != nil { // what the first step wrote survives; what the second writes may not
			t.Fatal(err)
		}
		clock.step()
		if s.IndexBuilds()[x.DataID].Built {
			if life < 2 {
				t.Fatal("the build was over too soon for this test")
			}
			break
		}
		clock.pass(awaitIndex) // nobody waits that long
		if err := s.AwaitIndexes(context.Background(), x.DataID); !errors.Is(err, ErrIndexNotAvailable) {
			t.Fatalf("an index that is not built: %v", err)
		}
		fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(uint64(life), 0))})
		clock.timers = nil
		closeStore(t, s)
		s = open(t, Options{FS: fs, Runtime: clock})
	}
	cmd := &row.Command{Table: now.Table("ks", "t"), Tokens: key.AllTokens, Indexed: []row.IndexRange{{Index: x, Ranges: []key.Range{index.Exactly(x, nil, cqltype.AppendInt(nil, 1))}}}}
	scan := &row.Command{Table: cmd.Table, Tokens: key.AllTokens}
	want, _ := answer(t, s.Read(scan), scan, cmd.Indexed, 0, 0)
	if got, _ := answer(t, s.Read(cmd), cmd, cmd.Indexed, 0, 0); !slices.Equal(got, want) || len(got) != rows/3 {
		t.Errorf("%d rows, want %d: %v %v", len(got), len(want), got, want)
	}
	// An index that the schema does not know for a while is built anew: what was written meanwhile has no entries.
	if err := s.SetIndexes(defined(t, schema.Empty, indexedSchema[0])); err != nil {
		t.Fatal(err)
	}
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	if s.IndexBuilds()[x.DataID].Built {
		t.Error("an index that was away counts as built")
	}
	closeStore(t, s)
}

// TestEntriesOfManyRows guards that a change of many rows, as repair makes them, has all of its entries: only those of one row are bounded.
func TestEntriesOfManyRows(t *testing.T) {
	if raceEnabled {
		t.Skip("a batch of more than two hundred MiB")
	}
	s := open(t, Options{})
	defer closeStore(t, s)
	now := defined(t, schema.Empty, indexedSchema[0], "CREATE TABLE t (k int, c int, w text, PRIMARY KEY (k, c))", "CREATE CUSTOM INDEX ON t (w)"+sasi+"WITH OPTIONS = {'mode': 'CONTAINS'}")
	if err := s.SetIndexes(now); err != nil {
		t.Fatal(err)
	}
	table := now.Table("ks", "t")
	const rows, characters = 5, 400_000
	m := row.Mutation{Table: table, Partition: partition(1)}
	for i := range rows {
		var b row.Builder
		b.Reset(nil)
		b.Cell(table.Column("w").ID, 1, 0, 0, []byte(strings.Repeat("abcdefgh", characters/8)))
		m.Rows = append(m.Rows, row.RowDelta{Clustering: key.AppendClustering(nil, cqltype.Int, false, cqltype.AppendInt(nil, int32(i))), Delta: b.Finish()})
	}
	batch := s.db.NewBatch()
	defer batch.Close()
	if err := s.addEntries(batch, &m); err != nil {
		t.Fatal(err)
	}
	if got := batch.Count(); got != rows*(characters+1) {
		t.Errorf("%d entries, want %d", got, rows*(characters+1))
	}
}
