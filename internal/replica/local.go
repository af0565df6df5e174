package replica

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/planted"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/trace"
)

// Local is this node's replica.
type Local struct {
	*shared
	trace *trace.Trace // of the requests that come this way; nil: none
}

// shared is what is the same for all requests.
type shared struct {
	store *storage.Store
	state func() *metadata.State
	// fence is shared by writes from the look at the topology until they are visible.
	fence sync.RWMutex

	// purged bounds what is old enough to be left out of pages; nil: only the request does.
	purged    func(id schema.DataID, tokens key.TokenRange) int64
	registers registerLocks
	reads     Reads
}

// NewLocal returns the replica over a store; state is what is true of the cluster now. purged tells before which moment, in seconds since
// 1970, every replica has all deletions on a range of a table: older ones are left out of what is read, so that it makes no difference which
// replica has purged them already. nil: the request's bound alone counts.
func NewLocal(s *storage.Store, state func() *metadata.State, purged func(id schema.DataID, tokens key.TokenRange) int64) *Local {
	return &Local{shared: &shared{store: s, state: state, purged: purged}}
}

// page makes the page that a request asks for.
func (l *Local) page(r *ReadRequest) (*Page, error) {
	if err := l.Await(&r.Command); err != nil {
		return nil, err
	}
	m := pageMaker{request: r}
	l.watch(r, &m.page)
	if l.purged != nil && r.GCBefore != math.MinInt64 {
		m.purgedThrough = func(t key.Token) int64 { return l.purged(r.Table, key.TokenRange{First: t, Last: t}) }
	}
	page, err := m.make(l.Read(&r.Command))
	return page, excess(err)
}

// StaleError refuses a request that was planned for an older topology than this replica's.
type StaleError struct {
	// Epoch is what the coordinator must have applied.
	Epoch uint64
}

func (e *StaleError) Error() string { return "the request was planned for an older topology" }

// Fence returns once no write that was planned for an older topology than the one now is on its way into the store.
func (l *Local) Fence() {
	l.fence.Lock()
	defer l.fence.Unlock() // the wait is all that is wanted
}

// errBehind refuses to be a source for an operation that this node does not know of yet: it would go on to accept writes of older plans, which
// those who take over would never see.
var errBehind = errors.New("this replica does not know of the topology operation yet")

// FenceAt is Fence for a source of an operation of some topology.
func (l *Local) FenceAt(topology uint64) error {
	if l.state().Topology < topology {
		return errBehind
	}
	l.Fence()
	return nil
}

// check refuses what was planned for an older topology. The caller of a write holds the fence.
func (l *Local) check(topology uint64) error {
	if now := l.state().Topology; topology < now && !planted.Is(planted.NoFence) {
		return &StaleError{now}
	}
	return nil
}

// Commit is a write that is visible and waits for the disk.
type Commit interface {
	Wait() error
}

// Read returns a cursor over what a command asks for.
func (l *Local) Read(cmd *row.Command) row.Cursor {
	if l.trace != nil {
		return newTracedCursor(l.store.Read(cmd), cmd, l.trace)
	}
	return l.store.Read(cmd)
}

// Page reads what a request asks for.
func (l *Local) Page(r *ReadRequest) (*Page, error) {
	if err := l.check(r.Topology); err != nil {
		return nil, err
	}
	if r.Fence {
		if err := l.FenceAt(r.Topology); err != nil {
			return nil, err
		}
	}
	return l.page(r)
}

// Take stores mutations that another replica had, whatever the topology is now. Nothing follows from them for views: whoever replicated the base until now has
// seen to it, and the rows of views come from their own replicas.
func (l *Local) Take(mutations []row.Mutation) (Commit, error) {
	c, err := l.store.Take(mutations)
	if err != nil {
		return nil, clientError(err)
	}
	return c, nil
}

// Write applies mutations as one. The error is a *StaleError when they were planned for an older topology.
func (l *Local) Write(topology uint64, mutations []row.Mutation) (Commit, error) {
	l.fence.RLock()
	defer l.fence.RUnlock()
	if err := l.check(topology); err != nil {
		return nil, err
	}
	l.traceWrite(mutations)
	c, err := l.store.Apply(mutations)
	if err != nil {
		return nil, clientError(err)
	}
	return c, nil
}

// Update runs a read-modify-write of one partition with all other writers kept off: change reads what it needs through read and
// returns the mutations to apply, none for nothing. The write is on the disk, in every sync mode, when Update returns.
func (l *Local) Update(topology uint64, table *schema.Table, at row.Mutation, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) error {
	c, err := l.update(topology, table, at, change)
	if err != nil || c == nil {
		return err
	}
	return c.WaitSynced() // without the lock: the next one builds upon what is visible, and shares the sync
}

func (l *Local) update(topology uint64, table *schema.Table, at row.Mutation, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) (*storage.Commit, error) {
	l.fence.RLock()
	defer l.fence.RUnlock()
	if err := l.check(topology); err != nil {
		return nil, err
	}
	unlock := l.store.LockPartition(table.DataID, at.Partition.Token)
	defer unlock()
	mutations, err := change(l.Read)
	if err != nil || len(mutations) == 0 {
		return nil, err
	}
	for i := range mutations {
		if mutations[i].Table.DataID != table.DataID || !bytes.Equal(mutations[i].Partition.Key, at.Partition.Key) {
			return nil, fmt.Errorf("an update of one partition writes another")
		}
	}
	l.traceWrite(mutations)
	c, err := l.store.ApplyLocked(mutations)
	if err != nil {
		return nil, clientError(err)
	}
	return c, nil
}

// StoreID is the store's id, under which this replica keeps its shards of counters.
func (l *Local) StoreID() [16]byte { return l.store.ID() }

// clientError turns a refusal of the store into what a client is told: nothing was applied.
func clientError(err error) error {
	if errors.Is(err, storage.ErrNoSpace) {
		return cassandra.Overloadedf("%v", err)
	}
	return err
}
