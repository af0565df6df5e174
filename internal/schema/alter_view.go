package schema

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// findView returns a view that a statement wants to change; nil when there is none and that is no error.
func (x *execution) findView(n cql.Name, ifExists bool) (*Table, error) {
	name, err := x.qualify(n)
	if err != nil {
		return nil, err
	}
	if t := x.schema.Table(name.Keyspace, name.Name); t != nil && t.IsView() {
		return t, nil
	}
	if ifExists {
		return nil, nil
	}
	return nil, cassandra.Invalidf("Materialized view '%s.%s' doesn't exist", name.Keyspace, name.Name)
}

// alterView is ALTER MATERIALIZED VIEW.
func (x *execution) alterView(q *cql.AlterView) (Outcome, error) {
	t, err := x.findView(q.View, q.IfExists)
	if t == nil {
		return Outcome{}, err
	}
	next := t.clone()
	if next.Options, err = alterOptions(t.Options, q.Properties); err != nil {
		return Outcome{}, err
	}
	switch {
	case next.Options.GCGraceSeconds == 0:
		return Outcome{}, cassandra.Invalidf("Cannot alter gc_grace_seconds of a materialized view to 0, %s", undelivered)
	case next.Options.DefaultTimeToLive > 0:
		return Outcome{}, cassandra.Invalidf("Forbidden default_time_to_live detected for a materialized view. Data in a materialized view always expire at the same time than " +
			"the corresponding data in the parent table. default_time_to_live must be set to zero, see CASSANDRA-12868 for more information")
	}
	return x.updated("TABLE", t.Keyspace, t.Name, putTable(next.Seal()))
}

// dropView is DROP MATERIALIZED VIEW.
func (x *execution) dropView(q *cql.DropView) (Outcome, error) {
	t, err := x.findView(q.View, q.IfExists)
	if t == nil {
		return Outcome{}, err
	}
	return x.outcome("DROPPED", "TABLE", t.Keyspace, t.Name, Edit{Kind: DropTable, In: t.Keyspace, Name: t.Name})
}
