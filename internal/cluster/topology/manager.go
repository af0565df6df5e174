package topology

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// Options connect a Manager.
type Options struct {
	Self  uuid.UUID
	Group *metadata.Group
	Store *storage.Store
	Local *replica.Local
	// Kept is told of the group's changes.
	Kept *Kept
	// Live says whether a member answers, Known whether that is known yet; Epoch is the one that it said to have applied.
	Live  func(uuid.UUID) bool
	Known func(uuid.UUID) bool
	Epoch func(uuid.UUID) uint64
	// Ask sends a message and waits for the answer: package rpc.
	Ask func(ctx context.Context, to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration) ([]byte, error)
	// View is what decides whether an absent member is removed; nil: none ever is.
	View    *View
	Runtime platform.Runtime
	Logger  *slog.Logger
}

// Manager takes part in topology operations.
type Manager struct {
	options Options
	self    ring.HostID
	ticker  *platform.Periodic
	ctx     context.Context
	cancel  context.CancelFunc
	jobs    *platform.Jobs

	mu       sync.Mutex
	fetching uuid.UUID // guarded by mu: the operation that this node fetches for
	leaving  bool      // guarded by mu: this node was told to leave
	expelled bool      // guarded by mu: others say that it has
	removing bool      // guarded by mu: an absent member is about to be removed
	cleaned  uint64    // guarded by mu: the number of operations after which this node has cleaned up
	progress progress
	judging  judging
}

// progress is how far this node's fetching is.
type progress struct {
	mu          sync.Mutex
	operation   uuid.UUID
	done, total int
	began, at   time.Time
	from        []string
	bytes       atomic.Int64
}

func (p *progress) set(operation uuid.UUID, done, total int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.operation != operation {
		p.began = now
	}
	p.operation, p.done, p.total, p.at = operation, done, total, now
}

func (p *progress) sources(from []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from = from
}

// Movement is how far the latest operation is that gives this node ranges.
type Movement struct {
	Operation   uuid.UUID // zero: there was none since the start
	Done, Total int       // ranges
	Bytes       int64     // that came since the start
	Began, At   time.Time
	From        []string // addresses
}

// Movement returns how far that is.
func (m *Manager) Movement() Movement {
	p := &m.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	return Movement{p.operation, p.done, p.total, p.bytes.Load(), p.began, p.at, p.from}
}

const tick = 200 * time.Millisecond

// cleanedRecord holds the number of operations after which this node has deleted what it lost by them, 8 bytes.
const cleanedRecord = "topology/cleaned"

// Start begins to take part.
func Start(o Options) (*Manager, error) {
	m := &Manager{options: o, self: ring.HostID(o.Self), jobs: platform.NewJobs(o.Runtime)}
	raw, err := o.Store.Metas(cleanedRecord)
	if err != nil {
		return nil, err
	}
	if n := raw[cleanedRecord]; len(n) == 8 {
		m.cleaned = binary.BigEndian.Uint64(n)
	}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.ticker = platform.Every(o.Runtime, tick, m.tick)
	return m, nil
}

// Stop ends it; an operation under way goes on after the next start.
func (m *Manager) Stop() {
	m.cancel()
	m.ticker.Stop()
	m.jobs.Wait()
}

// Fetching returns the operation that this node fetches ranges for, how many of them are here, and the bytes that came since the start.
func (m *Manager) Fetching() (operation uuid.UUID, done, total int, bytes int64) {
	m.progress.mu.Lock()
	defer m.progress.mu.Unlock()
	return m.progress.operation, m.progress.done, m.progress.total, m.progress.bytes.Load()
}

func (m *Manager) tick() {
	s := m.options.Group.State()
	o := s.Operation
	m.judge(s) // while an operation is under way, too: it may wait for a member that is absent
	if o == nil {
		m.clean(s)
		return
	}
	moves := movesOf(s)
	if o.Step == metadata.WriteBoth && !o.HasDone(m.options.Self) && slices.Contains(gaining(moves), m.options.Self) {
		m.fetch(o)
	}
	if m.options.Group.Leads() {
		if err := m.advance(s, moves); err != nil && m.ctx.Err() == nil {
			m.options.Logger.Warn("a topology operation does not go on yet", "operation", o.Kind, "host", o.Host, "error", err)
		}
	}
}

// fetch begins to fetch this node's ranges, if it does not yet.
func (m *Manager) fetch(o *metadata.Operation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fetching != uuid.Nil {
		return
	}
	m.fetching = o.ID
	m.jobs.Go(func() {
		if err := m.fetchAll(m.ctx, o); err != nil && m.ctx.Err() == nil {
			m.options.Logger.Warn("fetching ranges: will be tried again", "error", err)
			_ = m.sleep(m.ctx, fetchAgain) // when it ends, all ends
		}
		m.mu.Lock()
		m.fetching = uuid.Nil
		m.mu.Unlock()
	})
}

