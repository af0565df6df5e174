package coordinator

import (
	"fmt"

	"helenus/internal/cassandra"
)

// WriteStep is one write over several replicas as a step machine: it is told what happens and says when the request is decided. It
// has no goroutine, clock or socket; a runner sends the messages and calls it.
type WriteStep struct {
	Level    cassandra.Consistency
	Type     cassandra.WriteType
	Required int // replicas that must acknowledge
	Replicas int // that the write was sent to

	acked, failed int
	outcome       Outcome
}

// Outcome is where a request stands.
type Outcome struct {
	Done bool
	// Err is a *cassandra.Error; nil when the level was met.
	Err error
}

// Acked is called when a replica has the write; Failed when it refused it; TimedOut when the deadline has passed. Each returns where
// the request stands; a decided request stays as it is.
func (w *WriteStep) Acked() Outcome {
	w.acked++
	if !w.outcome.Done && w.acked >= w.Required {
		w.outcome = Outcome{Done: true}
	}
	return w.outcome
}

// Failed: see Acked.
func (w *WriteStep) Failed() Outcome {
	w.failed++
	if !w.outcome.Done && w.Replicas-w.failed < w.Required {
		w.outcome = Outcome{true, w.problem(cassandra.CodeWriteFailure, fmt.Sprintf("Operation failed - received %d responses and %d failures", w.acked, w.failed))}
	}
	return w.outcome
}

// TimedOut: see Acked.
func (w *WriteStep) TimedOut() Outcome {
	if !w.outcome.Done {
		w.outcome = Outcome{true, w.problem(cassandra.CodeWriteTimeout, fmt.Sprintf("Operation timed out - received only %d responses.", w.acked))}
	}
	return w.outcome
}

func (w *WriteStep) problem(code cassandra.Code, message string) *cassandra.Error {
	e := &cassandra.Error{Code: code, Message: message, Consistency: w.Level, Received: int32(w.acked), Required: int32(w.Required), WriteType: w.Type}
	if code == cassandra.CodeWriteFailure {
		e.Failures = make([]cassandra.Failure, w.failed)
	}
	return e
}
