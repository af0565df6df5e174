package trace

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// ID names a trace in the whole cluster: a version 1 UUID.
type ID [16]byte

// IsZero says whether there is no trace.
func (id ID) IsZero() bool { return id == ID{} }

// Bytes returns a copy of the name.
func (id ID) Bytes() []byte { return id[:] }

// Event is something that happened to a request.
type Event struct {
	ID       ID // a version 1 UUID above those of the events before it
	Activity string
	Thread   string // the stage, in Cassandra's words
	Elapsed  time.Duration
}

// Request is what is kept of the request itself, at its coordinator.
type Request struct {
	Client     netip.Addr
	Name       string // what it was, such as "Execute CQL3 query"
	Parameters map[string]string
	Started    time.Time
	Duration   time.Duration
}

// Stages that events name.
const (
	Requests     = "Native-Transport-Requests"
	Messages     = "Messaging-EventLoop"
	Responses    = "RequestResponseStage"
	Reads        = "ReadStage"
	Mutations    = "MutationStage"
	Counters     = "CounterMutationStage"
	Transactions = "MutationStage"
)

const (
	// eventsMax bounds the events that a node keeps of one request, activityMax the bytes of each one's text.
	eventsMax   = 1000
	activityMax = 32 << 10
)

// Trace is a request's events at this node. It is safe for concurrent use, as is nil.
type Trace struct {
	recorder *Recorder
	id       ID
	began    time.Duration // Clock.Monotonic

	mu     sync.Mutex
	events []Event // guarded by mu: those that were not handed on
	count  int     // guarded by mu
	over   bool    // guarded by mu
}

// ID returns the trace's name, zero for nil.
func (t *Trace) ID() ID {
	if t == nil {
		return ID{}
	}
	return t.id
}

// Add notes an event. One that comes after End is handed on at once.
func (t *Trace) Add(thread, activity string) {
	if t == nil {
		return
	}
	e := Event{Activity: Cut(activity, activityMax), Thread: thread, Elapsed: t.Elapsed()}
	t.mu.Lock()
	t.count++
	if t.count > eventsMax {
		t.mu.Unlock()
		return
	}
	e.ID = t.recorder.eventID()
	if !t.over {
		t.events = append(t.events, e)
		t.mu.Unlock()
		return
	}
	t.mu.Unlock()
	t.recorder.keep(t.id, []Event{e}, nil, false)
}

// Addf is Add with a format. Its arguments cost something even where there is no trace: ask for nil first on the way of every request.
func (t *Trace) Addf(thread, format string, args ...any) {
	if t != nil {
		t.Add(thread, fmt.Sprintf(format, args...))
	}
}

// Elapsed is how long the request has been at this node.
func (t *Trace) Elapsed() time.Duration {
	if t == nil {
		return 0
	}
	return t.recorder.clock.Monotonic() - t.began
}

// Now is the wall clock's time; the zero time for nil.
func (t *Trace) Now() time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.recorder.clock.Now()
}

// End hands the events on. request is what the coordinator knows of the request, nil elsewhere; its Duration is filled in. With wait it returns
// when all is kept.
func (t *Trace) End(request *Request, wait bool) {
	if t == nil {
		return
	}
	if request != nil {
		request.Duration = t.Elapsed()
	}
	t.mu.Lock()
	events := t.events
	t.events, t.over = nil, true
	t.mu.Unlock()
	if len(events) > 0 || request != nil {
		t.recorder.keep(t.id, events, request, wait)
	}
}

// Cut shortens text to so many bytes and says so at its end.
func Cut(text string, bytesMax int) string {
	if len(text) <= bytesMax {
		return text
	}
	return strings.ToValidUTF8(text[:bytesMax], "") + "..."
}
