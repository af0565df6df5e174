package metadata

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"helenus/internal/platform"
)

const (
	tick           = 100 * time.Millisecond
	electionTicks  = 10
	heartbeatTicks = 2
)

// position is where in the log the state stands.
type position struct {
	index uint64
	conf  *pb.ConfState
}

// errNoGroup refuses changes before the node belongs to a cluster.
var errNoGroup = errors.New("this node belongs to no cluster yet")

// Found makes a cluster of one member, this node. What Open found of an older store is kept.
func (g *Group) Found(f Founding, self Member) error {
	self.Number = 1
	before := *g.State()
	state, _, ok := before.Step(&Delta{Basis: before.Epoch, Found: &f, Put: []Member{self}})
	if !ok {
		return fmt.Errorf("found a cluster: the state is not new")
	}
	raw, err := encodeState(&state)
	if err != nil {
		return err
	}
	one := uint64(1)
	s := &pb.Snapshot{Data: raw, Metadata: &pb.SnapshotMetadata{Index: &one, Term: &one, ConfState: &pb.ConfState{Voters: []uint64{1}}}}
	hard, err := proto.Marshal(&pb.HardState{Term: &one, Commit: &one})
	if err != nil {
		return err
	}
	records := numberRecord(1)
	records[recordHard] = hard
	records[recordOldEpoch], records[recordOldSchema] = nil, nil
	if records[recordSnapshot], err = proto.Marshal(s); err != nil {
		return err
	}
	return g.begin(1, records)
}

// Follow makes this node a member of an existing group, under the number that the group gave it. The leader sends the state.
func (g *Group) Follow(number uint64) error { return g.begin(number, numberRecord(number)) }

// Abandon has this node forget its cluster, as if it had never belonged to one, if may still says so when nothing can change the state. It is for
// the only member of a cluster that holds nothing: whatever the state had is lost.
func (g *Group) Abandon(may func(*State) bool) (done bool, err error) {
	g.mu.Lock()
	if g.node == nil || g.failed != nil || !may(g.State()) {
		g.mu.Unlock()
		return false, nil
	}
	ticker := g.ticker
	err = g.forget()
	g.mu.Unlock()
	if err == nil && ticker != nil {
		ticker.Stop()
	}
	return err == nil, err
}

// forget drops the records and the state; g.mu is held.
func (g *Group) forget() error {
	records, err := g.options.Log.Metas(recordPrefix)
	if err != nil {
		return err
	}
	for name := range records {
		if strings.HasPrefix(name, recordRetire) {
			delete(records, name)
		} else {
			records[name] = nil
		}
	}
	if err := g.options.Log.SetMetas(records); err != nil {
		return err
	}
	before := *g.State()
	next := State{Schema: g.options.Base}
	g.node, g.log, g.ticker, g.number, g.leaving = nil, nil, nil, 0, false
	g.applied, g.addresses = position{}, map[uint64]string{}
	g.numbered.Store(0)
	g.state.Store(&next)
	g.publish(Update{before, next, nil})
	return nil
}

func (g *Group) begin(number uint64, records map[string][]byte) error {
	if err := g.options.Log.SetMetas(records); err != nil {
		return err
	}
	g.mu.Lock()
	g.number = number
	g.numbered.Store(number)
	g.mu.Unlock()
	return g.start(records)
}

// start runs raft on what the records hold.
func (g *Group) start(records map[string][]byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.log = &diskLog{MemoryStorage: raft.NewMemoryStorage(), log: g.options.Log, snapshot: g.takeSnapshot}
	s, found, err := g.log.load(records)
	if err != nil {
		return err
	}
	g.applied = position{0, &pb.ConfState{}}
	if found {
		state, err := decodeState(s.GetData(), g.options.Base)
		if err != nil {
			return err
		}
		g.state.Store(&state)
		g.applied = position{s.GetMetadata().GetIndex(), s.GetMetadata().GetConfState()}
	}
	g.node, err = raft.NewRawNode(&raft.Config{
		ID: g.number, Storage: g.log, Applied: g.applied.index, ElectionTick: electionTicks, HeartbeatTick: heartbeatTicks, PreVote: true, CheckQuorum: true, StepDownOnRemoval: true,
		MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 64, MaxUncommittedEntriesSize: 64 << 20, Logger: raftLogger{g.options.Logger},
	})
	if err != nil {
		return fmt.Errorf("start the metadata group: %w", err)
	}
	if err := g.pump(); err != nil {
		return err
	}
	if v := g.applied.conf.GetVoters(); len(v) == 1 && v[0] == g.number {
		if err := g.node.Campaign(); err != nil {
			return err
		}
		if err := g.pump(); err != nil {
			return err
		}
	}
	g.ticker = platform.Every(g.options.Runtime, tick, g.tick)
	return nil
}

