package exec

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/guardrail"
	"helenus/internal/plan"
	"helenus/internal/protocol"
	"helenus/internal/trace"
)

// Session is one connection. Requests may run at the same time.
type Session struct {
	executor  *Executor
	client    netip.AddrPort
	version   protocol.Version
	options   map[string]string
	since     time.Time
	keyspace  atomic.Pointer[string]
	requests  atomic.Int64
	warnedUse atomic.Bool          // of preparing statements after USE
	role      string               // that logged in; set before the first request
	tls       *tls.ConnectionState // nil: not encrypted; set before the first request
	who       atomic.Pointer[identity]
	expelled  atomic.Pointer[func()]
}

// Facts of a session for system_views.clients.
func (s *Session) Client() netip.AddrPort     { return s.client }
func (s *Session) Version() protocol.Version  { return s.version }
func (s *Session) Options() map[string]string { return s.options }
func (s *Session) Since() time.Time           { return s.since }
func (s *Session) Requests() int64            { return s.requests.Load() }

// TLS is how the connection is encrypted; nil: it is not.
func (s *Session) TLS() *tls.ConnectionState { return s.tls }

// Encrypted notes how the connection is encrypted, before the first request.
func (s *Session) Encrypted(state tls.ConnectionState) { s.tls = &state }

// Keyspace is the session's keyspace, empty before USE.
func (s *Session) Keyspace() string {
	if k := s.keyspace.Load(); k != nil {
		return *k
	}
	return ""
}

// Close ends the session.
func (s *Session) Close() {
	s.executor.mu.Lock()
	delete(s.executor.sessions, s)
	s.executor.mu.Unlock()
}

// Short says whether a request is brief: the execution of a prepared statement that reads or writes one partition without scanning.
func (s *Session) Short(op protocol.Opcode, body []byte) bool {
	if op != protocol.OpExecute || len(body) < 18 || body[0] != 0 || body[1] != 16 {
		return false
	}
	st := s.executor.prepared.get(body[2:18])
	if st == nil {
		return true // UNPREPARED is said at once
	}
	if !s.executor.options.Coordinator.Alone() {
		return false // it may wait for other nodes
	}
	p := st.planned.Load()
	return p != nil && p.short && p.schema == s.executor.options.Metadata.Schema()
}

// Heavy says whether a request may take much memory: a SELECT, or text that is read and planned.
func (s *Session) Heavy(op protocol.Opcode, body []byte) bool {
	if op != protocol.OpExecute || len(body) < 18 || body[0] != 0 || body[1] != 16 {
		return true
	}
	st := s.executor.prepared.get(body[2:18])
	if st == nil {
		return false
	}
	_, reads := st.parsed.(*cql.Select)
	return reads
}

// Handle runs a request. Errors become the response.
func (s *Session) Handle(ctx context.Context, req *Request, resp *Response) {
	s.requests.Add(1)
	x := s.executor.pool.Get().(*execution)
	x.begin(ctx, s, req, resp)
	at := len(resp.Body)
	err := x.run()
	if err != nil {
		resp.Opcode, resp.Pending = protocol.OpError, nil
		resp.Body = appendError(err, resp.Body[:at], req.Version)
	}
	if resp.Pending != nil {
		resp.Failed = appendError
	}
	if x.trace != nil {
		x.endTrace()
	}
	x.end()
	s.executor.pool.Put(x)
}

// appendError appends the body of an ERROR. An error that is not meant for clients is a defect or the machine's: a server error.
func appendError(err error, body []byte, version protocol.Version) []byte {
	var e *cassandra.Error
	if !errors.As(err, &e) {
		e = cassandra.Serverf("%v", err)
	}
	return protocol.AppendError(body, e, version)
}

// execution is one request on its way; it is pooled, with all that its decoding and binding need.
type execution struct {
	executor *Executor
	session  *Session
	ctx      context.Context
	req      *Request
	resp     *Response
	env      plan.Env
	params   *protocol.Params
	// statement is set for EXECUTE.
	statement *statement
	// metadataID is what a v5 client thinks the result metadata is.
	metadataID []byte

	query   protocol.Query
	execute protocol.Execute
	scratch []byte
	sel     selectScratch
	toll    toll
	bound   plan.Bound
	// trace is there when the client asked for one, or chance did; traced is what it is of.
	trace  *trace.Trace
	traced *trace.Request
	doing  doing
	// masked hides the values of columns that have a mask: the session's role may not see them.
	masked bool
	// rails ask whether something is too much, for roles that are no superusers.
	rails guardrail.Guard
}

func newExecution(e *Executor) *execution {
	x := &execution{executor: e}
	e.running.add(x)
	x.env.NewTimeUUID, x.env.NewRandomUUID = e.uuids.timeUUID, e.uuids.randomUUID
	x.rails = guardrail.Guard{Limits: e.options.Guardrails, Warn: x.warn}
	if e.options.Functions != nil {
		x.env.User = (*userRunner)(x)
	}
	return x
}

func (x *execution) begin(ctx context.Context, s *Session, req *Request, resp *Response) {
	x.ctx, x.session, x.req, x.resp = ctx, s, req, resp
	x.env.Version = req.Version
	x.beginTrace()
}

func (x *execution) end() {
	x.doing.what.Store(nil)
	x.ctx, x.session, x.req, x.resp, x.params, x.statement, x.metadataID, x.trace, x.traced = nil, nil, nil, nil, nil, nil, nil, nil, nil
	x.env.Values, x.env.Scratch, x.env.Guard, x.masked = nil, x.env.Scratch[:0], nil, false
}

// setParams takes a request's parameters; the moment of the request is fixed here.
func (x *execution) setParams(p *protocol.Params) {
	x.params = p
	if x.trace != nil {
		x.traceParams(p)
	}
	x.env.Values, x.env.Guard = p.Values, x.guard()
	now := x.executor.options.Clock.Now()
	x.env.Now, x.env.Millis = now.Unix(), now.UnixMilli()
	if p.HasNow {
		x.env.Now = int64(p.Now)
	}
	if p.HasTimestamp {
		x.env.Timestamp = p.Timestamp
	} else {
		x.env.Timestamp = x.executor.options.Timestamps.Micros()
	}
}

// warn adds a warning to the response.
func (x *execution) warn(text string) { x.resp.Warnings = append(x.resp.Warnings, text) }

// keyspace is the one that names without a keyspace are in.
func (x *execution) keyspace() string {
	if x.statement != nil && x.statement.keyspace != "" {
		return x.statement.keyspace
	}
	if x.params != nil && x.params.Keyspace != "" {
		return x.params.Keyspace
	}
	return x.session.Keyspace()
}
