package coordinator

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// Read returns a cursor over what a command asks for, at a consistency level. now is the request's, in seconds since 1970.
func (c *Coordinator) Read(cmd *row.Command, level cassandra.Consistency, now int64) (row.Cursor, error) {
	if err := CheckRead(level); err != nil {
		return nil, err
	}
	if cmd.Partitions == nil {
		c.trace.Add(trace.Requests, "Computing ranges to query")
	}
	r := reader{c: c, ctx: context.Background(), cmd: cmd, level: level, now: now}
	local, err := r.isLocal()
	if err != nil {
		return nil, err
	}
	if level.IsSerial() && planted.Is(planted.PlainSerialRead) {
		r.level = cassandra.Quorum
	} else if level.IsSerial() && !c.Alone() {
		var cursor row.Cursor
		if cursor, r.level, err = c.readSerial(cmd, level, now); err != nil || cursor != nil {
			return cursor, err
		}
		if local, err = r.isLocal(); err != nil {
			return nil, err
		}
	}
	if local {
		if err := c.local.Await(cmd); err != nil {
			if !isNearest(cmd) {
				return nil, r.unindexed(err)
			}
			cmd = withoutIndex(cmd)
		}
		return c.local.Read(cmd), nil
	}
	if cmd.Indexed != nil {
		if r.cmd, err = r.indexedAlone(); err != nil {
			return nil, err
		}
	}
	return newReadCursor(r), nil
}

// reader reads a command piece by piece.
type reader struct {
	c     *Coordinator
	ctx   context.Context // ends the waiting for replicas
	cmd   *row.Command
	level cassandra.Consistency
	now   int64
	// repair asks every replica that there is and always makes them the same, whatever the level and the table say.
	repair bool
	// deadline is when what is being read must be there, by Clock.Monotonic.
	deadline time.Duration
}

// begin gives a read all of its time.
func (r *reader) begin() { r.deadline = r.c.options.Runtime.Monotonic() + r.within() }

// within is how long a read may take.
func (r *reader) within() time.Duration {
	if r.cmd.Partitions == nil {
		return r.c.options.RangeTimeout
	}
	return r.c.options.ReadTimeout
}

// left is what is left of the read's time.
func (r *reader) left() time.Duration { return max(r.deadline-r.c.options.Runtime.Monotonic(), 0) }

// isLocal says whether this node alone can answer: it is a replica of all that the command reaches and the level asks for one.
func (r *reader) isLocal() (bool, error) {
	p := r.c.placements()
	k := p.state.Schema.Keyspace(r.cmd.Table.Keyspace)
	if k == nil {
		return false, cassandra.Invalidf("keyspace %s does not exist", r.cmd.Table.Keyspace)
	}
	if need := BlockFor(r.level, k, r.c.options.Datacenter); need != 1 {
		return false, nil
	}
	here := func(of *replicas) bool {
		for _, t := range of.readers() {
			if t.local {
				return true
			}
		}
		return false
	}
	if r.cmd.Partitions != nil {
		for _, at := range r.cmd.Partitions {
			of, err := r.c.replicas(r.cmd.Table, at.Token)
			if err != nil || !here(&of) {
				return false, err
			}
		}
		return true, nil
	}
	if p.state.Next != nil {
		return false, nil
	}
	for _, x := range p.of(k).now.Ranges() {
		if x.Last < r.cmd.Tokens.First || x.First > r.cmd.Tokens.Last {
			continue
		}
		of := replicas{old: p.targets(x.Replicas)}
		if !here(&of) {
			return false, nil
		}
	}
	return true, nil
}

// contact is one replica that was asked in a round.
type contact struct {
	to     *target
	i      int // its number in the round
	digest bool
	over   bool // its answer, or its failure, was taken
	page   *replica.Page
	sum    uint64
	much   []row.Excess // what it met that was much
	ended  *replica.ExcessError
}

// answer is what a contact came to, or a repair; without either it is the clock that spoke.
type answer struct {
	contact *contact
	wrote   *target
	err     error
	late    bool // the time for the read is over; else, of the clock: it is time to ask one more
}

