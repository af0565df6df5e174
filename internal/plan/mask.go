package plan

import (
	"errors"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan/function"
	"helenus/internal/schema"
)

// NewMask makes the mask of a column of type t out of the call that a statement has for it, which leaves out the column's value.
// Source: Cassandra 5.0, ColumnMask.Raw.prepare, for the order of its checks.
func NewMask(s *schema.Schema, keyspace, table, column string, t *cqltype.Type, call *cql.Call, env *Env) (*schema.Mask, error) {
	shown := strings.TrimPrefix(call.Func.Keyspace+"."+call.Func.Name, ".") + "(" + joined(columnNamesOf(call.Args), ", ") + ")"
	if hasBind(call) {
		return nil, cassandra.Invalidf("Bind variables cannot be used here: %s", shown)
	}
	scope := &Scope{Schema: s, Keyspace: keyspace}
	args := []function.Arg{typeArg{t}}
	for _, e := range call.Args {
		args = append(args, argument{scope, e})
	}
	f, err := function.Resolve(function.Name{Keyspace: call.Func.Keyspace, Name: call.Func.Name}, args, t, scope.functionScope())
	aggregate := isAggregateName(call)
	switch {
	case errors.Is(err, function.ErrUnknown):
		return nil, cassandra.Invalidf("Unable to find masking function for %s, no declared function matches the signature %s", column, shown)
	case aggregate, err == nil && f.IsAggregate():
		return nil, cassandra.Invalidf("Aggregate function %s cannot be used for masking table columns", shown)
	case err != nil:
		return nil, err
	case !f.User && !f.Masks:
		return nil, cassandra.Invalidf("Not-masking function %s cannot be used for masking table columns", shown)
	case f.User && f.Name.Keyspace != keyspace:
		return nil, cassandra.Invalidf("Masking function %s doesn't belong to the same keyspace as the table %s.%s", shown, keyspace, table)
	case !f.Return.Equal(t):
		return nil, cassandra.Invalidf("Masking function %s return type is %s. This is different to the type of the masked column %s of type %s. "+
			"Masking functions can only be attached to table columns if they return the same data type as the masked column.", shown, f.Return, column, t)
	}
	m := &schema.Mask{Keyspace: f.Name.Keyspace, Function: f.Name.Name, ArgTypes: f.ArgTypes, Args: make([][]byte, len(call.Args))}
	for i, e := range call.Args {
		if m.Args[i], err = Constant(s, keyspace, e, f.ArgTypes[i+1], env); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// typeArg is an argument of which only the type is known.
type typeArg struct{ t *cqltype.Type }

var _ function.Arg = typeArg{}

func (a typeArg) AssignTo(t *cqltype.Type) cqltype.Assignment { return a.t.AssignTo(t) }
func (a typeArg) CompatibleType() *cqltype.Type               { return a.t }
func (a typeArg) String() string                              { return a.t.ClassName() }

// masker hides the values of a column. Immutable.
type masker struct {
	f    *function.Function
	args [][]byte // those after the value
}

// masker returns what hides a column's values; nil: they are shown to everybody.
func (s *Scope) masker(c *schema.Column) (*masker, error) {
	if c.Mask == nil {
		return nil, nil
	}
	args := make([]function.Arg, len(c.Mask.ArgTypes))
	for i, t := range c.Mask.ArgTypes {
		args[i] = typeArg{t}
	}
	f, err := function.Resolve(function.Name{Keyspace: c.Mask.Keyspace, Name: c.Mask.Function}, args, c.Type, s.functionScope())
	if err != nil || f.IsAggregate() || len(f.ArgTypes) != len(c.Mask.ArgTypes) {
		return nil, cassandra.Serverf("the mask %s of column %s can't be made: %v", c.Mask, c.Name, err) // which is not shown then
	}
	return &masker{f, c.Mask.Args}, nil
}

// hide returns what is shown instead of a value.
func (m *masker) hide(ctx *function.Context, value []byte) ([]byte, error) {
	args := make([][]byte, 1, 1+len(m.args))
	args[0] = value
	shown, err := m.f.Call(ctx, append(args, m.args...))
	if m.f.User && err == nil {
		shown, err = canonical(m.f.Return, shown)
	}
	return shown, err
}

// maskers are what hides columns, by their ids; nil: nothing is hidden.
func (s *Scope) maskers() (map[uint32]*masker, error) {
	if !s.Table.HasMasks() {
		return nil, nil
	}
	all := map[uint32]*masker{}
	for _, c := range s.Table.Columns() {
		m, err := s.masker(c)
		if err != nil {
			return nil, err
		}
		if m != nil {
			all[c.ID] = m
		}
	}
	return all, nil
}

// Masked says whether the answer hides something from whoever may not see it.
func (p *Select) Masked() bool { return p.masked }

// MaskedInWhere are the names of the masked columns that WHERE says something of, or that rows are sought by: an answer tells of their values.
func (p *Select) MaskedInWhere() (names []string) {
	for _, c := range p.Table.Columns() {
		if c.Mask != nil && (p.where.restricts(c) || p.near != nil && p.near.column == c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// restricts says whether WHERE says anything of a column.
func (r *restrictions) restricts(c *schema.Column) bool {
	switch c.Kind {
	case schema.PartitionKey:
		return r.token != nil || r.partition[c.Position] != nil
	case schema.Clustering:
		return r.clusters[c.Position] != nil
	}
	for _, o := range r.others {
		if o.columns[0] == c {
			return true
		}
	}
	return false
}

// Masked says whether the answer to a statement with conditions hides something from whoever may not see it.
func (m *Modify) Masked() bool { return m.maskers != nil }
