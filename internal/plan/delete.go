package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

func prepareDelete(ctx *Context, b *binds, q *cql.Delete) (*Modify, error) {
	table, err := ctx.modifiable(q.Table)
	if err != nil {
		return nil, err
	}
	m, err := planDelete(newScope(ctx, b, table), q)
	if err != nil {
		return nil, err
	}
	m.prepared, m.claims = b.done(table), viewClaims(ctx.Schema, table)
	return m, nil
}

func planDelete(s *Scope, q *cql.Delete) (*Modify, error) {
	m := &Modify{Table: s.Table, Kind: Delete, ifExists: q.IfExists}
	if err := m.planConditions(s, q.Conditions, q.Using.Timestamp); err != nil {
		return nil, err
	}
	for i := range q.Deletions {
		d := &q.Deletions[i]
		c, err := s.column(d.Column)
		if err != nil {
			return nil, err
		}
		if c.Kind == schema.PartitionKey || c.Kind == schema.Clustering {
			return nil, cassandra.Invalidf("Invalid identifier %s for deletion (should not be a PRIMARY KEY part)", c.Name)
		}
		a, err := s.deletionOf(c, d)
		if err != nil {
			return nil, err
		}
		m.addColumn(c, a)
	}
	m.where = newModifyWhere("DELETE", s.Table)
	if err := m.where.relations(s, q.Where); err != nil {
		return nil, err
	}
	if err := m.where.check(m.staticOnly()); err != nil {
		return nil, err
	}
	if m.IsConditional() && !m.where.namesRows() {
		if m.changesRegular() {
			return nil, cassandra.Invalidf("DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non static columns")
		}
		for _, c := range m.conditions {
			if c.column.Kind != schema.Static {
				return nil, cassandra.Invalidf("DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to use IF condition on non static columns")
			}
		}
	}
	return m, m.finish(s, &q.Using)
}

// deletionOf makes the deletion of a column, an element or a field.
func (s *Scope) deletionOf(c *schema.Column, d *cql.Deletion) (assignment, error) {
	switch {
	case d.Key != nil:
		if !c.Type.IsCollection() {
			return nil, cassandra.Invalidf("Invalid deletion operation for non collection column %s", c.Name)
		}
		if !c.Type.IsMultiCell() {
			return nil, cassandra.Invalidf("Invalid deletion operation for frozen collection column %s", c.Name)
		}
		k, err := s.Term(d.Key, elementKey(c))
		if err != nil {
			return nil, err
		}
		if c.Type.Kind == cqltype.KindList {
			return &listRemoveIndex{k}, nil
		}
		return &pathRemove{k}, nil
	case d.Field != "":
		if c.Type.Kind != cqltype.KindUDT {
			return nil, cassandra.Invalidf("Invalid field deletion operation for non-UDT column %s", c.Name)
		}
		if !c.Type.IsMultiCell() {
			return nil, cassandra.Invalidf("Frozen UDT column %s does not support field deletions", c.Name)
		}
		i, err := fieldIndex(c, d.Field)
		return &fieldDelete{uint16(i)}, err
	case c.Type.Kind == cqltype.KindCounter:
		return deleteCounter{}, nil
	}
	return deleteColumn{}, nil
}
