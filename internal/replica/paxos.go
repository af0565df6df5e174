package replica

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"

	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/trace"
)

// Ballot orders the rounds of lightweight transactions: by time, then by who began it, so that no two are equal. The zero ballot is before
// all others.
type Ballot struct {
	Micros int64 // microseconds since 1970; also the timestamp of what the round writes
	Member uint64
}

// Compare orders ballots.
func (b Ballot) Compare(o Ballot) int {
	switch {
	case b.Micros < o.Micros || b.Micros == o.Micros && b.Member < o.Member:
		return -1
	case b == o:
		return 0
	}
	return 1
}

// String shows the ballot as traces do.
func (b Ballot) String() string { return fmt.Sprintf("%d-%d", b.Micros, b.Member) }

// Register is what a replica remembers of the transactions on a partition.
type Register struct {
	// Promised: no older round may be accepted any more. Committed is the latest one whose writes are applied.
	Promised, Committed Ballot
	// Accepted is a round that may have won and is not committed here; zero: none. Value are its mutations, as AppendMutations writes them.
	Accepted Ballot
	Value    []byte
}

func appendBallot(dst []byte, b Ballot) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uint64(b.Micros)), b.Member)
}

func (d *decoder) ballot() Ballot { return Ballot{int64(d.uint64()), d.uint64()} }

// A register is stored, and travels, as the three ballots and the value.
func (r *Register) append(dst []byte) []byte {
	return append(appendBallot(appendBallot(appendBallot(dst, r.Promised), r.Committed), r.Accepted), r.Value...)
}

func decodeRegister(raw []byte) (r Register, err error) {
	if raw == nil {
		return r, nil
	}
	d := decoder{raw: raw}
	r = Register{Promised: d.ballot(), Committed: d.ballot(), Accepted: d.ballot()}
	r.Value = d.raw
	if d.bad {
		return r, fmt.Errorf("a register of transactions: %w", errWire)
	}
	return r, nil
}

// merge takes over what another replica remembers: of everything the later.
func (r *Register) merge(o Register) {
	if o.Promised.Compare(r.Promised) > 0 {
		r.Promised = o.Promised
	}
	if o.Committed.Compare(r.Committed) > 0 {
		r.Committed = o.Committed
	}
	if o.Accepted.Compare(r.Accepted) > 0 {
		r.Accepted, r.Value = o.Accepted, o.Value
	}
	r.forget()
}

// forget drops an accepted round once it, or a later one, is committed.
func (r *Register) forget() {
	if r.Accepted.Compare(r.Committed) <= 0 {
		r.Accepted, r.Value = Ballot{}, nil
	}
}

// registerPrefix begins the records of registers: then the data id (4 bytes), the token (8 bytes, sign bit flipped) and the partition key.
const registerPrefix = "paxos/"

func registerRecord(id schema.DataID, p key.Partition) string {
	b := binary.BigEndian.AppendUint32([]byte(registerPrefix), uint32(id))
	return string(append(binary.BigEndian.AppendUint64(b, uint64(p.Token)^1<<63), p.Key...))
}

// registerLocks keep the phases of one partition apart.
type registerLocks [256]sync.Mutex

func (l *registerLocks) of(p key.Partition) *sync.Mutex { return &l[uint64(p.Token)%uint64(len(l))] }

// Phase is a request of a lightweight transaction: a plan, the ballot, the data id and the partition; then for Prepare a read request without its
// plan's use, for Propose and Commit the mutations.
type Phase struct {
	Plan
	Ballot    Ballot
	Table     schema.DataID
	Partition key.Partition
	Body      []byte
}

// Append appends the request.
func (p *Phase) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(appendBallot(appendPlan(dst, p.Plan), p.Ballot), uint32(p.Table))
	return append(appendPartition(dst, p.Partition), p.Body...)
}