// advance takes the operation to its next step when it may; the leader of the metadata does.
func (m *Manager) advance(s *metadata.State, moves []keyspaceMoves) error {
	o := s.Operation
	switch o.Step {
	case metadata.WriteBoth:
		for _, host := range gaining(moves) {
			if !o.HasDone(host) && !planted.Is(planted.EarlyReads) {
				return nil
			}
		}
		_, err := m.options.Group.Change(m.ctx, func(now *metadata.State) (*metadata.Delta, error) {
			if now.Operation == nil || now.Operation.ID != o.ID || now.Operation.Step != metadata.WriteBoth {
				return nil, nil
			}
			for _, host := range gaining(movesOf(now)) { // a keyspace may have come in between
				if !now.Operation.HasDone(host) && !planted.Is(planted.EarlyReads) {
					return nil, nil
				}
			}
			next := *now.Operation
			next.Step = metadata.ReadNew
			return &metadata.Delta{Operation: &next}, nil
		})
		return err
	case metadata.ReadNew:
		if !m.known(s, moves) && !planted.Is(planted.EarlyEnd) {
			return nil
		}
		_, err := m.options.Group.Change(m.ctx, func(now *metadata.State) (*metadata.Delta, error) {
			if now.Operation == nil || now.Operation.ID != o.ID || now.Operation.Step != metadata.ReadNew {
				return nil, nil
			}
			return finish(now), nil
		})
		if err == nil {
			m.options.Logger.Info("the ring has changed", "operation", o.Kind, "host", o.Host)
		}
		return err
	}
	return nil
}

// known says whether of every range that moves a majority of the old replicas knows of the step, so that no quorum of them answers reads any
// more. A dead one does not count as knowing.
func (m *Manager) known(s *metadata.State, moves []keyspaceMoves) bool {
	for _, k := range moves {
		for _, move := range k.moves {
			know, leaving := 0, 0
			for _, n := range move.Old {
				host := uuid.UUID(n.ID)
				switch {
				case m.options.Live(host) && m.options.Epoch(host) >= s.Topology:
					know++
				case host == s.Operation.Replaced, s.Operation.Kind == metadata.Remove && host == s.Operation.Host, slices.Contains(s.Operation.Lost, host):
					leaving++
				}
			}
			lossy := s.Operation.AcceptLoss || len(s.Operation.Lost) > 0
			if know < len(move.Old)/2+1 && !(lossy && know+leaving == len(move.Old)) {
				return false
			}
		}
	}
	return true
}

// finish is the change that ends an operation.
func finish(s *metadata.State) *metadata.Delta {
	o := s.Operation
	d := &metadata.Delta{EndOperation: true}
	switch o.Kind {
	case metadata.Join, metadata.Replace:
		if m := s.Member(o.Host); m != nil {
			joined := *m
			joined.Status, joined.Tokens = metadata.Normal, o.Tokens
			d.Put = []metadata.Member{joined}
		}
		if o.Kind == metadata.Replace {
			d.Drop = []uuid.UUID{o.Replaced}
		}
	case metadata.Leave, metadata.Remove:
		d.Drop = []uuid.UUID{o.Host}
	}
	return d
}

