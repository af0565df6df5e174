package repair

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/rpc"
	"helenus/internal/schema"
)

// Options connect a Repairer.
type Options struct {
	Self  ring.HostID
	State func() *metadata.State
	Live  func(uuid.UUID) bool
	// Range makes the replicas of a range the same; pace is called after each piece with its bytes.
	Range func(ctx context.Context, table *schema.Table, tokens key.TokenRange, now func() int64, pace func(bytes int)) error
	// Views makes what a range of a table has to do with views what it is defined to be; nil: there are no views.
	Views func(ctx context.Context, table *schema.Table, tokens key.TokenRange, now func() int64, pace func(bytes int)) error
	// Call reaches the other replicas: package rpc.
	Call    func(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error))
	Marks   *Marks
	Runtime platform.Runtime
	// Period is how often a range is repaired; default a day. Margin is how far clocks may differ and writes may be under way: a mark stays that
	// far behind its repair; default 70 minutes.
	Period, Margin time.Duration
	Logger         *slog.Logger
}

// Repairer repairs the ranges that this node is the first living replica of, again and again.
type Repairer struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc
	ticker  *platform.Periodic

	known *metadata.State // of which all are the units; only the ticks use both
	all   []unit

	mu     sync.Mutex
	status Status                    // guarded by mu
	failed map[failure]time.Duration // guarded by mu: when a range could not be repaired, Clock.Monotonic
}

// failure names a range that could not be repaired.
type failure struct {
	table schema.DataID
	first key.Token
}

// Status tells how far the repair is.
type Status struct {
	// Ranges were repaired since the start, with so many bytes read here.
	Ranges, Bytes int64
	// Oldest is the mark of the range that has waited longest, Never when one was not repaired yet; Waiting are those that are due.
	Oldest  int64
	Waiting int
	// Running is the table under repair, or empty.
	Running string
}

const (
	tick = time.Second
	// tickBusy is how much work one tick does before it rests.
	tickBusy = 50 * time.Millisecond
	// restShare is how long a piece rests, compared to how long it took: repair takes a tenth of the time at most.
	restShare   = 9
	tellWithin  = 5 * time.Second
	periodFloor = time.Minute
	// failedRests is how long a range rests that could not be repaired, so that others get their turn.
	failedRests = time.Minute
)

// Start begins.
func Start(o Options) *Repairer {
	if o.Period == 0 {
		o.Period = 24 * time.Hour
	}
	if o.Margin == 0 {
		o.Margin = 70 * time.Minute
	}
	r := &Repairer{options: o, failed: map[failure]time.Duration{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.ticker = platform.Every(o.Runtime, tick, r.tick)
	return r
}

// Margin is how far a mark stays behind its repair.
func (r *Repairer) Margin() time.Duration { return r.options.Margin }

// Stop ends it; a range under way is repaired anew after the next start.
func (r *Repairer) Stop() {
	r.cancel()
	r.ticker.Stop()
}

// Status returns how far the repair is.
func (r *Repairer) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *Repairer) now() int64 { return r.options.Runtime.Now().Unix() }

// unit is a range of a table.
type unit struct {
	table    *schema.Table
	tokens   key.TokenRange
	replicas []*ring.Node
	through  int64
}

// units returns the ranges of a keyspace's tables that this node replicates, without their marks.
func (r *Repairer) units(s *metadata.State, k *schema.Keyspace) (all []unit) {
	if !slices.ContainsFunc(slices.Collect(maps.Values(k.Tables)), func(t *schema.Table) bool { return !t.System && !t.Virtual }) {
		return nil
	}
	for _, x := range s.Ring.Placement(k.Replication).Ranges() {
		if !ring.Has(x.Replicas, r.options.Self) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
			if t := k.Tables[name]; !t.System && !t.Virtual {
				all = append(all, unit{table: t, tokens: x.TokenRange, replicas: x.Replicas})
			}
		}
	}
	return all
}

