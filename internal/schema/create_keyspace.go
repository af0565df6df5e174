package schema

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/guardrail"
)

func (x *execution) createKeyspace(q *cql.CreateKeyspace) (Outcome, error) {
	if IsSystem(q.Name) {
		return Outcome{}, cassandra.Invalidf("System keyspace '%s' is not user-modifiable", q.Name)
	}
	if err := checkKeyspaceName(q.Name); err != nil {
		return Outcome{}, err
	}
	p, err := readProperties(q.Properties, "replication", "durable_writes")
	if err != nil {
		return Outcome{}, err
	}
	if !p.has("replication") {
		return Outcome{}, cassandra.Invalidf("Missing mandatory option 'replication'")
	}
	if err := x.guard.Number(guardrail.Keyspaces, int64(len(x.schema.userKeyspaces()))+1, q.Name); err != nil {
		return Outcome{}, err
	}
	if err := x.guardStrategy(p); err != nil {
		return Outcome{}, err
	}
	if x.schema.Keyspace(q.Name) != nil {
		if q.IfNotExists {
			return Outcome{}, nil
		}
		return Outcome{}, alreadyExists(q.Name, "", "Cannot add existing keyspace \"%s\"", q.Name)
	}
	return x.putKeyspace(x.created, &Keyspace{Name: q.Name, DurableWrites: true}, p)
}

// putKeyspace gives a keyspace the properties of a statement.
func (x *execution) putKeyspace(outcome func(target, keyspace, name string, edits ...Edit) (Outcome, error), old *Keyspace, p properties) (Outcome, error) {
	next := &Keyspace{Name: old.Name, Replication: old.Replication}
	var err error
	if next.DurableWrites, err = p.boolean("durable_writes", old.DurableWrites); err != nil {
		return Outcome{}, err
	}
	given, err := p.mapping("replication")
	if err != nil {
		return Outcome{}, err
	}
	if given != nil {
		if next.Replication, err = replication(old.Name, given, old.Replication, x.facts.Datacenters); err != nil {
			return Outcome{}, err
		}
	}
	if x.guard != nil {
		if err := x.guardReplication(next); err != nil {
			return Outcome{}, err
		}
	}
	out, err := outcome("KEYSPACE", next.Name, "", Edit{Kind: PutKeyspace, Keyspace: next})
	if err == nil {
		out.Warnings = replicationWarnings(next, old.Replication, x.facts.Datacenters)
	}
	return out, err
}
