package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// runExecute executes a prepared statement.
//
// Budget of a statement that reads or writes one row: the lookups and decoding here allocate nothing.
func (x *execution) runExecute() error {
	if err := x.execute.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	st := x.executor.prepared.get(x.execute.ID)
	if st == nil {
		return unprepared(x.execute.ID)
	}
	p, err := st.current(x.executor, x.executor.options.Metadata.Schema())
	if err != nil {
		return err
	}
	x.statement, x.metadataID = st, x.execute.MetadataID
	x.setParams(&x.execute.Params)
	x.executor.Counts.Prepared.Add(1)
	x.does(st, len(x.env.Values))
	if x.trace != nil {
		x.traceText(cql.Hide(st.text))
	}
	if err := x.authorize(p); err != nil {
		return err
	}
	x.bind(p, st.parsed)
	if markers := len(st.parsed.Markers()); len(x.env.Values) != markers {
		return cassandra.Invalidf("there were %d markers(?) in CQL but %d bound variables", markers, len(x.env.Values))
	}
	if x.trace != nil {
		x.traceValues(p)
	}
	if p.plan == nil {
		return x.runUnplanned(st.parsed)
	}
	return x.runPlan(p)
}
