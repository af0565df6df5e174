package sim

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"helenus/internal/cassandra"
)

// Options of a run.
type Options struct {
	Seed   uint64
	Logger *slog.Logger
	// Requests is how many each client makes at most; default 200.
	Requests int
}

// Result is what a run came to.
type Result struct {
	// Problems are promises that were broken; none is what is wanted.
	Problems []string
	// Trace is a hash of all that happened: equal seeds give equal traces.
	Trace                      uint64
	Nodes, Factor              int
	Requests, Answered, Faults int
	Messages, Steps            int
	Simulated                  time.Duration
	Kinds                      string
}

// One seed of absentSeeds has absent members removed after absentAfter, which is longer than any other fault has a node absent.
const (
	absentSeeds = 7
	absentAfter = 40 * time.Second
)

// Run simulates one cluster. The global random source must have been seeded with the seed before.
func Run(o Options) (r Result) {
	if o.Requests == 0 {
		o.Requests = 200
	}
	s := newScheduler(o.Seed)
	world.tasks, world.mourners = nil, nil
	c := &cluster{s: s, net: newNetwork(s), log: slog.New(stamped{o.Logger.Handler(), s}), racks: 1 + s.random.IntN(3), datacenters: 1}
	w := &workload{c: c, pause: 500_000, keys: casKeys, cas: map[int][]porcupine.Operation{}, lastCAS: map[int]int{}, doubts: map[int]int{}}
	if s.random.IntN(2) == 0 {
		w.often, w.favourite = 85, s.random.IntN(98)
	}
	busy := s.random.IntN(6) == 0
	if busy { // transactions that get in each other's way, and faults in quick succession
		w.often, w.favourite, w.pause, w.keys = 90, transactions, 80_000, 2
		o.Requests += o.Requests / 2
	}
	if s.random.IntN(2) == 0 { // tombstones are purged early; clocks must be true then
		c.patrol, c.repair, c.margin = 4*time.Second, 5*time.Second, 20*time.Second
	}
	nodes := 3 + s.random.IntN(3)
	if s.random.IntN(8) == 0 {
		nodes = 1 + s.random.IntN(2)
	}
	if nodes > 3 && s.random.IntN(4) == 0 {
		c.datacenters = 2
	}
	factor := min(nodes, 3)
	if nodes == 2 && s.random.IntN(2) == 0 { // more replicas are asked for than there are nodes
		factor = 3
	}
	if c.datacenters == 1 && s.random.IntN(10) == 0 {
		factor = 1 + s.random.IntN(factor)
	}
	if o.Seed%absentSeeds == 0 && factor == 3 { // members that are gone for good are removed by the others themselves
		c.absent = absentAfter
	}
	c.views = o.Seed%viewSeeds == 0
	x := &chaos{c: c, busy: busy, downMax: 1 + max(0, s.random.IntN(4)-2), topologyMax: s.random.IntN(4), factor: factor, done: map[string]int{}}
	if c.absent != 0 {
		x.topologyMax = max(x.topologyMax, 2)
	}
	finished := false
	s.spawn(world, func() {
		defer func() { finished = true }()
		if !w.form(nodes, factor) {
			return
		}
		clients := 2 + s.random.IntN(5)
		for i := range clients {
			w.client(i, o.Requests)
		}
		s.spawn(world, x.run)
		for w.clients > 0 && s.now < 90*time.Second {
			c.sleep(100 * time.Millisecond)
		}
		w.settle(x)
	})
	s.run(time.Hour, func() bool { return finished })
	if s.failure != nil {
		w.problem("%v", s.failure)
	} else if !finished {
		w.problem("liveness: the run does not end")
	}
	for _, m := range c.machines {
		m.kill(100)
	}
	s.kill(world)
	world.dead = false
	s.close()
	return Result{
		Problems: w.problems, Trace: s.trace, Nodes: nodes, Factor: factor, Requests: w.requests, Answered: w.answered, Faults: x.faults, Messages: c.net.sent, Steps: s.steps,
		Simulated: s.now, Kinds: x.String(),
	}
}

// form starts the first nodes and makes the tables.
func (w *workload) form(nodes, factor int) bool {
	c := w.c
	for range nodes {
		c.add().start()
		c.sleep(c.between(0, time.Second))
	}
	ready := func() string {
		for _, m := range c.machines {
			if !m.ready {
				return fmt.Sprintf("node %d does not serve", m.number)
			}
		}
		return ""
	}
	if !w.await("formed", ready) {
		return false
	}
	make := func(cql string) bool {
		_, err := c.machines[0].query(cql, cassandra.One, cassandra.Serial, 0, nil)
		if err != nil {
			w.problem("%s: %v", cql, err)
		}
		return err == nil
	}
	replication := fmt.Sprintf("'dc1': %d", factor)
	if c.datacenters == 2 {
		replication = fmt.Sprintf("'dc1': %d, 'dc2': %d", factor-1, 1+c.s.random.IntN(2))
	}
	if !make(fmt.Sprintf("CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', %s}", replication)) {
		return false
	}
	all := tables
	if c.views {
		all = slices.Concat(tables, viewTables)
	}
	for _, t := range all {
		var options []string
		if c.patrol != 0 && !strings.Contains(t, "id int") { // a batch has to outlive its coordinator's absence
			options = append(options, "gc_grace_seconds = 1")
		}
		if strings.Contains(t, "ks.rows") && c.s.random.IntN(3) == 0 { // nobody writes back what a read finds, but repair
			options = append(options, "read_repair = 'NONE'")
		}
		if len(options) > 0 && strings.HasPrefix(t, "CREATE TABLE") {
			t += " WITH " + strings.Join(options, " AND ")
		}
		if !make(t) {
			return false
		}
	}
	return true
}

// stamped tells the simulated time in log lines.
type stamped struct {
	slog.Handler
	s *scheduler
}

func (h stamped) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(slog.Duration("at", h.s.now))
	return h.Handler.Handle(ctx, r)
}

func (h stamped) WithAttrs(attrs []slog.Attr) slog.Handler {
	return stamped{h.Handler.WithAttrs(attrs), h.s}
}
