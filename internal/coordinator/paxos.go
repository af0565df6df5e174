package coordinator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

// Decide sees the partition as it is and returns the mutations to apply at a timestamp, none when the conditions do not hold.
type Decide func(read func(*row.Command) row.Cursor, timestamp int64) ([]row.Mutation, error)

// CompareAndSet runs a lightweight transaction on one partition; cmd is what decide reads of it. With this node as the only member the
// partition's lock makes it linearizable; else Paxos does (paxos below). The write is durable when it returns.
func (c *Coordinator) CompareAndSet(at row.Mutation, cmd *row.Command, serial, commit cassandra.Consistency, now int64, decide Decide) error {
	for attempt := 0; ; attempt++ {
		r, err := c.replicas(at.Table, at.Partition.Token)
		if err != nil {
			return err
		}
		if !r.onlySelf() || !c.Alone() { // another node may lead transactions on what this one alone replicates
			p := paxos{c: c, at: at, cmd: cmd, serial: serial, commit: commit, now: now, deadline: c.options.Runtime.Monotonic() + c.options.ContentionTimeout}
			return p.run(decide)
		}
		for _, level := range []cassandra.Consistency{serial, commit} {
			if need := BlockFor(level, r.keyspace, c.options.Datacenter); need > 1 {
				return Unavailable(level, need, 1)
			}
		}
		applied := false
		err = c.local.Update(r.plan.Topology, at.Table, at, func(read func(*row.Command) row.Cursor) ([]row.Mutation, error) {
			page, err := replica.MakePage(read(cmd), transactionRead(at.Table, cmd, now))
			if err != nil {
				return nil, err
			}
			newest, err := newestOf(page)
			if err != nil {
				return nil, err
			}
			at := replica.Ballot{Micros: max(c.options.Timestamp(), newest+1)}
			mutations, err := c.traceDecision(at, decide)(pageReader(page), at.Micros)
			applied = len(mutations) > 0
			return mutations, err
		})
		if err == nil && applied {
			c.trace.Add(trace.Requests, "CAS applied successfully")
		}
		var stale *replica.StaleError
		if !errors.As(err, &stale) || attempt == localAttempts {
			return err
		}
	}
}

// paxos is one lightweight transaction, or the finishing of others before a serial read. Each attempt is a round with a ballot of its own:
//
//	prepare   a majority promises not to accept older rounds, and says what it has accepted and committed, and what the partition holds
//	finish    a round that may have won but is not known to be committed is proposed again and committed, then a new attempt begins
//	decide    on what the majority holds together; nothing to write ends it here
//	propose   a majority accepts the mutations: they have won
//	commit    the mutations are applied, as many replicas as the commit level asks for wait for it
//
// Who was refused comes back with a higher ballot after a random pause. A round that some replicas may have accepted without a majority that
// is known ends as a timeout: it may be finished by another, or never.
type paxos struct {
	c              *Coordinator
	at             row.Mutation // table and partition
	cmd            *row.Command // nil: nothing is read
	serial, commit cassandra.Consistency
	now            int64
	deadline       time.Duration // Clock.Monotonic

	seen       int64 // the highest time in any ballot that was heard of
	contention int
	r          replicas
	set        targetSet
	quotas     []quota
	live       uint64
}

// paxosPageBytes bounds what a transaction reads: the rows that its statements name.
const paxosPageBytes = 16 << 20

func (p *paxos) run(decide Decide) error {
	for {
		ballot, promised, err := p.begin()
		if err != nil {
			return err
		}
		merged, err := p.content(promised)
		if err != nil {
			return err
		}
		newest, err := newestOf(merged)
		if err != nil {
			return err
		}
		if newest >= ballot.Micros && !planted.Is(planted.OldTimestamp) { // what it writes must supersede what it saw, whatever the clocks say
			p.seen = max(p.seen, newest)
			continue
		}
		mutations, err := p.c.traceDecision(ballot, decide)(pageReader(merged), ballot.Micros)
		if err != nil || len(mutations) == 0 {
			return err
		}
		value := replica.AppendMutations(nil, mutations)
		won, err := p.propose(ballot, value, p.unknown)
		if err != nil {
			return err
		}
		if won {
			p.c.trace.Add(trace.Requests, "CAS applied successfully")
			return p.apply(ballot, value, p.commit, cassandra.WriteSimple) // it has won: from here on it is a write like any other
		}
		if err := p.pause(); err != nil {
			return err
		}
	}
}

