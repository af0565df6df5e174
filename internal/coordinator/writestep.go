package coordinator

import (
	"fmt"
	"math/bits"

	"helenus/internal/cassandra"
)

// quota is a group of replicas, a bit each, of which so many must answer.
type quota struct {
	members uint64
	need    int
}

func (q quota) has(answered uint64) int { return bits.OnesCount64(q.members & answered) }

// met says whether enough of every group answered.
func met(quotas []quota, answered uint64) bool {
	for _, q := range quotas {
		if q.has(answered) < q.need {
			return false
		}
	}
	return true
}

// lacking returns the group that is furthest from its quota, for errors.
func lacking(quotas []quota, answered uint64) (need, has int) {
	worst := 0
	for i, q := range quotas {
		if q.need-q.has(answered) > quotas[worst].need-quotas[worst].has(answered) {
			worst = i
		}
	}
	return quotas[worst].need, quotas[worst].has(answered)
}

// WriteStep is one write over several replicas as a step machine: it is told what happens and says when the request is decided. It
// has no goroutine, clock or socket; a runner sends the messages and calls it.
type WriteStep struct {
	Level  cassandra.Consistency
	Type   cassandra.WriteType
	Quotas []quota
	// Set holds the replicas, which errors name; nil: they stay unnamed.
	Set *targetSet

	acked, failed, lost uint64
	reasons             reasons
	outcome             Outcome
}

// Outcome is where a request stands.
type Outcome struct {
	Done bool
	// Err is a *cassandra.Error; nil when the level was met.
	Err error
}

// Acked is called when replica i has the write; Failed when it refused it; Lost when nobody will ever know; TimedOut when the deadline has
// passed; Replanned when the quotas have changed. Each returns where the request stands; a decided request stays as it is.
func (w *WriteStep) Acked(i int) Outcome {
	w.acked |= 1 << i
	w.failed &^= 1 << i
	w.lost &^= 1 << i
	return w.judge()
}

// Failed: see Acked.
func (w *WriteStep) Failed(i int, why cassandra.FailureReason) Outcome {
	w.failed |= 1 << i
	w.reasons.note(i, why)
	return w.judge()
}

// Lost: see Acked.
func (w *WriteStep) Lost(i int) Outcome {
	w.lost |= 1 << i
	return w.judge()
}

// Replanned: see Acked. Replicas that have the write still count, whatever it was planned for.
func (w *WriteStep) Replanned(quotas []quota) Outcome {
	w.Quotas = quotas
	return w.judge()
}

// TimedOut: see Acked.
func (w *WriteStep) TimedOut() Outcome {
	if !w.outcome.Done {
		w.outcome = Outcome{true, w.problem(cassandra.CodeWriteTimeout)}
	}
	return w.outcome
}

func (w *WriteStep) judge() Outcome {
	if w.outcome.Done {
		return w.outcome
	}
	if met(w.Quotas, w.acked) {
		w.outcome = Outcome{Done: true}
		return w.outcome
	}
	for _, q := range w.Quotas {
		switch left := bits.OnesCount64(q.members &^ (w.failed | w.lost)); {
		case left >= q.need:
		case w.failed&q.members != 0:
			w.outcome = Outcome{true, w.problem(cassandra.CodeWriteFailure)}
			return w.outcome
		default: // they may have it all the same
			w.outcome = Outcome{true, w.problem(cassandra.CodeWriteTimeout)}
			return w.outcome
		}
	}
	return w.outcome
}

func (w *WriteStep) problem(code cassandra.Code) *cassandra.Error {
	need, has := lacking(w.Quotas, w.acked)
	e := &cassandra.Error{Code: code, Consistency: w.Level, Received: int32(has), Required: int32(need), WriteType: w.Type}
	if code == cassandra.CodeWriteFailure {
		var set targetSet
		if w.Set != nil {
			set = *w.Set
		}
		w.reasons.describe(e, w.failed|w.lost, set)
		return e
	}
	e.Message = fmt.Sprintf("Operation timed out - received only %d responses.", has)
	return e
}
