package exec

import (
	"context"
	"log/slog"
	"math"
	mathrand "math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"helenus/internal/coordinator"
	"helenus/internal/cql"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Metadata is the truth about the schema: package cluster/metadata.
type Metadata interface {
	// Schema is the schema now, system keyspaces included.
	Schema() *schema.Schema
	// Propose changes the schema by what decide makes of it, durably; decide may run again when another change came first.
	Propose(ctx context.Context, decide func(*schema.Schema) (schema.Outcome, error)) (schema.Outcome, error)
}

// SystemTables answers reads of system and virtual tables: package system.
type SystemTables interface {
	// Read returns a cursor over a table's rows now.
	Read(cmd *row.Command) row.Cursor
}

// Options connect an Executor.
type Options struct {
	Metadata    Metadata
	Coordinator *coordinator.Coordinator
	System      SystemTables
	Clock       platform.Clock
	// Facts are what schema changes need besides the statement; Keyspace, TableID and Now are filled in here.
	Facts func() schema.Facts
	// ClusterName, Partitioner and Snitch are shown by DESCRIBE CLUSTER.
	ClusterName string
	// Ownership tells DESCRIBE CLUSTER who owns the ranges of a keyspace; nil: they are not shown.
	Ownership func(keyspace string) []Ownership
	// Tracer keeps the traces of requests that ask for it; nil: none are kept.
	Tracer Tracer
	// PagingKey returns the key that signs paging states; nodes of a cluster share it.
	PagingKey func() []byte
	// PreparedBytesMax bounds the cache of prepared statements; default 16 MiB of their text.
	PreparedBytesMax int
	Logger           *slog.Logger
}

// Tracer keeps traces of requests.
type Tracer interface {
	// Trace is told of a finished request: its CQL, client and duration in microseconds.
	Trace(id [16]byte, client netip.Addr, started int64, micros int64, request string, parameters map[string]string)
}

// Executor runs requests of all sessions.
type Executor struct {
	options  Options
	prepared *cache
	uuids    uuidSource
	clock    hybridClock
	pool     sync.Pool // of *execution

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
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Executor{options: o, prepared: newCache(o.PreparedBytesMax), sessions: map[*Session]struct{}{}}
	e.clock.clock = o.Clock
	if err := e.uuids.init(&e.clock); err != nil {
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
