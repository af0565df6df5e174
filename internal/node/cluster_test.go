package node

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/client"
	"helenus/client/nodetool"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/ring"
)

var hostNumber atomic.Uint32

// freeHost returns an address in 127.0.0.0/8 that no other test uses.
func freeHost(t *testing.T) string {
	t.Helper()
	for {
		n := hostNumber.Add(1)
		host := fmt.Sprintf("127.%d.%d.%d", 201+os.Getpid()%50, 1+(os.Getpid()/50)%250, 1+n%250)
		l, err := net.Listen("tcp", net.JoinHostPort(host, "7000"))
		if err == nil {
			l.Close()
			return host
		}
	}
}

// testNode is a node of a test's cluster and what it is started with.
type testNode struct {
	*Node
	options Options
}

func clusterOptions(t *testing.T, seeds ...string) Options {
	o := options(t, t.TempDir(), 9042)
	o.Native, o.NumTokens, o.Seeds = freeHost(t), 8, seeds
	if os.Getenv("HELENUS_TEST_LOG") != "" {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("node", o.Native)
	}
	return o
}

func startNode(t *testing.T, o Options) *testNode {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	n, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	node := &testNode{n, o}
	t.Cleanup(func() { node.stop(t) })
	return node
}

func (n *testNode) stop(t *testing.T) {
	t.Helper()
	if n.Node == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := n.Node.Stop(ctx); err != nil {
		t.Error(err)
	}
	n.Node = nil
}

// startNodes starts a cluster one node after the other.
func startNodes(t *testing.T, count int) []*testNode {
	t.Helper()
	nodes := []*testNode{startNode(t, clusterOptions(t))}
	for range count - 1 {
		nodes = append(nodes, startNode(t, clusterOptions(t, nodes[0].options.Native)))
	}
	return nodes
}

func (n *testNode) dial(t *testing.T) *client.Conn {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: n.Address().String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func run(t *testing.T, c *client.Conn, level cassandra.Consistency, cql string) *client.Result {
	t.Helper()
	r, err := c.Query(t.Context(), cql, &client.Params{Consistency: level, Serial: cassandra.Serial})
	if err != nil {
		t.Fatalf("%s at %s: %v", cql, level, err)
	}
	return r
}

// TestThreeNodes: what is written to one node is read through the others, whichever of the three it is asked of, before and after one dies.
func TestThreeNodes(t *testing.T) {
	nodes := startNodes(t, 3)
	first, second := nodes[0].dial(t), nodes[1].dial(t)
	run(t, first, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, second, cassandra.One, "CREATE TABLE k.t (p int, c int, v text, PRIMARY KEY (p, c))")
	for i := range 100 {
		run(t, first, cassandra.Quorum, fmt.Sprintf("INSERT INTO k.t (p, c, v) VALUES (%d, %d, 'v%d')", i%10, i, i))
	}
	for _, n := range nodes {
		c := n.dial(t)
		for _, level := range []cassandra.Consistency{cassandra.One, cassandra.Quorum, cassandra.All, cassandra.LocalQuorum} {
			if rows := run(t, c, level, "SELECT * FROM k.t").Rows; len(rows) != 100 {
				t.Errorf("%d rows at %s, want 100", len(rows), level)
			}
			if rows := run(t, c, level, "SELECT * FROM k.t WHERE p = 3 ORDER BY c DESC LIMIT 4").Rows; len(rows) != 4 {
				t.Errorf("%d rows of one partition at %s, want 4", len(rows), level)
			}
		}
	}
	if peers := run(t, second, cassandra.One, "SELECT peer FROM system.peers").Rows; len(peers) != 2 {
		t.Errorf("%d peers, want 2", len(peers))
	}
	nodes[2].stop(t)
	for i := 100; i < 200; i++ {
		run(t, second, cassandra.Quorum, fmt.Sprintf("INSERT INTO k.t (p, c, v) VALUES (%d, %d, 'v%d')", i%10, i, i))
	}
	if rows := run(t, first, cassandra.Quorum, "SELECT * FROM k.t").Rows; len(rows) != 200 {
		t.Errorf("%d rows with a node down, want 200", len(rows))
	}
	if _, err := first.Query(t.Context(), "SELECT * FROM k.t", &client.Params{Consistency: cassandra.All, Serial: cassandra.Serial}); err == nil {
		t.Error("a read at ALL succeeded with a node down")
	}
	back := startNode(t, nodes[2].options)
	c := back.dial(t)
	waitFor(t, "the hints", func() bool { return len(run(t, c, cassandra.One, "SELECT * FROM k.t").Rows) == 200 })
}

// waitFor waits until something is so.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s takes too long", what)
		}
	}
}