// clean deletes what this node does not replicate any more, once after each operation, and forgets what was fetched for it. What it lost by
// other changes, of a replication factor for example, is kept: it may be the only copy.
func (m *Manager) clean(s *metadata.State) {
	m.mu.Lock()
	done := m.cleaned == s.Operations
	m.mu.Unlock()
	self := s.Member(m.options.Self)
	if seen := m.options.Kept.seen.Load(); seen != 0 && seen < s.Epoch { // what is to be kept is not known yet
		return
	}
	if done || self == nil || self.Status != metadata.Normal {
		return
	}
	record := map[string][]byte{cleanedRecord: binary.BigEndian.AppendUint64(nil, s.Operations)}
	if err := errors.Join(m.dropForeign(s, nil), m.options.Kept.forgetOwned(s), m.forgetFetched(), m.options.Store.SetMetas(record)); err != nil {
		m.options.Logger.Warn("delete what other nodes have now", "error", err)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cleaned = s.Operations
}

// Cleanup deletes what this node does not replicate of the tables that are wanted, whatever left it here.
func (m *Manager) Cleanup(wanted func(*schema.Table) bool) error {
	s := m.options.Group.State()
	if s.Operation != nil {
		return errBusy
	}
	if err := m.dropForeign(s, wanted); err != nil {
		return err
	}
	return m.options.Kept.change(s.Epoch, func(all map[string][]key.TokenRange) {
		for name := range all {
			k := s.Schema.Keyspace(name)
			if k == nil || !slices.ContainsFunc(tablesOf(k), func(t *schema.Table) bool { return !wanted(t) }) {
				delete(all, name)
			}
		}
	})
}

// dropForeign deletes what this node does not replicate: of the tables that are wanted, or, with nil, of all but for what it was left with by
// a change of replication.
func (m *Manager) dropForeign(s *metadata.State, wanted func(*schema.Table) bool) error {
	for _, k := range stored(s.Schema) {
		ranges := foreign(s, k, m.self)
		if wanted == nil {
			ranges = without(ranges, m.options.Kept.of(k.Name))
		}
		for _, tokens := range ranges {
			for _, t := range tablesOf(k) {
				if wanted != nil && !wanted(t) {
					continue
				}
				if m.options.Group.State().Topology != s.Topology {
					return nil // it may be ours again
				}
				if err := errors.Join(m.options.Store.DropTokens(t.DataID, tokens), replica.DropRegisters(m.options.Store, t.DataID, tokens)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (m *Manager) forgetFetched() error {
	records, err := m.options.Store.Metas(fetchedPrefix)
	if err != nil || len(records) == 0 {
		return err
	}
	for name := range records {
		records[name] = nil
	}
	return m.options.Store.SetMetas(records)
}

// Leave takes this node out of the ring and returns when it is no member any more.
func (m *Manager) Leave(ctx context.Context, force bool) error {
	m.setLeaving(true)
	defer m.setLeaving(false)
	return m.operate(ctx, func(s *metadata.State) (*metadata.Operation, error) {
		if len(s.Members) < 2 {
			return nil, errors.New("no other normal nodes in the ring; decommission would be pointless")
		}
		if err := enough(s, m.options.Self, force); err != nil {
			return nil, err
		}
		return &metadata.Operation{Kind: metadata.Leave, Host: m.options.Self}, nil
	}, func(s *metadata.State) bool { return s.IsRemoved(m.options.Self) || m.hasLeft() })
}

func (m *Manager) setLeaving(leaving bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leaving = leaving
}

func (m *Manager) hasLeft() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.expelled
}

// Expelled is told that another member does not know this one any more. When this node was told to leave it has, and true is returned.
func (m *Manager) Expelled() (left bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expelled = m.expelled || m.leaving
	return m.expelled
}

// forcefully ends what enough says, in Cassandra's words.
const forcefully = ": perform a forceful decommission to ignore"

// enough refuses to leave fewer nodes than a keyspace wants replicas.
func enough(s *metadata.State, leaves uuid.UUID, force bool) error {
	left := 0
	for _, m := range s.Members {
		if m.Status == metadata.Normal && m.Host != leaves {
			left++
		}
	}
	for _, k := range stored(s.Schema) {
		if rf := k.ReplicationFactor(); rf > left && !force {
			return fmt.Errorf("not enough live nodes to maintain replication factor in keyspace %s (RF = %d, N = %d)"+forcefully, k.Name, rf, left)
		}
	}
	return nil
}

// Remove takes a dead member out of the ring and returns when it is none any more. A range whose living replicas are no majority is taken
// over as it is when acceptLoss is true.
func (m *Manager) Remove(ctx context.Context, host uuid.UUID, acceptLoss bool) error {
	if err := m.abort(ctx, host); err != nil {
		return err
	}
	return m.operate(ctx, func(s *metadata.State) (*metadata.Operation, error) {
		member := s.Member(host)
		switch {
		case s.IsRemoved(host):
			return nil, nil
		case member == nil:
			return nil, fmt.Errorf("host ID not found: %s", host)
		case host == m.options.Self:
			return nil, errors.New("cannot remove self; use decommission")
		case !m.options.Known(host):
			return nil, errBusy
		case m.options.Live(host):
			return nil, fmt.Errorf("node %s is alive and owns this ID; use decommission there to remove it from the ring", member.Address)
		}
		o := &metadata.Operation{Kind: metadata.Remove, Host: host, AcceptLoss: acceptLoss}
		return o, covered(s, o)
	}, func(s *metadata.State) bool { return s.IsRemoved(host) })
}

// Assassinate takes a dead member out of the ring at once: nobody fetches what it had, so the others hold less than they should until they are
// repaired, and what only it had is lost. It is for members that Remove can't take out.
func (m *Manager) Assassinate(ctx context.Context, host uuid.UUID) error {
	_, err := m.options.Group.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		member := s.Member(host)
		switch {
		case s.IsRemoved(host):
			return nil, nil
		case member == nil:
			return nil, fmt.Errorf("host ID not found: %s", host)
		case host == m.options.Self:
			return nil, errors.New("cannot assassinate self; use decommission")
		case m.options.Live(host):
			return nil, fmt.Errorf("node %s is alive; use decommission there to remove it from the ring", member.Address)
		}
		return &metadata.Delta{Drop: []uuid.UUID{host}, EndOperation: s.Operation != nil && (s.Operation.Host == host || s.Operation.Replaced == host)}, nil
	})
	return err
}

// abort ends the joining of a newcomer that died before anybody read from it: the old replicas have everything.
func (m *Manager) abort(ctx context.Context, host uuid.UUID) error {
	_, err := m.options.Group.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		o := s.Operation
		if o == nil || o.Host != host || o.Kind != metadata.Join && o.Kind != metadata.Replace || o.Step != metadata.WriteBoth {
			return nil, nil
		}
		if m.options.Live(host) {
			return nil, fmt.Errorf("node %s is joining and alive: stop it first", host)
		}
		return &metadata.Delta{EndOperation: true, Drop: []uuid.UUID{host}}, nil
	})
	return err
}

// errBusy is returned while another operation is under way, or while too little is known to begin.
var errBusy = errors.New("another topology operation is under way")

// operate begins an operation, waiting for its turn, and returns when done says so; when it had to make room for another it begins again.
// begin returns nil when nothing is to be done.
func (m *Manager) operate(ctx context.Context, begin func(*metadata.State) (*metadata.Operation, error), done func(*metadata.State) bool) error {
	id := uuid.New()
	for {
		_, err := m.options.Group.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
			if done(s) || s.Operation != nil && s.Operation.ID == id {
				return nil, nil
			}
			return m.begin(s, id, begin)
		})
		if err != nil && !errors.Is(err, errBusy) {
			return err
		}
		if done(m.options.Group.State()) {
			return nil
		}
		if err := m.sleep(ctx, tick); err != nil {
			return err
		}
	}
}

