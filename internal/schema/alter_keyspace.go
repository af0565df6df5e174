package schema

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/guardrail"
)

func (x *execution) alterKeyspace(q *cql.AlterKeyspace) (Outcome, error) {
	if localKeyspaces[q.Name] {
		return Outcome{}, cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", q.Name)
	}
	k := x.schema.Keyspace(q.Name)
	if k == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Keyspace '%s' doesn't exist", q.Name)
	}
	p, err := readProperties(q.Properties, "replication", "durable_writes")
	if err != nil {
		return Outcome{}, err
	}
	if err := x.guardStrategy(p); err != nil {
		return Outcome{}, err
	}
	return x.putKeyspace(x.updated, k, p)
}

func (x *execution) dropKeyspace(q *cql.DropKeyspace) (Outcome, error) {
	if err := CheckModifiable(q.Name, "DROP", "keyspace "+q.Name); err != nil {
		return Outcome{}, err
	}
	if err := x.guard.Feature(guardrail.DropKeyspace, ""); err != nil {
		return Outcome{}, err
	}
	if x.schema.Keyspace(q.Name) == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Keyspace '%s' doesn't exist", q.Name)
	}
	return x.outcome("DROPPED", "KEYSPACE", q.Name, "", Edit{Kind: DropKeyspace, Name: q.Name})
}