func decodePhase(raw []byte) (*Phase, error) {
	d := decoder{raw: raw}
	p := &Phase{Plan: d.plan(), Ballot: d.ballot(), Table: schema.DataID(d.uint32()), Partition: d.partition()}
	p.Body = d.raw
	if d.bad {
		return nil, errWire
	}
	return p, nil
}

// Promise answers Prepare: the register as it was and, when Promised says that it is given, what was read.
type Promise struct {
	Given    bool
	Register Register
	Page     *Page
}

func (p *Promise) append(dst []byte) []byte {
	given := byte(0)
	if p.Given {
		given = 1
	}
	dst = appendBytes(append(dst, given), p.Register.append(nil))
	if p.Page != nil {
		dst = p.Page.Append(dst)
	}
	return dst
}

// Encode returns the promise as it travels.
func (p *Promise) Encode() []byte { return p.append(nil) }

// Encode returns the ballot as it travels.
func (b Ballot) Encode() []byte { return appendBallot(nil, b) }

// DecodePromise decodes an answer to Prepare.
func DecodePromise(raw []byte) (*Promise, error) {
	d := decoder{raw: raw}
	p := &Promise{Given: d.byte() == 1}
	var err error
	if p.Register, err = decodeRegister(d.bytes()); err != nil || d.bad {
		return nil, errWire
	}
	if p.Given {
		p.Page, err = DecodePage(d.raw)
	}
	return p, err
}

// change changes a partition's register, whose lock the caller holds, and makes it durable; by returns false to leave it as it was.
func (l *Local) change(id schema.DataID, p key.Partition, by func(*Register) (bool, error)) error {
	name := registerRecord(id, p)
	raw, err := l.store.Meta(name)
	if err != nil {
		return err
	}
	r, err := decodeRegister(raw)
	if err != nil {
		return err
	}
	changed, err := by(&r)
	if err != nil || !changed {
		return err
	}
	return l.store.SetMeta(name, r.append(nil))
}

// Prepare promises a round that no older one will be accepted, and reads for it.
func (l *Local) Prepare(p *Phase, read *ReadRequest) (*Promise, error) {
	m := l.registers.of(p.Partition)
	m.Lock()
	defer m.Unlock()
	l.fence.RLock()
	defer l.fence.RUnlock()
	if err := l.check(p.Topology); err != nil {
		return nil, err
	}
	var promise Promise
	err := l.change(p.Table, p.Partition, func(r *Register) (bool, error) {
		promise.Register = *r
		promise.Given = p.Ballot.Compare(r.Promised) > 0
		r.Promised = p.Ballot
		return promise.Given, nil
	})
	if err != nil || !promise.Given {
		if t := l.trace; t != nil && err == nil {
			t.Addf(trace.Transactions, "Promise rejected; %s older than %s", p.Ballot, promise.Register.Promised)
		}
		return &promise, err
	}
	if t := l.trace; t != nil {
		t.Addf(trace.Transactions, "Promising ballot %s", p.Ballot)
	}
	// What a transaction of a lone node is writing, which needs no register, was planned before this round could be: let it become visible.
	l.store.LockPartition(p.Table, p.Partition.Token)()
	promise.Page, err = l.page(read)
	return &promise, err
}

// Propose accepts a round's mutations unless a newer one was promised; else it returns that one.
func (l *Local) Propose(p *Phase) (newer Ballot, err error) {
	m := l.registers.of(p.Partition)
	m.Lock()
	defer m.Unlock()
	l.fence.RLock()
	defer l.fence.RUnlock()
	if err := l.check(p.Topology); err != nil {
		return Ballot{}, err
	}
	err = l.change(p.Table, p.Partition, func(r *Register) (bool, error) {
		if p.Ballot.Compare(r.Promised) < 0 && !planted.Is(planted.AnyBallot) {
			newer = r.Promised
			return false, nil
		}
		r.Promised, r.Accepted, r.Value = p.Ballot, p.Ballot, p.Body
		return true, nil
	})
	if t := l.trace; t != nil && err == nil {
		if newer == (Ballot{}) {
			t.Addf(trace.Transactions, "Accepting proposal %s", p.Ballot)
		} else {
			t.Addf(trace.Transactions, "Rejecting proposal for %s because inProgress is now %s", p.Ballot, newer)
		}
	}
	return newer, err
}

