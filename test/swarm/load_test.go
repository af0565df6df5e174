//go:build linux

package swarm

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// keyspace are the statements that make the table which the load writes to.
func keyspace(replicas int) string {
	return fmt.Sprintf("CREATE KEYSPACE load WITH replication = {'class':'NetworkTopologyStrategy','datacenter1':%d}; CREATE TABLE load.t (id int PRIMARY KEY, v int)", replicas)
}

// load writes and reads at QUORUM from outside the Swarm, by the hosts' ports, until it is stopped. The driver tries another host when one does not answer, as
// its users have it.
type load struct {
	session       *gocql.Session
	over          chan struct{}
	writers       sync.WaitGroup
	writes, reads atomic.Int64
	retries       atomic.Int64
	mu            sync.Mutex
	acknowledged  []int    // guarded by mu
	failed        []string // guarded by mu
	stale         []string // guarded by mu
	longest       time.Duration
}

// retrying counts what is tried again.
type retrying struct {
	gocql.SimpleRetryPolicy
	count *atomic.Int64
}

func (r *retrying) Attempt(q gocql.RetryableQuery) bool {
	again := r.SimpleRetryPolicy.Attempt(q)
	if again {
		r.count.Add(1)
	}
	return again
}

// loadSome writes and reads until there are some rows.
func loadSome(t *testing.T) *load {
	t.Helper()
	l := startLoad(t)
	eventually(t, wholeWithin, "some writes", func() string {
		if n := l.writes.Load(); n < 500 {
			return fmt.Sprint(n)
		}
		return ""
	})
	l.end()
	return l
}

func startLoad(t *testing.T) *load {
	t.Helper()
	l := &load{over: make(chan struct{})}
	var hosts []string
	for _, h := range lab {
		hosts = append(hosts, h.address)
	}
	cluster := gocql.NewCluster(hosts...)
	cluster.Consistency = gocql.Quorum
	cluster.Timeout, cluster.ConnectTimeout, cluster.ReconnectInterval = 3*time.Second, 2*time.Second, time.Second
	cluster.DefaultIdempotence = true
	cluster.RetryPolicy = &retrying{gocql.SimpleRetryPolicy{NumRetries: 4}, &l.retries}
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	var err error
	if l.session, err = cluster.CreateSession(); err != nil {
		t.Fatal(err)
	}
	for w := range 4 {
		l.writers.Go(func() { l.write(w) })
	}
	t.Cleanup(l.end)
	return l
}

// write writes and reads until the load is over, some hundred requests a second.
func (l *load) write(writer int) {
	random := rand.New(rand.NewPCG(1, uint64(writer)))
	for n := 0; ; n++ {
		select {
		case <-l.over:
			return
		case <-time.After(10 * time.Millisecond):
		}
		id := writer*10_000_000 + n
		began := time.Now()
		err := l.session.Query("INSERT INTO load.t (id, v) VALUES (?, ?)", id, id).Exec()
		took := time.Since(began)
		l.writes.Add(1)
		l.mu.Lock()
		l.longest = max(l.longest, took)
		if err != nil {
			l.failed = append(l.failed, fmt.Sprintf("%s write %d: %v", began.Format("15:04:05.000"), id, err))
		} else {
			l.acknowledged = append(l.acknowledged, id)
		}
		if len(l.acknowledged) == 0 {
			l.mu.Unlock()
			continue
		}
		id = l.acknowledged[random.IntN(len(l.acknowledged))]
		l.mu.Unlock()
		l.read(id)
	}
}

func (l *load) read(id int) {
	var v int
	began := time.Now()
	err := l.session.Query("SELECT v FROM load.t WHERE id = ?", id).Scan(&v)
	l.reads.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest = max(l.longest, time.Since(began))
	switch {
	case err == gocql.ErrNotFound || err == nil && v != id:
		l.stale = append(l.stale, fmt.Sprintf("%s read %d: %d, %v", began.Format("15:04:05.000"), id, v, err))
	case err != nil:
		l.failed = append(l.failed, fmt.Sprintf("%s read %d: %v", began.Format("15:04:05.000"), id, err))
	}
}

// end stops the requests.
func (l *load) end() {
	select {
	case <-l.over:
	default:
		close(l.over)
		l.writers.Wait()
	}
}

// stop ends the load. No request may have failed, and nothing that was acknowledged may be lost.
func (l *load) stop(t *testing.T) {
	t.Helper()
	l.stopWith(t, true)
}

// stopWith is stop where requests may have failed; lost nothing may be either way.
func (l *load) stopWith(t *testing.T, none bool) {
	t.Helper()
	l.end()
	for _, id := range l.acknowledged {
		l.read(id)
	}
	t.Logf("%d writes and %d reads at QUORUM, %d failed, %d tried again at another node, none lost of %d acknowledged; the longest took %d ms",
		l.writes.Load(), l.reads.Load(), len(l.failed), l.retries.Load(), len(l.acknowledged), l.longest.Milliseconds())
	if len(l.stale) > 0 {
		t.Errorf("%d acknowledged rows were not read, such as %s", len(l.stale), l.stale[0])
	}
	if none && len(l.failed) > 0 {
		t.Errorf("%d requests failed, first and last:\n%s\n%s", len(l.failed), l.failed[0], l.failed[len(l.failed)-1])
	}
	l.session.Close()
}