// Close stops the group; its state can still be read.
func (g *Group) Close() {
	g.mu.Lock()
	ticker := g.ticker
	g.failed = errors.Join(g.failed, context.Canceled)
	g.mu.Unlock()
	if ticker != nil {
		ticker.Stop()
	}
}

func (g *Group) tick() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed != nil || g.node == nil {
		return
	}
	g.lostMu.Lock()
	for _, n := range g.lost {
		g.node.ReportUnreachable(n)
	}
	g.lost = g.lost[:0]
	g.lostMu.Unlock()
	g.node.Tick()
	if !g.leaving {
		g.reconcile()
	}
	g.pumpOrFail()
}

// HandOver gives this member's part in the group away before it stops: the leadership, and when it is the only voter of several members the
// vote, to the member with a number. It returns when that is done, or with ctx's error.
func (g *Group) HandOver(ctx context.Context, to uint64) error {
	for {
		done, err := g.handOver(to)
		if done || err != nil {
			return err
		}
		if err := platform.Sleep(ctx, g.options.Runtime, tick); err != nil {
			return err
		}
	}
}

func (g *Group) handOver(to uint64) (done bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.node == nil || g.failed != nil {
		return true, nil
	}
	status := g.node.BasicStatus()
	conf := g.applied.conf
	if status.RaftState != raft.StateLeader {
		return !slices.Contains(conf.GetVoters(), g.number) || len(conf.GetVoters()) > 1, nil
	}
	switch {
	case len(conf.GetVotersOutgoing()) > 0:
	case slices.Equal(conf.GetVoters(), []uint64{g.number}):
		vote, listen := pb.ConfChangeType_ConfChangeAddNode, pb.ConfChangeType_ConfChangeAddLearnerNode
		g.leaving = true // reconcile would take the vote back
		err = g.node.ProposeConfChange(&pb.ConfChangeV2{Changes: []*pb.ConfChangeSingle{{Type: &vote, NodeId: &to}, {Type: &listen, NodeId: &g.number}}})
	case slices.Contains(conf.GetVoters(), to):
		g.node.TransferLeader(to)
	}
	if err != nil && !errors.Is(err, raft.ErrProposalDropped) {
		return false, err
	}
	g.pumpOrFail()
	return false, g.failed
}

// Receive takes a message of the group from the member at an address.
func (g *Group) Receive(raw []byte, address string) error {
	m := &pb.Message{}
	if err := proto.Unmarshal(raw, m); err != nil {
		return fmt.Errorf("decode a metadata message: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.node == nil || g.failed != nil {
		return errNoGroup
	}
	if m.GetTo() != g.number {
		return fmt.Errorf("a metadata message for member %d came to member %d", m.GetTo(), g.number)
	}
	g.addresses[m.GetFrom()] = address
	if err := g.node.Step(m); err != nil && !errors.Is(err, raft.ErrProposalDropped) {
		return err
	}
	g.pumpOrFail()
	return nil
}

// Unreachable is told that a message to a member was lost.
func (g *Group) Unreachable(number uint64) {
	g.lostMu.Lock()
	defer g.lostMu.Unlock()
	if !slices.Contains(g.lost, number) {
		g.lost = append(g.lost, number)
	}
}

// Leads says whether this node leads the group; the leader moves topology operations on.
func (g *Group) Leads() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.node != nil && g.failed == nil && g.node.BasicStatus().RaftState == raft.StateLeader
}

// HasLeader says whether this node knows of a leader.
func (g *Group) HasLeader() bool {
	_, leader := g.Voters()
	return leader != 0
}

// Voters returns the numbers of the members that vote, and the leader's or 0.
func (g *Group) Voters() (voters []uint64, leader uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.node == nil {
		return nil, 0
	}
	return slices.Clone(g.applied.conf.GetVoters()), g.node.BasicStatus().Lead
}

func (g *Group) votersText() string {
	voters, _ := g.Voters()
	var names []string
	for _, v := range voters {
		if m := g.State().Numbered(v); m != nil {
			names = append(names, m.Address)
		}
	}
	return strings.Join(names, ", ")
}