// round is one read of one piece: a full answer from one replica and digests from as many more as the level asks for. When they differ, all
// are read in full, merged, and what each lacks is written back before anything is answered: readrepair.go. In each of the three, a replica that
// stays silent or fails is made up for by another, and one deadline bounds them together.
type round struct {
	r        *reader
	of       *replicas
	request  *replica.ReadRequest
	set      targetSet
	quotas   []quota
	order    []int // targets, the best first
	asked    uint64
	answered uint64
	failed   uint64
	refused  reasons // of those that answered with an error
	contacts []*contact
	answers  *platform.Mailbox[answer]
	heard    bool // what replicas met is told
	// speculates and repairs say why replicas are asked just now, for traces.
	speculates, repairs bool
}

// page reads one piece from the replicas in of. The error is a *replica.StaleError when it has to be planned anew.
func (r *reader) page(of *replicas, request *replica.ReadRequest) (*replica.Page, error) {
	x := round{r: r, of: of, request: request}
	x.set.bits(of.readers())
	x.quotas = r.c.quotas(r.level, of.keyspace, &x.set, of.readers())
	if r.repair {
		x.quotas = []quota{{x.set.bits(of.readers()), len(of.readers())}}
	}
	if planted.Is(planted.SmallReadQuorum) && x.quotas[0].need > 1 {
		x.quotas[0].need--
	}
	x.answers = platform.NewMailbox[answer](r.c.options.Runtime)
	late := r.c.options.Runtime.AfterFunc(r.left(), func() { x.answers.Put(answer{late: true}) })
	defer late.Stop()
	if err := x.begin(); err != nil {
		return nil, err
	}
	pages, err := x.gather()
	if err != nil {
		return nil, err
	}
	x.hear()
	return x.reconcile(pages)
}

// begin asks as many of the best live replicas as the level needs.
func (x *round) begin() error {
	c := x.r.c
	live := c.liveOf(x.set)
	if need, alive := lacking(x.quotas, live); alive < need {
		return Unavailable(x.r.level, need, alive)
	}
	for i := range x.set {
		if live&(1<<i) != 0 {
			x.order = append(x.order, i)
		}
	}
	c.nearest(x.set, x.order)
	var chosen uint64
	for _, i := range x.order {
		if x.helps(i, chosen) {
			chosen |= 1 << i
		}
	}
	for _, i := range x.order {
		if chosen&(1<<i) != 0 {
			x.ask(i, len(x.contacts) > 0)
		}
	}
	return nil
}

// helps says whether one more replica brings a group nearer to its quota.
func (x *round) helps(i int, have uint64) bool {
	for _, q := range x.quotas {
		if q.members&(1<<i) != 0 && q.has(have) < q.need {
			return true
		}
	}
	return false
}

// spare asks one more replica in full, when there is one.
func (x *round) spare() bool {
	for _, i := range x.order {
		if x.asked&(1<<i) == 0 && x.helps(i, x.answered) {
			x.ask(i, false)
			return true
		}
	}
	return false
}

// ask sends the request to target i; the answer comes to x.answers.
func (x *round) ask(i int, digest bool) {
	c := x.r.c
	at := &contact{to: x.set[i], i: i, digest: digest && !x.set[i].local}
	x.asked |= 1 << i
	x.contacts = append(x.contacts, at)
	x.traceAsk(at, digest)
	if at.to.local {
		request := *x.request
		c.options.Runtime.Go(func() {
			page, err := c.local.Page(&request)
			if err == nil {
				at.page, at.sum, at.much = page, page.Digest(), page.Excess
			}
			x.answers.Put(answer{contact: at, err: err})
		})
		return
	}
	request := *x.request
	request.Digest = digest
	began := c.options.Runtime.Monotonic()
	c.call(at.to.peer, rpc.Read, request.Append(nil), x.r.left(), func(reply []byte, err error) {
		if now := c.options.Runtime.Monotonic(); request.Command.Partitions != nil && (err == nil || errors.Is(err, rpc.ErrTimeout)) {
			c.near.note(at.to.id, now-began, now)
		}
		if err == nil {
			err = at.take(reply)
		}
		x.answers.Put(answer{contact: at, err: err})
	})
}

