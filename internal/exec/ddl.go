package exec

import (
	"helenus/internal/cql"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// execDDL proposes a schema change and answers what it came to.
func (x *execution) execDDL(statement cql.Statement) error {
	out, err := x.propose(statement)
	if err != nil {
		return err
	}
	if out.Event == nil {
		x.void()
		return nil
	}
	e := out.Event
	x.resp.Body = protocol.AppendSchemaChange(x.resp.Body, &protocol.SchemaChange{Change: e.Change, Target: e.Target, Keyspace: e.Keyspace, Name: e.Name})
	return nil
}

// propose carries a schema statement out: once this returns, the change is durable and every later request sees it.
func (x *execution) propose(statement cql.Statement) (schema.Outcome, error) {
	facts := x.executor.options.Facts()
	facts.Keyspace = x.keyspace()
	facts.TableID = x.executor.uuids.timeUUID()
	facts.Now = x.executor.options.Clock.Now()
	out, err := x.executor.options.Metadata.Propose(x.ctx, func(s *schema.Schema) (schema.Outcome, error) {
		return schema.Execute(s, statement, facts)
	})
	for _, w := range out.Warnings {
		x.warn(w)
	}
	return out, err
}