func (g *Group) propose(raw []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.node == nil {
		return errNoGroup
	}
	if g.failed != nil {
		return g.failed
	}
	if err := g.node.Propose(raw); err != nil {
		return err
	}
	g.pumpOrFail()
	return nil
}

// reconcile proposes the next change of who votes, when this node leads and none is under way.
func (g *Group) reconcile() {
	if g.node.BasicStatus().RaftState != raft.StateLeader || len(g.applied.conf.GetVotersOutgoing()) > 0 {
		return
	}
	state := g.State()
	conf := g.applied.conf
	lost := func(number uint64) bool {
		m := state.Numbered(number)
		return m == nil || state.IsFenced(m.Host) || m.Status == Leaving || number != g.number && g.options.Lost != nil && g.options.Lost(m.Host)
	}
	live := func(number uint64) bool {
		m := state.Numbered(number)
		return m != nil && (number == g.number || g.options.Live == nil || g.options.Live(m.Host))
	}
	voters := chooseVoters(state.Members, conf.GetVoters(), lost, live)
	if len(voters) == 0 {
		return
	}
	var change pb.ConfChangeV2
	add := func(kind pb.ConfChangeType, number uint64) {
		change.Changes = append(change.Changes, &pb.ConfChangeSingle{Type: &kind, NodeId: &number})
	}
	for i := range state.Members {
		n := state.Members[i].Number
		if state.IsFenced(state.Members[i].Host) {
			continue
		}
		votes, learns := slices.Contains(conf.GetVoters(), n), slices.Contains(conf.GetLearners(), n)
		switch should := slices.Contains(voters, n); {
		case should && !votes && !learns: // it has to catch up before it can be counted upon
			add(pb.ConfChangeType_ConfChangeAddLearnerNode, n)
		case should && !votes:
			add(pb.ConfChangeType_ConfChangeAddNode, n)
		case !should && (votes || !learns):
			add(pb.ConfChangeType_ConfChangeAddLearnerNode, n)
		}
	}
	for _, n := range slices.Concat(conf.GetVoters(), conf.GetLearners()) {
		if state.Numbered(n) == nil {
			add(pb.ConfChangeType_ConfChangeRemoveNode, n)
		}
	}
	if len(change.Changes) == 0 {
		return
	}
	if err := g.node.ProposeConfChange(&change); err != nil && !errors.Is(err, raft.ErrProposalDropped) {
		g.options.Logger.Warn("change the voters", "error", err)
	}
}

func (g *Group) pumpOrFail() {
	if err := g.pump(); err != nil {
		g.failed = err
		g.options.OnFatal(fmt.Errorf("metadata: %w", err))
	}
}

// pump carries out what raft has decided: first the disk, then messages, then the state.
func (g *Group) pump() error {
	for g.node.HasReady() {
		rd := g.node.Ready()
		var installed *State
		more := map[string][]byte{}
		if !raft.IsEmptySnap(rd.Snapshot) {
			state, err := decodeState(rd.Snapshot.GetData(), g.options.Base)
			if err != nil {
				return err
			}
			installed, more = &state, retireRecords(retired(g.Schema(), state.Schema))
		}
		if err := g.log.save(&rd, more); err != nil {
			return err
		}
		if installed != nil {
			g.applied = position{rd.Snapshot.GetMetadata().GetIndex(), rd.Snapshot.GetMetadata().GetConfState()}
			if err := g.install(installed); err != nil {
				return err
			}
		}
		g.send(rd.Messages)
		for _, e := range rd.CommittedEntries {
			if err := g.apply(e); err != nil {
				return err
			}
		}
		g.node.Advance(rd)
	}
	return g.log.compact(g.applied.index)
}

func (g *Group) send(messages []*pb.Message) {
	state := g.State()
	for _, m := range messages {
		address := g.addresses[m.GetTo()]
		if to := state.Numbered(m.GetTo()); to != nil && address == "" {
			address = to.Address
		}
		if address == "" || g.options.Send == nil {
			continue
		}
		raw, err := proto.Marshal(m)
		if err != nil {
			g.options.Logger.Error("encode a metadata message", "error", err)
			continue
		}
		g.options.Send(m.GetTo(), address, raw)
		if m.GetType() == pb.MessageType_MsgSnap {
			g.node.ReportSnapshot(m.GetTo(), raft.SnapshotFinish) // a lost one is found out by its missing answer
		}
	}
}

