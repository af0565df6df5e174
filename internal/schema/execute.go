package schema

import (
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

// Facts are what a change takes from outside, so that the same statement with the same facts gives the same schema everywhere.
type Facts struct {
	// Keyspace is the session's, for names without one.
	Keyspace string
	// NewID is the id of a table to be created.
	NewID uuid.UUID
	Now   time.Time
	// Nodes is the number of nodes, and Datacenters their names, for checks of replication.
	Nodes       int
	Datacenters []string
}

// Result is what a statement came to. Schema is the old one and Change is empty when there was nothing to do.
type Result struct {
	Schema   *Schema
	Change   string // CREATED, UPDATED, DROPPED
	Target   string // KEYSPACE, TABLE, TYPE
	Keyspace string
	Name     string
	Warnings []string
}

// Execute applies a DDL statement to a schema. The error is a *cassandra.Error in Cassandra's words, and then nothing changed.
func Execute(s *Schema, statement cql.Statement, f Facts) (Result, error) {
	switch x := statement.(type) {
	case *cql.CreateKeyspace:
		return createKeyspace(s, x, f)
	case *cql.AlterKeyspace:
		return alterKeyspace(s, x, f)
	case *cql.DropKeyspace:
		return dropKeyspace(s, x)
	case *cql.CreateTable:
		return createTable(s, x, f)
	case *cql.AlterTable:
		return alterTable(s, x, f)
	case *cql.DropTable:
		return dropTable(s, x, f)
	case *cql.Truncate:
		return truncate(s, x, f)
	case *cql.CreateType:
		return createType(s, x, f)
	case *cql.AlterType:
		return alterType(s, x, f)
	case *cql.DropType:
		return dropType(s, x, f)
	}
	return Result{}, cassandra.Serverf("%T is no schema change", statement)
}

// unchanged is the answer of IF [NOT] EXISTS when there was nothing to do.
func unchanged(s *Schema) (Result, error) { return Result{Schema: s}, nil }

// ErrNoKeyspace is the answer to a name without a keyspace on a connection without USE.
var ErrNoKeyspace = cassandra.Invalidf("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename")

// qualified returns the keyspace that a name means.
func qualified(n cql.Name, f Facts) (string, error) {
	if n.Keyspace != "" {
		return n.Keyspace, nil
	}
	if f.Keyspace == "" {
		return "", ErrNoKeyspace
	}
	return f.Keyspace, nil
}

// systemKeyspaces are Cassandra's own; true for those that nobody may touch.
var systemKeyspaces = map[string]bool{
	"system": true, "system_schema": true, "system_views": true, "system_virtual_schema": true,
	"system_auth": false, "system_distributed": false, "system_traces": false,
}

// IsSystem says whether a keyspace is one of Cassandra's own.
func IsSystem(keyspace string) bool {
	_, ok := systemKeyspaces[keyspace]
	return ok
}

// writable refuses changes of system keyspaces.
func writable(keyspace string) error {
	if local, ok := systemKeyspaces[keyspace]; ok {
		if local {
			return cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", keyspace)
		}
		return cassandra.Unauthorizedf("Cannot ALTER <keyspace %s>", keyspace)
	}
	return nil
}

const nameMax = 48

func isName(name string) bool {
	if name == "" || len(name) > nameMax {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}