// tick repairs what is due, the oldest first, for a moment.
func (r *Repairer) tick() {
	began := r.options.Runtime.Monotonic()
	for r.ctx.Err() == nil && r.options.Runtime.Monotonic()-began < tickBusy {
		s := r.options.State()
		if s.Ring == nil || s.Operation != nil {
			return // the ranges are about to change
		}
		u := r.due(s)
		if u == nil {
			return
		}
		if err := r.repair(r.ctx, s, u, r.rest()); err != nil {
			if r.ctx.Err() == nil {
				r.mu.Lock()
				r.failed[failure{u.table.DataID, u.tokens.First}] = r.options.Runtime.Monotonic()
				r.mu.Unlock()
				r.options.Logger.Debug("repair: will be tried again", "table", u.table.Keyspace+"."+u.table.Name, "error", err)
			}
			return
		}
	}
}

// due returns the range that has waited longest and that this node is to repair now, or nil.
func (r *Repairer) due(s *metadata.State) *unit {
	var oldest *unit
	waiting := 0
	first := int64(0)
	if r.known != s { // working out who replicates what takes a while on a large ring
		r.known, r.all = s, nil
		for _, k := range s.Schema.Keyspaces() {
			r.all = append(r.all, r.units(s, k)...)
		}
	}
	for i := range r.all {
		u := &r.all[i]
		u.through = r.options.Marks.Through(u.table.DataID, u.tokens)
		if first == 0 || u.through < first {
			first = u.through
		}
		if u.through > r.now()-int64((r.period(u.table)+r.options.Margin)/time.Second) || !r.mine(u) {
			continue
		}
		waiting++
		if r.rests(u) {
			continue
		}
		if oldest == nil || u.through < oldest.through {
			oldest = u
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Oldest, r.status.Waiting = first, waiting
	return oldest
}

// rests says whether a range could not be repaired a moment ago.
func (r *Repairer) rests(u *unit) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, failed := r.failed[failure{u.table.DataID, u.tokens.First}]
	if failed && r.options.Runtime.Monotonic()-at > failedRests {
		delete(r.failed, failure{u.table.DataID, u.tokens.First})
		failed = false
	}
	return failed
}

// period is how often a table is repaired: twice in its gc_grace_seconds at least.
func (r *Repairer) period(t *schema.Table) time.Duration {
	half := time.Duration(t.Options.GCGraceSeconds) * time.Second / 2
	return min(r.options.Period, max(half, periodFloor))
}

// mine says whether this node is the first replica that lives, and all do.
func (r *Repairer) mine(u *unit) bool {
	for _, n := range u.replicas {
		if n.ID != r.options.Self && !r.options.Live(uuid.UUID(n.ID)) {
			return false
		}
	}
	return u.replicas[0].ID == r.options.Self
}

// rest returns what slows a repair down: after each piece it rests for longer than the piece took.
func (r *Repairer) rest() func() {
	last := r.options.Runtime.Monotonic()
	return func() {
		took := r.options.Runtime.Monotonic() - last
		_ = platform.Sleep(r.ctx, r.options.Runtime, restShare*took) // when it ends, all ends
		last = r.options.Runtime.Monotonic()
	}
}

// repair repairs a range and has its replicas note that.
func (r *Repairer) repair(ctx context.Context, s *metadata.State, u *unit, rest func()) error {
	through := r.now() - int64(r.options.Margin/time.Second)
	r.note(func(st *Status) { st.Running = u.table.Keyspace + "." + u.table.Name })
	defer r.note(func(st *Status) { st.Running = "" })
	pace := func(bytes int) {
		r.note(func(st *Status) { st.Bytes += int64(bytes) })
		rest()
	}
	if len(u.replicas) > 1 {
		if err := r.options.Range(ctx, u.table, u.tokens, r.now, pace); err != nil {
			return err
		}
	}
	var views error // the rows are the same all the same
	if r.options.Views != nil {
		if views = r.options.Views(ctx, u.table, u.tokens, r.now, pace); views != nil {
			views = fmt.Errorf("compare with views: %w", views)
		}
	}
	now := r.options.State()
	if now.Topology != s.Topology {
		return errors.New("the ring changed meanwhile")
	}
	r.note(func(st *Status) { st.Ranges++ })
	return errors.Join(r.tell(ctx, now, u, through), views)
}

func (r *Repairer) note(f func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.status)
}

