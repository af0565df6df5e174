//go:build unix

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"helenus/client/nodetool"
	"helenus/test/server"
)

// The clocks of the three nodes differ by up to an hour either way.
var offsets = []string{"0s", "1h", "-1h"}

const (
	historyKeys    = 4
	historyClients = 12
	requestsMax    = 400 // of a client in a round: what porcupine can check soon
)

// TestHistories has clients ask three nodes, whose clocks are up to two hours apart, while these are killed, stopped and cut off from each other. Each
// round checks what the clients saw: transactions are linearizable (porcupine), no acknowledged element of a set is missing, and counters hold
// the acknowledged increments and no more than were tried.
func TestHistories(t *testing.T) {
	n := max(2, *rounds/5)
	t.Logf("replay: go test ./test/chaos -run TestHistories -rounds=%d -seed=%d", *rounds, *seed)
	random := rand.New(rand.NewPCG(*seed, 2))
	r := &historyRing{t: t}
	for i, offset := range offsets {
		o := server.Options{Args: []string{"--clock-offset", offset, "--rack", fmt.Sprintf("rack%d", i)}}
		if i > 0 {
			o.Args = append(o.Args, "--seeds", r.nodes[0].Host)
		}
		r.nodes = append(r.nodes, server.Start(t, o))
	}
	setup := connectRing(t, r.nodes, gocql.Quorum)
	for _, cql := range []string{
		"CREATE KEYSPACE history WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}",
		"CREATE TABLE history.cas (round int, k int, v int, PRIMARY KEY ((round, k)))",
		"CREATE TABLE history.elements (round int, id int, PRIMARY KEY (round, id))",
		"CREATE TABLE history.counts (round int, k int, n counter, PRIMARY KEY ((round, k)))",
	} {
		if err := setup.Query(cql).Exec(); err != nil {
			t.Fatal(err)
		}
	}
	setup.Close()
	total := 0
	for round := range n {
		h := &history{ring: r, round: round, began: time.Now(), counts: make([]count, historyKeys)}
		h.run(random)
		r.heal()
		h.check()
		total += h.answered
		if t.Failed() {
			t.Fatalf("round %d, faults %v", round, h.faults)
		}
	}
	t.Logf("%d rounds, %d answered requests, all histories in order", n, total)
}

// historyRing is three nodes, some of which may be out of order.
type historyRing struct {
	t       *testing.T
	nodes   []*server.Node
	stopped [3]bool
	cut     bool
}

// heal sets everything right again.
func (r *historyRing) heal() {
	for i, n := range r.nodes {
		if r.stopped[i] {
			if err := n.Signal(syscall.SIGCONT); err != nil {
				r.t.Error(err)
			}
			r.stopped[i] = false
		}
		if !n.Running() {
			r.nodes[i] = n.Again(r.t)
		}
	}
	if r.cut {
		r.partition("heal")
		r.cut = false
	}
}