// newestOf returns the highest timestamp that a transaction sees.
func newestOf(page *replica.Page) (int64, error) {
	if page.More {
		return 0, cassandra.Invalidf("The transaction reads more than %d MiB", paxosPageBytes>>20)
	}
	newest, err := page.Newest()
	if err == nil && newest >= math.MaxInt64-1 {
		err = cassandra.Invalidf("The rows that the transaction reads were written with the timestamp %d: nothing can supersede them", newest)
	}
	return newest, err
}

// pageReader reads what a transaction has seen.
func pageReader(page *replica.Page) func(*row.Command) row.Cursor {
	return func(*row.Command) row.Cursor {
		cursor := &replica.PageCursor{}
		cursor.Reset(page.Raw)
		return cursor
	}
}

// transactionRead is the request for what a transaction reads; now is in seconds since 1970.
func transactionRead(table *schema.Table, cmd *row.Command, now int64) *replica.ReadRequest {
	return &replica.ReadRequest{Command: *cmd, Table: table.DataID, Now: now, GCBefore: now - int64(table.Options.GCGraceSeconds), Bytes: paxosPageBytes}
}

// promiseOf is the promise of target from.
type promiseOf struct {
	*replica.Promise
	from int
}

// begin prepares rounds until a majority has promised one and no older one is unfinished.
func (p *paxos) begin() (replica.Ballot, []promiseOf, error) {
	for {
		if err := p.plan(); err != nil {
			return replica.Ballot{}, nil, err
		}
		ballot := p.ballot()
		promised, err := p.prepare(ballot)
		if err != nil {
			return ballot, nil, err
		}
		if promised == nil { // refused
			p.c.trace.Add(trace.Requests, "Some replicas have already promised a higher ballot than ours; retrying")
			if err := p.pause(); err != nil {
				return ballot, nil, err
			}
			continue
		}
		var committed replica.Ballot
		var unfinished replica.Register
		for _, x := range promised {
			if x.Register.Committed.Compare(committed) > 0 {
				committed = x.Register.Committed
			}
			if x.Register.Accepted.Compare(unfinished.Accepted) > 0 {
				unfinished = x.Register
			}
		}
		if unfinished.Accepted.Compare(committed) <= 0 || planted.Is(planted.Unfinished) {
			return ballot, promised, nil
		}
		if t := p.c.trace; t != nil {
			t.Addf(trace.Requests, "Finishing incomplete paxos round %s", unfinished.Accepted)
		}
		won, err := p.propose(ballot, unfinished.Value, p.timeout) // whatever comes of it, this transaction has not begun
		if err != nil {
			return ballot, nil, err
		}
		if won {
			if err := p.apply(ballot, unfinished.Value, p.quorum(), cassandra.WriteCAS); err != nil {
				return ballot, nil, err
			}
			continue
		}
		if err := p.pause(); err != nil {
			return ballot, nil, err
		}
	}
}

// quorum is the plain level that goes with the serial one.
func (p *paxos) quorum() cassandra.Consistency {
	if p.serial == cassandra.LocalSerial {
		return cassandra.LocalQuorum
	}
	return cassandra.Quorum
}

// plan takes the replicas as they are now: a majority of the old and, while the range moves, of the new ones must agree.
func (p *paxos) plan() error {
	r, err := p.c.replicas(p.at.Table, p.at.Partition.Token)
	if err != nil {
		return err
	}
	p.r = r
	voting := r
	if p.serial == cassandra.LocalSerial { // the others take no part
		voting = r.within(p.c.options.Datacenter)
	}
	p.set = voting.all()
	p.quotas = p.c.writeQuotas(p.serial, &voting, &p.set)
	p.live = p.c.liveOf(p.set)
	if need, alive := lacking(p.quotas, p.live); alive < need {
		return Unavailable(p.serial, need, alive)
	}
	if p.commit == cassandra.Any {
		return nil
	}
	all := r.all()
	quotas := p.c.quotas(p.commit, r.keyspace, &all, r.old)
	if need, alive := lacking(quotas, p.c.liveOf(all)); alive < need {
		return Unavailable(p.commit, need, alive)
	}
	return nil
}

