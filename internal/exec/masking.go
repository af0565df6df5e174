package exec

import (
	"strings"

	"helenus/internal/auth"
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan"
	"helenus/internal/schema"
)

// masks is what a statement has to do with columns that have a mask: whoever has UNMASK on the table sees what is behind.
type masks struct {
	table auth.Resource
	// keyspace and name are the table's; sought are the masked columns that WHERE says something of, which takes UNMASK or SELECT_MASKED.
	keyspace, name string
	sought         []string
}

// masksOf returns what a plan has to do with masks; nil: nothing.
func masksOf(p plan.Plan) *masks {
	var t *schema.Table
	var sought []string
	switch q := p.(type) {
	case *plan.Select:
		if sought = q.MaskedInWhere(); sought != nil || q.Masked() {
			t = q.Table
		}
	case *plan.Modify:
		if q.Masked() {
			t = q.Table
		}
	case *plan.Batch:
		for _, m := range q.Statements { // those with conditions are all of one table
			if m.Masked() {
				t = m.Table
			}
		}
	}
	if t == nil {
		return nil
	}
	return &masks{auth.Table(t.Keyspace, t.Name), t.Keyspace, t.Name, sought}
}

// ensure checks that a subject may seek by masked columns.
// Source: Cassandra 5.0, SelectStatement.authorize.
func (m *masks) ensure(s *auth.Subject) error {
	if m.sought == nil || s.Has(auth.Unmask, m.table) || s.Has(auth.SelectMasked, m.table) {
		return nil
	}
	return cassandra.Unauthorizedf("User %s has no UNMASK nor SELECT_MASKED permission on table %s.%s, cannot query masked columns [%s]", s.Name, m.keyspace, m.name, strings.Join(m.sought, ", "))
}

// makeMask is a schema.MaskMaker.
func (x *execution) makeMask(s *schema.Schema, keyspace, table, column string, t *cqltype.Type, call *cql.Call) (*schema.Mask, error) {
	return plan.NewMask(s, keyspace, table, column, t, call, &x.env)
}