// take decodes an answer.
func (a *contact) take(reply []byte) error {
	body, err := replica.Answer(reply)
	if err != nil {
		return err
	}
	if a.digest {
		a.sum, a.much, err = replica.DecodeDigest(body)
		return err
	}
	if a.page, err = replica.DecodePage(body); err != nil {
		return err
	}
	a.sum, a.much = a.page.Digest(), a.page.Excess
	return nil
}

// gather waits until enough replicas have answered and one of them in full, and returns those.
func (x *round) gather() ([]*contact, error) {
	c := x.r.c
	defer x.soon(x.r.speculateAfter())()
	began := c.options.Runtime.Monotonic()
	var full []*contact
	data := false
	for {
		a, err := x.answers.Take(x.r.ctx)
		switch {
		case err != nil:
			return nil, err
		case a.late:
			return nil, x.timedOut(data)
		case a.contact == nil:
			x.speculates = true
			x.spare()
			x.speculates = false
			continue
		}
		switch failed, err := x.took(a); {
		case err != nil:
			return nil, err
		case !failed:
			x.answered |= 1 << a.contact.i
			full = append(full, a.contact)
			data = data || a.contact.page != nil
		case !x.spare() && x.hopeless():
			return nil, x.problem(data)
		}
		if data && met(x.quotas, x.answered) {
			if x.r.cmd.Partitions != nil { // what a range takes says nothing of what a row does
				c.reads.of(x.r.cmd.Table).note(c.options.Runtime.Monotonic() - began)
			}
			return full, nil
		}
		if !data && met(x.quotas, x.answered) && !x.dataComing() && !x.spare() {
			x.ask(full[0].i, false) // it sent a digest: now the rest
		}
	}
}

// soon has the clock speak after a while, when it is to speak at all, unless it is stopped before.
func (x *round) soon(after time.Duration, ever bool) (stop func() bool) {
	if !ever {
		return func() bool { return false }
	}
	return x.r.c.options.Runtime.AfterFunc(after, func() { x.answers.Put(answer{}) }).Stop
}

// took notes how a contact ended. The error is a *replica.StaleError.
func (x *round) took(a answer) (failed bool, err error) {
	a.contact.over = true
	var stale *replica.StaleError
	var told *cassandra.Error
	switch {
	case a.err == nil:
		return false, nil
	case errors.As(a.err, &stale):
		return false, a.err
	case errors.As(a.err, &told):
		x.refused.note(a.contact.i, reasonOf(a.err))
		errors.As(a.err, &a.contact.ended)
	}
	x.failed |= 1 << a.contact.i
	return true, nil
}

// dataComing says whether a replica that was asked in full may still answer.
func (x *round) dataComing() bool {
	for _, a := range x.contacts {
		if !a.digest && !a.over {
			return true
		}
	}
	return false
}

// hopeless says whether the quotas can't be met any more.
func (x *round) hopeless() bool {
	for _, q := range x.quotas {
		if bits.OnesCount64(q.members&^x.failed) < q.need {
			return true
		}
	}
	return !met(x.quotas, x.asked&^x.failed)
}

func (x *round) problem(data bool) error {
	if len(x.refused) == 0 {
		return x.timedOut(data)
	}
	need, has := lacking(x.quotas, x.answered)
	e := &cassandra.Error{Code: cassandra.CodeReadFailure, Consistency: x.r.level, Received: int32(has), Required: int32(need), DataPresent: data}
	x.hear()
	x.refused.describeAs(e, x.failed, x.set, aborted(x.r.cmd))
	return e
}

func (x *round) timedOut(data bool) error {
	need, has := lacking(x.quotas, x.answered)
	return &cassandra.Error{
		Code: cassandra.CodeReadTimeout, Message: fmt.Sprintf("Operation timed out - received only %d responses.", has), Consistency: x.r.level,
		Received: int32(has), Required: int32(need), DataPresent: data,
	}
}