func (p *paxos) ballot() replica.Ballot {
	p.seen = max(p.c.options.Timestamp(), p.seen+1)
	return replica.Ballot{Micros: p.seen, Member: p.c.options.Number()}
}

// pause waits a little, so that those who get in each other's way part; it ends the transaction when that has gone on for too long.
func (p *paxos) pause() error {
	p.contention++
	if p.c.options.Runtime.Monotonic() > p.deadline {
		return p.timeout(0)
	}
	longest := min(10<<min(p.contention, 4), 100)
	return platform.Sleep(context.Background(), p.c.options.Runtime, time.Duration(1+p.c.options.Runtime.IntN(longest))*time.Millisecond)
}

func (p *paxos) timeout(answered uint64) error {
	need, has := lacking(p.quotas, answered)
	return &cassandra.Error{
		Code: cassandra.CodeWriteTimeout, Message: fmt.Sprintf("CAS operation timed out: received %d of %d required responses after %d contention retries", has, need, p.contention),
		Consistency: p.serial, Received: int32(has), Required: int32(need), WriteType: cassandra.WriteCAS, Contentions: int16(min(p.contention, math.MaxInt16)),
	}
}

// unknown is the error of a transaction that some replicas have accepted, or may have, and no majority is known to.
// Source: Cassandra 5.0, CasWriteUnknownResultException.
func (p *paxos) unknown(accepted uint64) error {
	need, has := lacking(p.quotas, accepted)
	return &cassandra.Error{
		Code: cassandra.CodeCASWriteUnknown, Message: fmt.Sprintf("CAS operation result is unknown - proposal accepted by %d but not a quorum.", has),
		Consistency: p.serial, Received: int32(has), Required: int32(need),
	}
}

// voice is a replica's answer in a phase.
type voice struct {
	i    int
	body []byte
	err  error
}

// ask sends a phase to every live replica and hands the answers to take, until it returns true, all have answered or time is up. It tells
// whether the topology moved.
func (p *paxos) ask(verb rpc.Verb, phase *replica.Phase, here func() ([]byte, error), take func(voice) (enough bool)) (stale error) {
	voices := platform.NewMailbox[voice](p.c.options.Runtime)
	body := phase.Append(nil)
	asked := 0
	for i, t := range p.set {
		if p.live&(1<<i) == 0 {
			continue
		}
		asked++
		if t.local {
			p.c.options.Runtime.Go(func() {
				answer, err := here()
				voices.Put(voice{i, answer, err})
			})
			continue
		}
		p.c.call(t.peer, verb, body, p.c.options.WriteTimeout, func(reply []byte, err error) {
			if err == nil {
				reply, err = replica.Answer(reply)
			}
			voices.Put(voice{i, reply, err})
		})
	}
	for ; asked > 0; asked-- { // each call ends by its timeout
		v, err := voices.Take(context.Background())
		if err != nil {
			return err
		}
		var moved *replica.StaleError
		if errors.As(v.err, &moved) {
			stale = v.err
		}
		if take(v) {
			return stale
		}
	}
	return stale
}

// follow waits until this node knows of the topology that a replica knows.
func (p *paxos) follow(stale error) error {
	var moved *replica.StaleError
	if errors.As(stale, &moved) {
		return p.c.waitEpoch(context.Background(), moved.Epoch)
	}
	return nil
}