// TestGrowAndShrink: rows written to one node are there while nodes join and leave, and each node ends up with its part of them.
func TestGrowAndShrink(t *testing.T) {
	nodes := startNodes(t, 1)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY, v text)")
	const rows = 500
	for i := range rows {
		run(t, c, cassandra.One, fmt.Sprintf("INSERT INTO k.t (p, v) VALUES (%d, 'v')", i))
	}
	check := func(through *client.Conn, when string) {
		t.Helper()
		if n := len(run(t, through, cassandra.One, "SELECT * FROM k.t").Rows); n != rows {
			t.Errorf("%s: %d rows, want %d", when, n, rows)
		}
		for i := 0; i < rows; i += 50 {
			if n := len(run(t, through, cassandra.One, fmt.Sprintf("SELECT * FROM k.t WHERE p = %d", i)).Rows); n != 1 {
				t.Errorf("%s: row %d is not there", when, i)
			}
		}
	}
	for i := range 2 {
		nodes = append(nodes, startNode(t, clusterOptions(t, nodes[0].options.Native)))
		check(c, fmt.Sprintf("after join %d through the first", i+1))
		check(nodes[i+1].dial(t), fmt.Sprintf("after join %d through the newcomer", i+1))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := nodes[1].topology.Leave(ctx, false); err != nil {
		t.Fatal(err)
	}
	nodes[1].stop(t)
	check(c, "after the second left")
	check(nodes[2].dial(t), "after the second left, through the third")
}