// partition cuts the third node off from the others, or heals that.
func (r *historyRing) partition(verb string) {
	storage := func(n *server.Node) string { return net.JoinHostPort(n.Host, "7000") }
	for i, n := range r.nodes {
		for j, other := range r.nodes {
			if i == j || i != 2 && j != 2 || !n.Running() || r.stopped[i] {
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			_, err := nodetool.Ask(ctx, net.JoinHostPort(n.Host, strconv.Itoa(nodetool.Port)), verb, nodetool.Arguments{Host: storage(other)})
			cancel()
			if err != nil {
				r.t.Errorf("%s: %v", verb, err)
			}
		}
	}
}

type count struct{ acknowledged, tried int64 }

// history is one round.
type history struct {
	ring   *historyRing
	round  int
	began  time.Time
	faults []string

	mu       sync.Mutex
	next     int                                // guarded by mu
	answered int                                // guarded by mu
	cas      [historyKeys][]porcupine.Operation // guarded by mu
	added    []int                              // guarded by mu: acknowledged elements
	tried    map[int]bool                       // guarded by mu
	counts   []count                            // guarded by mu
}

// run has the clients ask for a while and something go wrong meanwhile.
func (h *history) run(random *rand.Rand) {
	t := h.ring.t
	h.tried = map[int]bool{}
	ctx, cancel := context.WithCancel(context.Background())
	var clients sync.WaitGroup
	for i := range historyClients {
		node := h.ring.nodes[i%3]
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		session := h.connect(node)
		clients.Go(func() {
			defer session.Close()
			for n := 0; ctx.Err() == nil && n < requestsMax; n++ {
				h.request(session, i, own)
			}
		})
	}
	pause := func(low, high int) { <-time.After(time.Duration(low+random.IntN(high-low)) * time.Millisecond) }
	pause(200, 500)
	for range 1 + random.IntN(2) {
		victim := random.IntN(3)
		switch kind := random.IntN(3); {
		case kind == 0 && h.ring.nodes[victim].Running() && !h.ring.stopped[victim]:
			h.faults = append(h.faults, fmt.Sprintf("kill %d", victim))
			h.ring.nodes[victim].Kill()
		case kind == 1 && h.ring.nodes[victim].Running() && !h.ring.stopped[victim]:
			h.faults = append(h.faults, fmt.Sprintf("stop %d", victim))
			if err := h.ring.nodes[victim].Signal(syscall.SIGSTOP); err != nil {
				t.Error(err)
			}
			h.ring.stopped[victim] = true
		default:
			h.faults = append(h.faults, "cut")
			h.ring.partition("partition")
			h.ring.cut = true
		}
		pause(400, 1200)
		if random.IntN(2) == 0 {
			h.ring.heal()
			pause(200, 600)
		}
	}
	cancel()
	h.ring.heal()
	clients.Wait()
}

func (h *history) connect(node *server.Node) *gocql.Session {
	h.ring.t.Helper()
	cluster := gocql.NewCluster(node.Host)
	cluster.Consistency = gocql.Quorum
	cluster.SerialConsistency = gocql.Serial
	cluster.RetryPolicy = nil
	cluster.Timeout = 4 * time.Second
	cluster.DisableInitialHostLookup = true
	cluster.HostFilter = gocql.WhiteListHostFilter(node.Host)
	session, err := cluster.CreateSession()
	if err != nil {
		h.ring.t.Fatal(err)
	}
	return session
}

func (h *history) number() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	return h.next
}

func (h *history) request(session *gocql.Session, client int, random *rand.Rand) {
	k := random.IntN(historyKeys)
	switch n := random.IntN(10); {
	case n < 6:
		h.transact(session, client, k, random)
	case n < 8:
		id := h.number()
		h.mu.Lock()
		h.tried[id] = true
		h.mu.Unlock()
		if session.Query("INSERT INTO history.elements (round, id) VALUES (?, ?)", h.round, id).Exec() == nil {
			h.mu.Lock()
			h.added = append(h.added, id)
			h.answered++
			h.mu.Unlock()
		}
	default:
		h.mu.Lock()
		h.counts[k].tried++
		h.mu.Unlock()
		if session.Query("UPDATE history.counts SET n = n + 1 WHERE round = ? AND k = ?", h.round, k).Exec() == nil {
			h.mu.Lock()
			h.counts[k].acknowledged++
			h.answered++
			h.mu.Unlock()
		}
	}
}

// attempt is what a client asked of a register, seen is what it was told.
type attempt struct {
	kind            byte // i: insert if not exists, u: update if, r: read
	expected, value int
}

type seen struct {
	unknown, applied bool
	found            int
}

var registerModel = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		now, in, out := state.(int), input.(attempt), output.(seen)
		applies := in.kind == 'i' && now == 0 || in.kind == 'u' && now == in.expected && now != 0
		next := now
		if applies {
			next = in.value
		}
		switch {
		case in.kind == 'r':
			return out.found == now, now
		case out.unknown:
			return true, next
		case out.applied != applies:
			return false, now
		}
		return applies || out.found == now, next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