// prepare returns the promises of a majority, or none when a newer round is under way.
func (p *paxos) prepare(ballot replica.Ballot) ([]promiseOf, error) {
	cmd := p.cmd
	if cmd == nil {
		cmd = &row.Command{Table: p.at.Table, Partitions: []key.Partition{p.at.Partition}, StaticOnly: true}
	}
	read := *transactionRead(p.at.Table, cmd, p.now)
	read.Plan = p.r.plan
	phase := p.phase(ballot, read.Append(nil))
	if t := p.c.trace; t != nil {
		t.Addf(trace.Requests, "Preparing %s", ballot)
	}
	var promised []promiseOf
	var answered uint64
	refused := false
	stale := p.ask(rpc.Prepare, phase, func() ([]byte, error) {
		own := read
		promise, err := p.c.local.Prepare(phase, &own)
		if err != nil {
			return nil, err
		}
		return promise.Encode(), nil
	}, func(v voice) bool {
		if v.err != nil {
			return false
		}
		x, err := replica.DecodePromise(v.body)
		if err != nil {
			return false
		}
		p.seen = max(p.seen, x.Register.Promised.Micros, x.Register.Committed.Micros)
		if !x.Given {
			refused = true
			return false
		}
		promised = append(promised, promiseOf{x, v.i})
		answered |= 1 << v.i
		return met(p.quotas, answered) || planted.Is(planted.MinorityPromise)
	})
	switch {
	case met(p.quotas, answered), planted.Is(planted.MinorityPromise) && answered != 0:
		return promised, nil
	case stale != nil:
		return nil, p.follow(stale)
	case refused:
		return nil, nil
	}
	return nil, p.timeout(answered)
}

// content is what the promising replicas hold together.
func (p *paxos) content(promised []promiseOf) (*replica.Page, error) {
	var pages []*replica.Page
	for _, x := range promised {
		if x.Page.More {
			return x.Page, nil
		}
		pages = append(pages, x.Page)
	}
	command := row.Command{}
	if p.cmd != nil {
		command = *p.cmd
	}
	merged, _, err := replica.Merge(p.at.Table, &replica.ReadRequest{Command: command, Now: p.now, Bytes: paxosPageBytes}, pages)
	return merged, err
}

// propose asks to accept mutations. It returns false when certainly no replica did; when some may have without a majority, the outcome is
// unknown and the error is what problem makes of those that did.
func (p *paxos) propose(ballot replica.Ballot, value []byte, problem func(accepted uint64) error) (won bool, err error) {
	phase := p.phase(ballot, value)
	var accepted uint64
	unsure := false
	stale := p.ask(rpc.Propose, phase, func() ([]byte, error) {
		newer, err := p.c.local.Propose(phase)
		return newer.Encode(), err
	}, func(v voice) bool {
		if v.err != nil {
			var moved *replica.StaleError
			unsure = unsure || !errors.As(v.err, &moved)
			return false
		}
		newer, err := replica.DecodeBallot(v.body)
		switch {
		case err != nil:
			unsure = true
		case newer == replica.Ballot{}:
			accepted |= 1 << v.i
		default:
			p.seen = max(p.seen, newer.Micros)
		}
		return met(p.quotas, accepted)
	})
	switch {
	case met(p.quotas, accepted):
		return true, nil
	case accepted != 0 || unsure:
		return false, problem(accepted)
	}
	return false, p.follow(stale)
}

// apply commits what has won; a timeout calls it a write of a kind. All live replicas are told; as many as the level asks for are waited for, and those that are down get hints.
func (p *paxos) apply(ballot replica.Ballot, value []byte, level cassandra.Consistency, kind cassandra.WriteType) error {
	phase := p.phase(ballot, value)
	q := *p
	q.set = p.r.all()
	q.live = p.c.liveOf(q.set)
	step := WriteStep{Level: level, Type: kind, Quotas: p.c.writeQuotas(level, &p.r, &q.set)}
	if p.c.options.Hint != nil {
		for i, t := range q.set {
			if q.live&(1<<i) == 0 {
				if tr := p.c.trace; tr != nil {
					tr.Addf(trace.Mutations, "Adding hint for %s", t)
				}
				if kept, err := p.c.options.Hint(uuid.UUID(t.id), p.r.plan.Topology, value); err == nil {
					p.c.options.Runtime.Go(func() { _ = kept.Wait() }) // a failed sync ends the process
				}
			}
		}
	}
	done := platform.NewMailbox[error](p.c.options.Runtime)
	p.c.options.Runtime.Go(func() { // the slow ones are told too, after the client has its answer
		decided := false
		settle := func(o Outcome) {
			if o.Done && !decided {
				decided = true
				done.Put(o.Err)
			}
		}
		// What a client writes through a replica it finds there, whatever the level: so this node's own part is waited for.
		here := q.livesHere()
		met := Outcome{Done: level == cassandra.Any}
		if !here {
			settle(met)
		}
		stale := q.ask(rpc.Commit, phase, func() ([]byte, error) {
			mutations, _, err := replica.DecodeMutations(value, q.c.options.State().Schema)
			if err != nil {
				return nil, err
			}
			return nil, q.c.local.Commit(phase, mutations)
		}, func(v voice) bool {
			if v.err == nil && !met.Done {
				met = step.Acked(v.i)
			}
			if here = here && !q.set[v.i].local; !here {
				settle(met)
			}
			return false
		})
		settle(met)
		if stale != nil && !decided { // it has won: whoever reads next finishes it; the client gets what its level asks for by a plain write
			if err := q.c.rewrite(value, level, cassandra.WriteCAS); err == nil {
				settle(Outcome{Done: true})
			}
		}
		settle(step.TimedOut())
	})
	outcome, err := done.Take(context.Background())
	if err != nil {
		return err
	}
	return outcome
}

