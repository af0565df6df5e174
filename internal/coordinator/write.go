package coordinator

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// Write applies mutations of one or several partitions at a consistency level. With this node as the only replica all of them are one
// atomic write.
func (c *Coordinator) Write(mutations []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (Pending, error) {
	if err := CheckWrite(level); err != nil {
		return nil, err
	}
	if kind == cassandra.WriteBatch {
		c.trace.Add(trace.Requests, "Determining replicas for atomic batch")
	} else {
		c.trace.Add(trace.Requests, "Determining replicas for mutation")
	}
	for attempt := 0; ; attempt++ {
		pending, err := c.writeHere(mutations, level)
		if pending != nil {
			return pending, nil
		}
		var stale *replica.StaleError
		if errors.As(err, &stale) && attempt < localAttempts { // the topology changed between the look and the write
			continue
		}
		if err != nil {
			return nil, err
		}
		break
	}
	if kind == cassandra.WriteBatch && len(mutations) > 1 {
		return c.writeLogged(mutations, level)
	}
	return c.writeEach(mutations, level, plainType(len(mutations)))
}

// plainType is what a write without a batch log is called when it fails, whatever statement it came from.
// Source: Cassandra 5.0, StorageProxy.mutate.
func plainType(partitions int) cassandra.WriteType {
	if partitions > 1 {
		return cassandra.WriteUnloggedBatch
	}
	return cassandra.WriteSimple
}

// writeEach writes each partition on its own; when one can't be, none is begun.
func (c *Coordinator) writeEach(mutations []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (Pending, error) {
	all, err := c.prepareWrites(mutations, level, kind)
	if err != nil {
		return nil, err
	}
	for i, w := range all {
		w.start(mutations[i : i+1])
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// prepareWrites plans a write for each partition.
func (c *Coordinator) prepareWrites(mutations []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (writes, error) {
	all := make(writes, len(mutations))
	for i := range mutations {
		var err error
		if all[i], err = c.prepareWrite(mutations[i:i+1], level, kind); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// localAttempts bounds how often a write follows a topology that moves under it.
const localAttempts = 10

// writeHere applies mutations at once when this node is the only replica of all of them; else it returns nil and no error.
func (c *Coordinator) writeHere(mutations []row.Mutation, level cassandra.Consistency) (Pending, error) {
	var topology uint64
	for i := range mutations {
		r, err := c.replicas(mutations[i].Table, mutations[i].Partition.Token)
		if err != nil {
			return nil, err
		}
		if !r.onlySelf() {
			return nil, nil
		}
		if need := BlockFor(level, r.keyspace, c.options.Datacenter); need > 1 {
			return nil, Unavailable(level, need, 1)
		}
		topology = r.plan.Topology
	}
	return c.local.Write(topology, mutations)
}

// writes are several that are answered together.
type writes []*write

// startAnd starts all and calls settled once every replica of each has answered or has a hint: at the latest after their timeout.
func (all writes) startAnd(mutations []row.Mutation, settled func()) {
	var left atomic.Int64
	left.Store(int64(len(all)))
	for i, w := range all {
		w.settled = func() {
			if left.Add(-1) == 0 {
				all[0].c.options.Runtime.Go(settled) // it may write, and a write's lock is held here
			}
		}
		w.start(mutations[i : i+1])
	}
}

// succeeded says whether all have met their level.
func (all writes) succeeded() bool {
	for _, w := range all {
		w.mu.Lock()
		ok := w.decided && w.outcome == nil
		w.mu.Unlock()
		if !ok {
			return false
		}
	}
	return true
}

// missed says whether a replica of any has neither the write nor a hint.
func (all writes) missed() bool {
	for _, w := range all {
		w.mu.Lock()
		missed := w.missed
		w.mu.Unlock()
		if missed {
			return true
		}
	}
	return false
}

// Wait returns when all are decided, with the first error.
func (all writes) Wait() error {
	var first error
	for _, w := range all {
		if err := w.Wait(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// write is the runner of one WriteStep: mutations of one partition on their way to its replicas.
type write struct {
	c     *Coordinator
	level cassandra.Consistency
	token row.Mutation // only its table and partition are used
	body  []byte       // the request, encoded once

	mu       sync.Mutex
	step     WriteStep
	set      targetSet     // guarded by mu
	sent     uint64        // guarded by mu: targets that a message or a hint went to
	hinted   uint64        // guarded by mu: targets that have a hint
	deadline time.Duration // Clock.Monotonic
	timer    platform.Timer
	decided  bool  // guarded by mu
	outcome  error // of the write, once done is open
	done     platform.Gate
	early    Outcome // what was known before it started
	waiting  int     // guarded by mu: targets that have neither answered nor a hint
	missed   bool    // guarded by mu: a target has neither the write nor a hint
	// settled, when not nil, is called once every replica has answered or has a hint.
	settled func()
	// the targets that lived when the plan was made
	live uint64 // guarded by mu
}

// prepareWrite plans a write and refuses it when too few replicas live.
func (c *Coordinator) prepareWrite(mutations []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (*write, error) {
	first := mutations[0]
	w := &write{
		c: c, level: level, token: row.Mutation{Table: first.Table, Partition: first.Partition},
		step: WriteStep{Level: level, Type: kind}, done: c.options.Runtime.NewGate(), deadline: c.options.Runtime.Monotonic() + c.options.WriteTimeout,
	}
	w.step.Set = &w.set
	w.token.Partition.Key = append([]byte(nil), first.Partition.Key...)
	r, err := c.replicas(first.Table, first.Partition.Token)
	if err != nil {
		return nil, err
	}
	w.body = replica.AppendWrite(nil, r.plan, mutations)
	w.plan(&r)
	if need, alive := lacking(w.step.Quotas, w.live); alive < need && level != cassandra.Any {
		return nil, Unavailable(level, need, alive)
	}
	return w, nil
}

// plan takes the replicas into the targets and the quotas. A write goes to all of them, whatever its level.
func (w *write) plan(r *replicas) {
	for _, t := range r.all() {
		w.set.number(t)
	}
	w.step.Quotas = w.c.writeQuotas(w.level, r, &w.set)
	w.live = w.c.liveOf(w.set)
}

// start sends the write to every replica that lives, and keeps a hint for each that does not. mutations are what body holds.
func (w *write) start(mutations []row.Mutation) {
	w.mu.Lock()
	w.timer = w.c.options.Runtime.AfterFunc(w.c.options.WriteTimeout, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.settle(w.step.TimedOut())
	})
	send := w.unsent()
	w.settle(w.early)
	w.mu.Unlock()
	w.send(send, w.body, mutations)
}

// hasHere counts this node, which has the write already.
func (w *write) hasHere() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, t := range w.set {
		if t.local {
			w.sent |= 1 << i
			w.early = w.step.Acked(i)
		}
	}
}

// sending is a message on its way to target i.
type sending struct {
	i    int
	to   *target
	live bool
}

// unsent returns the targets that nothing went to, and marks them; w.mu is held.
func (w *write) unsent() (send []sending) {
	for i, t := range w.set {
		if w.sent&(1<<i) == 0 {
			send = append(send, sending{i, t, w.live&(1<<i) != 0})
			w.sent |= 1 << i
			w.waiting++
		}
	}
	return send
}

// send sends a body, whose mutations are given or, when nil, decoded for this node's own part.
func (w *write) send(all []sending, body []byte, mutations []row.Mutation) {
	here := -1
	for _, s := range all {
		switch {
		case s.to.local:
			here = s.i
		case !s.live:
			w.answered(s.i, rpc.ErrUnreachable)
		default:
			w.c.call(s.to.peer, rpc.Write, body, w.c.options.WriteTimeout, func(reply []byte, err error) {
				if err == nil {
					_, err = replica.Answer(reply)
				}
				w.answered(s.i, err)
			})
		}
	}
	if here >= 0 {
		w.sendHere(here, body, mutations)
	}
}

// sendHere applies the write to this node; the disk is waited for apart.
func (w *write) sendHere(i int, body []byte, mutations []row.Mutation) {
	if mutations == nil {
		var err error
		if mutations, _, err = replica.DecodeMutations(replica.AfterPlan(body), w.c.options.State().Schema); err != nil || len(mutations) == 0 {
			w.answered(i, err)
			return
		}
	}
	commit, err := w.c.local.Write(replica.PlanOf(body).Topology, mutations)
	if err != nil {
		w.answered(i, err)
		return
	}
	w.c.options.Runtime.Go(func() { w.answered(i, commit.Wait()) })
}

// answered takes a replica's answer.
func (w *write) answered(i int, err error) {
	var stale *replica.StaleError
	if errors.As(err, &stale) {
		w.whenKnown(stale.Epoch, func() { w.replan(i) })
		return
	}
	var refused *cassandra.Error
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.settle(w.step.Acked(i))
		w.over()
		return
	}
	hinted := w.hint(i)
	switch {
	case hinted && w.level == cassandra.Any: // the hint decides
	case errors.As(err, &refused):
		w.settle(w.step.Failed(i, reasonOf(err)))
	default:
		w.settle(w.step.Lost(i))
	}
	if !hinted {
		w.missed = true
		w.over()
	}
}

// over counts a target that nothing more will come from; w.mu is held.
func (w *write) over() {
	if w.waiting--; w.waiting == 0 && w.settled != nil {
		w.settled()
	}
}

// hint keeps the write for a replica that may not have it, and says whether it could; w.mu is held.
func (w *write) hint(i int) bool {
	if w.hinted&(1<<i) != 0 || w.set[i].local || w.c.options.Hint == nil {
		return false
	}
	w.hinted |= 1 << i
	if t := w.c.trace; t != nil {
		t.Addf(trace.Mutations, "Adding hint for %s", w.set[i])
	}
	kept, err := w.c.options.Hint(uuid.UUID(w.set[i].id), replica.PlanOf(w.body).Topology, replica.AfterPlan(w.body))
	if err != nil { // who keeps hints says so
		return false
	}
	wait := kept.Wait
	if w.level == cassandra.Any { // nobody else may have the write
		wait = kept.WaitSynced
	}
	w.c.options.Runtime.Go(func() {
		err := wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.missed = w.missed || err != nil
		switch {
		case w.level != cassandra.Any:
		case err == nil: // ANY is met by a hint that is safe
			w.settle(w.step.Acked(i))
		default:
			w.settle(w.step.Lost(i))
		}
		w.over()
	})
	return true
}

// whenKnown runs f as a task once this node has applied an epoch, or when the time of the write is over.
func (w *write) whenKnown(epoch uint64, f func()) {
	var once sync.Once
	run := func() { once.Do(func() { w.c.options.Runtime.Go(f) }) }
	cancel := w.c.options.WhenEpoch(epoch, run)
	w.c.options.Runtime.AfterFunc(w.deadline-w.c.options.Runtime.Monotonic(), func() {
		cancel()
		run()
	})
}

// replan follows the topology after replica i refused the plan. When that takes too long, a hint keeps the write for whoever replicates it by then.
func (w *write) replan(i int) {
	r, err := w.c.replicas(w.token.Table, w.token.Partition.Token)
	w.mu.Lock()
	if err != nil || w.c.options.Runtime.Monotonic() >= w.deadline {
		w.settle(w.step.Failed(i, cassandra.FailureUnknown))
		if err != nil || !w.hint(i) {
			w.missed = true
			w.over()
		}
		w.mu.Unlock()
		return
	}
	w.plan(&r)
	w.body = append(replica.AppendWrite(nil, r.plan, nil), replica.AfterPlan(w.body)...)
	body := w.body
	w.settle(w.step.Replanned(w.step.Quotas))
	send := append(w.unsent(), sending{i, w.set[i], true})
	w.mu.Unlock()
	w.send(send, body, nil)
}

// settle tells the waiting client, once; w.mu is held.
func (w *write) settle(o Outcome) {
	if !o.Done || w.decided {
		return
	}
	w.decided = true
	w.timer.Stop()
	w.outcome = o.Err
	if o.Err == nil {
		w.c.writes.of(w.token.Table).note(w.c.options.Runtime.Monotonic() - w.deadline + w.c.options.WriteTimeout)
	}
	w.done.Open()
}

// Wait returns when the write is decided.
func (w *write) Wait() error {
	if err := w.done.Pass(context.Background()); err != nil {
		return err
	}
	return w.outcome
}
