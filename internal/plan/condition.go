package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// condition is one condition of IF: column op value, column[element] op value or column.field op value.
type condition struct {
	column  *schema.Column
	op      cql.Operator
	element Term // nil: the column itself, or its field
	field   int  // -1: no field
	value   Term // nil for IN; for IN ? the list
	in      []Term
}

// IsConditional says whether the statement is a lightweight transaction.
func (m *Modify) IsConditional() bool { return m.ifExists || m.ifNotExists || len(m.conditions) > 0 }

// planConditions checks the conditions of an UPDATE or DELETE.
// Source: Cassandra 5.0, ModificationStatement.prepareColumnConditions and ColumnCondition.Raw.
func (m *Modify) planConditions(s *Scope, all []cql.Relation, timestamp cql.Expr) error {
	if len(all) > 0 && timestamp != nil {
		return cassandra.Invalidf("Cannot provide custom timestamp for conditional updates")
	}
	for i := range all {
		c, err := s.column(all[i].Columns[0])
		if err != nil {
			return err
		}
		n, err := s.condition(c, &all[i])
		if err != nil {
			return err
		}
		if c.Kind == schema.PartitionKey || c.Kind == schema.Clustering {
			return cassandra.Invalidf("PRIMARY KEY column '%s' cannot have IF conditions", c.Name)
		}
		m.conditions = append(m.conditions, n)
	}
	return nil
}

func (s *Scope) condition(c *schema.Column, r *cql.Relation) (condition, error) {
	n := condition{column: c, op: r.Op, field: -1}
	if c.Type.Kind == cqltype.KindCounter {
		return n, cassandra.Invalidf("Conditions on counters are not supported")
	}
	to := ColumnReceiver(c)
	to.Column = nil // a marker here is no part of the key
	var err error
	switch {
	case r.Key != nil:
		if !c.Type.IsCollection() {
			return n, cassandra.Invalidf("Invalid element access syntax for non-collection column %s", c.Name)
		}
		if c.Type.Kind == cqltype.KindSet {
			return n, cassandra.Invalidf("Invalid element access syntax for set column %s", c.Name)
		}
		if n.element, err = s.Term(r.Key, elementKey(c)); err != nil {
			return n, err
		}
		to = to.Elem()
	case r.FieldName != "":
		if c.Type.Kind != cqltype.KindUDT {
			return n, cassandra.Invalidf("Invalid field access syntax for non-UDT column %s", c.Name)
		}
		if n.field = slices.Index(c.Type.FieldNames, r.FieldName); n.field < 0 {
			return n, cassandra.Invalidf("Unknown field %s for column %s", r.FieldName, c.Name)
		}
		to = to.field(n.field)
	}
	if err := refuseDurations(to.Type, r.Op); err != nil {
		return n, err
	}
	return n, s.conditionValue(&n, r, to)
}

func refuseDurations(t *cqltype.Type, op cql.Operator) error {
	switch op {
	case cql.OpLt, cql.OpLte, cql.OpGt, cql.OpGte:
	default:
		return nil
	}
	if t.Kind == cqltype.KindDuration {
		return cassandra.Invalidf("Slice conditions ( %s ) are not supported on durations", op)
	}
	if containsDuration(t) {
		return cassandra.Invalidf("Slice conditions are not supported on %s containing durations", durationHolder(t))
	}
	return nil
}

func (s *Scope) conditionValue(n *condition, r *cql.Relation, to Receiver) (err error) {
	switch {
	case r.Op == cql.OpContainsKey:
		if to.Type.Kind != cqltype.KindMap {
			return cassandra.Invalidf("Cannot use CONTAINS KEY on non-map column %s", to.Name)
		}
		n.value, err = s.Term(r.Value, to.MapKey())
	case r.Op == cql.OpContains:
		if !to.Type.IsCollection() {
			return cassandra.Invalidf("Cannot use CONTAINS on non-collection column %s", to.Name)
		}
		n.value, err = s.Term(r.Value, to.Elem())
	case r.Op == cql.OpIn && r.Value != nil:
		n.value, err = s.Term(r.Value, Receiver{Name: "in(" + to.Name + ")", Type: cqltype.ListOf(to.Type, false)})
	case r.Op == cql.OpIn:
		n.in = make([]Term, len(r.In))
		for i, e := range r.In {
			if n.in[i], err = s.Term(e, to); err != nil {
				return err
			}
		}
	default:
		n.value, err = s.Term(r.Value, to)
	}
	return err
}
