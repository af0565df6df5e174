package exec

import (
	"context"
	"log/slog"
	"math"
	mathrand "math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/cluster/metadata"
	"helenus/internal/coordinator"
	"helenus/internal/cql"
	"helenus/internal/guardrail"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

// Metadata is the truth about the schema: package cluster/metadata.
type Metadata interface {
	// Schema is the schema now, system keyspaces included.
	Schema() *schema.Schema
	// Roles are who may do what now.
	Roles() *auth.Roles
	// Propose changes the schema and the roles by what decide makes of them, durably; decide may run again when another change came first.
	Propose(ctx context.Context, decide func(*schema.Schema, *auth.Roles) (metadata.Proposal, error)) (metadata.Proposal, error)
}

// SystemTables answers reads of system and virtual tables: package system.
type SystemTables interface {
	// Read returns a cursor over a table's rows now; with secrets, those that only superusers may see are in it.
	Read(cmd *row.Command, secrets bool) row.Cursor
	// Mutable says whether a virtual table can be emptied, by Truncate; Deletes, whether partitions of it can be deleted, too, by Delete.
	Mutable(*schema.Table) bool
	Deletes(*schema.Table) bool
	Truncate(*schema.Table)
	Delete(t *schema.Table, partitions []key.Partition)
}

// Options connect an Executor.
type Options struct {
	Metadata    Metadata
	Coordinator *coordinator.Coordinator
	System      SystemTables
	Clock       platform.Clock
	// Login is how clients log in, and what that is good for; zero: nobody does, and everybody may do everything.
	Login Login
	// Timestamps gives write timestamps; nil: one over Clock that remembers nothing.
	Timestamps *Clock
	// Facts are what schema changes need besides the statement; Keyspace, TableID and Now are filled in here.
	Facts func() schema.Facts
	// ClusterName, Partitioner and Snitch are shown by DESCRIBE CLUSTER.
	ClusterName string
	// Ownership tells DESCRIBE CLUSTER who owns the ranges of a keyspace; nil: they are not shown.
	Ownership func(keyspace string) []Ownership
	// Views says whether materialized views can be made.
	Views bool
	// Functions compile and run user functions; nil: they are disabled.
	Functions UserFunctions
	// Masking is true where columns may be masked (dynamic_data_masking_enabled); else masks that there are hide nothing.
	Masking bool
	// Guardrails are the limits for roles that are no superusers; nil: the default ones.
	Guardrails *guardrail.Limits
	// DiskOf is how full the disk of a host is; asked where guardrails are interested.
	DiskOf func(host uuid.UUID) guardrail.DiskState
	// NoDefaultIndex is true where CREATE INDEX has to say which kind, NoUse where USE is not taken.
	NoDefaultIndex, NoUse bool
	// SASI says whether SASI indexes can be made.
	SASI bool
	// Batch are the sizes of batches that are too much.
	Batch BatchLimits
	// Reads are what reads may meet.
	Reads ReadLimits
	// Tracer begins the traces of requests that ask for it; nil: none are traced.
	Tracer *trace.Recorder
	// PagingKey returns the key that signs paging states; nodes of a cluster share it.
	PagingKey func() []byte
	// PreparedBytesMax bounds the cache of prepared statements; default 16 MiB of their text.
	PreparedBytesMax int
	// PageBytes is the length at which a page ends, whatever the rows that were asked for; default 16 MiB. ResultBytesMax bounds a result that
	// the client did not ask to page, and what is sorted; default 128 MiB.
	PageBytes, ResultBytesMax int
	// GatheredMax bounds what the results of all requests hold together while they grow, but for a lone one; default 1 GiB.
	GatheredMax int64
	// Strained says whether the process has no memory left to go on with; it is asked in the course of long requests. nil: it never is.
	Strained func() bool
	Logger   *slog.Logger
}

// UserFunctions compile and run user functions: package udf.
type UserFunctions interface {
	// Allowed refuses a language that is not there or not enabled.
	Allowed(language string) error
	// Compile refuses a function whose body can't be run.
	Compile(ctx context.Context, f *schema.Function) error
	// Run calls a function; slow is a warning for the client, empty for none.
	Run(ctx context.Context, f *schema.Function, args [][]byte) (value []byte, slow string, err error)
}

// Executor runs requests of all sessions.
type Executor struct {
	options Options
	// guardsReads and guardsWrites say whether the guardrails have anything to say of these.
	guardsReads, guardsWrites bool

	prepared *cache
	verified *auth.Verified
	uuids    uuidSource
	pool     sync.Pool    // of *execution
	gathered atomic.Int64 // bytes of results that are growing
	times    tableTimes
	running  runningSet
	// Counts are since the start.
	Counts Counts

	mu       sync.Mutex
	sessions map[*Session]struct{} // guarded by mu
	Requests atomic.Int64
	// tracing is the probability that a request is traced unasked, as bits of a float64.
	tracing atomic.Uint64
}

// NewExecutor returns an executor.
func NewExecutor(o Options) (*Executor, error) {
	if o.PreparedBytesMax == 0 {
		o.PreparedBytesMax = 16 << 20
	}
	if o.PageBytes == 0 {
		o.PageBytes = 16 << 20
	}
	if o.ResultBytesMax == 0 {
		o.ResultBytesMax = 128 << 20
	}
	if o.GatheredMax == 0 {
		o.GatheredMax = 1 << 30
	}
	if o.Strained == nil {
		o.Strained = func() bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Guardrails == nil {
		o.Guardrails = guardrail.Defaults()
	}
	if o.Batch == (BatchLimits{}) {
		o.Batch = DefaultBatchLimits
	}
	if o.Timestamps == nil {
		o.Timestamps = NewClock(o.Clock, 0, nil)
	}
	e := &Executor{guardsReads: o.Guardrails.Reads(), guardsWrites: o.Guardrails.Writes(), options: o, sessions: map[*Session]struct{}{}}
	e.prepared = newCache(o.PreparedBytesMax, &e.Counts.Evicted)
	if err := e.uuids.init(o.Timestamps); err != nil {
		return nil, err
	}
	var err error
	if e.verified, err = auth.NewVerified(); err != nil {
		return nil, err
	}
	e.pool.New = func() any { return newExecution(e) }
	return e, nil
}

// Connect begins a session.
func (e *Executor) Connect(client netip.AddrPort, version protocol.Version, options map[string]string) *Session {
	s := &Session{executor: e, client: client, version: version, options: options, since: e.options.Clock.Now()}
	e.mu.Lock()
	e.sessions[s] = struct{}{}
	e.mu.Unlock()
	return s
}

// Sessions returns the sessions that are open.
func (e *Executor) Sessions() []*Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]*Session, 0, len(e.sessions))
	for s := range e.sessions {
		all = append(all, s)
	}
	return all
}

// TraceProbability is the share of requests that are traced although nobody asked for it.
func (e *Executor) TraceProbability() float64 { return math.Float64frombits(e.tracing.Load()) }

// SetTraceProbability changes it; p is from 0 to 1.
func (e *Executor) SetTraceProbability(p float64) { e.tracing.Store(math.Float64bits(p)) }

// chosen says whether a request is to be traced by chance.
func (e *Executor) chosen() bool {
	p := e.tracing.Load()
	return p != 0 && mathrand.Float64() < math.Float64frombits(p)
}

// Prepared returns the number of prepared statements that are kept.
func (e *Executor) Prepared() int { return e.prepared.count() }

// parse reads a statement's text.
func parse(text []byte) (cql.Statement, error) { return cql.Parse(string(text)) }
