package plan

import (
	"errors"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan/function"
)

// call is a function call, cast or arithmetic operation.
type call struct {
	f      *function.Function
	typ    *cqltype.Type
	args   []Term
	marked bool
}

func (c *call) Type() *cqltype.Type { return c.typ }
func (c *call) hasMarker() bool     { return c.marked }

// Eval computes the arguments, then the function.
func (c *call) Eval(env *Env) ([]byte, error) {
	args := make([][]byte, len(c.args))
	for i, a := range c.args {
		v, err := a.Eval(env)
		if err != nil {
			return nil, err
		}
		if IsUnset(v) {
			return nil, cassandra.Invalidf("Invalid unset value for argument in call to function %s", c.f.Name.Name)
		}
		args[i] = v
	}
	value, err := c.f.Call(env.functionContext(), args)
	if c.f.User && err == nil {
		value, err = canonical(c.f.Return, value)
	}
	return value, err
}

// canonical sorts the sets and maps of a value that a user's function made, as those that are stored or compared have to be.
func canonical(t *cqltype.Type, value []byte) ([]byte, error) {
	if len(value) == 0 || len(t.Elems) == 0 {
		return value, nil
	}
	record := t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT
	parts, err := [][]byte(nil), error(nil)
	if record {
		parts, err = t.Fields(value)
	} else {
		parts, err = t.Elements(value)
	}
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	for i := range parts {
		if parts[i], err = canonical(t.Elems[i%len(t.Elems)], parts[i]); err != nil {
			return nil, err
		}
	}
	switch t.Kind {
	case cqltype.KindSet:
		parts = t.SortSet(parts)
	case cqltype.KindMap:
		parts = t.SortMap(parts)
	}
	return t.Join(parts), nil
}

// functionContext lends the request's time and UUIDs to functions. A nil Env is for constants.
func (e *Env) functionContext() *function.Context {
	if e == nil {
		return &function.Context{}
	}
	return &function.Context{
		User:        e.User,
		NowMicros:   e.Millis * 1000,
		NewTimeUUID: func(dst []byte) []byte { u := e.NewTimeUUID(); return append(dst, u[:]...) },
		NewUUID:     func(dst []byte) []byte { u := e.NewRandomUUID(); return append(dst, u[:]...) },
	}
}

// argument is an expression as overload resolution sees it.
type argument struct {
	s *Scope
	e cql.Expr
}

var _ function.Arg = argument{}

func (a argument) AssignTo(t *cqltype.Type) cqltype.Assignment {
	fits, err := a.s.assign(a.e, Receiver{Type: t})
	if err != nil {
		return cqltype.NotAssignable
	}
	return fits
}

func (a argument) CompatibleType() *cqltype.Type { return a.s.compatibleType(a.e) }
func (a argument) String() string                { return ExprText(a.e) }

// callPlace is a call for a receiver of a type; receiver is nil where it is not known.
type callPlace struct {
	e        cql.Expr
	receiver *cqltype.Type
}

// resolvedCall is what resolve found for a callPlace.
type resolvedCall struct {
	f    *function.Function
	args []cql.Expr
	err  error
}

// resolve finds the function that a call, cast or operation means, and its arguments. It remembers what it found: every overload of
// the outer call asks again about the inner one, which without memory takes time exponential in the nesting.
func (s *Scope) resolve(e cql.Expr, receiver *cqltype.Type) (*function.Function, []cql.Expr, error) {
	place := callPlace{e, receiver}
	r, known := s.resolved[place]
	if !known {
		r.f, r.args, r.err = s.findFunction(e, receiver)
		if s.resolved == nil {
			s.resolved = map[callPlace]resolvedCall{}
		}
		s.resolved[place] = r
	}
	return r.f, r.args, r.err
}

func (s *Scope) findFunction(e cql.Expr, receiver *cqltype.Type) (*function.Function, []cql.Expr, error) {
	switch e := e.(type) {
	case *cql.Binary:
		f, err := function.Operator(e.Op, argument{s, e.Left}, argument{s, e.Right}, receiver)
		return f, []cql.Expr{e.Left, e.Right}, err
	case *cql.Negate:
		f, err := function.Negation(argument{s, e.Of}, receiver)
		return f, []cql.Expr{e.Of}, err
	case *cql.Cast:
		t, err := s.ResolveType(e.Type)
		if err != nil {
			return nil, nil, err
		}
		f, err := function.Cast(argument{s, e.Of}, t)
		return f, []cql.Expr{e.Of}, err
	}
	c := e.(*cql.Call)
	args := make([]function.Arg, len(c.Args))
	for i := range args {
		args[i] = argument{s, c.Args[i]}
	}
	f, err := function.Resolve(function.Name{Keyspace: c.Func.Keyspace, Name: c.Func.Name}, args, receiver, s.functionScope())
	s.noteUser(f)
	if errors.Is(err, function.ErrUnknown) {
		err = cassandra.Invalidf("Unknown function %s called", strings.TrimPrefix(c.Func.Keyspace+"."+c.Func.Name, "."))
	}
	return f, c.Args, err
}

// noteUser remembers that the statement calls a function of users.
func (s *Scope) noteUser(f *function.Function) {
	if f != nil && f.User && s.binds != nil {
		s.binds.userCalls = append(s.binds.userCalls, f)
	}
}

func (s *Scope) functionScope() function.Scope {
	scope := function.Scope{Keyspace: s.Keyspace, Schema: s.Schema}
	if s.Table != nil {
		for _, c := range s.Table.PartitionKey {
			scope.PartitionKey = append(scope.PartitionKey, c.Type)
		}
	}
	return scope
}

func (s *Scope) call(e cql.Expr, to Receiver) (Term, error) {
	f, args, err := s.resolve(e, to.Type)
	if err != nil {
		return nil, err
	}
	if f.IsAggregate() {
		return nil, cassandra.Invalidf("Aggregation function are not supported in the where clause")
	}
	if f.Return.AssignTo(to.Type) == cqltype.NotAssignable {
		what, name := "function", f.Name.String()
		if b, ok := e.(*cql.Binary); ok {
			what, name = "operation", string(b.Op)
		}
		return nil, cassandra.Invalidf("Type error: cannot assign result of %s %s (type %s) to %s (type %s)", what, name, f.Return, to.Name, to.Type)
	}
	c := &call{f: f, typ: to.Type, args: make([]Term, len(args))}
	constants := !f.Impure
	for i := range args {
		if c.args[i], err = s.Term(args[i], Receiver{Name: f.ArgName(i), Type: f.ArgTypes[i]}); err != nil {
			return nil, err
		}
		c.marked = c.marked || c.args[i].hasMarker()
		constants = constants && IsConstant(c.args[i])
	}
	if constants {
		// a call that fails is left for the execution to report
		if v, err := c.Eval(nil); err == nil {
			return &constant{to.Type, v}, nil
		}
	}
	return c, nil
}

// assignCall is weak where resolution fails: making the term then gives the better error.
// Source: Cassandra 5.0, FunctionCall.Raw.testAssignment.
func (s *Scope) assignCall(e cql.Expr, to Receiver) cqltype.Assignment {
	f, _, err := s.resolve(e, to.Type)
	if err != nil {
		return cqltype.WeaklyAssignable
	}
	fits := f.Return.AssignTo(to.Type)
	if f.Generic {
		fits = min(fits, cqltype.WeaklyAssignable)
	}
	return fits
}
