package coordinator

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// Options connect a Coordinator.
type Options struct {
	Local *replica.Local
	// Self is this node, State what is true of the cluster now; WhenEpoch calls f once this node has applied an epoch.
	Self      ring.HostID
	State     func() *metadata.State
	WhenEpoch func(epoch uint64, f func()) (cancel func())
	// Messenger reaches the other nodes, Live says which ones answer.
	Messenger Messenger
	Live      func(host uuid.UUID) bool
	// Hint keeps mutations, planned for a topology, for a node that did not get them. nil: they are not kept.
	Hint func(host uuid.UUID, topology uint64, mutations []byte) (Hint, error)
	// BatchLog keeps logged batches while they are written. nil: they are not kept.
	BatchLog BatchLog
	Runtime  platform.Runtime
	// Datacenter is this node's.
	Datacenter string
	// Timestamp returns the time in microseconds, above all that it returned before. Number is this node's member number.
	Timestamp func() int64
	Number    func() uint64
	// PieceBytes bounds a piece of a read that replicas are asked for; default 1 MiB.
	PieceBytes int
	// Timeouts, Cassandra's by default: 5 s, 10 s, 2 s, 5 s, and 1.8 s for transactions that get in each other's way.
	ReadTimeout, RangeTimeout, WriteTimeout, CounterTimeout, ContentionTimeout time.Duration
	Logger                                                                     *slog.Logger
}

// Messenger sends messages to other nodes: package rpc.
type Messenger interface {
	Call(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error))
}

// Coordinator runs requests over replicas. It is safe for concurrent use.
type Coordinator struct {
	*shared
	local *replica.Local
	trace *trace.Trace // of the requests that come this way; nil: none
}

// shared is what a coordinator has for all requests.
type shared struct {
	options Options
	cache   placementCache
	near    proximity
	reads   tableLatencies // of single partitions
	writes  tableLatencies
	counted recent // increments that this node led for others

	// DigestMismatches counts reads whose replicas differed, Repaired the replicas that were written to for it.
	DigestMismatches, Repaired atomic.Int64
	// ViewsCorrected counts rows of views that RepairViews has written.
	ViewsCorrected atomic.Int64
}

// New returns a coordinator.
func New(o Options) *Coordinator {
	if o.PieceBytes == 0 {
		o.PieceBytes = 1 << 20
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = 5 * time.Second
	}
	if o.RangeTimeout == 0 {
		o.RangeTimeout = 10 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 2 * time.Second
	}
	if o.CounterTimeout == 0 {
		o.CounterTimeout = 5 * time.Second
	}
	if o.ContentionTimeout == 0 {
		o.ContentionTimeout = 1800 * time.Millisecond
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Coordinator{shared: &shared{options: o}, local: o.Local}
}

// Pending is a write that is decided when Wait returns.
type Pending interface {
	Wait() error
}

// Hint is a hint that is being kept.
type Hint interface {
	// Wait returns when the hint is as safe as a write, WaitSynced when it is on the disk.
	Pending
	WaitSynced() error
}

// Alone says whether this node is the only member, so that no request waits for another.
func (c *Coordinator) Alone() bool { return len(c.options.State().Members) == 1 }

// liveOf returns the targets of a set that live.
func (c *Coordinator) liveOf(set targetSet) (live uint64) {
	for i, t := range set {
		if t.local || c.options.Live(uuid.UUID(t.id)) {
			live |= 1 << i
		}
	}
	return live
}

// waitEpoch returns when this node has applied an epoch.
func (c *Coordinator) waitEpoch(ctx context.Context, epoch uint64) error {
	return metadata.Await(ctx, c.options.Runtime, c.options.WhenEpoch, epoch, c.options.WriteTimeout)
}

// Update runs a read-modify-write that is no transaction for the client, such as setting a list's element by index. now is the request's.
func (c *Coordinator) Update(at row.Mutation, level cassandra.Consistency, now int64, change func(read func(*row.Command) row.Cursor) ([]row.Mutation, error)) error {
	if err := CheckWrite(level); err != nil {
		return err
	}
	r, err := c.replicas(at.Table, at.Partition.Token)
	if err != nil {
		return err
	}
	if r.onlySelf() {
		if need := BlockFor(level, r.keyspace, c.options.Datacenter); need > 1 {
			return Unavailable(level, need, 1)
		}
		return c.local.Update(r.plan.Topology, at.Table, at, change)
	}
	readLevel := level
	if level == cassandra.Any {
		readLevel = cassandra.One
	}
	mutations, err := change(func(cmd *row.Command) row.Cursor {
		cursor, err := c.Read(cmd, readLevel, now)
		if err != nil {
			return failedCursor{err: err}
		}
		return cursor
	})
	if err != nil || len(mutations) == 0 {
		return err
	}
	pending, err := c.Write(mutations, level, cassandra.WriteSimple)
	if err != nil {
		return err
	}
	return pending.Wait()
}

// failedCursor is a read that could not begin.
type failedCursor struct {
	row.Cursor
	err error
}

func (failedCursor) NextPartition() bool { return false }
func (failedCursor) NextRow() bool       { return false }
func (f failedCursor) Err() error        { return f.err }
func (failedCursor) Close() error        { return nil }
