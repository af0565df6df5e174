package coordinator

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"helenus/internal/cassandra"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

// Read returns a cursor over what a command asks for, at a consistency level. now is the request's, in seconds since 1970.
func (c *Coordinator) Read(cmd *row.Command, level cassandra.Consistency, now int64) (row.Cursor, error) {
	if err := CheckRead(level); err != nil {
		return nil, err
	}
	r := reader{c: c, cmd: cmd, level: level, now: now}
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
		return c.options.Local.Read(cmd), nil
	}
	return newReadCursor(r), nil
}

// reader reads a command piece by piece.
type reader struct {
	c     *Coordinator
	cmd   *row.Command
	level cassandra.Consistency
	now   int64
}

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
}

// answer is what a contact came to; without a contact it is the clock that spoke.
type answer struct {
	contact *contact
	err     error
	late    bool // the time for the read is over
}

// round is one read of one piece: a full answer from one replica and digests from as many more as the level asks for. When they differ, all
// are read in full, merged, and what each lacks is written back before anything is answered.
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
	refused  int
	contacts []*contact
	answers  *platform.Mailbox[answer]
}

// page reads one piece from the replicas in of. The error is a *replica.StaleError when it has to be planned anew.
func (r *reader) page(of *replicas, request *replica.ReadRequest) (*replica.Page, error) {
	x := round{r: r, of: of, request: request}
	x.set.bits(of.readers())
	x.quotas = r.c.quotas(r.level, of.keyspace, &x.set, of.readers())
	if planted.Is(planted.SmallReadQuorum) && x.quotas[0].need > 1 {
		x.quotas[0].need--
	}
	x.answers = platform.NewMailbox[answer](r.c.options.Runtime)
	if err := x.begin(); err != nil {
		return nil, err
	}
	pages, err := x.gather()
	if err != nil {
		return nil, err
	}
	return x.reconcile(pages)
}

// begin asks as many of the best live replicas as the level needs.
func (x *round) begin() error {
	c := x.r.c
	live := c.liveOf(x.set)
	if need, alive := lacking(x.quotas, live); alive < need {
		return Unavailable(x.r.level, need, alive)
	}
	add := func(when func(*target) bool) {
		for i, t := range x.set {
			if live&(1<<i) != 0 && when(t) {
				x.order = append(x.order, i)
			}
		}
	}
	dc := c.options.Datacenter
	add(func(t *target) bool { return t.local })
	add(func(t *target) bool { return !t.local && t.datacenter == dc })
	add(func(t *target) bool { return !t.local && t.datacenter != dc })
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
	answers := x.answers
	if at.to.local {
		request := *x.request
		c.options.Runtime.Go(func() {
			page, err := c.options.Local.Page(&request)
			if err == nil {
				at.page, at.sum = page, page.Digest()
			}
			answers.Put(answer{contact: at, err: err})
		})
		return
	}
	request := *x.request
	request.Digest = digest
	c.options.Messenger.Call(at.to.peer, rpc.Data, rpc.Read, request.Append(nil), c.options.ReadTimeout, func(reply []byte, err error) {
		if err == nil {
			err = at.take(reply)
		}
		answers.Put(answer{contact: at, err: err})
	})
}

// take decodes an answer.
func (a *contact) take(reply []byte) error {
	body, err := replica.Answer(reply)
	if err != nil {
		return err
	}
	if a.digest {
		a.sum, err = replica.DecodeDigest(body)
		return err
	}
	if a.page, err = replica.DecodePage(body); err != nil {
		return err
	}
	a.sum = a.page.Digest()
	return nil
}

// gather waits until enough replicas have answered and one of them in full, and returns those.
func (x *round) gather() ([]*contact, error) {
	c := x.r.c
	answers := x.answers
	timer := c.options.Runtime.AfterFunc(c.options.ReadTimeout, func() { answers.Put(answer{late: true}) })
	defer timer.Stop()
	if after, ok := c.speculateAfter(x.r.cmd.Table); ok {
		speculation := c.options.Runtime.AfterFunc(after, func() { answers.Put(answer{}) })
		defer speculation.Stop()
	}
	began := c.options.Runtime.Monotonic()
	var full []*contact
	data := false
	for {
		a, err := x.answers.Take(context.Background())
		switch {
		case err != nil:
			return nil, err
		case a.late:
			return nil, x.timedOut(data)
		case a.contact == nil:
			x.spare()
			continue
		}
		a.contact.over = true
		var stale *replica.StaleError
		var told *cassandra.Error
		switch {
		case a.err == nil:
			x.answered |= 1 << a.contact.i
			full = append(full, a.contact)
			data = data || a.contact.page != nil
		case errors.As(a.err, &stale):
			return nil, a.err
		default:
			if errors.As(a.err, &told) {
				x.refused++
			}
			x.failed |= 1 << a.contact.i
			if !x.spare() && x.hopeless() {
				return nil, x.problem(data)
			}
		}
		if data && met(x.quotas, x.answered) {
			c.latency.note(c.options.Runtime.Monotonic() - began)
			return full, nil
		}
		if !data && met(x.quotas, x.answered) && !x.dataComing() && !x.spare() {
			x.ask(full[0].i, false) // it sent a digest: now the rest
		}
	}
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
	if x.refused == 0 {
		return x.timedOut(data)
	}
	need, has := lacking(x.quotas, x.answered)
	return &cassandra.Error{
		Code: cassandra.CodeReadFailure, Message: fmt.Sprintf("Operation failed - received %d responses and %d failures", has, x.refused), Consistency: x.r.level,
		Received: int32(has), Required: int32(need), Failures: make([]cassandra.Failure, x.refused), DataPresent: data,
	}
}

