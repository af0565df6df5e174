package sim

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/schema"
)

// settleWithin bounds how long a cluster may take, after everything was healed, until it is whole.
const settleWithin = 4 * time.Minute

// settled is more than a message takes in a network without faults, and than a connection takes to be found broken and made again.
const settled = 2 * time.Second

// settle heals everything, waits until the cluster is whole again and checks what must hold then. It runs in a task of the world.
func (w *workload) settle(x *chaos) {
	c := w.c
	x.over = true
	c.net.faults = map[direction]*fault{}
	for _, m := range c.machines {
		m.drift.Store(0)
		m.heal()
		m.disk.full.Store(false)
		if m.process != nil && m.process.paused {
			c.s.resume(m.process)
		}
		m.restart()
	}
	for range 2 { // a connection that broke during a fault may yet make a node look dead for a moment
		if !w.await("whole", func() string { return w.lacking(x) }) {
			return
		}
		c.sleep(settled)
	}
	if !w.repair() {
		return
	}
	if c.views { // what repair has written to a base goes to its views, maybe after their turn
		if !w.await("whole", func() string { return w.lacking(x) }) || !w.repair() {
			return
		}
	}
	w.checkAll(x)
	w.checkTransactions()
	w.checkStates()
	w.c.sleep(settled) // what the reads above have finished of transactions reaches the last replica
	if w.await("whole", func() string { return w.lacking(x) }) {
		w.checkReplicas()
	}
}

// repair has every node repair what it replicates.
func (w *workload) repair() bool {
	for _, m := range w.c.machines {
		if !m.ready {
			continue
		}
		repair := func() string {
			if err := w.on(m, func() error { return m.member.Repair(context.Background()) }); err != nil { // a connection that broke a moment ago makes a node look dead for as long
				return fmt.Sprintf("I10: node %d can't repair: %v", m.number, err)
			}
			return ""
		}
		if !w.await("repaired", repair) {
			return false
		}
	}
	return true
}

// await waits for something that must come.
func (w *workload) await(what string, lacking func() string) bool {
	end := w.c.s.now + settleWithin
	for {
		why := lacking()
		if why == "" {
			return true
		}
		if w.c.s.now > end {
			w.problem("liveness: the cluster is not %s after %s: %s", what, settleWithin, why)
			for _, m := range w.c.machines {
				if m.ready {
					voters, leader := m.member.Voters()
					w.c.log.Info("SIM knows", "node", m.number, "members", len(m.member.State().Members), "epoch", m.member.State().Epoch, "voters", voters, "leader", leader)
				}
			}
			return false
		}
		w.c.sleep(200 * time.Millisecond)
	}
}

// lacking says what keeps the cluster from being whole.
func (w *workload) lacking(x *chaos) string {
	if w.clients > 0 {
		return fmt.Sprintf("%d clients still wait", w.clients)
	}
	if x.leaving > 0 {
		return fmt.Sprintf("%d nodes are about to leave", x.leaving)
	}
	for _, m := range w.c.machines {
		if !m.gone && x.removed(m.host) && m.host != uuid.Nil { // it left without hearing the answer
			m.gone = true
			m.kill(100)
		}
		m.restart() // whoever ended meanwhile is started again, as a service is
	}
	for _, m := range w.c.machines {
		if m.gone {
			continue
		}
		if !m.ready {
			return fmt.Sprintf("node %d does not serve", m.number)
		}
		s := m.member.State()
		if s.Operation != nil {
			return fmt.Sprintf("node %d knows of an operation: %+v", m.number, *s.Operation)
		}
		if !m.member.Idle() {
			return fmt.Sprintf("node %d has hints or batches: %s", m.number, m.member.Waiting())
		}
		for i := range s.Members {
			if !m.member.Live(s.Members[i].Host) {
				return fmt.Sprintf("node %d does not see %s", m.number, s.Members[i].Address)
			}
		}
		if first := w.first(); first.member.State().Epoch != s.Epoch {
			return fmt.Sprintf("node %d knows epoch %d, node %d %d", m.number, s.Epoch, first.number, first.member.State().Epoch)
		}
	}
	return ""
}

// first is the first machine that serves.
func (w *workload) first() *machine {
	for _, m := range w.c.machines {
		if m.ready {
			return m
		}
	}
	return nil
}

// on runs f as a task of a machine's node and waits for it.
func (w *workload) on(m *machine, f func() error) (err error) {
	done := false
	w.c.s.spawn(m.process, func() {
		err = f()
		done = true
	})
	for end := w.c.s.now + settleWithin; !done; {
		if m.process.dead {
			return errConnection
		}
		if w.c.s.now > end {
			return fmt.Errorf("no end after %s", settleWithin)
		}
		w.c.sleep(10 * time.Millisecond)
	}
	return err
}

