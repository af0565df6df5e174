package coordinator

import (
	"fmt"
	"time"

	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// Traced returns the coordinator for a request with a trace, which hears what happens to it here and at the replicas; c itself for nil.
func (c *Coordinator) Traced(t *trace.Trace) *Coordinator {
	if t == nil {
		return c
	}
	traced := &Coordinator{shared: c.shared, local: c.local, trace: t}
	if c.local != nil {
		traced.local = c.local.Traced(t)
	}
	return traced
}

// call sends a request to a replica, and tells done the answer as rpc does.
func (c *Coordinator) call(to rpc.Peer, verb rpc.Verb, body []byte, timeout time.Duration, done func(reply []byte, err error)) {
	if t := c.trace; t != nil {
		t.Addf(trace.Messages, "Sending %s message to %s message size %d bytes", replica.RequestName(verb), slashed(to), len(body))
		untraced := done
		done = func(reply []byte, err error) {
			if err == nil {
				t.Addf(trace.Messages, "%s message received from %s", replica.ResponseName(verb), slashed(to))
				t.Addf(trace.Responses, "Processing response from %s", slashed(to))
			} else {
				t.Addf(trace.Responses, "No response from %s: %v", slashed(to), err)
			}
			untraced(reply, err)
		}
	}
	c.options.Messenger.Call(to, rpc.Data, verb, body, timeout, done)
}

// slashed is an address as traces show it.
func slashed(p rpc.Peer) string { return "/" + p.Address }

// String is the address of a target as traces show it.
func (t *target) String() string { return slashed(t.peer) }

// traceDigests tells that replicas answered a read of one partition, or of several, differently.
func (x *round) traceDigests(contacts []*contact) {
	t := x.r.c.trace
	if t == nil {
		return
	}
	other := contacts[0]
	for _, a := range contacts {
		if a.sum != contacts[0].sum {
			other = a
		}
	}
	what := "range of tokens"
	if p := x.request.Command.Partitions; len(p) == 1 {
		what = fmt.Sprintf("key DecoratedKey(%d, %x)", p[0].Token, p[0].Key)
	}
	t.Addf(trace.Reads, "Digest mismatch: Mismatch for %s (%016x vs %016x)", what, contacts[0].sum, other.sum)
}

// traceAsk tells that a replica is asked, and what for.
func (x *round) traceAsk(at *contact, digest bool) {
	t := x.r.c.trace
	if t == nil {
		return
	}
	kind := "data"
	if digest && !at.to.local {
		kind = "digest"
	}
	switch {
	case x.repairs:
		t.Addf(trace.Reads, "Enqueuing full data read to %s", at.to)
	case x.speculates:
		t.Addf(trace.Reads, "speculating read retry on %s", at.to)
	case x.request.Command.Partitions == nil:
		t.Addf(trace.Requests, "Enqueuing request to %s", at.to)
	case at.to.local:
		t.Addf(trace.Requests, "reading %s locally", kind)
	default:
		t.Addf(trace.Requests, "reading %s from %s", kind, at.to)
	}
}

// traceDecision has a transaction's decision told, when there is a trace.
func (c *Coordinator) traceDecision(ballot replica.Ballot, decide Decide) Decide {
	t := c.trace
	if t == nil {
		return decide
	}
	return func(read func(*row.Command) row.Cursor, timestamp int64) ([]row.Mutation, error) {
		t.Add(trace.Requests, "Reading existing values for CAS precondition")
		mutations, err := decide(read, timestamp)
		switch {
		case err != nil:
		case len(mutations) == 0:
			t.Add(trace.Requests, "CAS precondition does not match current values")
			t.Add(trace.Requests, "CAS did not apply")
		default:
			t.Addf(trace.Requests, "CAS precondition is met; proposing client-requested updates for %s", ballot)
		}
		return mutations, err
	}
}
