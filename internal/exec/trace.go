package exec

import (
	"fmt"
	"strconv"
	"strings"

	"helenus/internal/coordinator"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
	"helenus/internal/trace"
)

// tracedAs is what traces call requests.
var tracedAs = map[protocol.Opcode]string{
	protocol.OpQuery: "Execute CQL3 query", protocol.OpPrepare: "Preparing CQL3 query", protocol.OpExecute: "Execute CQL3 prepared query",
	protocol.OpBatch: "Execute batch of CQL3 queries",
}

const (
	// tracedTextMax bounds the statement that is kept with a trace, in bytes, tracedValueMax each value that was bound, and tracedValues
	// their number.
	tracedTextMax  = 32 << 10
	tracedValueMax = 1000
	tracedValues   = 100
)

// beginTrace begins a trace when the client asked for one, or chance did.
func (x *execution) beginTrace() {
	x.trace = nil
	if x.req.Tracing || x.executor.chosen() {
		x.trace = x.executor.options.Tracer.Begin(x.executor.uuids.timeUUID())
	}
	if x.trace == nil {
		return
	}
	x.traced = &trace.Request{
		Client: x.session.client.Addr(), Name: tracedAs[x.req.Opcode], Parameters: map[string]string{}, Started: x.executor.options.Clock.Now(),
	}
	if x.req.Tracing {
		x.resp.TraceID = (*[16]byte)(x.trace.ID().Bytes())
	}
}

// coordinator is the one that the request's trace, if there is one, hears.
func (x *execution) coordinator() *coordinator.Coordinator {
	return x.executor.options.Coordinator.Traced(x.trace)
}

// traceText keeps a statement with the trace.
func (x *execution) traceText(text string) {
	x.traced.Parameters["query"] = trace.Cut(text, tracedTextMax)
}

// traceParams keeps what came with the statement.
func (x *execution) traceParams(p *protocol.Params) {
	x.traced.Parameters["consistency_level"] = p.Consistency.String()
	x.traced.Parameters["serial_consistency_level"] = p.Serial.String()
	if p.PageSize > 0 && x.req.Opcode != protocol.OpBatch {
		x.traced.Parameters["page_size"] = strconv.Itoa(int(p.PageSize))
	}
}

// traceValues keeps the values of a prepared statement.
func (x *execution) traceValues(p *planned) {
	if p.plan == nil {
		return
	}
	binds := p.plan.Binds()
	for i, v := range x.env.Values {
		if i >= len(binds) || i == tracedValues {
			return
		}
		shown := "null"
		switch {
		case v.Unset:
			shown = "unset"
		case v.Bytes != nil:
			shown = literal(binds[i].Type, v.Bytes)
		}
		x.traced.Parameters[fmt.Sprintf("bound_var_%d_%s", i, binds[i].Name)] = trace.Cut(shown, tracedValueMax)
	}
}

// literal shows a value as CQL does, the beginning of a long one; bytes that are none of the type's as a blob.
func literal(t *cqltype.Type, value []byte) string {
	switch {
	case len(value) <= 4*tracedValueMax:
	case t.Kind == cqltype.KindBlob:
		value = value[:tracedValueMax]
	case t.Kind == cqltype.KindText || t.Kind == cqltype.KindASCII:
		value = []byte(strings.ToValidUTF8(string(value[:tracedValueMax+1]), ""))
	default:
		return fmt.Sprintf("(%d bytes)", len(value))
	}
	if t.Validate(value) != nil {
		t = cqltype.Blob
	}
	return t.Format(value)
}

// endTrace hands on what the trace has gathered, once the response is known and its write is safe. A client that asked for the trace is answered
// when it can be read: some drivers look once, as soon as they have the answer.
func (x *execution) endTrace() {
	if x.resp.Pending == nil && !x.req.Tracing {
		x.trace.End(x.traced, false)
		return
	}
	x.resp.Pending = &tracedPending{write: x.resp.Pending, trace: x.trace, request: x.traced, wait: x.req.Tracing}
}

// tracedPending is a request whose trace ends when its write, if there is one, is decided.
type tracedPending struct {
	write   Pending
	trace   *trace.Trace
	request *trace.Request
	wait    bool // until the trace is kept
}

// Wait returns when the write is decided, with its error; one of the trace is none of the client's.
func (p *tracedPending) Wait() error {
	var err error
	if p.write != nil {
		err = p.write.Wait()
	}
	p.trace.End(p.request, p.wait)
	return err
}
