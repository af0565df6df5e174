package metadata

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/raft/v3"

	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/planted"
	"helenus/internal/platform"
	"helenus/internal/schema"
)

// Data is where tables' rows are: package storage.
type Data interface {
	// Retire deletes everything stored under a data id.
	Retire(schema.DataID) error
}

// Options connect a Group.
type Options struct {
	Log  Log
	Data Data
	// Base is the schema of the system keyspaces, which is not stored.
	Base    *schema.Schema
	Runtime platform.Runtime
	// Changed is told of every change as subscribers are, before them, and from Open on: also of those that Open reads from the log again. nil:
	// nobody is told.
	Changed func(Update)
	// Send carries a message of the group to the member at an address. It must not block.
	Send func(number uint64, address string, message []byte)
	// Lost says whether a member has been dead for so long that another should vote in its place. nil: never.
	Lost func(host uuid.UUID) bool
	// Live says whether a member is known to answer. nil: all do.
	Live func(host uuid.UUID) bool
	// Settle is called after a change of the schema and returns when the living members know it. nil: nobody waits.
	Settle  func(ctx context.Context, epoch uint64)
	Logger  *slog.Logger
	OnFatal func(error)
}

// Update is told to subscribers after a change. Event is nil when the schema is as it was.
type Update struct {
	Before, State State
	Event         *schema.Event
}

// Group holds the state. It is safe for concurrent use.
type Group struct {
	options Options
	state   atomic.Pointer[State]
	// numbered is number for those that must not wait for the disk: mu is held while records are synced.
	numbered atomic.Uint64

	mu          sync.Mutex // held while raft steps; subscribers run under it
	subscribers []func(Update)
	number      uint64
	node        *raft.RawNode // nil until the group is founded or followed
	log         *diskLog
	applied     position
	failed      error
	leaving     bool                                  // the part in the group is being given away
	proposals   map[uuid.UUID]*platform.Mailbox[bool] // told whether the delta took effect
	epochs      []epochWaiter
	epochsMany  int               // when to look for canceled ones among them
	addresses   map[uint64]string // where messages came from, which is newer than what the state says
	ticker      *platform.Periodic

	lostMu sync.Mutex
	lost   []uint64 // guarded by lostMu: members that a message did not reach since the last tick
}

type epochWaiter struct {
	epoch uint64
	ready func()
	gone  *atomic.Bool // called or canceled
}

