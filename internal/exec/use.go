package exec

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/protocol"
)

// errUse refuses USE where it is not taken.
var errUse = cassandra.Invalidf("USE statements prohibited. (see use_statements_enabled in cassandra.yaml)")

// execUse makes a keyspace the session's.
func (x *execution) execUse(q *cql.Use) error {
	if x.executor.options.NoUse {
		return errUse
	}
	if x.executor.options.Metadata.Schema().Keyspace(q.Keyspace) == nil {
		return cassandra.Invalidf("Keyspace '%s' does not exist", q.Keyspace)
	}
	name := q.Keyspace
	x.session.keyspace.Store(&name)
	x.resp.Body = protocol.AppendSetKeyspace(x.resp.Body, name)
	return nil
}
