package schema

import (
	"fmt"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
)

// Facts are what a statement needs to know besides the schema.
type Facts struct {
	// Keyspace is the session's; empty when none was chosen.
	Keyspace string
	// TableID is the id that a new table gets.
	TableID TableID
	// Now is the wall clock, for DROP of columns.
	Now time.Time
	// Datacenters are the nodes a data center has, by its name.
	Datacenters map[string]int
	// Views say whether views can be made.
	Views ViewFacts
	// Functions say what the node makes of user functions.
	Functions FunctionFacts
	// Mask makes masks of columns; nil: the node does not mask any.
	Mask MaskMaker
	// NoDefaultIndex is true where CREATE INDEX has to say which kind.
	NoDefaultIndex bool
	// SASI says whether SASI indexes can be made.
	SASI bool
	// Guardrails are the limits for whoever asks; nil: none.
	Guardrails *guardrail.Limits
}

// Event is what clients are told of a change.
type Event struct {
	Change   string // CREATED, UPDATED, DROPPED
	Target   string // KEYSPACE, TABLE, TYPE, FUNCTION, AGGREGATE
	Keyspace string
	Name     string // empty for a keyspace
	// Args are the argument types of a function or an aggregate.
	Args []string `json:",omitempty"`
	// ArgTypes are the same as types.
	ArgTypes []*cqltype.Type `json:"-"`
}

// Outcome is what a statement comes to. An empty Change (IF [NOT] EXISTS) has no Event; TRUNCATE has a Change and no Event.
type Outcome struct {
	Change   Change
	Event    *Event
	Warnings []string
}

// Execute works out what a schema statement does to s, which stays as it is. Errors are *cassandra.Error; with one, too, an Outcome may hold
// warnings.
func Execute(s *Schema, statement cql.Statement, facts Facts) (Outcome, error) {
	x := execution{schema: s, facts: facts}
	var warnings []string
	if facts.Guardrails != nil {
		x.guard = &guardrail.Guard{Limits: facts.Guardrails, Warn: func(text string) { warnings = append(warnings, text) }}
	}
	out, err := x.execute(statement)
	out.Warnings = append(warnings, out.Warnings...)
	return out, err
}

func (x *execution) execute(statement cql.Statement) (Outcome, error) {
	switch q := statement.(type) {
	case *cql.CreateKeyspace:
		return x.createKeyspace(q)
	case *cql.AlterKeyspace:
		return x.alterKeyspace(q)
	case *cql.DropKeyspace:
		return x.dropKeyspace(q)
	case *cql.CreateTable:
		return x.createTable(q)
	case *cql.AlterTable:
		return x.alterTable(q)
	case *cql.DropTable:
		return x.dropTable(q)
	case *cql.Truncate:
		return x.truncate(q)
	case *cql.CreateType:
		return x.createType(q)
	case *cql.AlterType:
		return x.alterType(q)
	case *cql.DropType:
		return x.dropType(q)
	case *cql.CreateIndex:
		return x.createIndex(q)
	case *cql.DropIndex:
		return x.dropIndex(q)
	case *cql.CreateView:
		return x.createView(q)
	case *cql.AlterView:
		return x.alterView(q)
	case *cql.DropView:
		return x.dropView(q)
	case *cql.CreateFunction:
		return x.createFunction(q)
	case *cql.CreateAggregate:
		return x.createAggregate(q)
	case *cql.DropFunction:
		return x.dropFunction(q)
	case *cql.Unsupported:
		return x.later(q)
	}
	return Outcome{}, cassandra.Invalidf("%T is not a schema statement", statement)
}

type execution struct {
	schema *Schema
	facts  Facts
	guard  *guardrail.Guard // nil: nothing is too much
}

func (x *execution) outcome(change, target, keyspace, name string, edits ...Edit) (Outcome, error) {
	return Outcome{Change: Change{edits}, Event: &Event{Change: change, Target: target, Keyspace: keyspace, Name: name}}, nil
}

func (x *execution) created(target, keyspace, name string, edits ...Edit) (Outcome, error) {
	return x.outcome("CREATED", target, keyspace, name, edits...)
}

// updated is outcome for an ALTER: one that leaves everything as it was is no change and no event.
func (x *execution) updated(target, keyspace, name string, edits ...Edit) (Outcome, error) {
	if x.schema.Apply(Change{edits}).Version() == x.schema.Version() {
		return Outcome{}, nil
	}
	return x.outcome("UPDATED", target, keyspace, name, edits...)
}

// qualify fills in the session's keyspace.
func (x *execution) qualify(n cql.Name) (cql.Name, error) {
	if n.Keyspace == "" {
		n.Keyspace = x.facts.Keyspace
	}
	if n.Keyspace == "" {
		return n, ErrNoKeyspace
	}
	return n, nil
}

// ErrNoKeyspace is the error for a name without keyspace in a session without one.
var ErrNoKeyspace = cassandra.Invalidf("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename")

// MustTable returns a table that a statement on data names, or the error that Cassandra gives when there is none.
func (s *Schema) MustTable(keyspace, table string) (*Table, error) {
	k := s.Keyspace(keyspace)
	if k == nil {
		return nil, cassandra.Invalidf("keyspace %s does not exist", keyspace)
	}
	if t := k.Tables[table]; t != nil {
		return t, nil
	}
	return nil, cassandra.Invalidf("table %s does not exist", table)
}

// keyspace returns a keyspace that a statement wants to change.
func (x *execution) keyspace(name string) (*Keyspace, error) {
	if k := x.schema.Keyspace(name); k != nil {
		return k, nil
	}
	return nil, cassandra.Invalidf("Keyspace '%s' doesn't exist", name)
}

func alreadyExists(keyspace, table, format string, args ...any) error {
	return &cassandra.Error{Code: cassandra.CodeAlreadyExists, Message: fmt.Sprintf(format, args...), Keyspace: keyspace, Table: table}
}