// Open loads the state. Without one there is Base alone, until Found or Follow. Data of tables that were dropped just before a crash is
// deleted now.
func Open(o Options) (*Group, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnFatal == nil {
		o.OnFatal = func(err error) { panic(err) }
	}
	g := &Group{options: o, proposals: map[uuid.UUID]*platform.Mailbox[bool]{}, addresses: map[uint64]string{}}
	g.state.Store(&State{Schema: o.Base, Roles: auth.None})
	if o.Changed != nil {
		g.subscribers = append(g.subscribers, o.Changed)
	}
	records, err := o.Log.Metas(recordPrefix)
	if err != nil {
		return nil, err
	}
	for name := range records {
		if id, ok := strings.CutPrefix(name, recordRetire); ok {
			if err := g.retireRecorded(id); err != nil {
				return nil, err
			}
		}
	}
	if err := g.openOld(records); err != nil {
		return nil, err
	}
	if raw := records[recordNumber]; len(raw) == 8 {
		g.number = binary.BigEndian.Uint64(raw)
		g.numbered.Store(g.number)
		if err := g.start(records); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// openOld takes over the schema of a store that was made before there were members.
func (g *Group) openOld(records map[string][]byte) error {
	raw := records[recordOldSchema]
	if raw == nil || records[recordNumber] != nil {
		return nil
	}
	s, err := schema.Decode(raw, g.options.Base)
	if err != nil {
		return fmt.Errorf("read the stored schema: %w", err)
	}
	state := State{Schema: s, Roles: auth.None}
	if raw := records[recordOldEpoch]; len(raw) == 8 {
		state.Epoch = binary.BigEndian.Uint64(raw)
	}
	g.state.Store(&state)
	return nil
}

func (g *Group) retireRecorded(id string) error {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return fmt.Errorf("record %s%s: %w", recordRetire, id, err)
	}
	if err := g.options.Data.Retire(schema.DataID(n)); err != nil {
		return err
	}
	return g.options.Log.SetMetas(map[string][]byte{recordRetire + id: nil})
}

// State returns what is true now.
func (g *Group) State() *State { return g.state.Load() }

// Schema returns the schema now.
func (g *Group) Schema() *schema.Schema { return g.state.Load().Schema }

// Subscribe calls f after every change, in order. f must not block, propose or wait.
func (g *Group) Subscribe(f func(Update)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.subscribers = append(g.subscribers, f)
}

// WhenEpoch calls f once this node has applied an epoch: at once, from the caller, when it has already. f must not block. The returned
// function gives up waiting.
func (g *Group) WhenEpoch(epoch uint64, f func()) (cancel func()) {
	if g.State().Epoch >= epoch {
		f()
		return func() {}
	}
	g.mu.Lock()
	if g.State().Epoch >= epoch {
		g.mu.Unlock()
		f()
		return func() {}
	}
	defer g.mu.Unlock()
	if len(g.epochs) >= g.epochsMany { // those that were canceled need not be kept
		g.epochs = slices.DeleteFunc(g.epochs, func(w epochWaiter) bool { return w.gone.Load() })
		g.epochsMany = max(epochsFew, 2*len(g.epochs))
	}
	w := epochWaiter{epoch, f, new(atomic.Bool)}
	g.epochs = append(g.epochs, w)
	return func() { w.gone.Store(true) }
}

// epochsFew is how many wait for an epoch before anybody looks for those that do not any more.
const epochsFew = 64

// proposeTimeout is how long a change may take before its outcome is unknown to the one who asked. Drivers and cqlsh wait 10 s: the reason has to
// come before they give up.
const proposeTimeout = 8 * time.Second

// Roles returns who may do what now.
func (g *Group) Roles() *auth.Roles { return g.state.Load().Roles }

// Proposal is a change of the schema, of the roles, or of both: then both take effect, or nothing.
type Proposal struct {
	Schema schema.Outcome
	Roles  auth.Outcome
}

func (p *Proposal) isEmpty() bool { return p.Schema.Change.IsEmpty() && p.Roles.Change.IsEmpty() }

// Propose asks decide for a change to the schema and the roles now, makes it durable and publishes it. An empty change changes nothing. decide
// runs again when another change came first. An error of decide means that nothing changed.
func (g *Group) Propose(ctx context.Context, decide func(*schema.Schema, *auth.Roles) (Proposal, error)) (Proposal, error) {
	var out Proposal
	propose := func() error {
		_, err := g.Change(ctx, func(s *State) (*Delta, error) {
			var err error
			if out, err = decide(s.Schema, s.Roles); err != nil {
				return nil, err
			}
			return &Delta{Schema: out.Schema.Change, Event: out.Schema.Event, Roles: out.Roles.Change}, nil
		})
		return err
	}
	before := g.State().Epoch
	err := propose()
	if (err != nil || out.isEmpty()) && len(g.State().Members) > 1 && !planted.Is(planted.StaleSchema) { // this node alone said so, and may have missed something
		switch latest := g.catchUp(ctx); {
		case latest && g.State().Epoch != before:
			err = propose()
		case !latest && err == nil:
			out.Schema.Warnings = append(out.Schema.Warnings, unconfirmed)
		}
	}
	if err != nil {
		return Proposal{}, err
	}
	if settle := g.options.Settle; settle != nil && !out.isEmpty() {
		settle(ctx, g.State().Epoch)
	}
	return out, nil
}

const (
	// catchUpWithin bounds how long an answer that changes nothing waits for the others.
	catchUpWithin = 3 * time.Second
	unconfirmed   = "Nothing was changed, by what this node knows. It can't reach a majority of the nodes that keep the schema, so a newer schema may differ"
)

// catchUp returns true once this node has applied all that was decided before the call.
func (g *Group) catchUp(ctx context.Context) bool {
	ctx, cancel := platform.WithTimeout(ctx, g.options.Runtime, catchUpWithin)
	defer cancel()
	_, err := g.submit(ctx, &Delta{ID: uuid.New(), Basis: math.MaxUint64}) // no state has that epoch: it changes nothing, but has its place in the order
	return err == nil
}

// Change asks decide for a delta to the state now and returns the state that has it. A nil or empty delta changes nothing.
func (g *Group) Change(ctx context.Context, decide func(*State) (*Delta, error)) (*State, error) {
	ctx, cancel := platform.WithTimeout(ctx, g.options.Runtime, proposeTimeout)
	defer cancel()
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, g.undecided(err)
		}
		now := g.State()
		d, err := decide(now)
		if err != nil || d == nil || d.IsEmpty() {
			return now, err
		}
		d.ID, d.Basis = uuid.New(), now.Epoch
		applied, err := g.submit(ctx, d)
		if err != nil {
			return nil, err
		}
		if applied {
			return g.State(), nil
		}
	}
}

// resubmitEvery is how often a proposal is sent again that may have been lost with a leader.
const resubmitEvery = 500 * time.Millisecond

// submit proposes a delta until it has taken effect or something else came first.
func (g *Group) submit(ctx context.Context, d *Delta) (applied bool, err error) {
	raw, err := encodeDelta(d)
	if err != nil {
		return false, err
	}
	done := platform.NewMailbox[bool](g.options.Runtime)
	g.mu.Lock()
	g.proposals[d.ID] = done
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.proposals, d.ID)
		g.mu.Unlock()
	}()
	for {
		if err := g.propose(raw); err != nil && !errors.Is(err, raft.ErrProposalDropped) {
			return false, err
		}
		patience, cancel := platform.WithTimeout(ctx, g.options.Runtime, resubmitEvery)
		applied, err := done.Take(patience)
		cancel()
		if err == nil {
			return applied, nil
		}
		if err := context.Cause(ctx); err != nil {
			return false, g.undecided(err)
		}
	}
}

func (g *Group) undecided(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return cassandra.Serverf("The change was not confirmed within %s: fewer than a majority of the nodes that keep the schema and the topology answer (%s). It may still take effect; reads and writes go on", proposeTimeout, g.votersText())
	}
	return cause
}
