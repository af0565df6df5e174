package exec

import (
	"helenus/internal/cql"
	"helenus/internal/protocol"
	"helenus/internal/trace"
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
	x.does(&statement{text: string(q.CQL)}, 0)
	if x.trace != nil {
		text := cql.Hide(string(q.CQL))
		x.traceText(text)
		x.trace.Add(trace.Requests, "Parsing "+text)
		x.trace.Add(trace.Requests, "Preparing statement")
	}
	if id := x.session.identity(); id.err != nil {
		return id.err
	}
	st, err := x.executor.prepare(keyspace, string(q.CQL))
	if err != nil {
		return x.guardPlan(err)
	}
	if st.keyspace != "" && q.Keyspace == "" {
		x.warnUse(st)
	}
	p := st.planned.Load()
	r := protocol.Prepared{ID: st.id[:], ResultID: p.resultID, Result: protocol.Metadata{Columns: p.columns}}
	if p.plan != nil {
		r.Binds, r.PartitionKey = p.plan.Binds(), p.plan.PartitionKeyBinds()
	}
	x.resp.Body = protocol.AppendPrepared(x.resp.Body, &r, x.req.Version)
	return nil
}

// warnUse warns, once a session, that the statement's tables depend on the session's keyspace.
func (x *execution) warnUse(st *statement) {
	if x.session.warnedUse.Swap(true) {
		return
	}
	x.warn("`USE <keyspace>` with prepared statements is considered to be an anti-pattern due to ambiguity in non-qualified table names. " +
		"Please consider removing instances of `Session#setKeyspace(<keyspace>)`, `Session#execute(\"USE <keyspace>\")` and " +
		"`cluster.newSession(<keyspace>)` from your code, and always use fully qualified table names (e.g. <keyspace>.<table>). " +
		"Keyspace used: " + x.session.Keyspace() + ", statement keyspace: " + st.keyspace + ", statement id: " + hexID(st.id[:]))
}

// isQualified says whether all tables of a statement are named with their keyspaces, so that it means the same in every session.
func isQualified(parsed cql.Statement) bool {
	names := namedTables(parsed)
	for _, n := range names {
		if n.Keyspace == "" {
			return false
		}
	}
	return len(names) > 0
}

// prepare returns the statement of a text, planned for the schema now.
func (e *Executor) prepare(keyspace, text string) (*statement, error) {
	s := e.options.Metadata.Schema()
	for _, ks := range [...]string{"", keyspace} {
		id := statementID(ks, text)
		if st := e.prepared.get(id[:]); st != nil {
			if _, err := st.current(e, s); err == nil && (ks == keyspace || isQualified(st.parsed)) {
				return st, nil
			}
		}
	}
	parsed, err := parse([]byte(text))
	if err != nil {
		return nil, err
	}
	if isQualified(parsed) {
		keyspace = ""
	}
	st := &statement{id: statementID(keyspace, text), text: text, keyspace: keyspace, parsed: parsed}
	p, err := e.makePlan(s, keyspace, st.parsed)
	if err != nil {
		return nil, err
	}
	st.planned.Store(p)
	e.prepared.put(st)
	return st, nil
}
