package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
	"helenus/internal/plan/function"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// Context is what a statement is prepared against.
type Context struct {
	Schema *schema.Schema
	// Keyspace is the session's, or the request's own in v5; empty when there is none.
	Keyspace string
}

// Table resolves a table's name, or returns the error that Cassandra gives.
func (c *Context) Table(n cql.Name) (*schema.Table, error) {
	ks := n.Keyspace
	if ks == "" {
		if c.Keyspace == "" {
			return nil, schema.ErrNoKeyspace
		}
		ks = c.Keyspace
	}
	return c.Schema.MustTable(ks, n.Name)
}

// Plan is a prepared SELECT, INSERT, UPDATE, DELETE or BATCH: a *Select, *Modify or *Batch.
type Plan interface {
	// Binds are the names and types of the bind markers, by index.
	Binds() []protocol.Column
	// PartitionKeyBinds are the indexes of the markers that are the whole partition key, in its order; nil when they are not.
	PartitionKeyBinds() []uint16
}

// Prepare plans a statement. Errors are *cassandra.Error in Cassandra's words.
func Prepare(statement cql.Statement, ctx *Context) (Plan, error) {
	b := newBinds(statement.Markers())
	switch s := statement.(type) {
	case *cql.Select:
		return prepareSelect(ctx, b, s)
	case *cql.Insert:
		return prepareInsert(ctx, b, s)
	case *cql.Update:
		return prepareUpdate(ctx, b, s)
	case *cql.Delete:
		return prepareDelete(ctx, b, s)
	case *cql.Batch:
		return prepareBatch(ctx, b, s)
	}
	return nil, cassandra.Serverf("%T is not planned", statement)
}

// binds collects what planning learns of the bind markers.
type binds struct {
	names   []string
	columns []protocol.Column
	// partitionKey maps a partition key column's position to the marker that is its value.
	partitionKey map[int]uint16
	// userCalls are the functions of users that were found in the statement.
	userCalls []*function.Function
}

func newBinds(markers []cql.Marker) *binds {
	b := &binds{columns: make([]protocol.Column, len(markers)), partitionKey: map[int]uint16{}}
	for _, m := range markers {
		b.names = append(b.names, m.Name)
	}
	return b
}

// set notes that marker index takes a value of a type, shown under name unless the marker has its own.
func (b *binds) set(index int, keyspace, table, name string, t *cqltype.Type) {
	if own := b.names[index]; own != "" {
		name = own
	}
	b.columns[index] = protocol.Column{Keyspace: keyspace, Table: table, Name: name, Type: t}
}

// setPartitionKey notes that marker index is the value of a partition key column.
func (b *binds) setPartitionKey(position, index int) { b.partitionKey[position] = uint16(index) }

// prepared makes a type that embeds it a Plan; it holds the markers as a driver sees them.
type prepared struct {
	binds        []protocol.Column
	partitionKey []uint16
	callsUser    bool
	userCalls    []*function.Function
}

// UserCalls are the functions and aggregates of users that executing the plan calls.
func (p *prepared) UserCalls() []*function.Function { return p.userCalls }

func (p *prepared) Binds() []protocol.Column    { return p.binds }
func (p *prepared) PartitionKeyBinds() []uint16 { return p.partitionKey }

// done returns what the plan keeps; table is nil when the partition key is of no interest.
func (b *binds) done(table *schema.Table) prepared {
	p := prepared{binds: b.columns, callsUser: len(b.userCalls) > 0, userCalls: b.userCalls}
	if table == nil || len(b.partitionKey) != len(table.PartitionKey) {
		return p
	}
	for i := range table.PartitionKey {
		index, ok := b.partitionKey[i]
		if !ok {
			return p
		}
		p.partitionKey = append(p.partitionKey, index)
	}
	return p
}

// Env is what one execution brings: bound values and the moment. It is reused from request to request.
type Env struct {
	// Values are bound by marker index; their bytes alias the request.
	Values  []protocol.Value
	Version protocol.Version
	// Timestamp is the default write timestamp in microseconds; Now is the moment in seconds since 1970 for TTL and expiry,
	// and Millis in milliseconds for now() and its kin, the same throughout a request.
	Timestamp int64
	Now       int64
	Millis    int64
	// NewTimeUUID returns a version 1 UUID that no other call returns, NewRandomUUID a version 4 one.
	NewTimeUUID   func() [16]byte
	NewRandomUUID func() [16]byte
	// User runs user functions; nil: there are none.
	User function.Runner
	// Guard asks whether what is written, or sought with IN, is too much; nil: nothing is.
	Guard *guardrail.Guard
	// Scratch is working memory that plans may append to and hand on; it is reset with the Env.
	Scratch []byte
}

// Value returns the value bound to marker index; unset is true when the client left it out.
func (e *Env) Value(index int) (value []byte, unset bool) {
	v := &e.Values[index]
	return v.Bytes, v.Unset
}
