package node

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

const viewKeys = "k IS NOT NULL AND c IS NOT NULL"

// viewWrites makes random statements on a base through one connection; timestamps are few.
func viewWrites(t *testing.T, c *client.Conn, r *rand.Rand, base string, count int, level cassandra.Consistency) error {
	for range count {
		k, c1, at, v := r.IntN(4), r.IntN(4), 1+r.IntN(40), r.IntN(4)
		using := fmt.Sprintf(" USING TIMESTAMP %d", at)
		var cql string
		switch r.IntN(10) {
		case 0:
			cql = fmt.Sprintf("DELETE FROM %s%s WHERE k = %d AND c = %d", base, using, k, c1)
		case 1:
			cql = fmt.Sprintf("DELETE FROM %s%s WHERE k = %d AND c > %d", base, using, k, c1)
		case 2:
			cql = fmt.Sprintf("DELETE v FROM %s%s WHERE k = %d AND c = %d", base, using, k, c1)
		case 3:
			cql = fmt.Sprintf("UPDATE %s%s SET w = 'w%d', x = %d WHERE k = %d AND c = %d", base, using, at, at, k, c1)
		case 4:
			cql = fmt.Sprintf("UPDATE %s%s AND TTL 1000 SET v = %d WHERE k = %d AND c = %d", base, using, v, k, c1)
		case 5:
			cql = fmt.Sprintf("BEGIN BATCH INSERT INTO %s (k, c, v) VALUES (%d, %d, %d)%s; UPDATE %[1]s%[5]s SET v = %[6]d WHERE k = %[7]d AND c = 1; APPLY BATCH", base, k, c1, v, using, r.IntN(4), r.IntN(4))
		default:
			cql = fmt.Sprintf("INSERT INTO %s (k, c, v, w) VALUES (%d, %d, %d, 'w%d')%s", base, k, c1, v, v, using)
		}
		for tries := 0; ; tries++ {
			_, err := c.Query(t.Context(), cql, &client.Params{Consistency: level, Serial: cassandra.Serial})
			var told *cassandra.Error
			if errors.As(err, &told) && told.Code == cassandra.CodeWriteTimeout && tries < 5 { // a busy machine; to write it again does no harm
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", cql, err)
			}
			break
		}
	}
	return nil
}

// viewRows are the rows of a SELECT, sorted.
func viewRows(t *testing.T, c *client.Conn, level cassandra.Consistency, cql string) []string {
	t.Helper()
	all := pages(t, c, level, cql, 7)
	slices.Sort(all)
	return all
}

// viewCluster starts three nodes that take materialized views.
func viewCluster(t *testing.T) []*testNode {
	t.Helper()
	var nodes []*testNode
	for i := range 3 {
		var seeds []string
		if i > 0 {
			seeds = []string{nodes[0].options.Native}
		}
		o := clusterOptions(t, seeds...)
		o.Views = true
		nodes = append(nodes, startNode(t, o))
	}
	return nodes
}

// createViews makes a keyspace with the table t and two views of it: a with another partition key and a condition, b with other rows in a partition.
func createViews(t *testing.T, c *client.Conn, ks string, replicas int) {
	t.Helper()
	run(t, c, cassandra.One, fmt.Sprintf("CREATE KEYSPACE %s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %d}", ks, replicas))
	run(t, c, cassandra.One, "CREATE TABLE "+ks+".t (k int, c int, v int, w text, x int, PRIMARY KEY (k, c))")
	run(t, c, cassandra.One, "CREATE MATERIALIZED VIEW "+ks+".a AS SELECT * FROM "+ks+".t WHERE v IS NOT NULL AND "+viewKeys+" PRIMARY KEY (v, k, c)")
	run(t, c, cassandra.One, "CREATE MATERIALIZED VIEW "+ks+".b AS SELECT k, c, w FROM "+ks+".t WHERE "+viewKeys+" PRIMARY KEY (c, k)")
}

