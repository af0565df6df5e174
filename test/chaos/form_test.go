package chaos

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

// startTogether starts nodes at once, on addresses of their own; args and prefix are made for each.
func startTogether(t *testing.T, hosts []string, args func(i int) []string, prefix []string) []*server.Node {
	t.Helper()
	nodes, errs := make([]*server.Node, len(hosts)), make([]error, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() {
			nodes[i], errs[i] = server.TryStart(t, server.Options{Host: host, Args: args(i), Prefix: prefix})
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return nodes
}

func freeHosts(n int) (hosts []string) {
	for range n {
		hosts = append(hosts, server.FreeHost())
	}
	return hosts
}

// areOne wants every node to have all the others as peers.
func areOne(t *testing.T, nodes []*server.Node) {
	t.Helper()
	for _, n := range nodes {
		session := connect(t, n)
		deadline := time.Now().Add(20 * time.Second)
		for {
			peers, err := session.Query("SELECT peer FROM system.peers").Iter().SliceMap()
			if err == nil && len(peers) == len(nodes)-1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s has %d peers, want %d: %v\n%s", n.Host, len(peers), len(nodes)-1, err, n.Log())
			}
			<-time.After(50 * time.Millisecond)
		}
		session.Close()
	}
}

// serviceHosts returns a command before which a node's runs, so that it finds the service's nodes by a name: a hosts file of its own, as a
// container has one. It needs root on Linux.
func serviceHosts(t *testing.T, name string, hosts []string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	var text strings.Builder
	for _, h := range hosts {
		fmt.Fprintf(&text, "%s %s\n", h, name)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	prefix := []string{"unshare", "-m", "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, file}
	if out, err := exec.Command(prefix[0], append(prefix[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("no hosts file of its own for a process: %v %s", err, out)
	}
	return prefix
}

// TestStartedTogether starts three empty nodes at once, again and again, in each of the ways that compose files do: one cluster of three each
// time.
func TestStartedTogether(t *testing.T) {
	for round := range max(1, *rounds/5) {
		hosts := freeHosts(3)
		list := strings.Join(hosts, ",")
		for _, c := range []struct {
			name   string
			args   func(i int) []string
			prefix func(t *testing.T) []string
		}{
			{"one service's name on all", func(int) []string { return []string{"--seeds", "cassandra-service", "--initial-nodes", "3"} },
				func(t *testing.T) []string { return serviceHosts(t, "cassandra-service", hosts) }},
			{"all on all", func(int) []string { return []string{"--seeds", list} }, nil},
			{"the first on all", func(int) []string { return []string{"--seeds", hosts[0]} }, nil},
			{"each of the others", func(i int) []string {
				return []string{"--seeds", hosts[(i+1)%3] + "," + hosts[(i+2)%3], "--initial-nodes", "3"}
			}, nil},
		} {
			t.Run(fmt.Sprintf("round %d/%s", round, c.name), func(t *testing.T) {
				var prefix []string
				if c.prefix != nil {
					prefix = c.prefix(t)
				}
				nodes := startTogether(t, hosts, c.args, prefix)
				areOne(t, nodes)
				slowest := time.Duration(0)
				for _, n := range nodes {
					slowest = max(slowest, n.Ready)
					n.Kill()
				}
				t.Logf("all ready after %s", slowest)
			})
		}
	}
}

// TestMovesByName: a node that comes back at another address, to which the name of the service leads by now, is the same node and is found.
func TestMovesByName(t *testing.T) {
	hosts := freeHosts(4)
	args := func(int) []string { return []string{"--seeds", "cassandra-service", "--initial-nodes", "3"} }
	nodes := startTogether(t, hosts[:3], args, serviceHosts(t, "cassandra-service", hosts[:3]))
	areOne(t, nodes)
	before := hostID(t, nodes[2])
	nodes[2].Kill()
	moved := server.Start(t, server.Options{Host: hosts[3], DataDir: nodes[2].DataDir(), Args: args(2), Prefix: serviceHosts(t, "cassandra-service", []string{hosts[0], hosts[1], hosts[3]})})
	if after := hostID(t, moved); after != before {
		t.Errorf("host id %s became %s", before, after)
	}
	areOne(t, []*server.Node{nodes[0], nodes[1], moved})
	session := connectRing(t, []*server.Node{nodes[0]}, gocql.All)
	defer session.Close()
	for _, cql := range []string{"CREATE KEYSPACE moved WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}", "CREATE TABLE moved.t (p int PRIMARY KEY)"} {
		if err := session.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := session.Query("INSERT INTO moved.t (p) VALUES (1)").ExecContext(context.Background())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no write at ALL reaches the node that moved: %v", err)
		}
	}
}

func hostID(t *testing.T, n *server.Node) (id gocql.UUID) {
	t.Helper()
	session := connect(t, n)
	defer session.Close()
	if err := session.Query("SELECT host_id FROM system.local").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}
