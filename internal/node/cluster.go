package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/liveness"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cluster/topology"
	"helenus/internal/coordinator"
	"helenus/internal/hint"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/repair"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
	"helenus/internal/trace"
)

// startCluster opens what this node knows of the cluster and begins to speak to the other nodes, within its budget.
func (n *Member) startCluster(ctx context.Context, budget *budget) error {
	o := &n.options
	base, err := system.Base()
	if err != nil {
		return err
	}
	if n.marks, err = repair.OpenMarks(n.store); err != nil {
		return err
	}
	kept, err := topology.OpenKept(n.store, n.identity.HostID, o.Logger)
	if err != nil {
		return err
	}
	n.forming = topology.NewForming(n.identity.HostID, o.InitialNodes)
	n.metadata, err = metadata.Open(metadata.Options{
		Log: n.store, Data: stored{n.store, n.marks}, Base: base, Runtime: o.Runtime, Logger: o.Logger, OnFatal: o.OnFatal, Send: n.sendRaft, Lost: n.isLost, Live: n.isLive, Settle: n.settle, Changed: kept.Changed,
	})
	if err != nil {
		return err
	}
	links, err := o.Connect(ctx, rpc.Options{
		Network: o.Network, Clock: platform.SystemClock{}, Listen: n.places.nodes.String(), Self: n.hello, Fenced: n.refused, Expelled: n.expelled, Twin: n.twin, Handle: n.serve, Met: n.met, Lost: n.lost, Token: o.JoinToken, TLS: o.TLS, Compression: o.Compression,
		RunningBytes: budget.internode, QueuedBytes: budget.internode, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	n.links.Store(&links)
	for _, address := range o.Cut {
		links.Block(address, true)
	}
	n.monitor = liveness.Start(liveness.Options{
		Seeds: n.seedsNow, Learn: links.Learn, Self: n.identity.HostID, Generation: n.identity.Generation, Address: n.member().Address, State: n.metadata.State, Vital: n.vital, Call: links.Call, Drop: func(host uuid.UUID) { links.Drop(rpc.Peer{Host: host}) }, Runtime: o.Runtime, Changed: n.peerChanged,
		Time: n.heardTime, Superseded: n.superseded,
	})
	n.local = replica.NewLocal(n.store, n.metadata.State, n.repairedThrough)
	reads := o.Reads.Reads
	reads.Logger = o.Logger
	n.local.SetReads(reads)
	n.replica = &replica.Server{Local: n.local, Group: n.metadata, Runtime: o.Runtime}
	n.hints = hint.New(hint.Options{
		Self: n.identity.HostID, Store: n.store, State: n.metadata.State, Live: n.monitor.Live, Call: links.Call, Runtime: o.Runtime, Keeps: o.RepairMargin / 2, Logger: o.Logger,
		Replay: func(mutations []byte) error { return n.coord.Replay(mutations) },
	})
	n.coord = coordinator.New(coordinator.Options{
		Local: n.local, Self: ring.HostID(n.identity.HostID), State: n.metadata.State, WhenEpoch: n.metadata.WhenEpoch, Messenger: links, Live: n.monitor.Live,
		Timestamp: n.timestamp, Number: n.metadata.Numbering, Hint: n.hints.Hint, BatchLog: n.hints, Runtime: o.Runtime, Datacenter: o.Datacenter, PieceBytes: budget.piece, Logger: o.Logger,
	})
	n.store.SetViewRouter(viewRouter{n})
	if err := n.followIndexes(); err != nil {
		return err
	}
	n.traces = &system.Traces{Write: n.coord.Write, Schema: n.metadata.Schema, Self: n.self, Runtime: o.Runtime, Logger: o.Logger}
	if n.tracer, err = trace.NewRecorder(o.Runtime, n.traces.Keep); err != nil {
		return err
	}
	n.topology, err = topology.Start(topology.Options{
		Self: n.identity.HostID, Group: n.metadata, Store: n.store, Local: n.local, Kept: kept, Live: n.monitor.Live, Known: n.monitor.Known, Epoch: n.epochOf, Ask: links.Ask, View: n.view(), Runtime: o.Runtime, Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	n.hints.Off.Store(o.NoHints)
	n.hints.Start()
	n.repairer = repair.Start(repair.Options{
		Self: ring.HostID(n.identity.HostID), State: n.metadata.State, Live: n.isLive, Range: n.coord.RepairRange, Views: n.coord.RepairViews, Call: links.Call, Marks: n.marks, Runtime: o.Runtime,
		Period: o.RepairPeriod, Margin: o.RepairMargin, Logger: o.Logger,
	})
	n.open.Store(true)
	return nil
}

// stored is what a node holds of tables.
type stored struct {
	store *storage.Store
	marks *repair.Marks
}

// Retire deletes the rows, the registers and the marks of a table that was dropped or emptied.
func (s stored) Retire(id schema.DataID) error {
	return errors.Join(s.store.Retire(id), replica.DropRegisters(s.store, id, key.AllTokens), s.marks.Forget(id))
}

// handOverWithin bounds how long a node that stops waits for others to take over its part in the metadata group.
const handOverWithin = 3 * time.Second

// handOver gives away what the cluster would miss when this node stops.
func (n *Member) handOver() {
	if !n.open.Load() || n.metadata.Numbering() == 0 {
		return
	}
	voters, _ := n.metadata.Voters()
	var heir *metadata.Member
	for _, m := range n.metadata.State().Members {
		if m.Host == n.identity.HostID || m.Status != metadata.Normal || !n.monitor.Live(m.Host) || !n.monitor.Known(m.Host) {
			continue
		}
		if heir == nil || !slices.Contains(voters, heir.Number) && slices.Contains(voters, m.Number) {
			heir = &m
		}
	}
	if heir == nil {
		return
	}
	ctx, cancel := platform.WithTimeout(context.Background(), n.options.Runtime, handOverWithin)
	defer cancel()
	if err := n.metadata.HandOver(ctx, heir.Number); err != nil {
		n.options.Logger.Warn("the part in the metadata could not be handed over", "to", heir.Address, "error", err)
	}
}

// stopCluster takes leave of the other nodes, once.
func (n *Member) stopCluster() (err error) {
	n.leave.Do(func() { err = n.endCluster() })
	return err
}

// endCluster ends what startCluster began. The connections go before those who use them, so that nobody waits for nodes that say nothing, and
// the metadata before the connections, so that none of these waits for a change.
func (n *Member) endCluster() (err error) {
	n.handOver()
	n.open.Store(false)
	if n.metadata != nil {
		n.metadata.Close()
	}
	if links := n.links.Load(); links != nil {
		err = (*links).Close()
	}
	if n.topology != nil {
		n.topology.Stop()
	}
	if n.repairer != nil {
		n.repairer.Stop()
	}
	if n.hints != nil {
		n.hints.Stop()
	}
	if n.monitor != nil {
		n.monitor.Stop()
	}
	return err
}

// Join makes this node part of the ring: of a new one, or of the one that a seed belongs to.
func (n *Member) Join(ctx context.Context) error {
	if n.metadata.Numbering() != 0 && len(n.options.Seeds) > 0 {
		if _, err := n.lookAround(ctx); err != nil {
			return err
		}
	}
	if n.metadata.Numbering() == 0 {
		links := *n.links.Load()
		newcomer := topology.Newcomer{
			Self: n.member(), Seeds: n.findSeeds, Forming: n.forming, Group: n.metadata, Ask: links.Ask, Drop: links.Drop, Runtime: n.options.Runtime, Logger: n.options.Logger,
		}
		joined, err := newcomer.Join(ctx)
		if err != nil {
			return err
		}
		if !joined {
			return n.found()
		}
	}
	if n.Left() {
		return fmt.Errorf("%w: %s", ErrLeft, n.refused(n.identity.HostID))
	}
	if m := n.metadata.State().Member(n.identity.HostID); m != nil && m.Status != metadata.Joining {
		n.hearOthers(ctx)
		if ctx.Err() != nil { // it may have heard that it is none any more
			return context.Cause(ctx)
		}
		n.announce(m)
		return nil
	}
	replaced, err := n.replaced(ctx)
	if err != nil {
		return err
	}
	n.options.Logger.Info("JOINING: fetching this node's part of the ring")
	return n.topology.Join(ctx, replaced, n.options.AcceptLoss)
}

// ErrLeft is returned to a node whose data were a member's that has left the cluster.
var ErrLeft = errors.New("this node has left its cluster")

// Left says whether this node knows that it was a member and is none any more.
func (n *Member) Left() bool { return n.metadata.State().IsRemoved(n.identity.HostID) }

// hearWithin bounds how long a node that comes back waits to hear from another, so that it learns before it serves that it was removed.
const hearWithin = 10 * time.Second

// hearOthers returns once another member has answered, or none does.
func (n *Member) hearOthers(ctx context.Context) {
	ctx, cancel := platform.WithTimeout(ctx, n.options.Runtime, hearWithin)
	defer cancel()
	n.monitor.Greet()
	for ctx.Err() == nil {
		silent := true
		for _, m := range n.metadata.State().Members {
			if m.Host == n.identity.HostID {
				continue
			}
			if _, ok := n.monitor.Vital(m.Host); ok {
				return
			}
			silent = silent && n.monitor.Known(m.Host) && !n.monitor.Live(m.Host)
		}
		if silent {
			return
		}
		_ = platform.Sleep(ctx, n.options.Runtime, hearEvery) // its end is looked at above
	}
}

// hearEvery is how often it looks.
const hearEvery = 10 * time.Millisecond

// pagingKeyBytes is the length of the key that signs paging states.
const pagingKeyBytes = 32

// found makes a cluster of this node alone.
func (n *Member) found() error {
	f := metadata.Founding{Cluster: uuid.New(), PagingKey: make([]byte, pagingKeyBytes)}
	if _, err := rand.Read(f.PagingKey); err != nil {
		return fmt.Errorf("make a key for paging states: %w", err)
	}
	self := n.member()
	self.Status, self.Tokens = metadata.Normal, n.firstTokens()
	n.founded = true
	return n.metadata.Found(f, self)
}

// member is this node as others know it, without what the cluster gives it.
func (n *Member) member() metadata.Member {
	id := &n.identity
	return metadata.Member{
		Host: id.HostID, Address: n.places.toldNode.String(), Native: n.places.toldNative.String(),
		Datacenter: id.Datacenter, Rack: id.Rack, Release: cassandra.ReleaseVersion, Generation: id.Generation, NumTokens: n.options.NumTokens,
		Wanted: n.options.InitialTokens,
	}
}

// firstTokens are the tokens of a cluster's first node.
func (n *Member) firstTokens() []key.Token {
	for _, t := range [][]key.Token{n.identity.Tokens, n.options.InitialTokens} {
		if len(t) > 0 {
			return t
		}
	}
	self := &ring.Node{ID: ring.HostID(n.identity.HostID), Datacenter: n.identity.Datacenter, Rack: n.identity.Rack}
	return ring.Allocate(nil, self, n.options.NumTokens)
}

// replaced returns the dead member that this node takes the place of, or uuid.Nil.
func (n *Member) replaced(ctx context.Context) (uuid.UUID, error) {
	text := n.options.Replace
	switch text {
	case "":
		return uuid.Nil, nil
	case ReplaceAuto:
		return n.vacant(ctx)
	}
	for { // the state comes soon after this node was admitted
		state := n.metadata.State()
		if state.Member(n.identity.HostID) == nil {
			if err := platform.Sleep(ctx, n.options.Runtime, 50*time.Millisecond); err != nil {
				return uuid.Nil, err
			}
			continue
		}
		for _, m := range state.Members {
			host, _, _ := net.SplitHostPort(m.Address)
			if m.Host != n.identity.HostID && (text == m.Host.String() || text == m.Address || text == host) {
				return m.Host, nil
			}
		}
		return uuid.Nil, fmt.Errorf("--replace names %s, which is no member of the cluster", text)
	}
}

// announceAgain is how long an announcement that failed rests.
const announceAgain = time.Second

// announce tells the cluster of this node's addresses when they have changed; other nodes find it by what it says in its connections meanwhile.
func (n *Member) announce(known *metadata.Member) {
	self := n.member()
	if known.Address == self.Address && known.Native == self.Native && known.Release == self.Release {
		return
	}
	n.options.Runtime.Go(func() {
		for n.open.Load() {
			_, err := n.metadata.Admit(context.Background(), self)
			if err == nil {
				return
			}
			n.options.Logger.Info("the cluster does not know this node's new address yet", "error", err)
			if platform.Sleep(context.Background(), n.options.Runtime, announceAgain) != nil {
				return
			}
		}
	})
}

// hello is what this node says of itself to others.
func (n *Member) hello() rpc.Hello {
	s := n.metadata.State()
	return rpc.Hello{Cluster: s.Cluster, Alone: isAlone(s, n.identity.HostID), Host: n.identity.HostID, Generation: n.identity.Generation, Boot: n.started.UnixNano(), Address: n.member().Address, Datacenter: n.options.Datacenter}
}

// serve answers a message of another node.
func (n *Member) serve(from *rpc.Hello, verb rpc.Verb, body []byte, reply rpc.Reply) {
	if !n.open.Load() {
		return // it will be asked again
	}
	server, coord := n.replica, n.coord
	if replica.IsTraced(verb) {
		if t := n.tracer.Begin(replica.PlanOf(body).Trace); t != nil {
			server, coord, reply = server.Traced(t), coord.Traced(t), traceMessage(t, from, verb, reply)
		}
	}
	switch verb {
	case rpc.Ping:
		if answer, err := n.monitor.Serve(n.generationOf(from.Host)); err == nil {
			reply(answer)
		}
	case rpc.Raft:
		if err := n.metadata.Receive(body, from.Address); err != nil {
			n.options.Logger.Debug("a metadata message", "from", from.Address, "error", err)
		}
	case rpc.Admit:
		reply(topology.ServeAdmit(context.Background(), n.metadata, n.forming, body))
	case rpc.Write:
		server.Write(body, reply)
	case rpc.Read:
		server.Read(body, reply)
	case rpc.Count:
		coord.ServeCount(from.Host, body, reply)
	case rpc.Prepare:
		server.Prepare(body, reply)
	case rpc.Propose:
		server.Propose(body, reply)
	case rpc.Commit:
		server.Commit(body, reply)
	case rpc.Repaired:
		n.repairer.Serve(body, reply)
	case rpc.Batch:
		n.hints.ServeBatch(body, reply)
	case rpc.BatchDone:
		n.hints.ServeBatchDone(body, reply)
	case rpc.ViewBuild:
		reply(n.serveViewBuild(body))
	case rpc.Registers:
		n.replica.Registers(body, reply)
	default:
		n.options.Logger.Warn("a message of an unknown kind", "from", from.Address, "verb", verb)
		reply(replica.Failure(fmt.Errorf("verb %d is unknown here", verb)))
	}
}

// traceMessage tells a trace that a request has come, and that it is answered; what happened here goes out before the answer.
func traceMessage(t *trace.Trace, from *rpc.Hello, verb rpc.Verb, reply rpc.Reply) rpc.Reply {
	t.Addf(trace.Messages, "%s message received from /%s", replica.RequestName(verb), from.Address)
	return func(body []byte) {
		t.Addf(trace.Mutations, "Enqueuing response to /%s", from.Address)
		t.Addf(trace.Messages, "Sending %s message to /%s message size %d bytes", replica.ResponseName(verb), from.Address, len(body))
		t.End(nil, false)
		reply(body)
	}
}

// sendRaft carries a message of the metadata group.
func (n *Member) sendRaft(number uint64, address string, message []byte) {
	links := n.links.Load()
	if links == nil {
		return
	}
	to := rpc.Peer{Address: address}
	if m := n.metadata.State().Numbered(number); m != nil {
		to.Host = m.Host
	}
	(*links).Send(to, rpc.Control, rpc.Raft, message, func() { n.metadata.Unreachable(number) })
}

// lostAfter is how long a voter is down before another votes in its place.
const lostAfter = 5 * time.Minute

func (n *Member) isLost(host uuid.UUID) bool {
	return n.open.Load() && n.monitor.DownFor(host) > lostAfter
}

func (n *Member) isLive(host uuid.UUID) bool {
	return n.open.Load() && n.monitor.Live(host) && n.monitor.Known(host)
}

// rescue lets the metadata go on without members that are gone for good. Everything that could make it lose more than they alone had is
// refused.
func (n *Member) rescue(_ context.Context, a nodetool.Arguments) error {
	var lost []uuid.UUID
	for _, text := range strings.Split(a.Host, ",") {
		id, err := uuid.Parse(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("%q is no host id: %w", text, err)
		}
		lost = append(lost, id)
	}
	s := n.metadata.State()
	for _, id := range lost {
		m := s.Member(id)
		switch {
		case id == n.identity.HostID:
			return errors.New("this node itself is among the lost ones")
		case m == nil:
			return fmt.Errorf("%s is no member", id)
		case n.monitor.Live(id):
			return fmt.Errorf("%s answers at %s: only nodes that are gone for good can be given up", id, m.Address)
		}
	}
	for _, m := range s.Members {
		if m.Host == n.identity.HostID || slices.Contains(lost, m.Host) {
			continue
		}
		if !n.monitor.Live(m.Host) || !n.monitor.Known(m.Host) {
			return fmt.Errorf("%s at %s does not answer: start it, or name it among the lost ones", m.Host, m.Address)
		}
		if e := n.epochOf(m.Host); e > s.Epoch {
			return fmt.Errorf("%s knows more (epoch %d, this node %d): run this there", m.Address, e, s.Epoch)
		}
	}
	if err := n.metadata.Rescue(lost); err != nil {
		return err
	}
	n.options.Logger.Warn("the metadata goes on without lost members; changes of the schema or the ring that only they had are lost", "lost", lost, "epoch", n.metadata.State().Epoch)
	return nil
}

func (n *Member) met(host uuid.UUID) {
	if n.open.Load() {
		n.monitor.Met(host)
	}
}

func (n *Member) lost(host uuid.UUID) {
	if n.open.Load() {
		n.monitor.Lost(host)
	}
}

func (n *Member) vital() liveness.Vital {
	m := n.member()
	return liveness.Vital{
		Host: m.Host, Generation: m.Generation, Epoch: n.metadata.State().Epoch, Ready: n.ready.Load(), Load: n.loads.bytes(n), Disk: n.disk.state(n),
		Address: m.Address, Native: m.Native, Moved: n.moved(), Silent: n.silent(), Owes: n.owes(), Fetching: n.fetches(), Ending: n.ending.Load(), Latest: n.timestamps.Last(), Wall: n.options.Runtime.Now().UnixMicro(),
	}
}

// loadFor is how long the size of the data, which takes a walk over the store's files to tell, is told again as it was.
const loadFor = 5 * time.Second

// loads remembers the size of the data.
type loads struct {
	mu   sync.Mutex
	at   time.Duration
	last int64
}

func (l *loads) bytes(n *Member) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := n.options.Runtime.Monotonic(); l.last == 0 || now-l.at > loadFor {
		l.at, l.last = now, int64(n.store.Metrics().DiskSpaceUsage())
	}
	return l.last
}

// moved are the members that are at other addresses than the metadata says.
func (n *Member) moved() (all []rpc.Home) {
	links := *n.links.Load()
	for _, m := range n.metadata.State().Members {
		if h, ok := links.Of(m.Host); ok && h.Address != m.Address {
			all = append(all, h)
		}
	}
	return all
}

func (n *Member) epochOf(host uuid.UUID) uint64 {
	if host == n.identity.HostID {
		return n.metadata.State().Epoch
	}
	v, ok := n.monitor.Vital(host)
	if !ok {
		return 0
	}
	return v.Epoch
}

// settleWithin bounds how long a schema change waits for the other nodes.
const settleWithin = 10 * time.Second

// settle returns when every living member knows of an epoch, so that a client may go on with any of them.
func (n *Member) settle(ctx context.Context, epoch uint64) {
	ctx, cancel := platform.WithTimeout(ctx, n.options.Runtime, settleWithin)
	defer cancel()
	if err := n.monitor.Settle(ctx, epoch); err != nil && !errors.Is(err, context.Canceled) {
		n.options.Logger.Warn("not every node knows of the schema change yet", "error", err)
	}
}
