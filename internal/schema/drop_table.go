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
	if x.schema.Table(name.Keyspace, name.Name) == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Table '%s.%s' doesn't exist", name.Keyspace, name.Name)
	}
	return x.outcome("DROPPED", "TABLE", name.Keyspace, name.Name, Edit{Kind: DropTable, In: name.Keyspace, Name: name.Name})
}

// truncate gives a table a new DataID, so that what was stored under the old one is gone at once.
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
	if old.System {
		return Outcome{}, cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", old.Keyspace)
	}
	if err := x.guard.Feature(guardrail.DropTruncateTable, ""); err != nil {
		return Outcome{}, err
	}
	next := old.clone()
	next.DataID = x.schema.NextDataID()
	for i, index := range next.Indexes {
		emptied := *index
		emptied.DataID = (next.DataID + 1 + DataID(i)) | indexDataID
		next.Indexes[i] = &emptied
	}
	return Outcome{Change: Change{[]Edit{putTable(next.Seal())}}}, nil
}