func (x *round) timedOut(data bool) error {
	need, has := lacking(x.quotas, x.answered)
	return &cassandra.Error{
		Code: cassandra.CodeReadTimeout, Message: fmt.Sprintf("Operation timed out - received only %d responses.", has), Consistency: x.r.level,
		Received: int32(has), Required: int32(need), DataPresent: data,
	}
}

// reconcile returns the page that the contacts agree on, after making them agree.
func (x *round) reconcile(full []*contact) (*replica.Page, error) {
	var data *contact
	same := true
	for _, a := range full {
		if a.page != nil && data == nil {
			data = a
		}
		same = same && a.sum == full[0].sum
	}
	if same {
		return data.page, nil
	}
	x.r.c.DigestMismatches.Add(1)
	pages, err := x.readInFull(full)
	if err != nil {
		return nil, err
	}
	merged, lacks, err := replica.Merge(x.r.cmd.Table, x.request, pages)
	if err != nil {
		return nil, err
	}
	if planted.Is(planted.FirstWins) {
		return pages[0], nil
	}
	if x.r.cmd.Table.Options.ReadRepair == "NONE" || planted.Is(planted.NoBlockingRepair) {
		return merged, nil
	}
	return merged, x.repair(full, lacks)
}

// readInFull returns every contact's page, fetching those that sent a digest.
func (x *round) readInFull(full []*contact) ([]*replica.Page, error) {
	x.answers = platform.NewMailbox[answer](x.r.c.options.Runtime) // what is still on its way is not wanted any more
	waiting := 0
	var again []*contact
	for _, a := range full {
		if a.page == nil {
			x.ask(a.i, false)
			again = append(again, x.contacts[len(x.contacts)-1])
			waiting++
		} else {
			again = append(again, a)
		}
	}
	for ; waiting > 0; waiting-- { // each call ends by its timeout
		a, err := x.answers.Take(context.Background())
		if err != nil {
			return nil, err
		}
		if a.err != nil {
			var stale *replica.StaleError
			if errors.As(a.err, &stale) {
				return nil, a.err
			}
			x.answered &^= 1 << a.contact.i
			return nil, x.timedOut(true)
		}
	}
	pages := make([]*replica.Page, len(again))
	for i, a := range again {
		pages[i] = a.page
	}
	return pages, nil
}

// repair writes to each contact what it lacks and waits, so that what is answered now will be answered from now on.
func (x *round) repair(full []*contact, lacks [][]row.Mutation) error {
	c := x.r.c
	done := platform.NewMailbox[error](c.options.Runtime)
	waiting := 0
	for i, a := range full {
		if len(lacks[i]) == 0 {
			continue
		}
		waiting++
		c.repairOne(a.to, x.of.plan, lacks[i], done.Put)
	}
	c.Repaired.Add(int64(waiting))
	for ; waiting > 0; waiting-- {
		outcome, err := done.Take(context.Background())
		if err == nil {
			err = outcome
		}
		if err != nil {
			var stale *replica.StaleError
			if errors.As(err, &stale) {
				return err
			}
			return x.timedOut(true)
		}
	}
	return nil
}

// repairOne writes mutations to one replica and tells done what came of it.
func (c *Coordinator) repairOne(to *target, plan replica.Plan, mutations []row.Mutation, done func(error)) {
	if to.local {
		c.options.Runtime.Go(func() {
			commit, err := c.options.Local.Write(plan.Topology, mutations)
			if err == nil {
				err = commit.Wait()
			}
			done(err)
		})
		return
	}
	c.options.Messenger.Call(to.peer, rpc.Data, rpc.Write, replica.AppendWrite(nil, plan, mutations), c.options.WriteTimeout, func(reply []byte, err error) {
		if err == nil {
			_, err = replica.Answer(reply)
		}
		done(err)
	})
}
