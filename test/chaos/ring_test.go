package chaos

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

// startRing starts three nodes that form one cluster.
func startRing(t *testing.T) []*server.Node {
	t.Helper()
	first := server.Start(t, server.Options{})
	nodes := []*server.Node{first}
	for range 2 {
		nodes = append(nodes, server.Start(t, server.Options{Args: []string{"--seeds", first.Host}}))
	}
	return nodes
}

func connectRing(t *testing.T, nodes []*server.Node, level gocql.Consistency) *gocql.Session {
	t.Helper()
	var hosts []string
	for _, n := range nodes {
		if n.Running() {
			hosts = append(hosts, n.Host)
		}
	}
	cluster := gocql.NewCluster(hosts...)
	cluster.Consistency = level
	cluster.Timeout = 5 * time.Second
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	cluster.RetryPolicy = &gocql.SimpleRetryPolicy{NumRetries: 3}
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// TestRingGoesOn kills one of three nodes under load, again and again: with three replicas, reads and writes at QUORUM go on through the
// others, and whatever was acknowledged is there at QUORUM and, once the node is back and the hints are delivered, on every replica.
func TestRingGoesOn(t *testing.T) {
	kills := max(1, *rounds/5)
	t.Logf("replay: go test ./test/chaos -run TestRingGoesOn -rounds=%d -seed=%d", *rounds, *seed)
	random := rand.New(rand.NewPCG(*seed, 1))
	nodes := startRing(t)
	setup := connectRing(t, nodes, gocql.Quorum)
	for _, cql := range []string{
		"CREATE KEYSPACE chaos WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
		"CREATE TABLE chaos.ledger (id bigint PRIMARY KEY, check bigint, filler text)",
	} {
		if err := setup.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	setup.Close()
	var l ledger
	longest := time.Duration(0)
	for round := range kills {
		victim := random.IntN(len(nodes))
		pause, failures := loadWhile(t, nodes, &l, func() {
			<-time.After(300 * time.Millisecond)
			nodes[victim].Kill()
			<-time.After(time.Second)
		})
		longest = max(longest, pause)
		if failures > 0 {
			t.Errorf("round %d: %d requests failed", round, failures)
		}
		l.check(t, nodes[(victim+1)%3], round, gocql.Quorum)
		nodes[victim] = nodes[victim].Again(t)
		l.arrive(t, nodes[victim])
	}
	t.Logf("%d kills, %d acknowledged writes, none missing; the longest request took %s", kills, len(l.acked), longest)
	if longest > 2*time.Second {
		t.Errorf("a request took %s", longest)
	}
}

// loadWhile writes and reads back until what has returned, and tells the longest request and how many failed.
func loadWhile(t *testing.T, nodes []*server.Node, l *ledger, what func()) (longest time.Duration, failures int) {
	t.Helper()
	session := connectRing(t, nodes, gocql.Quorum)
	defer session.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var mu sync.Mutex // guards l, longest, failures
	var workers sync.WaitGroup
	for range writersMax {
		workers.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				id := l.next
				l.next++
				mu.Unlock()
				began := time.Now()
				err := session.Query("INSERT INTO chaos.ledger (id, check, filler) VALUES (?, ?, ?)", id, id*7919, filler).Idempotent(true).Exec()
				took := time.Since(began)
				var check int64
				if err == nil {
					began = time.Now()
					err = session.Query("SELECT check FROM chaos.ledger WHERE id = ?", id).Idempotent(true).Scan(&check)
					took = max(took, time.Since(began))
				}
				mu.Lock()
				if err != nil {
					failures++
					t.Logf("id %d: %v", id, err)
				} else {
					l.acked = append(l.acked, id)
				}
				longest = max(longest, took)
				mu.Unlock()
			}
		})
	}
	what()
	cancel()
	workers.Wait()
	return longest, failures
}

// arrive waits until a node that was away has everything itself, as a read at ONE through it tells.
func (l *ledger) arrive(t *testing.T, node *server.Node) {
	t.Helper()
	session := connect(t, node)
	defer session.Close()
	deadline := time.Now().Add(time.Minute)
	for {
		var count int
		if err := session.Query("SELECT count(*) FROM chaos.ledger").Scan(&count); err == nil && count >= len(l.acked) {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("a minute after it came back the node has %d of %d rows: %v\n%s", count, len(l.acked), err, node.Log())
		}
		<-time.After(100 * time.Millisecond)
	}
}
