package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Batch is a prepared BEGIN BATCH … APPLY BATCH.
type Batch struct {
	prepared
	Kind       cql.BatchKind
	Statements []*Modify
	timestamp  Term
}

// Timestamp is the write timestamp of the statements that have none of their own: USING TIMESTAMP, or the request's.
func (b *Batch) Timestamp(env *Env) (int64, error) {
	if b.timestamp == nil {
		return env.Timestamp, nil
	}
	return timestampOf(b.timestamp, env)
}

func prepareBatch(ctx *Context, b *binds, q *cql.Batch) (*Batch, error) {
	p := &Batch{Kind: q.Kind}
	var table *schema.Table
	several := false
	for _, st := range q.Statements {
		m, err := planBatched(ctx, b, st)
		if err != nil {
			return nil, err
		}
		several = several || table != nil && table != m.Table
		table = m.Table
		p.Statements = append(p.Statements, m)
	}
	if q.Using.TTL != nil {
		return nil, cassandra.Invalidf("Global TTL on the BATCH statement is not supported.")
	}
	if q.Using.Timestamp != nil {
		s := &Scope{Schema: ctx.Schema, Keyspace: ctx.Keyspace, binds: b}
		var err error
		if p.timestamp, err = s.Term(q.Using.Timestamp, Receiver{Name: "[timestamp]", Type: cqltype.Bigint}); err != nil {
			return nil, err
		}
	}
	if several {
		table = nil
	}
	if p.timestamp != nil && p.timestamp.hasMarker() {
		table = nil // that marker is of no table; only markers of one table have the key's places told
	}
	p.prepared = b.done(table)
	return p, CheckBatch(q.Kind, p.Statements, q.Using.Timestamp != nil)
}

func planBatched(ctx *Context, b *binds, st cql.Statement) (*Modify, error) {
	switch st := st.(type) {
	case *cql.Insert:
		return prepareInsert(ctx, b, st)
	case *cql.Update:
		return prepareUpdate(ctx, b, st)
	case *cql.Delete:
		return prepareDelete(ctx, b, st)
	}
	return nil, cassandra.Invalidf("Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.")
}

// CheckBatch refuses statements that can't be together in one batch, which hasTimestamp when it has USING TIMESTAMP.
// Source: Cassandra 5.0, BatchStatement.validate.
func CheckBatch(kind cql.BatchKind, statements []*Modify, hasTimestamp bool) error {
	var counters, others, conditional, timestamped, virtual, regular bool
	for _, m := range statements {
		counters = counters || m.IsCounter()
		others = others || !m.IsCounter()
		conditional = conditional || m.IsConditional()
		timestamped = timestamped || m.HasCustomTimestamp()
		virtual = virtual || m.Table.Virtual
		regular = regular || !m.Table.Virtual
	}
	switch {
	case hasTimestamp && conditional:
		return cassandra.Invalidf("Cannot provide custom timestamp for conditional BATCH")
	case hasTimestamp && kind == cql.BatchCounter:
		return cassandra.Invalidf("Cannot provide custom timestamp for counter BATCH")
	case hasTimestamp && timestamped:
		return cassandra.Invalidf("Timestamp must be set either on BATCH or individual statements")
	case hasTimestamp && counters:
		return cassandra.Invalidf("Cannot provide custom timestamp for a BATCH containing counters")
	case kind == cql.BatchCounter && others:
		return cassandra.Invalidf("Cannot include non-counter statement in a counter batch")
	case counters && others:
		return cassandra.Invalidf("Counter and non-counter mutations cannot exist in the same batch")
	case kind == cql.BatchLogged && counters:
		return cassandra.Invalidf("Cannot include a counter statement in a logged batch")
	case kind == cql.BatchLogged && virtual:
		return cassandra.Invalidf("Cannot include a virtual table statement in a logged batch")
	case virtual && regular:
		return cassandra.Invalidf("Mutations for virtual and regular tables cannot exist in the same batch")
	case conditional && virtual:
		return cassandra.Invalidf("Conditional BATCH statements cannot include mutations for virtual tables")
	}
	for _, m := range statements {
		if conditional && m.Table != statements[0].Table {
			return cassandra.Invalidf("Batch with conditions cannot span multiple tables")
		}
	}
	return nil
}