// tell has the replicas of a range note that it was repaired. One that does not hear of it keeps its tombstones until the next time.
func (r *Repairer) tell(ctx context.Context, s *metadata.State, u *unit, through int64) error {
	body := appendRepaired(nil, replica.Plan{Epoch: s.Epoch, Topology: s.Topology}, u.table.DataID, u.tokens, through)
	answers := platform.NewMailbox[error](r.options.Runtime)
	asked := 0
	for _, n := range u.replicas {
		m := s.Member(uuid.UUID(n.ID))
		if n.ID == r.options.Self || m == nil {
			continue
		}
		asked++
		r.options.Call(rpc.Peer{Host: m.Host, Address: m.Address}, rpc.Bulk, rpc.Repaired, body, tellWithin, func(reply []byte, err error) {
			if err == nil {
				_, err = replica.Answer(reply)
			}
			answers.Put(err)
		})
	}
	for ; asked > 0; asked-- {
		told, err := answers.Take(ctx)
		if err != nil {
			return err
		}
		if told != nil {
			return fmt.Errorf("a replica does not know of the repair: %w", told)
		}
	}
	return r.options.Marks.Set(u.table.DataID, u.tokens, through)
}

// Which narrows a repair; the zero value is all ranges that this node replicates.
type Which struct {
	Primary bool             // those that this node is the first replica of
	Tokens  []key.TokenRange // the parts in one of these; none: all
}

// of returns what of a table's units is to be repaired.
func (w Which) of(all []unit, self ring.HostID, table schema.DataID) (some []unit) {
	for _, u := range all {
		switch {
		case u.table.DataID != table || w.Primary && u.replicas[0].ID != self:
		case len(w.Tokens) == 0:
			some = append(some, u)
		default:
			for _, t := range w.Tokens {
				part := u
				if part.tokens = (key.TokenRange{First: max(u.tokens.First, t.First), Last: min(u.tokens.Last, t.Last)}); part.tokens.First <= part.tokens.Last {
					some = append(some, part)
				}
			}
		}
	}
	return some
}

// Ranges returns the ranges that Repair would repair of a table.
func (r *Repairer) Ranges(table *schema.Table, w Which) (all []key.TokenRange) {
	s := r.options.State()
	if k := s.Schema.Keyspace(table.Keyspace); k != nil {
		for _, u := range w.of(r.units(s, k), r.options.Self, table.DataID) {
			all = append(all, u.tokens)
		}
	}
	return all
}

// Repair repairs ranges of a table that this node replicates, at once, until ctx ends. progress, when not nil, is called after each range.
func (r *Repairer) Repair(ctx context.Context, table *schema.Table, w Which, progress func(done key.TokenRange)) error {
	s := r.options.State()
	k := s.Schema.Keyspace(table.Keyspace)
	if k == nil {
		return fmt.Errorf("keyspace %s does not exist", table.Keyspace)
	}
	for _, u := range w.of(r.units(s, k), r.options.Self, table.DataID) {
		if err := r.repair(ctx, s, &u, func() {}); err != nil {
			return err
		}
		if progress != nil {
			progress(u.tokens)
		}
	}
	return nil
}

// A message that a range was repaired is a plan, the data id (4 bytes), first and last token, and the moment (8 bytes each).
func appendRepaired(dst []byte, p replica.Plan, id schema.DataID, tokens key.TokenRange, through int64) []byte {
	dst = replica.AppendRegisters(dst, p, id, tokens)
	return binary.BigEndian.AppendUint64(dst, uint64(through))
}

var errMalformed = errors.New("malformed message about a repair")

// Serve notes what another node tells of a repair. A ring that has changed since makes it void.
func (r *Repairer) Serve(body []byte, reply func([]byte)) {
	if len(replica.AfterPlan(body)) != 28 {
		reply(replica.Failure(errMalformed))
		return
	}
	plan, rest := replica.PlanOf(body), replica.AfterPlan(body)
	if plan.Topology != r.options.State().Topology {
		reply(replica.Failure(errors.New("the ring is another here")))
		return
	}
	tokens := key.TokenRange{First: key.Token(binary.BigEndian.Uint64(rest[4:])), Last: key.Token(binary.BigEndian.Uint64(rest[12:]))}
	if err := r.options.Marks.Set(schema.DataID(binary.BigEndian.Uint32(rest)), tokens, int64(binary.BigEndian.Uint64(rest[20:]))); err != nil {
		reply(replica.Failure(err))
		return
	}
	reply([]byte{byte(replica.OK)})
}
