package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

func prepareInsert(ctx *Context, b *binds, q *cql.Insert) (*Modify, error) {
	table, err := ctx.modifiable(q.Table)
	if err != nil {
		return nil, err
	}
	m, err := planInsert(newScope(ctx, b, table), q)
	if err != nil {
		return nil, err
	}
	m.prepared, m.claims = b.done(table), viewClaims(ctx.Schema, table)
	return m, nil
}

// modifiable resolves the table of a modification.
func (c *Context) modifiable(n cql.Name) (*schema.Table, error) {
	t, err := c.Table(n)
	if err != nil {
		return nil, err
	}
	if schema.IsSystem(t.Keyspace) && !t.Virtual && !t.Stored() {
		return nil, cassandra.Unauthorizedf("%s keyspace is not user-modifiable.", t.Keyspace)
	}
	return t, nil
}

func planInsert(s *Scope, q *cql.Insert) (*Modify, error) {
	m := &Modify{Table: s.Table, Kind: Insert, ifNotExists: q.IfNotExists}
	if m.IsCounter() {
		return nil, cassandra.Invalidf("INSERT statements are not allowed on counter tables, use UPDATE instead")
	}
	if q.JSON != nil {
		return planInsertJSON(s, q, m)
	}
	if len(q.Columns) != len(q.Values) {
		return nil, cassandra.Invalidf("Unmatched column names/values")
	}
	for i, name := range q.Columns {
		if slices.Contains(q.Columns[:i], name) {
			return nil, cassandra.Invalidf("The column names contains duplicates")
		}
	}
	m.where = newModifyWhere("INSERT", s.Table)
	var keys []cql.Relation // looked at after all other columns
	for i, name := range q.Columns {
		c, err := s.column(name)
		if err != nil {
			return nil, err
		}
		if c.Kind == schema.PartitionKey || c.Kind == schema.Clustering {
			keys = append(keys, cql.Relation{Columns: []string{name}, Op: cql.OpEq, Value: q.Values[i]})
			continue
		}
		a, err := s.setColumn(c, q.Values[i])
		if err != nil {
			return nil, err
		}
		m.addColumn(c, a)
	}
	if err := m.where.relations(s, keys); err != nil {
		return nil, err
	}
	if err := m.where.check(len(m.where.clustering) == 0 && m.staticOnly()); err != nil {
		return nil, err
	}
	if s.Table.CompactStorage && len(s.Table.Clustering) == 0 && len(m.regular) == 0 {
		return nil, cassandra.Invalidf("Some clustering keys are missing: %s", s.Table.HiddenColumns()[0].Name)
	}
	return m, m.finish(s, &q.Using)
}