// checkAll reads everything that the clients wrote, through every node.
func (w *workload) checkAll(x *chaos) {
	for _, m := range w.c.machines {
		if !m.ready {
			continue
		}
		ok := true
		for k := range w.registers {
			ok = w.checkRegister(m, k, cassandra.Quorum) && w.checkRegister(m, k, cassandra.One) && ok
		}
		for k := range w.counters {
			ok = w.checkCounter(m, k, cassandra.One) && ok
		}
		for p := range w.rows {
			ok = w.checkRows(m, p, cassandra.One, 7) && ok
		}
		ok = w.checkIndexes(m) && ok
		if !ok {
			w.problem("liveness: node %d does not answer in a whole cluster", m.number)
		}
		w.checkPairs(m)
		if w.c.views && x.done["remove"]+x.done["replace"] == 0 { // what dies for good takes along what only it had of a base, but not what views have of that
			w.checkViews(m)
		}
		w.checkSchema(m)
	}
	m := w.first()
	for _, k := range slices.Sorted(maps.Keys(w.cas)) {
		called := w.c.s.now
		r, err := w.ask(m, cassandra.Serial, "SELECT v FROM ks.cas WHERE k = %d", k)
		w.tookCAS(k, 99, casInput{kind: 'r'}, called, r, err)
	}
}

// checkPairs checks that of each batch all is there or nothing.
func (w *workload) checkPairs(m *machine) {
	var sides [2][]string
	for i, table := range []string{"left", "right"} {
		r, err := w.ask(m, cassandra.Quorum, "SELECT id FROM ks.%s", table)
		if err != nil {
			w.problem("liveness: node %d does not read %s: %v", m.number, table, err)
			return
		}
		for _, row := range r.Rows {
			sides[i] = append(sides[i], fmt.Sprint(integer(row[0])))
		}
		slices.Sort(sides[i])
	}
	if !slices.Equal(sides[0], sides[1]) {
		w.problem("I12: batches left %v and %v (node %d)", sides[0], sides[1], m.number)
	}
}

func (w *workload) checkSchema(m *machine) {
	for name, exists := range w.schema {
		if has := m.member.State().Schema.Table("ks", name) != nil; has != exists {
			w.problem("I8: table %s exists: %t; it was answered %t (node %d)", name, has, exists, m.number)
		}
	}
}

func (w *workload) checkTransactions() {
	for _, k := range slices.Sorted(maps.Keys(w.cas)) {
		history := w.cas[k]
		switch result, _ := porcupine.CheckOperationsVerbose(casModel, history, 20*time.Second); result {
		case porcupine.Illegal:
			var text strings.Builder
			for _, o := range history {
				fmt.Fprintf(&text, "\n  %d: %d–%d %s", o.ClientId, o.Call, o.Return, casModel.DescribeOperation(o.Input, o.Output))
			}
			w.problem("I5: the transactions on key %d are not linearizable:%s", k, text.String())
		case porcupine.Unknown:
			w.problem("I5: the transactions on key %d could not be checked in time", k)
		}
	}
}

// checkStates checks that all nodes know the same, and that each range has its replicas.
func (w *workload) checkStates() {
	first := w.first().member.State()
	for _, m := range w.c.machines {
		if !m.ready {
			continue
		}
		s := m.member.State()
		if s.Epoch != first.Epoch || s.Schema.Version() != first.Schema.Version() || len(s.Members) != len(first.Members) {
			w.problem("I7/I8: node %d knows epoch %d and schema %s, others %d and %s", m.number, s.Epoch, s.Schema.Version(), first.Epoch, first.Schema.Version())
		}
	}
	k := first.Schema.Keyspace("ks")
	if k == nil {
		return
	}
	next := key.Token(math.MinInt64)
	for i, x := range first.Ring.Placement(k.Replication).Ranges() {
		if i > 0 && x.First != next {
			w.problem("I7: the ranges leave a gap before %d", x.First)
		}
		if want := wanted(first, k); len(x.Replicas) != want {
			w.problem("I7: range %d to %d has %d replicas, not %d", x.First, x.Last, len(x.Replicas), want)
		}
		next = x.Last + 1
	}
}

// wanted is how many replicas each range must have: in every datacenter as many as are asked for, if it has so many nodes.
func wanted(s *metadata.State, k *schema.Keyspace) (n int) {
	nodes := map[string]int{}
	for i := range s.Members {
		if s.Members[i].Status == metadata.Normal {
			nodes[s.Members[i].Datacenter]++
		}
	}
	for dc, value := range k.Replication {
		if factor, err := strconv.Atoi(value); err == nil {
			n += min(factor, nodes[dc])
		}
	}
	return n
}

