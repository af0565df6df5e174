package exec

import "strconv"

// trace keeps what is known of a traced request and tells the client its id.
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
	t.Trace(id, x.session.client.Addr(), x.started.UnixMilli(), micros, "Execute CQL3 query", parameters)
	x.resp.TraceID = &id
}
