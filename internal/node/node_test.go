package node

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/platform"
)

func query(t *testing.T, n *Node, cql string) *client.Result {
	t.Helper()
	c, err := client.Dial(t.Context(), client.Options{Addr: n.Address().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r, err := c.Query(t.Context(), cql, nil)
	if err != nil {
		t.Fatalf("%s: %v", cql, err)
	}
	return r
}

func options(t *testing.T, dir string, port int) Options {
	t.Helper()
	return Options{
		DataDir: dir, Addresses: Addresses{Native: "127.0.0.1"}, Port: port, ClusterName: "test", Datacenter: "dc", Rack: "r", NumTokens: 4, Memory: 256 << 20,
		Runtime: platform.System{}, Network: platform.SystemNetwork{}, Logger: slog.New(slog.DiscardHandler), OnFatal: func(err error) { panic(err) },
	}
}

// TestRestart guards that schema, rows, truncations, drops and the node's identity survive a restart.
func TestRestart(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	start := func() *Node {
		n, err := Start(t.Context(), options(t, dir, port))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	stop := func(n *Node) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			t.Fatal(err)
		}
	}
	n := start()
	for _, cql := range []string{
		"CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TYPE k.u (a int, b frozen<list<text>>)",
		"CREATE TABLE k.t (p int, c text, v frozen<u>, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'kept'",
		"CREATE TABLE k.emptied (p int PRIMARY KEY)", "CREATE TABLE k.dropped (p int PRIMARY KEY)",
		"INSERT INTO k.t (p, c, v) VALUES (1, 'x', {a: 1, b: ['y']})", "INSERT INTO k.emptied (p) VALUES (1)", "INSERT INTO k.dropped (p) VALUES (1)",
		"TRUNCATE k.emptied", "DROP TABLE k.dropped", "ALTER TABLE k.t ADD w int",
	} {
		query(t, n, cql)
	}
	before := query(t, n, "SELECT host_id, schema_version, tokens FROM system.local").Rows[0]
	described := query(t, n, "DESCRIBE KEYSPACE k").Rows
	stop(n)

	n = start()
	defer stop(n)
	after := query(t, n, "SELECT host_id, schema_version, tokens FROM system.local").Rows[0]
	for i, what := range []string{"host_id", "schema_version", "tokens"} {
		if string(before[i]) != string(after[i]) {
			t.Errorf("%s changed", what)
		}
	}
	for i, row := range query(t, n, "DESCRIBE KEYSPACE k").Rows {
		if string(row[3]) != string(described[i][3]) {
			t.Errorf("got %s\nwant %s", row[3], described[i][3])
		}
	}
	if rows := query(t, n, "SELECT v FROM k.t").Rows; len(rows) != 1 {
		t.Errorf("%d rows, want 1", len(rows))
	}
	query(t, n, "CREATE TABLE k.dropped (p int PRIMARY KEY)")
	for _, table := range []string{"emptied", "dropped"} {
		if rows := query(t, n, "SELECT * FROM k."+table).Rows; len(rows) != 0 {
			t.Errorf("%s has %d rows, want none", table, len(rows))
		}
	}
}

func TestOtherDatacenterRefused(t *testing.T) {
	o := options(t, t.TempDir(), freePort(t))
	n, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.Datacenter = "elsewhere"
	if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "data center") {
		t.Errorf("got %v", err)
	}
}