// TestKindsOfWrites: counters, batches, list changes by index, deletes and pages over several nodes.
func TestKindsOfWrites(t *testing.T) {
	nodes := startNodes(t, 3)
	conns := []*client.Conn{nodes[0].dial(t), nodes[1].dial(t), nodes[2].dial(t)}
	run(t, conns[0], cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'dc': 2}")
	run(t, conns[1], cassandra.One, "CREATE TABLE k.n (p int PRIMARY KEY, n counter)")
	run(t, conns[2], cassandra.One, "CREATE TABLE k.t (p int, c int, v text, l list<int>, PRIMARY KEY (p, c))")
	for i := range 60 {
		run(t, conns[i%3], cassandra.Quorum, fmt.Sprintf("UPDATE k.n SET n = n + 1 WHERE p = %d", i%5))
	}
	for p := range 5 {
		for _, c := range conns {
			if r := run(t, c, cassandra.Quorum, fmt.Sprintf("SELECT n FROM k.n WHERE p = %d", p)); r.Rows[0][0][7] != 12 {
				t.Errorf("counter %d is %x, want 12", p, r.Rows[0][0])
			}
		}
	}
	for p := range 20 {
		statements := ""
		for c := range 10 {
			statements += fmt.Sprintf("INSERT INTO k.t (p, c, v, l) VALUES (%d, %d, 'v', [1, 2, 3]);", p+c, c)
		}
		run(t, conns[p%3], cassandra.Quorum, "BEGIN BATCH "+statements+" APPLY BATCH")
	}
	run(t, conns[0], cassandra.Quorum, "UPDATE k.t SET l[1] = 9 WHERE p = 5 AND c = 5")
	if r := run(t, conns[1], cassandra.Quorum, "SELECT l FROM k.t WHERE p = 5 AND c = 5"); len(r.Rows) != 1 || r.Rows[0][0][19] != 9 {
		t.Errorf("the list is %x", r.Rows)
	}
	for i, c := range conns {
		rows, pages := 0, 0
		for r, err := range c.Pages(t.Context(), "SELECT * FROM k.t", &client.Params{Consistency: cassandra.Quorum, PageSize: 7}) {
			if err != nil {
				t.Fatal(err)
			}
			rows, pages = rows+len(r.Rows), pages+1
		}
		if rows != 200 || pages < 200/7 {
			t.Errorf("through node %d: %d rows in %d pages, want 200", i, rows, pages)
		}
		if r := run(t, c, cassandra.Quorum, "SELECT count(*) FROM k.t"); r.Rows[0][0][7] != 200 {
			t.Errorf("count is %x", r.Rows[0][0])
		}
	}
	// pages that end where a partition does, and partitions of which only the static row is there
	run(t, conns[0], cassandra.One, "CREATE TABLE k.s (p int, c int, s int static, PRIMARY KEY (p, c))")
	for p := range 30 {
		if p%3 == 0 {
			run(t, conns[0], cassandra.Quorum, fmt.Sprintf("INSERT INTO k.s (p, s) VALUES (%d, 1)", p))
			continue
		}
		for c := range 2 {
			run(t, conns[0], cassandra.Quorum, fmt.Sprintf("INSERT INTO k.s (p, c) VALUES (%d, %d)", p, c))
		}
	}
	for size := int32(1); size < 5; size++ {
		for _, per := range []struct {
			limit string
			rows  int
		}{{"", 50}, {" PER PARTITION LIMIT 1", 30}} {
			rows := 0
			for r, err := range conns[1].Pages(t.Context(), "SELECT * FROM k.s"+per.limit, &client.Params{Consistency: cassandra.Quorum, PageSize: size}) {
				if err != nil {
					t.Fatal(err)
				}
				rows += len(r.Rows)
			}
			if rows != per.rows {
				t.Errorf("%d rows in pages of %d%s, want %d", rows, size, per.limit, per.rows)
			}
		}
	}
	run(t, conns[2], cassandra.All, "DELETE FROM k.t WHERE p = 9")
	run(t, conns[1], cassandra.All, "DELETE FROM k.t WHERE p = 10 AND c > 4")
	if r := run(t, conns[0], cassandra.Quorum, "SELECT p, c FROM k.t WHERE p IN (9, 10)"); len(r.Rows) != 5 {
		t.Errorf("%d rows after the deletes, want 5", len(r.Rows))
	}
	run(t, conns[0], cassandra.One, "TRUNCATE k.t")
	for i, c := range conns {
		if r := run(t, c, cassandra.Quorum, "SELECT * FROM k.t"); len(r.Rows) != 0 {
			t.Errorf("%d rows after TRUNCATE through node %d", len(r.Rows), i)
		}
	}
}

// TestTwoJoinAtOnce: nodes that start together all become members, with different tokens.
func TestTwoJoinAtOnce(t *testing.T) {
	first := startNode(t, clusterOptions(t))
	var wg sync.WaitGroup
	newcomers := make([]*Node, 2)
	for i := range newcomers {
		o := clusterOptions(t, first.options.Native)
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			n, err := Start(ctx, o)
			if err != nil {
				t.Error(err)
				return
			}
			newcomers[i] = n
		})
	}
	wg.Wait()
	for _, n := range newcomers {
		if n != nil {
			node := &testNode{n, n.options}
			t.Cleanup(func() { node.stop(t) })
		}
	}
	seen := map[key.Token]bool{}
	for _, m := range first.metadata.State().Members {
		for _, token := range m.Tokens {
			if seen[token] {
				t.Errorf("two nodes have token %d", token)
			}
			seen[token] = true
		}
	}
	if len(seen) != 24 {
		t.Errorf("%d tokens, want 24", len(seen))
	}
}

// TestAddressesSwapped: all nodes stop and come back, two of them with each other's address; nobody has to do anything.
func TestAddressesSwapped(t *testing.T) {
	nodes := startNodes(t, 3)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	run(t, c, cassandra.All, "INSERT INTO k.t (p) VALUES (1)")
	for _, n := range nodes {
		n.stop(t)
	}
	nodes[0].options.Native, nodes[2].options.Native = nodes[2].options.Native, nodes[0].options.Native
	var back []*testNode
	for _, n := range nodes {
		back = append(back, startNode(t, n.options))
	}
	for i, n := range back {
		c := n.dial(t)
		waitFor(t, fmt.Sprintf("node %d to reach the others", i), func() bool {
			r, err := c.Query(t.Context(), "SELECT * FROM k.t", &client.Params{Consistency: cassandra.All})
			return err == nil && len(r.Rows) == 1
		})
		waitFor(t, "the schema to change", func() bool {
			_, err := c.Query(t.Context(), fmt.Sprintf("CREATE TABLE k.t%d (p int PRIMARY KEY)", i), &client.Params{Consistency: cassandra.One})
			return err == nil
		})
	}
}

