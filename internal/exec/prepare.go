package exec

import (
	"helenus/internal/protocol"
)

// runPrepare parses and plans a statement, keeps it, and answers with its markers and columns.
func (x *execution) runPrepare() error {
	var q protocol.Prepare
	if err := q.Decode(x.req.Body, x.req.Version); err != nil {
		return err
	}
	keyspace := q.Keyspace
	if keyspace == "" {
		keyspace = x.session.Keyspace()
	}
	if x.req.Tracing {
		x.traced = string(q.CQL)
	}
	st, err := x.executor.prepare(keyspace, string(q.CQL))
	if err != nil {
		return err
	}
	p := st.planned.Load()
	r := protocol.Prepared{ID: st.id[:], ResultID: p.resultID, Result: protocol.Metadata{Columns: p.columns}}
	if p.plan != nil {
		r.Binds, r.PartitionKey = p.plan.Binds(), p.plan.PartitionKeyBinds()
	}
	x.resp.Body = protocol.AppendPrepared(x.resp.Body, &r, x.req.Version)
	return nil
}

// prepare returns the statement of a text, planned for the schema now.
func (e *Executor) prepare(keyspace, text string) (*statement, error) {
	id := statementID(keyspace, text)
	s := e.options.Metadata.Schema()
	if st := e.prepared.get(id[:]); st != nil {
		if _, err := st.current(s); err == nil {
			return st, nil
		}
	}
	st := &statement{id: id, text: text, keyspace: keyspace}
	var err error
	if st.parsed, err = parse([]byte(text)); err != nil {
		return nil, err
	}
	p, err := makePlan(s, keyspace, st.parsed)
	if err != nil {
		return nil, err
	}
	st.planned.Store(p)
	e.prepared.put(st)
	return st, nil
}
