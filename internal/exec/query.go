package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/trace"
)

// runQuery parses, plans and executes a statement given as text.
func (x *execution) runQuery() error {
	if err := x.query.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	x.setParams(&x.query.Params)
	x.executor.Counts.Regular.Add(1)
	x.does(&statement{text: string(x.query.CQL)}, int(x.params.PageSize))
	if x.trace != nil {
		text := cql.Hide(string(x.query.CQL))
		x.traceText(text)
		x.trace.Add(trace.Requests, "Parsing "+text)
	}
	parsed, err := parse(x.query.CQL)
	if err != nil {
		return err
	}
	x.trace.Add(trace.Requests, "Preparing statement")
	p, err := x.executor.makePlan(x.executor.options.Metadata.Schema(), x.keyspace(), parsed)
	if err != nil {
		return x.guardPlan(err)
	}
	if err := x.authorize(p); err != nil {
		return err
	}
	x.bind(p, parsed)
	if len(x.env.Values) != len(parsed.Markers()) {
		return cassandra.Invalidf("Invalid amount of bind variables")
	}
	if p.plan == nil {
		return x.runUnplanned(parsed)
	}
	return x.runPlan(p)
}