// livesHere says whether this node is one of the replicas.
func (p *paxos) livesHere() bool {
	return slices.ContainsFunc(p.set, func(t *target) bool { return t.local })
}

func (p *paxos) phase(ballot replica.Ballot, body []byte) *replica.Phase {
	return &replica.Phase{Plan: p.r.plan, Ballot: ballot, Table: p.at.Table.DataID, Partition: p.at.Partition, Body: body}
}

// readSerial reads what a majority holds together once nothing is unfinished on a partition: all transactions that were answered before it
// began. What does not fit into one such answer, and each of several partitions, is read again at the plain level that is returned with a
// nil cursor; the majority was brought to the same state for it.
func (c *Coordinator) readSerial(cmd *row.Command, level cassandra.Consistency, now int64) (row.Cursor, cassandra.Consistency, error) {
	p := paxos{c: c, serial: level, now: now}
	p.commit = p.quorum()
	for _, at := range cmd.Partitions { // a scan of a token range is no serial read, as in Cassandra: it is one at a quorum
		one := *cmd
		one.Partitions = []key.Partition{at}
		if one.Resume != nil && !bytes.Equal(one.Resume.Partition.Key, at.Key) {
			one.Resume = nil
		}
		p.cmd, p.at, p.deadline = &one, row.Mutation{Table: cmd.Table, Partition: at}, c.options.Runtime.Monotonic()+c.options.ContentionTimeout
		_, promised, err := p.begin()
		if err == nil && (len(cmd.Partitions) > 1 || slices.ContainsFunc(promised, func(x promiseOf) bool { return x.Page.More })) {
			err = p.level(promised)
		} else if err == nil {
			var merged *replica.Page
			if merged, err = p.content(promised); err == nil {
				cursor := &replica.PageCursor{}
				cursor.Reset(merged.Raw)
				return cursor, p.quorum(), nil
			}
		}
		var told *cassandra.Error
		if errors.As(err, &told) && told.Code == cassandra.CodeWriteTimeout {
			return nil, 0, &cassandra.Error{
				Code: cassandra.CodeReadTimeout, Message: fmt.Sprintf("Operation timed out - received only %d responses.", told.Received), Consistency: level,
				Received: told.Received, Required: told.Required,
			}
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return nil, p.quorum(), nil
}

// level writes to each promising replica what it lacks of what all hold together, and waits: a commit may have come to one of them alone.
func (p *paxos) level(promised []promiseOf) error {
	pages := make([]*replica.Page, len(promised))
	for i, x := range promised {
		pages[i] = x.Page
	}
	_, lacks, err := replica.Merge(p.at.Table, transactionRead(p.at.Table, p.cmd, p.now), pages)
	if err != nil {
		return err
	}
	done := platform.NewMailbox[error](p.c.options.Runtime)
	waiting := 0
	for i, x := range promised {
		if len(lacks[i]) == 0 {
			continue
		}
		waiting++
		p.c.repairOne(p.set[x.from], p.r.plan, lacks[i], p.c.options.WriteTimeout, done.Put)
	}
	for ; waiting > 0; waiting-- {
		outcome, err := done.Take(context.Background())
		if err != nil {
			return err
		}
		if outcome != nil {
			return p.timeout(0)
		}
	}
	return nil
}