// Commit applies a round that has won.
func (l *Local) Commit(p *Phase, mutations []row.Mutation) error {
	m := l.registers.of(p.Partition)
	m.Lock()
	defer m.Unlock()
	if t := l.trace; t != nil {
		t.Addf(trace.Transactions, "Committing proposal %s", p.Ballot)
	}
	if len(mutations) > 0 {
		c, err := l.Write(p.Topology, mutations)
		if err != nil {
			return err
		}
		if err := c.Wait(); err != nil {
			return err
		}
	}
	return l.change(p.Table, p.Partition, func(r *Register) (bool, error) {
		if p.Ballot.Compare(r.Committed) <= 0 {
			return false, nil
		}
		r.Committed = p.Ballot
		r.forget()
		return true, nil
	})
}

// registersOf returns the names that the registers of a table's tokens lie between.
func registersOf(id schema.DataID, tokens key.TokenRange) (first, end string) {
	first = registerRecord(id, key.Partition{Token: tokens.First})
	if tokens.Last < key.MaxToken {
		return first, registerRecord(id, key.Partition{Token: tokens.Last + 1})
	}
	return first, string(binary.BigEndian.AppendUint32([]byte(registerPrefix), uint32(id)+1))
}

// Registers returns registers of a table's tokens, for a newcomer, about as many bytes as asked for: those behind a name, or the first ones. The
// answer is 1 when there are more and 0 else, then until the end name and register, uvarint length and bytes each.
func (l *Local) Registers(id schema.DataID, tokens key.TokenRange, behind string, bytesMax int) ([]byte, error) {
	first, end := registersOf(id, tokens)
	if behind >= first {
		first = behind + "\x00"
	}
	found, more, err := l.store.MetaRange(first, end, bytesMax)
	if err != nil {
		return nil, err
	}
	out := []byte{0}
	if more {
		out[0] = 1
	}
	for _, r := range found {
		out = appendBytes(appendBytes(out, []byte(r.Name)), r.Value)
	}
	return out, nil
}

// DropRegisters forgets the registers of a table's tokens, once this node is no replica of them any more or the table is gone.
func DropRegisters(s *storage.Store, id schema.DataID, tokens key.TokenRange) error {
	first, end := registersOf(id, tokens)
	found, _, err := s.MetaRange(first, end, 1)
	if err != nil || len(found) == 0 {
		return err
	}
	return s.DropMetas(first, end)
}

// TakeRegisters merges what Registers of another replica returned into this one's. It returns the last one's name, and whether there are more
// behind it.
func (l *Local) TakeRegisters(raw []byte) (last string, more bool, err error) {
	d := decoder{raw: raw}
	more = d.byte() == 1
	for len(d.raw) > 0 {
		name, value := d.bytes(), d.bytes()
		if d.bad || !bytes.HasPrefix(name, []byte(registerPrefix)) || len(name) < len(registerPrefix)+12 {
			return "", false, errWire
		}
		theirs, err := decodeRegister(value)
		if err != nil {
			return "", false, err
		}
		last = string(name)
		rest := name[len(registerPrefix):]
		p := key.Partition{Token: key.Token(binary.BigEndian.Uint64(rest[4:]) ^ 1<<63), Key: rest[12:]}
		m := l.registers.of(p)
		m.Lock()
		err = l.change(schema.DataID(binary.BigEndian.Uint32(rest)), p, func(r *Register) (bool, error) {
			r.merge(theirs)
			return true, nil
		})
		m.Unlock()
		if err != nil {
			return "", false, err
		}
	}
	if d.bad || more && last == "" {
		return "", false, errWire
	}
	return last, more, nil
}

