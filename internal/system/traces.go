package system

import (
	"net/netip"
	"sync"

	"github.com/google/uuid"
)

// tracesMax bounds the traces that are kept; the oldest goes first.
const tracesMax = 1024

// Tracer keeps traces of requests: *Traces does.
type Tracer interface {
	// Trace is told of a finished request: its id (a version 1 UUID), client, start in milliseconds since 1970 and duration in microseconds.
	Trace(id [16]byte, client netip.Addr, startedMillis, micros int64, request string, parameters map[string]string)
}

// Traces is a ring of the last traces, shown as system_traces. The zero value is ready; it is safe for concurrent use.
type Traces struct {
	mu   sync.Mutex
	ring []trace // guarded by mu
	next int     // guarded by mu
}

type trace struct {
	id         uuid.UUID
	client     netip.Addr
	started    int64 // milliseconds
	duration   int32 // microseconds
	request    string
	parameters map[string]string
}

var _ Tracer = (*Traces)(nil)

// Trace keeps a trace.
func (r *Traces) Trace(id [16]byte, client netip.Addr, startedMillis, micros int64, request string, parameters map[string]string) {
	t := trace{id, client, startedMillis, int32(min(micros, 1<<31-1)), request, parameters}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < tracesMax {
		r.ring = append(r.ring, t)
		return
	}
	r.ring[r.next] = t
	r.next = (r.next + 1) % tracesMax
}

func (r *Traces) all() []trace {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]trace(nil), r.ring...)
}

// traceSessions is system_traces.sessions: one row a traced request.
func (t *Tables) traceSessions(add func(fields)) {
	n := t.options.Local()
	for _, s := range t.options.Traces.all() {
		add(fields{
			"session_id": uuidValue(s.id), "client": inet(s.client), "command": text("QUERY"), "coordinator": inet(n.BroadcastAddress),
			"coordinator_port": integer(n.StoragePort), "duration": integer(s.duration), "parameters": textTextMap(s.parameters),
			"request": text(s.request), "started_at": bigint(s.started),
		})
	}
}

// traceEvents is system_traces.events: one event a request so far, its end.
func (t *Tables) traceEvents(add func(fields)) {
	n := t.options.Local()
	for _, s := range t.options.Traces.all() {
		add(fields{
			"session_id": uuidValue(s.id), "event_id": uuidValue(s.id), "activity": text("Request complete"), "source": inet(n.BroadcastAddress),
			"source_elapsed": integer(s.duration), "source_port": integer(n.StoragePort), "thread": text("request"),
		})
	}
}
