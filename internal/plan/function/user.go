package function

import (
	"slices"
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Runner runs user functions for one request.
type Runner interface {
	// Run calls f; an argument and the result are serialized values, nil is null. Errors are *cassandra.Error.
	Run(f *schema.Function, args [][]byte) ([]byte, error)
}

// userFunctions are the functions and aggregates of users that a name may mean, in order of their signatures.
func (s *Scope) userFunctions(name Name) (all []*Function) {
	keyspace := name.Keyspace
	if keyspace == "" {
		keyspace = s.Keyspace
	}
	if s.Schema == nil {
		return nil
	}
	k := s.Schema.Keyspace(keyspace)
	if k == nil {
		return nil
	}
	for _, f := range k.Functions {
		if f.Name == name.Name {
			all = append(all, userFunction(f))
		}
	}
	for _, a := range k.Aggregates {
		if a.Name == name.Name {
			if f := userAggregate(k, a); f != nil {
				all = append(all, f)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Function) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// userFunction makes a user function callable. It counts as impure, since nothing says that it is not: it is computed anew in every execution.
func userFunction(f *schema.Function) *Function {
	return &Function{
		Name: Name{f.Keyspace, f.Name}, ArgTypes: f.ArgTypes, Return: f.Return, Impure: true, User: true,
		call: func(ctx *Context, args [][]byte) ([]byte, error) { return run(ctx, f, args) },
	}
}

func run(ctx *Context, f *schema.Function, args [][]byte) ([]byte, error) {
	for i, a := range args {
		if !isNull(f.ArgTypes[i], a) {
			continue
		}
		if !f.CalledOnNull {
			return nil, nil
		}
		args[i] = nil
	}
	if ctx.User == nil {
		return nil, schema.ErrFunctionsDisabled
	}
	return ctx.User.Run(f, args)
}

// isNull says whether a value is null to a user function: an empty one is, where the type has no such value.
// Source: Cassandra 5.0, UDFDataType.compose.
func isNull(t *cqltype.Type, value []byte) bool {
	if value == nil {
		return true
	}
	return len(value) == 0 && t.Kind != cqltype.KindText && t.Kind != cqltype.KindASCII && t.Kind != cqltype.KindBlob
}

// userAggregate makes a user aggregate callable; nil when the functions it needs are not there.
func userAggregate(k *schema.Keyspace, a *schema.Aggregate) *Function {
	state, final := k.StateFunctionOf(a), k.FinalFunctionOf(a)
	if state == nil || final == nil && a.FinalFunction != "" {
		return nil
	}
	return &Function{
		Name: Name{a.Keyspace, a.Name}, ArgTypes: a.ArgTypes, Return: a.Return, Impure: true, User: true,
		Uses:      uses(state, final),
		userState: func(ctx *Context) State { return &userState{ctx: ctx, add: state, final: final, state: a.InitCond} },
	}
}

func uses(state, final *schema.Function) []*schema.Function {
	if final == nil {
		return []*schema.Function{state}
	}
	return []*schema.Function{state, final}
}

// userState is a user aggregate on its way.
// Source: Cassandra 5.0, UDAggregate.newAggregate.
type userState struct {
	ctx        *Context
	add, final *schema.Function
	state      []byte
}

func (s *userState) Add(args [][]byte) error {
	all := append(make([][]byte, 0, 1+len(args)), s.state)
	for i, a := range args {
		if !s.add.CalledOnNull && isNull(s.add.ArgTypes[i+1], a) {
			return nil // the row does not count
		}
		all = append(all, a)
	}
	var err error
	s.state, err = run(s.ctx, s.add, all)
	return err
}

func (s *userState) Result() ([]byte, error) {
	if s.final == nil {
		return s.state, nil
	}
	return run(s.ctx, s.final, [][]byte{s.state})
}

// IsUserAggregate says whether a name means an aggregate of users.
func (s Scope) IsUserAggregate(name Name) bool {
	return slices.ContainsFunc(s.userFunctions(name), (*Function).IsAggregate)
}