// AppendRegisters appends a request for the registers of a table's tokens: those behind the name that follows, or the first ones.
func AppendRegisters(dst []byte, p Plan, id schema.DataID, tokens key.TokenRange) []byte {
	dst = binary.BigEndian.AppendUint32(appendPlan(dst, p), uint32(id))
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uint64(tokens.First)), uint64(tokens.Last))
}

// Prepare, Propose, Commit and Registers serve the requests of other nodes.
func (s *Server) Prepare(body []byte, reply func([]byte)) {
	reply(s.phase(body, func(p *Phase, t *schema.Table) ([]byte, error) {
		read, err := decodeRead(p.Body)
		if err != nil {
			return nil, err
		}
		read.Command.Table = t
		promise, err := s.Local.Prepare(p, read)
		if err != nil {
			return nil, err
		}
		return promise.append([]byte{byte(OK)}), nil
	}))
}

// Propose: see Prepare.
func (s *Server) Propose(body []byte, reply func([]byte)) {
	reply(s.phase(body, func(p *Phase, _ *schema.Table) ([]byte, error) {
		newer, err := s.Local.Propose(p)
		return appendBallot([]byte{byte(OK)}, newer), err
	}))
}

// Commit: see Prepare.
func (s *Server) Commit(body []byte, reply func([]byte)) {
	reply(s.phase(body, func(p *Phase, _ *schema.Table) ([]byte, error) {
		mutations, _, err := DecodeMutations(p.Body, s.Group.State().Schema)
		if err != nil {
			return nil, err
		}
		return []byte{byte(OK)}, s.Local.Commit(p, mutations)
	}))
}

// phase serves a phase of a transaction once this node knows the topology and the table that it speaks of.
func (s *Server) phase(body []byte, serve func(*Phase, *schema.Table) ([]byte, error)) []byte {
	return answered(func() ([]byte, error) {
		p, err := decodePhase(body)
		if err != nil {
			return nil, err
		}
		s.catchUp(p.Topology)
		t, err := s.table(p.Table, p.Plan)
		if err != nil {
			return nil, err
		}
		return serve(p, t)
	})
}

// Registers: see Prepare.
func (s *Server) Registers(body []byte, reply func([]byte)) {
	reply(answered(func() ([]byte, error) {
		d := decoder{raw: body}
		plan := d.plan()
		id, tokens := schema.DataID(d.uint32()), key.TokenRange{First: key.Token(d.uint64()), Last: key.Token(d.uint64())}
		if d.bad {
			return nil, errWire
		}
		s.catchUp(plan.Topology)
		if err := s.Local.FenceAt(plan.Topology); err != nil {
			return nil, err
		}
		raw, err := s.Local.Registers(id, tokens, string(d.raw), registersBytes)
		return append([]byte{byte(OK)}, raw...), err
	}))
}

// registersBytes bounds one answer with registers.
const registersBytes = 1 << 20

// DecodeBallot decodes the answer to Propose: the zero ballot when the round was accepted.
func DecodeBallot(raw []byte) (Ballot, error) {
	d := decoder{raw: raw}
	b := d.ballot()
	if d.bad {
		return b, errWire
	}
	return b, nil
}

// answered turns an error into its answer.
func answered(serve func() ([]byte, error)) []byte {
	out, err := serve()
	if err != nil {
		return failed(err)
	}
	return out
}

// table returns a table that a coordinator spoke of, once this node knows it.
func (s *Server) table(id schema.DataID, p Plan) (*schema.Table, error) {
	t := s.Group.State().Schema.TableByDataID(id)
	if t == nil {
		s.catchUp(p.Epoch)
		t = s.Group.State().Schema.TableByDataID(id)
	}
	if t == nil {
		return nil, fmt.Errorf("the node does not know the table")
	}
	return t, nil
}
