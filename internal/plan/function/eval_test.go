package function

import (
	"fmt"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// evaluator computes selections over one row of named values, as much of a planner as tests of functions need.
type evaluator struct {
	columns map[string]column
	ctx     Context
}

type column struct {
	of  *cqltype.Type
	raw []byte
}

// typed is an expression that has been computed, or nearly: a literal waits for the type of its place.
type typed struct {
	e     *evaluator
	expr  cql.Expr
	of    *cqltype.Type // nil for literals
	raw   []byte
	title string // as result column
}

var _ Arg = typed{}

func (a typed) String() string { return a.title }

func (a typed) CompatibleType() *cqltype.Type {
	switch x := a.expr.(type) {
	case *cql.Constant:
		return cqltype.PreferredConstant(cqltype.ConstantKind(x.Kind), x.Text)
	case *cql.ListLit:
		if of := a.first(x.Elems); of != nil {
			return cqltype.ListOf(of, false)
		}
	case *cql.SetLit:
		if of := a.first(x.Elems); of != nil {
			return cqltype.SetOf(of, false)
		}
	}
	return a.of
}

// first is the type that all elements have by themselves.
func (a typed) first(elems []cql.Expr) (of *cqltype.Type) {
	for _, x := range elems {
		one, err := a.e.eval(x)
		if err != nil || one.CompatibleType() == nil || of != nil && !of.Equal(one.CompatibleType()) {
			return nil
		}
		of = one.CompatibleType()
	}
	return of
}

func (a typed) AssignTo(t *cqltype.Type) cqltype.Assignment {
	switch x := a.expr.(type) {
	case *cql.Constant:
		return t.AssignConstant(cqltype.ConstantKind(x.Kind), x.Text)
	case *cql.Null, *cql.Bind:
		return cqltype.WeaklyAssignable
	case *cql.ListLit:
		if t.Kind == cqltype.KindVector && t.Dimension != len(x.Elems) || t.Kind != cqltype.KindVector && t.Kind != cqltype.KindList {
			return cqltype.NotAssignable
		}
		return a.assignAll(x.Elems, t.Elems[0])
	case *cql.SetLit:
		if t.Kind != cqltype.KindSet {
			return cqltype.NotAssignable
		}
		return a.assignAll(x.Elems, t.Elems[0])
	}
	if a.of == nil {
		return cqltype.NotAssignable
	}
	return a.of.AssignTo(t)
}

func (a typed) assignAll(elems []cql.Expr, t *cqltype.Type) cqltype.Assignment {
	fits := cqltype.WeaklyAssignable
	for _, x := range elems {
		one, err := a.e.eval(x)
		if err != nil {
			return cqltype.NotAssignable
		}
		fits = fits.And(one.AssignTo(t))
	}
	return fits
}

// value is the bytes of a as a value of t.
func (a typed) value(t *cqltype.Type) ([]byte, error) {
	switch x := a.expr.(type) {
	case *cql.Constant:
		raw, err := t.ParseConstant(cqltype.ConstantKind(x.Kind), x.Text)
		return raw, invalidValue(err)
	case *cql.Null:
		return nil, nil
	case *cql.ListLit:
		return a.join(t, x.Elems, func(i int) *cqltype.Type { return t.Elems[0] })
	case *cql.SetLit:
		raw, err := a.join(t, x.Elems, func(i int) *cqltype.Type { return t.Elems[0] })
		if err != nil {
			return nil, err
		}
		elems, err := t.Elements(raw)
		return t.Join(t.SortSet(elems)), err
	case *cql.TupleLit:
		return a.join(t, x.Elems, func(i int) *cqltype.Type { return t.Elems[i] })
	case *cql.MapLit:
		var all []cql.Expr
		for i := range x.Keys {
			all = append(all, x.Keys[i], x.Values[i])
		}
		return a.join(t, all, func(i int) *cqltype.Type { return t.Elems[i%2] })
	}
	return a.raw, nil
}

func (a typed) join(t *cqltype.Type, elems []cql.Expr, of func(i int) *cqltype.Type) ([]byte, error) {
	all := make([][]byte, len(elems))
	for i, x := range elems {
		one, err := a.e.eval(x)
		if err != nil {
			return nil, err
		}
		if all[i], err = one.value(of(i)); err != nil {
			return nil, err
		}
	}
	return t.Join(all), nil
}

// eval computes an expression without a receiver, as in a selection.
func (e *evaluator) eval(x cql.Expr) (typed, error) {
	switch x := x.(type) {
	case *cql.Column:
		c, ok := e.columns[x.Name]
		if !ok {
			return typed{}, fmt.Errorf("no column %s", x.Name)
		}
		return typed{e, x, c.of, c.raw, x.Name}, nil
	case *cql.Hint:
		of, err := typeOf(x.Type)
		if err != nil {
			return typed{}, err
		}
		inner, err := e.eval(x.Of)
		if err != nil {
			return typed{}, err
		}
		raw, err := inner.value(of)
		return typed{e, x, of, raw, "(" + of.String() + ")" + inner.title}, err
	case *cql.Call:
		return e.call(x)
	case *cql.Cast:
		of, err := typeOf(x.Type)
		if err != nil {
			return typed{}, err
		}
		return e.apply(x, func(args []Arg) (*Function, error) { return Cast(args[0], of) }, x.Of)
	case *cql.Binary:
		return e.apply(x, func(args []Arg) (*Function, error) { return Operator(x.Op, args[0], args[1], nil) }, x.Left, x.Right)
	case *cql.Negate:
		return e.apply(x, func(args []Arg) (*Function, error) { return Negation(args[0], nil) }, x.Of)
	case *cql.Constant:
		return typed{e: e, expr: x, title: constantTitle(x)}, nil
	case *cql.Null:
		return typed{e: e, expr: x, title: "NULL"}, nil
	case *cql.Bind:
		return typed{e: e, expr: x, title: "?"}, nil
	}
	return typed{e: e, expr: x, title: e.literalTitle(x)}, nil
}

func (e *evaluator) literalTitle(x cql.Expr) string {
	titles := func(all []cql.Expr) string {
		var parts []string
		for _, one := range all {
			if t, err := e.eval(one); err == nil {
				parts = append(parts, t.title)
			}
		}
		return strings.Join(parts, ", ")
	}
	switch x := x.(type) {
	case *cql.ListLit:
		return "[" + titles(x.Elems) + "]"
	case *cql.SetLit:
		return "{" + titles(x.Elems) + "}"
	case *cql.TupleLit:
		return "(" + titles(x.Elems) + ")"
	case *cql.MapLit:
		var parts []string
		for i := range x.Keys {
			parts = append(parts, titles(x.Keys[i:i+1])+": "+titles(x.Values[i:i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "?"
}

func constantTitle(x *cql.Constant) string {
	switch x.Kind {
	case cql.ConstString:
		return "'" + x.Text + "'"
	case cql.ConstHex:
		return "0x" + x.Text
	}
	return x.Text
}

func (e *evaluator) call(x *cql.Call) (typed, error) {
	name := Name{x.Func.Keyspace, x.Func.Name}
	return e.apply(x, func(args []Arg) (*Function, error) {
		if x.Star {
			return CountRows(), nil
		}
		f, err := Resolve(name, args, nil, Scope{PartitionKey: types(e.columns["k"].of)})
		if err == ErrUnknown {
			return nil, cassandra.Invalidf("Unknown function '%s'", name)
		}
		return f, err
	}, x.Args...)
}

// apply resolves a function and computes it; an aggregate sees the one row.
func (e *evaluator) apply(x cql.Expr, resolve func(args []Arg) (*Function, error), exprs ...cql.Expr) (typed, error) {
	args, titles := make([]Arg, len(exprs)), make([]string, len(exprs))
	for i, one := range exprs {
		arg, err := e.eval(one)
		if err != nil {
			return typed{}, err
		}
		args[i], titles[i] = arg, arg.title
	}
	f, err := resolve(args)
	if err != nil {
		return typed{}, err
	}
	raws := make([][]byte, len(f.ArgTypes))
	for i, t := range f.ArgTypes {
		if raws[i], err = args[i].(typed).value(t); err != nil {
			return typed{}, err
		}
	}
	result := typed{e: e, expr: x, of: f.Return, title: f.ColumnName(titles)}
	if !f.IsAggregate() {
		result.raw, err = f.Call(&e.ctx, raws)
		return result, err
	}
	s := f.New(&Context{})
	if err := s.Add(raws); err != nil {
		return typed{}, err
	}
	result.raw, err = s.Result()
	return result, err
}

func typeOf(n *cql.TypeName) (*cqltype.Type, error) {
	var params []*cqltype.Type
	for _, p := range n.Params {
		t, err := typeOf(p)
		if err != nil {
			return nil, err
		}
		params = append(params, t)
	}
	switch n.Name {
	case "list":
		return cqltype.ListOf(params[0], false), nil
	case "set":
		return cqltype.SetOf(params[0], false), nil
	case "map":
		return cqltype.MapOf(params[0], params[1], false), nil
	case "tuple":
		return cqltype.TupleOf(params...), nil
	case "vector":
		return cqltype.VectorOf(params[0], n.Dimension), nil
	case "frozen":
		frozen := *params[0]
		frozen.Frozen = true
		return &frozen, nil
	}
	if t := cqltype.Native(n.Name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("no type %s", n.Name)
}
