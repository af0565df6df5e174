package schema

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/guardrail"
)

func (x *execution) dropTable(q *cql.DropTable) (Outcome, error) {
	name, err := x.qualify(q.Table)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "DROP", "table "+name.Keyspace+"."+name.Name); err != nil {
		return Outcome{}, err
	}
	if err := x.guard.Feature(guardrail.DropTruncateTable, ""); err != nil {
		return Outcome{}, err
	}
	t := x.schema.Table(name.Keyspace, name.Name)
	switch {
	case t == nil && q.IfExists:
		return Outcome{}, nil
	case t == nil:
		return Outcome{}, cassandra.Invalidf("Table '%s.%s' doesn't exist", name.Keyspace, name.Name)
	case t.IsView():
		return Outcome{}, cassandra.Invalidf("Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead.")
	case len(x.schema.Keyspace(t.Keyspace).ViewsOf(t.ID)) > 0:
		return Outcome{}, cassandra.Invalidf("Cannot drop a table when materialized views still depend on it (%s)", name.Keyspace)
	}
	return x.outcome("DROPPED", "TABLE", name.Keyspace, name.Name, Edit{Kind: DropTable, In: name.Keyspace, Name: name.Name})
}

// truncate gives a table a new DataID, so that what was stored under the old one is gone at once; so it does its views.
func (x *execution) truncate(q *cql.Truncate) (Outcome, error) {
	name, err := x.qualify(q.Table)
	if err != nil {
		return Outcome{}, err
	}
	old, err := x.schema.MustTable(name.Keyspace, name.Name)
	if err != nil {
		return Outcome{}, err
	}
	if old.Virtual {
		return Outcome{}, cassandra.Invalidf("Truncation is not supported by table %s.%s", old.Keyspace, old.Name)
	}
	if old.System && !old.Stored() {
		return Outcome{}, cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", old.Keyspace)
	}
	if old.IsView() {
		return Outcome{}, cassandra.Invalidf("Cannot TRUNCATE materialized view directly; must truncate base table instead")
	}
	if err := x.guard.Feature(guardrail.DropTruncateTable, ""); err != nil {
		return Outcome{}, err
	}
	if old.System {
		return Outcome{Change: Change{[]Edit{{Kind: EmptyTable, In: old.Keyspace, Name: old.Name, Data: x.schema.NextDataID()}}}}, nil
	}
	next := old.emptied(x.schema.NextDataID())
	last := next.DataID
	for i, index := range next.Indexes {
		last++
		emptied := *index
		emptied.DataID = last | indexDataID
		next.Indexes[i] = &emptied
	}
	edits := []Edit{putTable(next)}
	for _, view := range x.schema.Keyspace(old.Keyspace).ViewsOf(old.ID) {
		last++
		emptied := view.clone()
		emptied.DataID = last | viewDataID
		edits = append(edits, putTable(emptied.Seal()))
	}
	return Outcome{Change: Change{edits}}, nil
}

// emptied is the table with another data id.
func (t *Table) emptied(id DataID) *Table {
	next := t.clone()
	next.DataID = id
	return next.Seal()
}