// TestReplace: a new node takes the place of a dead one, with what was acknowledged.
func TestReplace(t *testing.T) {
	nodes := startNodes(t, 3)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	for i := range 200 {
		run(t, c, cassandra.Quorum, fmt.Sprintf("INSERT INTO k.t (p) VALUES (%d)", i))
	}
	dead := nodes[2].identity.HostID
	nodes[2].stop(t)
	waitFor(t, "the death to be seen", func() bool { return !nodes[0].monitor.Live(dead) })
	o := clusterOptions(t, nodes[0].options.Native)
	o.Replace = dead.String()
	heir := startNode(t, o)
	if n := len(run(t, heir.dial(t), cassandra.One, "SELECT * FROM k.t").Rows); n != 200 {
		t.Errorf("%d rows on the heir, want 200", n)
	}
	if !nodes[0].metadata.State().IsRemoved(dead) {
		t.Error("the dead node is still a member")
	}
}

// TestTwoNodesOneDies: the article's two nodes; the one that votes dies for good. Data goes on, the schema does not, until the survivor is told to go
// on alone; a new node takes the dead one's place, and the dead one must not come back.
func TestTwoNodesOneDies(t *testing.T) {
	nodes := startNodes(t, 2)
	c := nodes[1].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	for i := range 50 {
		run(t, c, cassandra.All, fmt.Sprintf("INSERT INTO k.t (p) VALUES (%d)", i))
	}
	dead := nodes[0].identity.HostID
	ask := func(verb, host string) error {
		_, err := nodetool.Ask(t.Context(), net.JoinHostPort(nodes[1].options.Native, "7199"), verb, nodetool.Arguments{Host: host})
		return err
	}
	if err := ask("rescue", dead.String()); err == nil || !strings.Contains(err.Error(), "answers") {
		t.Fatalf("rescue from a living node: %v", err)
	}
	nodes[0].open.Store(false) // as if killed: nothing is handed over
	nodes[0].stop(t)
	waitFor(t, "the death to be seen", func() bool { return !nodes[1].monitor.Live(dead) })
	run(t, c, cassandra.One, "INSERT INTO k.t (p) VALUES (50)")
	if n := len(run(t, c, cassandra.One, "SELECT * FROM k.t").Rows); n != 51 {
		t.Errorf("%d rows at ONE, want 51", n)
	}
	if err := ask("rescue", dead.String()); err != nil {
		t.Fatal(err)
	}
	run(t, c, cassandra.One, "CREATE TABLE k.after (p int PRIMARY KEY)")
	o := clusterOptions(t, nodes[1].options.Native)
	o.Replace = dead.String()
	heir := startNode(t, o)
	if n := len(run(t, heir.dial(t), cassandra.One, "SELECT * FROM k.t").Rows); n != 51 {
		t.Errorf("%d rows on the heir, want 51", n)
	}
	run(t, heir.dial(t), cassandra.All, "INSERT INTO k.after (p) VALUES (1)")
	ghost := nodes[0].options
	expelled := make(chan error, 100)
	ghost.OnFatal = func(err error) {
		select {
		case expelled <- err:
		default:
		}
	}
	back := startNode(t, ghost)
	select {
	case err := <-expelled:
		if !strings.Contains(err.Error(), "--replace") {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the node that was given up came back and serves")
	}
	back.stop(t)
}

// TestNewcomerDies: a node that dies while it joins is taken out again, and another joins.
func TestNewcomerDies(t *testing.T) {
	first := startNode(t, clusterOptions(t))
	c := first.dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	for i := range 100 {
		run(t, c, cassandra.One, fmt.Sprintf("INSERT INTO k.t (p) VALUES (%d)", i))
	}
	ghost := metadata.Member{
		Host: uuid.New(), Address: net.JoinHostPort(freeHost(t), "7000"), Native: "127.0.0.1:1", Datacenter: "dc", Rack: "r", Generation: 1, NumTokens: 8,
	}
	admitted, err := first.metadata.Admit(t.Context(), ghost)
	if err != nil {
		t.Fatal(err)
	}
	_, err = first.metadata.Change(t.Context(), func(s *metadata.State) (*metadata.Delta, error) {
		tokens := ring.Allocate(s.Ring.Nodes, &ring.Node{ID: ring.HostID(admitted.Host), Datacenter: "dc", Rack: "r"}, 8)
		return &metadata.Delta{Operation: &metadata.Operation{ID: uuid.New(), Kind: metadata.Join, Host: admitted.Host, Tokens: tokens, Step: metadata.WriteBoth}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the newcomer to be found dead", func() bool { return first.monitor.Known(ghost.Host) && !first.monitor.Live(ghost.Host) })
	if n := len(run(t, c, cassandra.One, "SELECT * FROM k.t").Rows); n != 100 {
		t.Errorf("%d rows while it joins, want 100", n)
	}
	_, err = nodetool.Ask(t.Context(), net.JoinHostPort(first.options.Native, "7199"), "removenode", nodetool.Arguments{Host: ghost.Host.String()})
	if err != nil {
		t.Fatal(err)
	}
	second := startNode(t, clusterOptions(t, first.options.Native))
	if n := len(run(t, second.dial(t), cassandra.One, "SELECT * FROM k.t").Rows); n != 100 {
		t.Errorf("%d rows after another joined, want 100", n)
	}
}

// TestRepair: what a node missed while it was cut off and no hint was kept is there after a repair.
func TestRepair(t *testing.T) {
	nodes := startNodes(t, 3)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY, v text)")
	for i := range 300 {
		run(t, c, cassandra.All, fmt.Sprintf("INSERT INTO k.t (p, v) VALUES (%d, 'old')", i))
	}
	// the third loses about half of its rows, as with a damaged disk
	third := nodes[2]
	table := third.metadata.Schema().Table("k", "t")
	if err := third.store.DropTokens(table.DataID, key.TokenRange{First: 0, Last: key.MaxToken}); err != nil {
		t.Fatal(err)
	}
	direct := third.dial(t)
	if n := len(run(t, direct, cassandra.One, "SELECT * FROM k.t").Rows); n > 200 {
		t.Fatalf("%d rows are left; the test does nothing", n)
	}
	if _, err := nodetool.Ask(t.Context(), net.JoinHostPort(nodes[0].options.Native, "7199"), "repair", nodetool.Arguments{Keyspace: "k"}); err != nil {
		t.Fatal(err)
	}
	if n := len(run(t, direct, cassandra.One, "SELECT * FROM k.t").Rows); n != 300 {
		t.Errorf("%d rows after the repair, want 300", n)
	}
	before := nodes[1].coord.Repaired.Load()
	if _, err := nodetool.Ask(t.Context(), net.JoinHostPort(nodes[1].options.Native, "7199"), "repair", nodetool.Arguments{Keyspace: "k", Tables: []string{"t"}}); err != nil {
		t.Fatal(err)
	}
	if n := nodes[1].coord.Repaired.Load() - before; n != 0 {
		t.Errorf("a second repair wrote to %d replicas", n)
	}
}

// TestNodetool: what nodetool shows of two nodes, and that it takes one out of the ring.
func TestNodetool(t *testing.T) {
	nodes := startNodes(t, 2)
	ask := func(verb string, a nodetool.Arguments) (*nodetool.Report, error) {
		return nodetool.Ask(t.Context(), net.JoinHostPort(nodes[1].options.Native, "7199"), verb, a)
	}
	out := nodes[1].tool(t, 0, "status")
	for _, n := range nodes {
		if !regexp.MustCompile(`(?m)^UN  ` + n.options.Native + ` +([0-9.]+ (bytes|KiB|MiB)|\?) +8 +[45][0-9]\.[0-9]% +` + n.identity.HostID.String() + `  r +$`).MatchString(out) {
			t.Errorf("%s is not shown well:\n%s", n.options.Native, out)
		}
	}
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	if out := nodes[1].tool(t, 0, "getendpoints", "k", "t", "7"); len(strings.Fields(out)) != 2 {
		t.Errorf("endpoints %s", out)
	}
	run(t, c, cassandra.All, "INSERT INTO k.t (p) VALUES (7)")
	if out := nodes[1].tool(t, 0, "tablestats", "k"); !strings.Contains(out, "\tWrite Count: 1\n") || !strings.Contains(out, "Number of partitions (estimate): 1\n") {
		t.Errorf("a table with one row:\n%s", out)
	}
	waitFor(t, "the other node's write to be counted", func() bool { // that is after its answer
		return regexp.MustCompile(`(?m)^MutationStage +0 +0 +1 +0`).MatchString(nodes[1].tool(t, 0, "tpstats"))
	})
	for _, words := range [][]string{
		{"flush"}, {"flush", "k", "t"}, {"compact", "k", "t"}, {"compact"}, {"cleanup", "k"}, {"-u", "x", "-pw", "y", "status", "system_auth"}, {"tablestats", "-F", "json", "k.t"},
		{"tablehistograms", "k", "t"}, {"proxyhistograms"}, {"snapshot", "-t", "one", "k"}, {"listsnapshots"}, {"clearsnapshot", "--all"}, {"pausehandoff"}, {"truncatehints"},
		{"resumehandoff"}, {"gossipinfo"}, {"info", "-T"}, {"netstats", "-H"}, {"removenode", "status"}, {"removenode", "force"}, {"help", "repair"}, {"enablegossip"},
	} {
		nodes[1].tool(t, 0, words...)
	}
	for words, says := range map[string]string{
		"flush nope": "Keyspace [nope] does not exist.", "status nope": "The keyspace nope, does not exist", "tablestats nope": "Unknown keyspace: nope",
		"tablehistograms k nope": "Unknown table k.nope", "getendpoints k nope 1": "Unknown table 'nope' in keyspace 'k'", "snapshot -t two nope": "Keyspace nope does not exist",
		"repair nope": "Keyspace [nope] does not exist.", "repair -hosts a k": "among all its replicas", "rebuild": "run repair instead", "move 7": "the cluster gives nodes their tokens",
		"status --nosuch": "Found unexpected parameters: [--nosuch]", "snapshot --ttl 1h": "snapshots stay", "setlogginglevel org.x DEBUG": "one logger", "repair -dc nope k": "no datacenter nope",
	} {
		if out := nodes[1].tool(t, 1, strings.Fields(words)...); !strings.Contains(out, says) {
			t.Errorf("%s: %s", words, out)
		}
	}
	for words, says := range map[string]string{"flush k nope": "Unknown keyspace/cf pair (k.nope)", "repair k nope": "Unknown keyspace/cf pair (k.nope)", "describering nope": "No such keyspace: nope"} {
		if out := nodes[1].tool(t, 2, strings.Fields(words)...); !strings.Contains(out, says) {
			t.Errorf("%s: %s", words, out)
		}
	}
	for _, refused := range []struct {
		verb string
		a    nodetool.Arguments
		says string
	}{
		{"tablestats", nodetool.Arguments{Statistics: nodetool.StatisticsTables, Tables: []string{"k.none"}}, "Unknown table k.none"},
		{"decommission", nodetool.Arguments{}, "not enough live nodes"}, {"removenode", nodetool.Arguments{Host: "x"}, "no host id"},
		{"removenode", nodetool.Arguments{Host: nodes[0].identity.HostID.String()}, "is alive"}, {"status", nodetool.Arguments{Keyspace: "nope"}, "does not exist"},
	} {
		if _, err := ask(refused.verb, refused.a); err == nil || !strings.Contains(err.Error(), refused.says) {
			t.Errorf("%s %+v: %v", refused.verb, refused.a, err)
		}
	}
	if _, err := ask("decommission", nodetool.Arguments{Force: true}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the node to be gone", func() bool { return len(nodes[0].metadata.State().Members) == 1 })
}

// tool runs nodetool on a node and returns all that it prints.
func (n *testNode) tool(t *testing.T, status int, words ...string) string {
	t.Helper()
	var out strings.Builder
	if got := nodetool.Run(t.Context(), append([]string{"-h", n.options.Native}, words...), &out, &out); got != status {
		t.Errorf("nodetool %v: exit status %d, want %d:\n%s", words, got, status, out.String())
	}
	return out.String()
}

// TestTransactions: compare-and-set from all nodes at once, on one partition: each that was applied counts once, none that was not does, also
// when one of three nodes is gone. Then a newcomer takes part.
func TestTransactions(t *testing.T) {
	nodes := startNodes(t, 3)
	setup := nodes[0].dial(t)
	run(t, setup, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, setup, cassandra.One, "CREATE TABLE k.n (p int PRIMARY KEY, v int)")
	applied := func(r *client.Result) bool { return len(r.Rows) == 1 && len(r.Rows[0][0]) == 1 && r.Rows[0][0][0] == 1 }
	insert := func(c *client.Conn) (*client.Result, error) {
		return c.Query(t.Context(), "INSERT INTO k.n (p, v) VALUES (1, 0) IF NOT EXISTS", &client.Params{Consistency: cassandra.Quorum, Serial: cassandra.Serial})
	}
	var made, unsure atomic.Int64
	var wg sync.WaitGroup
	for _, n := range nodes {
		c := n.dial(t)
		wg.Go(func() {
			switch r, err := insert(c); {
			case err != nil: // they were in each other's way for longer than a request may take
				unsure.Add(1)
			case applied(r):
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if n := made.Load(); n > 1 || n == 0 && unsure.Load() == 0 {
		t.Fatalf("IF NOT EXISTS was applied %d times; %d are unknown", n, unsure.Load())
	}
	waitFor(t, "the row", func() bool {
		r, err := insert(setup)
		if err == nil && applied(r) && made.Load() > 0 {
			t.Fatal("IF NOT EXISTS was applied again")
		}
		return err == nil
	})
	sum := int32(0)
	count := func(conns []*client.Conn, each int) {
		t.Helper()
		var done, unknown atomic.Int32
		var wg sync.WaitGroup
		for _, c := range conns {
			wg.Go(func() {
				for i := 0; i < each; {
					r, err := c.Query(t.Context(), "SELECT v FROM k.n WHERE p = 1", &client.Params{Consistency: cassandra.Serial})
					if err != nil {
						continue
					}
					v := int32(binary.BigEndian.Uint32(r.Rows[0][0]))
					r, err = c.Query(t.Context(), fmt.Sprintf("UPDATE k.n SET v = %d WHERE p = 1 IF v = %d", v+1, v), &client.Params{Consistency: cassandra.Quorum, Serial: cassandra.Serial})
					switch {
					case err != nil:
						unknown.Add(1)
						i++
					case applied(r):
						done.Add(1)
						i++
					}
				}
			})
		}
		wg.Wait()
		r := run(t, conns[0], cassandra.Serial, "SELECT v FROM k.n WHERE p = 1")
		got := int32(binary.BigEndian.Uint32(r.Rows[0][0])) - sum
		if got < done.Load() || got > done.Load()+unknown.Load() {
			t.Errorf("the value grew by %d; %d were applied, %d are unknown", got, done.Load(), unknown.Load())
		}
		sum += got
	}
	count([]*client.Conn{nodes[0].dial(t), nodes[1].dial(t), nodes[2].dial(t)}, 20)
	nodes[2].stop(t)
	count([]*client.Conn{nodes[0].dial(t), nodes[1].dial(t)}, 10)
	newcomer := startNode(t, func() Options {
		o := clusterOptions(t, nodes[0].options.Native)
		o.Replace = nodes[2].options.Native
		return o
	}())
	count([]*client.Conn{newcomer.dial(t), nodes[1].dial(t)}, 10)
	r := run(t, newcomer.dial(t), cassandra.Quorum, "BEGIN BATCH UPDATE k.n SET v = 7 WHERE p = 1 IF v = -1; APPLY BATCH")
	if applied(r) || len(r.Rows[0]) != 3 {
		t.Errorf("a batch whose condition fails answers %x", r.Rows)
	}
}
