package schema

import (
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// Mask is what a column's values look like to whoever may not see them: a function of the value and of some constants. Immutable.
type Mask struct {
	// Keyspace and Function name the function; system is the keyspace of native ones.
	Keyspace, Function string
	// ArgTypes are the types of all its parameters, the first of which takes the column's value.
	ArgTypes []*cqltype.Type
	// Args are the constants: one for each parameter but the first; nil is null.
	Args [][]byte
}

// MaskMaker makes the mask of a column out of what a statement says of it. The call leaves out its first argument, the column's value.
type MaskMaker func(s *Schema, keyspace, table, column string, t *cqltype.Type, call *cql.Call) (*Mask, error)

// errMasking is what a node says that does not mask columns.
var errMasking = cassandra.Invalidf("Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml")

// HasMasks says whether some column is masked.
func (t *Table) HasMasks() bool {
	return slices.ContainsFunc(t.Columns(), func(c *Column) bool { return c.Mask != nil })
}

// String is the mask as statements have it: system.mask_inner(1, null).
func (m *Mask) String() string {
	texts := make([]string, len(m.Args))
	for i, a := range m.Args {
		texts[i] = "null"
		if a != nil {
			texts[i] = m.ArgTypes[i+1].Format(a)
		}
	}
	return cqltype.QuoteName(m.Keyspace) + "." + cqltype.QuoteName(m.Function) + "(" + strings.Join(texts, ", ") + ")"
}

// calls says whether the mask is made by a user function.
func (m *Mask) calls(f *Function) bool {
	return m.Keyspace == f.Keyspace && signature(m.Function, m.ArgTypes) == f.Signature()
}

// tablesMaskedBy are the names of the tables that have a mask made by a function.
func (k *Keyspace) tablesMaskedBy(f *Function) (names []string) {
	for _, t := range sortedTables(k) {
		if slices.ContainsFunc(t.Columns(), func(c *Column) bool { return c.Mask != nil && c.Mask.calls(f) }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// withType returns the mask with a changed user type in its function's parameters.
func (m *Mask) withType(next *cqltype.Type) *Mask {
	if m == nil {
		return nil
	}
	n := *m
	if n.ArgTypes = replaceTypes(m.ArgTypes, next); slices.Equal(n.ArgTypes, m.ArgTypes) {
		return m
	}
	return &n
}

// mask makes a column's mask; nil where none is asked for.
func (x *execution) mask(keyspace, table string, def cql.ColumnDef, t *cqltype.Type) (*Mask, error) {
	switch {
	case def.Mask == nil:
		return nil, nil
	case x.facts.Mask == nil:
		return nil, errMasking
	}
	return x.facts.Mask(x.schema, keyspace, table, def.Name, t, def.Mask)
}

// alterMask is ALTER TABLE … ALTER column MASKED WITH … and DROP MASKED.
// Source: Cassandra 5.0, AlterTableStatement.MaskColumn.
func (a *alteration) alterMask() error {
	q := a.q.AlterMask
	if q.Mask != nil && a.mask == nil {
		return errMasking
	}
	c := a.t.Column(q.Column)
	switch {
	case c == nil && q.IfExists:
		return nil
	case c == nil:
		return cassandra.Invalidf("Column with name '%s' doesn't exist on table '%s'", q.Column, a.t.Name)
	}
	var mask *Mask
	if q.Mask != nil {
		var err error
		if mask, err = a.mask(cql.ColumnDef{Name: c.Name, Mask: q.Mask}, c.Type); err != nil {
			return err
		}
	}
	a.t.setMask(c.Name, mask)
	for i, view := range a.views { // which hide what their base hides
		if view.Column(c.Name) != nil {
			n := view.clone()
			n.setMask(c.Name, mask)
			a.views[i] = n.Seal()
		}
	}
	return nil
}

// setMask gives a column of a clone another mask, or none.
func (t *Table) setMask(column string, mask *Mask) {
	for _, list := range [...][]*Column{t.PartitionKey, t.Clustering, t.Static, t.Regular} {
		for i, c := range list {
			if c.Name == column {
				n := *c
				n.Mask = mask
				list[i] = &n
			}
		}
	}
}