// checkReplicas checks that the replicas of every range hold the same, byte for byte.
func (w *workload) checkReplicas() {
	s := w.first().member.State()
	k := s.Schema.Keyspace("ks")
	for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
		t := k.Tables[name]
		for _, x := range s.Ring.Placement(k.Replication).Ranges() {
			var page []byte
			var from int
			for i, n := range x.Replicas {
				m := w.of(uuid.UUID(n.ID))
				if m == nil {
					w.problem("I7: a replica of %d to %d is no machine", x.First, x.Last)
					continue
				}
				request := replica.ReadRequest{
					Plan: replica.Plan{Epoch: s.Epoch, Topology: s.Topology}, Command: row.Command{Tokens: x.TokenRange}, Table: t.DataID, GCBefore: math.MinInt64, Bytes: 64 << 20,
				}
				raw, err := w.page(m, request.Append(nil))
				if err != nil {
					w.problem("I10: node %d does not read %d to %d: %v", m.number, x.First, x.Last, err)
					continue
				}
				if w.c.patrol != 0 || t.IsView() { // one may have purged what another has not yet, or have what nobody can see
					raw = w.living(t, raw)
				}
				if i == 0 {
					page, from = raw, m.number
				} else if !bytes.Equal(page, raw) {
					w.problem("I10: nodes %d and %d differ in table %s, tokens %d to %d:\n%x\n%x", from, m.number, t.Name, x.First, x.Last, page, raw)
				}
			}
		}
	}
}

// living leaves the tombstones out of a page.
func (w *workload) living(t *schema.Table, raw []byte) []byte {
	page, err := replica.DecodePage(raw)
	if err != nil {
		w.problem("I10: a page of table %s: %v", t.Name, err)
		return nil
	}
	var c replica.PageCursor
	c.Reset(page.Raw)
	clean, err := replica.MakePage(&c, &replica.ReadRequest{Command: row.Command{Table: t}, GCBefore: math.MaxInt64, Bytes: 64 << 20})
	if err != nil {
		w.problem("I10: a page of table %s: %v", t.Name, err)
		return nil
	}
	return clean.Raw
}

// of returns the machine of a host.
func (w *workload) of(host uuid.UUID) *machine {
	for _, m := range w.c.machines {
		if m.ready && m.host == host {
			return m
		}
	}
	return nil
}

// page asks a node for what it holds itself.
func (w *workload) page(m *machine, request []byte) (raw []byte, err error) {
	e := w.c.net.endpoints[m.storage()]
	hello := e.options.Self()
	answered := false
	w.c.s.spawn(m.process, func() {
		e.options.Handle(&hello, rpc.Read, request, func(reply []byte) {
			raw, err = replica.Answer(bytes.Clone(reply))
			answered = true
		})
	})
	for !answered && !m.process.dead {
		w.c.sleep(time.Millisecond)
	}
	return raw, err
}

// dump logs who holds what of a partition with an int key.
func (w *workload) dump(table string, k int) {
	partition := key.NewPartition([]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)})
	for _, m := range w.c.machines {
		if !m.ready {
			continue
		}
		s := m.member.State()
		t := s.Schema.Table("ks", table)
		ks := s.Schema.Keyspace("ks")
		if t == nil || ks == nil {
			continue
		}
		numbers := func(nodes []*ring.Node) (all []int) {
			for _, n := range nodes {
				if of := w.of(uuid.UUID(n.ID)); of != nil {
					all = append(all, of.number)
				}
			}
			return all
		}
		var next []int
		step := ""
		if s.Next != nil {
			next, step = numbers(s.Next.Placement(ks.Replication).At(partition.Token).Replicas), fmt.Sprint(s.Operation.Kind, s.Operation.Step)
		}
		request := replica.ReadRequest{Plan: replica.Plan{Epoch: s.Epoch, Topology: s.Topology}, Command: row.Command{Partitions: []key.Partition{partition}}, Table: t.DataID, GCBefore: math.MinInt64, Bytes: 64 << 20}
		raw, err := w.page(m, request.Append(nil))
		w.c.log.Info("SIM holds", "node", m.number, "epoch", s.Epoch, "topology", s.Topology, "step", step, "now", numbers(s.Ring.Placement(ks.Replication).At(partition.Token).Replicas), "next", next, "bytes", len(raw), "raw", fmt.Sprintf("%x", raw), "error", err)
	}
}