func (h *history) transact(session *gocql.Session, client, k int, random *rand.Rand) {
	in := attempt{kind: 'r', value: h.number()}
	var out seen
	var err error
	called := time.Since(h.began).Nanoseconds()
	read := func(q *gocql.Query) error {
		err := q.Scan(&out.found)
		if err == gocql.ErrNotFound { //nolint:errorlint // the driver returns it as it is
			out.found, err = 0, nil
		}
		return err
	}
	switch random.IntN(4) {
	case 0:
		err = read(session.Query("SELECT v FROM history.cas WHERE round = ? AND k = ?", h.round, k).Consistency(gocql.Serial))
	case 1:
		in.kind = 'i'
		var r, key int
		out.applied, err = session.Query("INSERT INTO history.cas (round, k, v) VALUES (?, ?, ?) IF NOT EXISTS", h.round, k, in.value).ScanCAS(&r, &key, &out.found)
	default:
		if read(session.Query("SELECT v FROM history.cas WHERE round = ? AND k = ?", h.round, k)) != nil {
			return
		}
		in.kind, in.expected, out.found = 'u', out.found, 0
		called = time.Since(h.began).Nanoseconds()
		out.applied, err = session.Query("UPDATE history.cas SET v = ? WHERE round = ? AND k = ? IF v = ?", in.value, h.round, k, in.expected).ScanCAS(&out.found)
	}
	back := time.Since(h.began).Nanoseconds()
	if err != nil {
		<-time.After(20 * time.Millisecond) // a node that is down refuses quickly
		var unavailable *gocql.RequestErrUnavailable
		if in.kind == 'r' || errors.Is(err, gocql.ErrNoConnections) || errors.As(err, &unavailable) {
			return // nothing was done
		}
		out, back = seen{unknown: true}, math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.answered++
	}
	h.cas[k] = append(h.cas[k], porcupine.Operation{ClientId: client, Input: in, Output: out, Call: called, Return: back})
}

// whole waits until every node reads from all.
func (h *history) whole() {
	t := h.ring.t
	deadline := time.Now().Add(30 * time.Second)
	for _, n := range h.ring.nodes {
		session := h.connect(n)
		for {
			err := session.Query("SELECT count(*) FROM history.elements WHERE round = ?", h.round).Consistency(gocql.All).Exec()
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("half a minute after everything was healed, %s does not read at ALL: %v", n.Host, err)
			}
			<-time.After(50 * time.Millisecond)
		}
		session.Close()
	}
}

// check compares what there is with what the clients were told.
func (h *history) check() {
	t := h.ring.t
	h.whole()
	session := connectRing(t, h.ring.nodes, gocql.Quorum)
	defer session.Close()
	for k := range historyKeys {
		switch result, _ := porcupine.CheckOperationsVerbose(registerModel, h.cas[k], time.Minute); result {
		case porcupine.Illegal:
			t.Errorf("round %d, key %d: %d transactions are not linearizable", h.round, k, len(h.cas[k]))
			for _, o := range h.cas[k] {
				t.Logf("  %d: %d–%d %s", o.ClientId, o.Call, o.Return, registerModel.DescribeOperation(o.Input, o.Output))
			}
		case porcupine.Unknown:
			t.Errorf("round %d, key %d: %d transactions could not be checked in time", h.round, k, len(h.cas[k]))
		}
		var n int64
		if err := session.Query("SELECT n FROM history.counts WHERE round = ? AND k = ?", h.round, k).Scan(&n); err != nil && h.counts[k].acknowledged > 0 {
			t.Errorf("round %d, counter %d: %v", h.round, k, err)
		}
		if c := h.counts[k]; n < c.acknowledged || n > c.tried {
			t.Errorf("round %d: counter %d is %d; %d increments were acknowledged and %d tried", h.round, k, n, c.acknowledged, c.tried)
		}
	}
	there := map[int]bool{}
	rows := session.Query("SELECT id FROM history.elements WHERE round = ?", h.round).PageSize(500).Iter()
	for id := 0; rows.Scan(&id); {
		if there[id] = true; !h.tried[id] {
			t.Errorf("round %d: element %d was never added", h.round, id)
		}
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	var missing []int
	for _, id := range h.added {
		if !there[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		t.Errorf("round %d: of %d acknowledged elements %d are missing: %v", h.round, len(h.added), len(missing), missing)
	}
}