// apply takes a committed entry into the state.
func (g *Group) apply(e *pb.Entry) error {
	defer func() { g.applied.index = e.GetIndex() }()
	switch e.GetType() {
	case pb.EntryType_EntryConfChange, pb.EntryType_EntryConfChangeV2:
		return g.applyConf(e)
	}
	if len(e.GetData()) == 0 {
		return nil // a new leader's first entry
	}
	d, err := decodeDelta(e.GetData())
	if err != nil {
		return err
	}
	before := g.State()
	next, effects, ok := before.Step(d)
	if ok {
		g.state.Store(&next)
		for _, id := range effects.Retired {
			if err := g.options.Data.Retire(id); err != nil {
				return err
			}
		}
		g.publish(Update{*before, next, effects.Event})
	}
	if done := g.proposals[d.ID]; done != nil {
		done.Put(ok)
		delete(g.proposals, d.ID)
	}
	return nil
}

func (g *Group) applyConf(e *pb.Entry) error {
	var change pb.ConfChangeV2
	if e.GetType() == pb.EntryType_EntryConfChange {
		var v1 pb.ConfChange
		if err := proto.Unmarshal(e.GetData(), &v1); err != nil {
			return err
		}
		g.applied.conf = g.node.ApplyConfChange(&v1)
		return nil
	}
	if err := proto.Unmarshal(e.GetData(), &change); err != nil {
		return err
	}
	g.applied.conf = g.node.ApplyConfChange(&change)
	return nil
}

// install takes a whole state from the leader.
func (g *Group) install(next *State) error {
	before := *g.State()
	if next.Epoch < before.Epoch {
		return fmt.Errorf("the leader's state is of epoch %d, this node's of %d", next.Epoch, before.Epoch)
	}
	g.state.Store(next)
	for _, id := range retired(before.Schema, next.Schema) {
		if err := g.retireRecorded(fmt.Sprint(uint32(id))); err != nil {
			return err
		}
	}
	g.publish(Update{before, *next, nil})
	return nil
}

func (g *Group) publish(u Update) {
	for _, f := range g.subscribers {
		f(u)
	}
	waiting := g.epochs[:0]
	for _, w := range g.epochs {
		if w.epoch <= u.State.Epoch {
			if !w.gone.Swap(true) {
				w.ready()
			}
		} else {
			waiting = append(waiting, w)
		}
	}
	clear(g.epochs[len(waiting):])
	g.epochs = waiting
}

// takeSnapshot is the state as it is applied now.
func (g *Group) takeSnapshot() (*pb.Snapshot, error) {
	raw, err := encodeState(g.State())
	if err != nil {
		return nil, err
	}
	index := g.applied.index
	term, err := g.log.Term(index)
	if err != nil {
		return nil, err
	}
	return &pb.Snapshot{Data: raw, Metadata: &pb.SnapshotMetadata{Index: &index, Term: &term, ConfState: g.applied.conf}}, nil
}

// Numbering returns the member number of this node, 0 before it belongs to a cluster. It does not wait.
func (g *Group) Numbering() uint64 { return g.numbered.Load() }

// nextMember gives a newcomer its number.
func (s *State) nextMember(m Member) Member {
	m.Number = s.LastNumber + 1
	return m
}

// Admit adds a newcomer, or brings the addresses of a member up to date, and returns it as it is now.
func (g *Group) Admit(ctx context.Context, m Member) (*Member, error) {
	s, err := g.Change(ctx, func(s *State) (*Delta, error) {
		if s.IsRemoved(m.Host) {
			return nil, fmt.Errorf("host id %s was removed from the cluster and must not come back: empty its data directory to let it join anew", m.Host)
		}
		old := s.Member(m.Host)
		if old == nil {
			m.Status = Joining
			return &Delta{Put: []Member{s.nextMember(m)}}, nil
		}
		if old.Generation >= m.Generation || old.Address == m.Address && old.Native == m.Native && old.Release == m.Release {
			return nil, nil
		}
		moved := *old
		moved.Address, moved.Native, moved.Release, moved.Generation = m.Address, m.Native, m.Release, m.Generation
		return &Delta{Put: []Member{moved}}, nil
	})
	if err != nil {
		return nil, err
	}
	if admitted := s.Member(m.Host); admitted != nil {
		return admitted, nil
	}
	return nil, fmt.Errorf("host id %s was removed while it joined", m.Host)
}