// TestViewsOverThreeNodes guards that views are what their definitions make of the base once nothing is on its way any more: with one, two and three replicas,
// written through all nodes at once, while a node is away, and when they are made on rows that are there.
func TestViewsOverThreeNodes(t *testing.T) {
	nodes := viewCluster(t)
	first := nodes[0].dial(t)
	idle := func() bool {
		return !slices.ContainsFunc(nodes, func(n *testNode) bool { return n.Node != nil && !n.Member.Idle() })
	}
	check := func(ks string, replicas int, when string) {
		t.Helper()
		waitFor(t, "everything to be sent", idle)
		wait := func(view, is, base string) {
			t.Helper()
			var want, got []string
			for _, n := range nodes {
				c := n.dial(t)
				level := cassandra.All
				if replicas == 3 {
					level = cassandra.One // each has all
				}
				want = viewRows(t, c, cassandra.All, fmt.Sprintf(base, ks))
				if got = viewRows(t, c, level, fmt.Sprintf(is, ks)); !slices.Equal(want, got) {
					t.Fatalf("%s, %d replicas, %s through %s:\nwant %s\n got %s", when, replicas, view, n.options.Native, want, got)
				}
			}
		}
		wait("a", "SELECT k, c, v, w, x, writetime(w) FROM %s.a", "SELECT k, c, v, w, x, writetime(w) FROM %s.t WHERE v >= 0 ALLOW FILTERING")
		wait("b", "SELECT k, c, w, writetime(w) FROM %s.b", "SELECT k, c, w, writetime(w) FROM %s.t")
		if when == "written" {
			return // there is no d yet
		}
		wait("d", "SELECT k, c, v FROM %s.d", "SELECT k, c, v FROM %s.t WHERE v >= 0 AND c > 1 ALLOW FILTERING")
	}
	write := func(seed uint64, ks string, level cassandra.Consistency) {
		t.Helper()
		var wg sync.WaitGroup
		for i, n := range nodes {
			if n.Node == nil {
				continue
			}
			c := n.dial(t)
			wg.Go(func() {
				if err := viewWrites(t, c, rand.New(rand.NewPCG(seed, uint64(i))), ks+".t", 150, level); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for replicas := 1; replicas <= 3; replicas++ {
		ks := fmt.Sprintf("k%d", replicas)
		createViews(t, first, ks, replicas)
		write(1, ks, cassandra.One)
		check(ks, replicas, "written")
		run(t, first, cassandra.One, "CREATE MATERIALIZED VIEW "+ks+".d AS SELECT k, c, v FROM "+ks+".t WHERE k IS NOT NULL AND c > 1 AND v IS NOT NULL PRIMARY KEY ((k, v), c)")
		write(2, ks, cassandra.One)
		waitFor(t, "the builds", func() bool { return built(nodes) })
		check(ks, replicas, "built")
	}
	away := nodes[2]
	away.stop(t)
	write(3, "k3", cassandra.Quorum)
	write(4, "k2", cassandra.One)
	nodes[2] = startNode(t, away.options)
	check("k3", 3, "a node was away")
	check("k2", 2, "a node was away")
}

// built says whether all views are built on all nodes.
func built(nodes []*testNode) bool {
	for _, n := range nodes {
		for _, b := range n.store.IndexBuilds() {
			if !b.Built {
				return false
			}
		}
	}
	return true
}

// TestRepairOfViews guards that repair makes a view what its definition says where changes were lost on their way, and takes out rows that never had a
// base: with one replica and with three.
func TestRepairOfViews(t *testing.T) {
	nodes := viewCluster(t)
	c := nodes[0].dial(t)
	for _, replicas := range []int{1, 3} {
		ks := fmt.Sprintf("r%d", replicas)
		createViews(t, c, ks, replicas)
		waitFor(t, "the builds", func() bool { return built(nodes) })
		if err := viewWrites(t, c, rand.New(rand.NewPCG(uint64(replicas), 9)), ks+".t", 150, cassandra.One); err != nil {
			t.Fatal(err)
		}
		now := nodes[0].metadata.Schema()
		r := rand.New(rand.NewPCG(uint64(replicas), 10))
		for range 40 { // rows of the base that nothing follows from, rows of views that follow from nothing
			damage(t, nodes, r, now, ks)
		}
		waitFor(t, "everything to be sent", func() bool { return !slices.ContainsFunc(nodes, func(n *testNode) bool { return !n.Member.Idle() }) })
		same := func() bool {
			for view, base := range map[string]string{
				"SELECT k, c, v, w, x, writetime(w) FROM %s.a": "SELECT k, c, v, w, x, writetime(w) FROM %s.t WHERE v >= 0 ALLOW FILTERING",
				"SELECT k, c, w, writetime(w) FROM %s.b":       "SELECT k, c, w, writetime(w) FROM %s.t",
			} {
				if !slices.Equal(viewRows(t, c, cassandra.All, fmt.Sprintf(view, ks)), viewRows(t, c, cassandra.All, fmt.Sprintf(base, ks))) {
					return false
				}
			}
			return true
		}
		if same() {
			t.Fatal("nothing was damaged")
		}
		for _, n := range nodes {
			if err := n.Member.Repair(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if !same() {
			t.Errorf("%d replicas: views differ from their base after repair", replicas)
		}
		corrected := nodes[0].coord.ViewsCorrected.Load() + nodes[1].coord.ViewsCorrected.Load() + nodes[2].coord.ViewsCorrected.Load()
		for _, n := range nodes {
			if err := n.Member.Repair(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if again := nodes[0].coord.ViewsCorrected.Load() + nodes[1].coord.ViewsCorrected.Load() + nodes[2].coord.ViewsCorrected.Load(); again != corrected {
			t.Errorf("%d replicas: repair corrected %d rows again", replicas, again-corrected)
		}
	}
}

// damage writes a row of the base to its replicas without what follows from it, or a row of a view that follows from nothing.
func damage(t *testing.T, nodes []*testNode, r *rand.Rand, now *schema.Schema, ks string) {
	t.Helper()
	name := []string{"t", "a", "b"}[r.IntN(3)]
	table := now.Table(ks, name)
	number := func(n int) []byte { return cqltype.AppendInt(nil, int32(r.IntN(n))) }
	var b row.Builder
	b.Reset(nil)
	at := int64(1 + r.IntN(60))
	values := map[string][]byte{"k": number(6), "c": number(6)}
	switch {
	case name == "a": // of a row of the base that has another v, if it is there
		values["v"] = cqltype.AppendInt(nil, int32(10+r.IntN(4)))
	case name == "b": // of a row of the base that is not there
		values["k"] = cqltype.AppendInt(nil, int32(10+r.IntN(4)))
	}
	m := row.Mutation{Table: table, Partition: key.NewPartition(values[table.PartitionKey[0].Name])}
	if name == "t" || name == "b" && r.IntN(2) == 0 {
		b.Liveness(at, 0, 0)
	}
	if name != "b" {
		b.Cell(now.Table(ks, "t").Column("v").ID, at, 0, 0, number(4))
	}
	b.Cell(now.Table(ks, "t").Column("w").ID, at, 0, 0, []byte("damaged"))
	var clustering []byte
	for _, c := range table.Clustering {
		clustering = key.AppendClustering(clustering, cqltype.Int, false, values[c.Name])
	}
	m.Rows = []row.RowDelta{{Clustering: clustering, Delta: b.Finish()}}
	for _, n := range nodes {
		s := n.metadata.State()
		replicas := s.Ring.Placement(s.Schema.Keyspace(ks).Replication).At(m.Partition.Token).Replicas
		for _, x := range replicas {
			if [16]byte(x.ID) != [16]byte(n.identity.HostID) {
				continue
			}
			c, err := n.local.Take([]row.Mutation{m})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
