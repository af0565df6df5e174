package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

func prepareUpdate(ctx *Context, b *binds, q *cql.Update) (*Modify, error) {
	table, err := ctx.modifiable(q.Table)
	if err != nil {
		return nil, err
	}
	m, err := planUpdate(newScope(ctx, b, table), q)
	if err != nil {
		return nil, err
	}
	m.prepared, m.claims = b.done(table), viewClaims(ctx.Schema, table)
	return m, nil
}

func planUpdate(s *Scope, q *cql.Update) (*Modify, error) {
	m := &Modify{Table: s.Table, Kind: Update, ifExists: q.IfExists}
	if err := m.planConditions(s, q.Conditions, q.Using.Timestamp); err != nil {
		return nil, err
	}
	for i := range q.Set {
		c, err := s.column(q.Set[i].Column)
		if err != nil {
			return nil, err
		}
		if c.Kind == schema.PartitionKey || c.Kind == schema.Clustering {
			return nil, cassandra.Invalidf("PRIMARY KEY part %s found in SET part", c.Name)
		}
		a, err := s.assignmentOf(c, &q.Set[i])
		if err != nil {
			return nil, err
		}
		m.addColumn(c, a)
	}
	m.where = newModifyWhere("UPDATE", s.Table)
	if err := m.where.relations(s, q.Where); err != nil {
		return nil, err
	}
	if err := m.where.check(m.staticOnly()); err != nil {
		return nil, err
	}
	return m, m.finish(s, &q.Using)
}
