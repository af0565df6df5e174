package hint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/coordinator"
	"helenus/internal/platform"
	"helenus/internal/rpc"
	"helenus/internal/storage"
)

// Options connect a Keeper.
type Options struct {
	Self  uuid.UUID
	Store *storage.Store
	State func() *metadata.State
	Live  func(uuid.UUID) bool
	// Send asks a member for an answer: package rpc.
	Call func(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error))
	// Replay writes mutations to those who replicate them now, and keeps hints for those that do not answer.
	Replay  func(mutations []byte) error
	Runtime platform.Runtime
	// BytesMax bounds the hints for one member, default 1 GiB, and TotalMax those for all, default four times as much. Window is how old a hint
	// may get; default 3 h.
	BytesMax, TotalMax int64
	Window             time.Duration
	// Keeps is how long every replica keeps a tombstone at least, whatever its table says: what is older than that and than gc_grace_seconds is
	// not sent any more, since what deleted it may be gone. Default: 40 minutes, which with the time that they take to arrive is below repair's margin.
	Keeps  time.Duration
	Logger *slog.Logger
}

// Keeper keeps hints and batches. It is safe for concurrent use.
type Keeper struct {
	options Options
	ticker  *platform.Periodic
	mu      sync.Mutex // held while an item of a batch queue is removed
	// finished are batches of this process that could not be removed yet. Guarded by mu.
	finished map[uint64]struct{}
	// unfinished are batches of this process that nobody else keeps and that were not written as a whole. Guarded by mu.
	unfinished map[uint64]struct{}
	// began is the first number of a batch that this process logs itself: it is writing those.
	began uint64

	leaving     atomic.Bool // this node leaves the ring
	refusals    sync.Mutex
	saidRefused time.Duration // guarded by refusals: when a refusal was logged last, Clock.Monotonic

	// Off keeps no new hints; those that wait are still delivered.
	Off atomic.Bool
	// Paused delivers none.
	Paused atomic.Bool
	// replaying is held while hints of one queue are delivered or dropped.
	replaying sync.Mutex
	views     views
	// Kept, Delivered and Dropped count hints since the start.
	Kept, Delivered, Dropped atomic.Int64
}

// hints begins the names of the queues of hints; the host id follows.
const hints = "hint/"

// New returns a keeper; Start makes it replay.
func New(o Options) *Keeper {
	if o.BytesMax == 0 {
		o.BytesMax = 1 << 30
	}
	if o.TotalMax == 0 {
		o.TotalMax = 4 * o.BytesMax
	}
	if o.Window == 0 {
		o.Window = 3 * time.Hour
	}
	if o.Keeps == 0 {
		o.Keeps = 40 * time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{options: o, began: o.Store.NextNumber(), views: views{sending: map[uuid.UUID]bool{}}, finished: map[uint64]struct{}{}, unfinished: map[uint64]struct{}{}, saidRefused: -refusalEvery}
}

// kept is what a value holds: the second when it was made and the topology that it was planned for, 8 bytes each, and the mutations.
type kept struct {
	made      time.Time
	topology  uint64
	mutations []byte
}

func stamp(made time.Time, topology uint64, mutations []byte) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16+len(mutations)), uint64(made.Unix()))
	return append(binary.BigEndian.AppendUint64(b, topology), mutations...)
}

func unstamp(value []byte) (v kept, ok bool) {
	if len(value) < 16 {
		return v, false
	}
	return kept{time.Unix(int64(binary.BigEndian.Uint64(value)), 0), binary.BigEndian.Uint64(value[8:]), value[16:]}, true
}

// refusalEvery is how often it is said, at most, that hints are not kept.
const refusalEvery = time.Minute

// Hint keeps mutations that were planned for a topology for a member. It is refused when too many wait already, for that member or in all. That
// is counted and, now and then, logged.
func (k *Keeper) Hint(host uuid.UUID, topology uint64, mutations []byte) (coordinator.Hint, error) {
	switch {
	case k.Off.Load():
		return nil, errors.New("hinted handoff is switched off")
	case k.leaving.Load():
		return nil, errors.New("this node leaves the ring")
	}
	c, err := k.keep(host, topology, mutations)
	if err != nil {
		k.Dropped.Add(1)
		k.sayRefused(host, err)
		return nil, err
	}
	k.Kept.Add(1)
	return c, nil
}

func (k *Keeper) keep(host uuid.UUID, topology uint64, mutations []byte) (*storage.Commit, error) {
	name := hints + host.String()
	total := int64(0)
	for _, q := range k.options.Store.Queues(hints) {
		total += q.Bytes
	}
	if held := k.options.Store.Queues(name)[name].Bytes; held > k.options.BytesMax || total > k.options.TotalMax {
		return nil, fmt.Errorf("%d bytes of hints wait for it and %d for all members: repair it once it is back", held, total)
	}
	_, c, err := k.options.Store.Enqueue(name, stamp(k.options.Runtime.Now(), topology, mutations))
	return c, err
}

func (k *Keeper) sayRefused(host uuid.UUID, err error) {
	k.refusals.Lock()
	defer k.refusals.Unlock()
	if now := k.options.Runtime.Monotonic(); now-k.saidRefused >= refusalEvery {
		k.saidRefused = now
		k.options.Logger.Warn("hints are not kept", "host", host, "dropped_total", k.Dropped.Load(), "error", err)
	}
}

// Forget drops the hints that wait for a member.
func (k *Keeper) Forget(host uuid.UUID) error {
	k.replaying.Lock()
	defer k.replaying.Unlock()
	name := hints + host.String()
	for {
		items, err := k.options.Store.Queued(name, 0, replayBytes)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := k.options.Store.Dequeue(name, items...); err != nil {
			return err
		}
		k.Dropped.Add(int64(len(items)))
	}
}

// Waiting returns the number of hints that wait for each member.
func (k *Keeper) Waiting() map[uuid.UUID]int {
	all := map[uuid.UUID]int{}
	for name, state := range k.options.Store.Queues(hints) {
		if host, err := uuid.Parse(name[len(hints):]); err == nil {
			all[host] = state.Items
		}
	}
	return all
}

// Pending are the hints that wait for a member.
type Pending struct {
	Host           uuid.UUID
	Count          int
	Oldest, Newest time.Time // when they were made
}

// Pending returns what waits for each member that anything waits for.
func (k *Keeper) Pending() (all []Pending, err error) {
	for host, count := range k.Waiting() {
		oldest, newest, ok, err := k.options.Store.QueueEnds(hints + host.String())
		if err != nil {
			return nil, err
		}
		first, ok1 := unstamp(oldest.Value)
		last, ok2 := unstamp(newest.Value)
		if ok && ok1 && ok2 { // else they were delivered meanwhile
			all = append(all, Pending{host, count, first.made, last.made})
		}
	}
	return all, nil
}

// Idle says whether no hint, no batch and no change of a view waits.
func (k *Keeper) Idle() bool {
	return len(k.options.Store.Queues(viewUpdates)) == 0 && len(k.options.Store.Queues(hints)) == 0 && len(k.options.Store.Queues(batches)) == 0 && len(k.options.Store.Queues(others)) == 0
}
