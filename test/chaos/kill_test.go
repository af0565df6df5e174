package chaos

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/test/server"
)

var (
	rounds = flag.Int("rounds", 10, "kill -9 rounds for each commitlog_sync")
	seed   = flag.Uint64("seed", 1, "seed of the times between start and kill")
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

// writersMax is how many writes are under way when the process is killed.
const writersMax = 32

// TestKillLosesNothing guards invariant I1: an acknowledged write survives kill -9, whether the log is synced before the
// answer (batch) or after it (periodic).
func TestKillLosesNothing(t *testing.T) {
	for _, mode := range []string{"batch", "periodic"} {
		t.Run(mode, func(t *testing.T) {
			t.Logf("replay: go test ./test/chaos -run TestKillLosesNothing/%s -rounds=%d -seed=%d", mode, *rounds, *seed)
			random := rand.New(rand.NewPCG(*seed, 0))
			node := server.Start(t, server.Options{Args: []string{"--commitlog-sync", mode}})
			createLedger(t, node)
			var l ledger
			for round := range *rounds {
				writeUntilKilled(t, node, &l, 50*time.Millisecond+time.Duration(random.Int64N(int64(400*time.Millisecond))))
				node = node.Again(t)
				l.check(t, node, round, gocql.One)
				if t.Failed() {
					return
				}
			}
			t.Logf("%d rounds, %d acknowledged writes, none missing", *rounds, len(l.acked))
		})
	}
}

func connect(t *testing.T, node *server.Node) *gocql.Session {
	t.Helper()
	cluster := gocql.NewCluster(node.Host)
	cluster.Consistency = gocql.One
	cluster.RetryPolicy = nil
	cluster.ReconnectInterval = 0
	cluster.NumConns = 4
	cluster.HostFilter = gocql.WhiteListHostFilter(node.Host) // what is asked is what this node says, though it names others
	session, err := cluster.CreateSession()
	if err != nil {
		t.Fatalf("%v\n%s", err, node.Log())
	}
	return session
}

func createLedger(t *testing.T, node *server.Node) {
	t.Helper()
	session := connect(t, node)
	defer session.Close()
	for _, cql := range []string{
		"CREATE KEYSPACE chaos WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE chaos.ledger (id bigint PRIMARY KEY, check bigint, filler text)",
	} {
		if err := session.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
}

// ledger is what the client knows: ids whose write was acknowledged.
type ledger struct {
	next  int64
	acked []int64
}

const filler = "a value long enough that a log record crosses a block boundary now and then ........................................"

func writeUntilKilled(t *testing.T, node *server.Node, l *ledger, after time.Duration) {
	t.Helper()
	session := connect(t, node)
	defer session.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var mu sync.Mutex // guards l
	var writers sync.WaitGroup
	for range writersMax {
		writers.Go(func() {
			for {
				mu.Lock()
				id := l.next
				l.next++
				mu.Unlock()
				if err := session.Query("INSERT INTO chaos.ledger (id, check, filler) VALUES (?, ?, ?)", id, id*7919, filler).ExecContext(ctx); err != nil {
					return // the node is gone; whether this write was kept is unknown
				}
				mu.Lock()
				l.acked = append(l.acked, id)
				mu.Unlock()
			}
		})
	}
	<-time.After(after)
	node.Kill()
	cancel()
	writers.Wait()
}

// check reads every acknowledged id back, by one scan and by key for the newest.
func (l *ledger) check(t *testing.T, node *server.Node, round int, level gocql.Consistency) {
	t.Helper()
	session := connect(t, node)
	defer session.Close()
	seen := make(map[int64]int64, len(l.acked))
	rows := session.Query("SELECT id, check FROM chaos.ledger").Consistency(level).PageSize(5000).Iter()
	for id, check := int64(0), int64(0); rows.Scan(&id, &check); {
		seen[id] = check
	}
	if err := rows.Close(); err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	missing := 0
	for _, id := range l.acked {
		if seen[id] != id*7919 {
			missing++
		}
	}
	if missing > 0 || len(l.acked) == 0 {
		t.Errorf("round %d: %d of %d acknowledged writes are missing", round, missing, len(l.acked))
	}
	for _, id := range l.acked[max(0, len(l.acked)-20):] {
		var check int64
		if err := session.Query("SELECT check FROM chaos.ledger WHERE id = ?", id).Scan(&check); err != nil || check != id*7919 {
			t.Errorf("round %d: id %d by key: %d, %v", round, id, check, err)
		}
	}
}

// TestStopKeepsEverything guards the drain: SIGTERM finishes requests, exits 0 and loses nothing.
func TestStopKeepsEverything(t *testing.T) {
	node := server.Start(t, server.Options{Args: []string{"--commitlog-sync", "periodic"}})
	createLedger(t, node)
	session := connect(t, node)
	var l ledger
	for id := range int64(500) {
		if err := session.Query("INSERT INTO chaos.ledger (id, check, filler) VALUES (?, ?, ?)", id, id*7919, filler).Exec(); err != nil {
			t.Fatal(err)
		}
		l.acked = append(l.acked, id)
	}
	if err := node.Stop(10 * time.Second); err != nil {
		t.Errorf("SIGTERM: %v", fmt.Errorf("exit: %w\n%s", err, node.Log()))
	}
	session.Close()
	l.check(t, node.Again(t), 0, gocql.One)
}