// begin is the change that begins an operation.
func (m *Manager) begin(s *metadata.State, id uuid.UUID, begin func(*metadata.State) (*metadata.Operation, error)) (*metadata.Delta, error) {
	o, err := begin(s)
	if err != nil || o == nil {
		return nil, err
	}
	o.ID, o.Step = id, metadata.WriteBoth
	now := s.Operation
	switch {
	case now == nil:
		return &metadata.Delta{Operation: o, Put: leavingMember(s, o)}, nil
	case now.Kind == o.Kind && now.Host == o.Host: // asked for twice: the one under way does it
		if o.AcceptLoss && !now.AcceptLoss {
			more := *now
			more.AcceptLoss = true
			return &metadata.Delta{Operation: &more}, nil
		}
		return nil, nil
	case yields(now, o):
		return &metadata.Delta{Operation: o, Put: staying(s, now)}, nil
	case waitsFor(now, o):
		more := *now
		more.Lost = append(slices.Clone(now.Lost), deadIn(o))
		return &metadata.Delta{Operation: &more}, nil
	}
	return nil, errBusy
}

// deadIn is the dead node that an operation takes out of the ring, or uuid.Nil.
func deadIn(o *metadata.Operation) uuid.UUID {
	switch o.Kind {
	case metadata.Remove:
		return o.Host
	case metadata.Replace:
		return o.Replaced
	}
	return uuid.Nil
}

// waitsFor says whether an operation that is nearly over may wait for a node to hear of it that the operator says is dead for good, and whose loss
// is accepted. It need not: nobody will read from that node, and the other old replicas have to know all the same.
func waitsFor(now, dead *metadata.Operation) bool {
	return now.Step == metadata.ReadNew && dead.AcceptLoss && deadIn(dead) != uuid.Nil && !slices.Contains(now.Lost, deadIn(dead))
}

// yields says whether an operation makes room for one that takes a dead node out of the ring: it may wait for that very node. Nobody reads
// from its new replicas yet, so the old ones have everything.
func yields(now, dead *metadata.Operation) bool {
	return now.Step == metadata.WriteBoth && (now.Kind == metadata.Join || now.Kind == metadata.Leave) && (dead.Kind == metadata.Remove || dead.Kind == metadata.Replace)
}

// staying marks a member normal again whose leaving has to wait.
func staying(s *metadata.State, o *metadata.Operation) []metadata.Member {
	m := s.Member(o.Host)
	if o.Kind != metadata.Leave || m == nil {
		return nil
	}
	stays := *m
	stays.Status = metadata.Normal
	return []metadata.Member{stays}
}

// leavingMember marks a member that leaves.
func leavingMember(s *metadata.State, o *metadata.Operation) []metadata.Member {
	if o.Kind != metadata.Leave {
		return nil
	}
	m := *s.Member(o.Host)
	m.Status = metadata.Leaving
	return []metadata.Member{m}
}

// sleep waits for a while, or until ctx ends or the manager stops.
func (m *Manager) sleep(ctx context.Context, d time.Duration) error {
	if m.ctx.Err() != nil {
		return m.ctx.Err()
	}
	return platform.Sleep(ctx, m.options.Runtime, d)
}
