package exec

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/protocol"
)

// Running is a request that is being carried out.
type Running struct {
	// Number tells requests that run at the same time apart.
	Number int
	// For is how long it has been.
	For time.Duration
	// Task is what it is, in Cassandra's words.
	Task string
}

// runningSet knows the executions that there are, so that those at work can be asked what they do. Those that are gone make room.
type runningSet struct {
	mu  sync.Mutex
	all []weak.Pointer[execution] // guarded by mu
}

func (r *runningSet) add(x *execution) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, p := range r.all {
		if p.Value() == nil {
			r.all[i] = weak.Make(x)
			return
		}
	}
	r.all = append(r.all, weak.Make(x))
}

// doing is what an execution is at; others may look.
type doing struct {
	began atomic.Int64              // Clock.Monotonic, in nanoseconds
	what  atomic.Pointer[statement] // nil: nothing
	op    atomic.Uint32
	level atomic.Uint32
	size  atomic.Int64 // the page's, or how many values were bound
}

// does notes what is carried out. It allocates nothing.
func (x *execution) does(st *statement, size int) {
	x.doing.op.Store(uint32(x.req.Opcode))
	if x.params != nil {
		x.doing.level.Store(uint32(x.params.Consistency))
	}
	x.doing.size.Store(int64(size))
	x.doing.began.Store(int64(x.executor.options.Clock.Monotonic()))
	x.doing.what.Store(st)
}

// Running returns the requests that are being carried out.
func (e *Executor) Running() (all []Running) {
	e.running.mu.Lock()
	known := append([]weak.Pointer[execution](nil), e.running.all...)
	e.running.mu.Unlock()
	for i, p := range known {
		x := p.Value()
		if x == nil {
			continue
		}
		st := x.doing.what.Load()
		if st == nil {
			continue
		}
		all = append(all, Running{Number: i + 1, For: e.options.Clock.Monotonic() - time.Duration(x.doing.began.Load()), Task: x.doing.task(st)})
	}
	return all
}

// task describes a request. Source: Cassandra 5.0, QueryMessage.toString and its kin.
func (d *doing) task(st *statement) string {
	level := cassandra.Consistency(d.level.Load())
	switch protocol.Opcode(d.op.Load()) {
	case protocol.OpExecute:
		return fmt.Sprintf("EXECUTE %s with %d values at consistency %s", hexID(st.id[:]), d.size.Load(), level)
	case protocol.OpBatch:
		return fmt.Sprintf("BATCH of [%d] at consistency %s", d.size.Load(), level)
	case protocol.OpPrepare:
		return "PREPARE " + cql.Hide(st.text)
	}
	return fmt.Sprintf("QUERY %s [pageSize = %d] at consistency %s", cql.Hide(st.text), d.size.Load(), level)
}
