package exec

import (
	"strconv"

	"helenus/internal/protocol"
)

// tracedAs is what traces call requests.
var tracedAs = map[protocol.Opcode]string{
	protocol.OpQuery: "Execute CQL3 query", protocol.OpPrepare: "Preparing CQL3 query", protocol.OpExecute: "Execute CQL3 prepared query",
	protocol.OpBatch: "Execute batch of CQL3 queries",
}

// trace keeps what is known of a traced request, and tells the client its id when that asked for it.
func (x *execution) trace() {
	t := x.executor.options.Tracer
	if t == nil {
		return
	}
	id := x.executor.uuids.timeUUID()
	parameters := map[string]string{"query": x.traced}
	if x.params != nil {
		parameters["consistency_level"] = x.params.Consistency.String()
		if x.params.PageSize > 0 {
			parameters["page_size"] = strconv.Itoa(int(x.params.PageSize))
		}
	}
	micros := x.executor.options.Clock.Now().Sub(x.started).Microseconds()
	t.Trace(id, x.session.client.Addr(), x.started.UnixMilli(), micros, tracedAs[x.req.Opcode], parameters)
	if x.req.Tracing {
		x.resp.TraceID = &id
	}
}
