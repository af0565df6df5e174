package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// RestrictView works out what the WHERE of a materialized view says of its base: schema.ViewFacts. Values are evaluated now, once and for all.
func RestrictView(s *schema.Schema, base *schema.Table, where []cql.Relation, env *Env) (*schema.ViewRestrictions, error) {
	out := &schema.ViewRestrictions{}
	mention := func(c *schema.Column) {
		if !slices.Contains(out.Restricted, c) {
			out.Restricted = append(out.Restricted, c)
		}
	}
	var values []cql.Relation
	for _, q := range where {
		if q.Op != cql.OpIsNotNull {
			values = append(values, q)
			continue
		}
		c := base.Column(q.Columns[0])
		if c == nil {
			return nil, base.UndefinedColumn(q.Columns[0])
		}
		mention(c)
	}
	scope := newScope(&Context{Schema: s, Keyspace: base.Keyspace}, newBinds(nil), base)
	r, err := newRestrictions(scope, values, true)
	if err != nil {
		return nil, err
	}
	if _, err := r.plan(false); err != nil {
		return nil, err
	}
	for _, x := range r.each() {
		for _, c := range x.columns {
			mention(c)
			if !slices.Contains(out.Values, c) {
				out.Values = append(out.Values, c)
			}
		}
		if x.columns[0].Position < 0 {
			continue // which is refused
		}
		test, err := x.viewTest(env)
		if err != nil {
			return nil, err
		}
		out.Filter = append(out.Filter, *test)
	}
	return out, nil
}

// ErrModifiesView refuses to execute what would write to a view. It may be prepared, and whoever has no permission is told that first, as in Cassandra.
var ErrModifiesView = cassandra.Invalidf("Cannot directly modify a materialized view")

// each are all restrictions, a tuple's once.
func (r *restrictions) each() []*restriction {
	var all []*restriction
	for _, list := range [...][]*restriction{r.partition, r.clusters, r.others} {
		for _, x := range list {
			if x != nil && !slices.Contains(all, x) {
				all = append(all, x)
			}
		}
	}
	return all
}

// viewTest is a restriction with its values.
func (r *restriction) viewTest(env *Env) (*schema.ViewTest, error) {
	if r.like != nil {
		return nil, cassandra.Invalidf("A materialized view can't be restricted by LIKE, as %s is", r.columns[0].Name)
	}
	t := &schema.ViewTest{}
	for _, c := range r.columns {
		t.Columns = append(t.Columns, c.ID)
	}
	if r.isEq() || r.isIn() {
		all, err := r.values(env, false)
		if err != nil {
			return nil, err
		}
		t.Listed = true
		for _, v := range all {
			parts, err := r.split(v, len(r.columns))
			if err != nil {
				return nil, err
			}
			t.AnyOf = append(t.AnyOf, parts)
		}
	}
	var err error
	if t.Low, err = r.viewBound(r.low, env); err != nil {
		return nil, err
	}
	if t.High, err = r.viewBound(r.high, env); err != nil {
		return nil, err
	}
	if t.Holds, err = viewElements(r.holds, env); err != nil {
		return nil, err
	}
	if t.Keys, err = viewElements(r.keys, env); err != nil {
		return nil, err
	}
	if len(r.entries) > 0 {
		return nil, cassandra.Invalidf("A materialized view can't be restricted to entries of map %s", r.columns[0].Name)
	}
	return t, nil
}

func (r *restriction) viewBound(b *bound, env *Env) (*schema.ViewBound, error) {
	if b == nil {
		return nil, nil
	}
	v, err := conditionValue(b.value, env, columnNames(r.columns))
	if err != nil {
		return nil, err
	}
	parts, err := r.split(v, b.columns)
	return &schema.ViewBound{Values: parts, Inclusive: b.inclusive}, err
}

func viewElements(terms []Term, env *Env) ([][]byte, error) {
	var all [][]byte
	for _, t := range terms {
		v, err := conditionValue(t, env, "element")
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// viewClaims are the columns of a table that are in the keys of its views and not in its own.
func viewClaims(s *schema.Schema, t *schema.Table) (claims []uint32) {
	for _, view := range s.ViewsOf(t.ID) {
		if c := view.View.Claim; c != 0 && !slices.Contains(claims, c) {
			claims = append(claims, c)
		}
	}
	return claims
}

// checkClaims refuses values that are too long for a view's key.
func (m *Modify) checkClaims(b *Bound) error {
	if len(m.claims) == 0 {
		return nil
	}
	for i := range b.Mutations {
		if b.Mutations[i].Table.DataID != m.Table.DataID {
			continue
		}
		for _, r := range b.Mutations[i].Rows {
			err := row.EachCell(r.Delta, func(column uint32, _, value []byte) error {
				if len(value) > key.PartitionKeyBytesMax && slices.Contains(m.claims, column) {
					return errKeyLength(len(value))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
