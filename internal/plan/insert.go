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
	m.prepared = b.done(table)
	return m, nil
}

// modifiable resolves the table of a modification.
func (c *Context) modifiable(n cql.Name) (*schema.Table, error) {
	t, err := c.Table(n)
	if err != nil {
		return nil, err
	}
	if t.Virtual {
		return nil, cassandra.Invalidf("Modification is not supported by table %s.%s", t.Keyspace, t.Name)
	}
	if schema.IsSystem(t.Keyspace) {
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
	for i, name := range q.Columns {
		c, err := s.column(name)
		if err != nil {
			return nil, err
		}
		if c.Kind == schema.PartitionKey || c.Kind == schema.Clustering {
			r := &cql.Relation{Columns: []string{name}, Op: cql.OpEq, Value: q.Values[i]}
			if err := m.where.relation(s, r); err != nil {
				return nil, err
			}
			continue
		}
		a, err := s.setColumn(c, q.Values[i])
		if err != nil {
			return nil, err
		}
		m.addColumn(c, a)
	}
	if err := m.where.check(len(m.where.clustering) == 0 && m.staticOnly()); err != nil {
		return nil, err
	}
	return m, m.finish(s, &q.Using)
}
