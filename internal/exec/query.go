package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// runQuery parses, plans and executes a statement given as text.
func (x *execution) runQuery() error {
	if err := x.query.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	x.setParams(&x.query.Params)
	if x.tracing {
		x.traced = cql.Hide(string(x.query.CQL))
	}
	parsed, err := parse(x.query.CQL)
	if err != nil {
		return err
	}
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
