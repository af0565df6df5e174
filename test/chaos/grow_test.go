package chaos

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/client/nodetool"
	"helenus/test/server"
)

// tool has a node carry out a verb of nodetool.
func tool(t *testing.T, n *server.Node, verb string, a nodetool.Arguments) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if _, err := nodetool.Ask(ctx, net.JoinHostPort(n.Host, strconv.Itoa(nodetool.Port)), verb, a); err != nil {
		t.Fatalf("nodetool %s: %v\n%s", verb, err, n.Log())
	}
}

// TestRingGrowsUnderLoad grows a ring from one node to five and shrinks it to two while clients write and read at QUORUM. No request fails, and
// after each step every acknowledged row is readable.
func TestRingGrowsUnderLoad(t *testing.T) {
	nodes := []*server.Node{server.Start(t, server.Options{})}
	setup := connectRing(t, nodes, gocql.Quorum)
	for _, cql := range []string{
		"CREATE KEYSPACE chaos WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE chaos.ledger (id bigint PRIMARY KEY, check bigint, filler text)",
	} {
		if err := setup.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	setup.Close()
	var l ledger
	step := func(name string, change func()) {
		t.Helper()
		began := time.Now()
		before := len(l.acked)
		longest, failures := loadWhile(t, nodes, &l, func() {
			<-time.After(300 * time.Millisecond)
			change()
			<-time.After(300 * time.Millisecond)
		})
		if failures > 0 {
			t.Errorf("%s: %d requests failed", name, failures)
		}
		l.check(t, nodes[0], 0, gocql.Quorum)
		t.Logf("%-24s %5.1f s, %6d rows more, all %d there, longest request %s", name, time.Since(began).Seconds(), len(l.acked)-before, len(l.acked), longest.Round(time.Millisecond))
	}
	join := func() {
		nodes = append(nodes, server.Start(t, server.Options{Args: []string{"--seeds", nodes[0].Host}}))
	}
	step("a second node joins", join)
	step("a third node joins", join)
	// until it is repaired a quorum of three need not hold what one replica had; Cassandra's documentation says to repair, too
	setup = connectRing(t, nodes, gocql.Quorum)
	if err := setup.Query("ALTER KEYSPACE chaos WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}").Exec(); err != nil {
		t.Fatal(err)
	}
	setup.Close()
	for _, n := range nodes {
		tool(t, n, "repair", nodetool.Arguments{Keyspace: "chaos"})
	}
	step("three replicas", func() {})
	step("a fourth node joins", join)
	step("a fifth node joins", join)
	leave := func() {
		last := nodes[len(nodes)-1]
		tool(t, last, "decommission", nodetool.Arguments{Force: true})
	}
	for len(nodes) > 2 {
		step("a node leaves", leave)
		nodes[len(nodes)-1].Kill()
		nodes = nodes[:len(nodes)-1]
	}
	step("two are left", func() {})
}
