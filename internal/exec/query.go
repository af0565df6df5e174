package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/protocol"
)

// runQuery parses, plans and executes a statement given as text.
func (x *execution) runQuery() error {
	if err := x.query.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	x.setParams(&x.query.Params)
	parsed, err := parse(x.query.CQL)
	if err != nil {
		return err
	}
	if x.req.Tracing {
		x.traced = string(x.query.CQL)
	}
	p, err := makePlan(x.executor.options.Metadata.Schema(), x.keyspace(), parsed)
	if err != nil {
		return err
	}
	if err := x.bind(parsed.Markers()); err != nil {
		return err
	}
	if p.plan == nil {
		return x.runUnplanned(parsed)
	}
	return x.runPlan(p)
}

// bind puts the request's values in the order of the markers and checks that there is one for each.
func (x *execution) bind(markers []cql.Marker) error {
	values := x.params.Values
	if x.params.Named && len(values) > 0 {
		ordered, err := byName(markers, values)
		if err != nil {
			return err
		}
		x.env.Values = ordered
		return nil
	}
	if len(values) != len(markers) {
		return cassandra.Invalidf("Invalid amount of bind variables")
	}
	return nil
}

func byName(markers []cql.Marker, values []protocol.Value) ([]protocol.Value, error) {
	ordered := make([]protocol.Value, len(markers))
	for i, m := range markers {
		ordered[i].Unset = true
		for j := range values {
			if values[j].Name == m.Name && m.Name != "" {
				ordered[i] = values[j]
			}
		}
		if ordered[i].Unset && m.Name == "" {
			return nil, cassandra.Invalidf("Invalid amount of bind variables")
		}
	}
	return ordered, nil
}
