package exec

import (
	"slices"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/plan"
	"helenus/internal/plan/function"
	"helenus/internal/schema"
)

// userRunner runs user functions for the execution that it is.
type userRunner execution

var _ function.Runner = (*userRunner)(nil)

// Run calls a function; when it took long, the client is warned once a request.
func (r *userRunner) Run(f *schema.Function, args [][]byte) ([]byte, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	value, slow, err := r.executor.options.Functions.Run(r.ctx, f, args)
	if slow != "" && !slices.Contains(r.resp.Warnings, slow) {
		(*execution)(r).warn(slow)
	}
	return value, err
}

// functionFacts are what schema statements need of user functions. A body is compiled once, however often a statement is worked out.
func (x *execution) functionFacts() schema.FunctionFacts {
	functions := x.executor.options.Functions
	facts := schema.FunctionFacts{Constant: func(s *schema.Schema, keyspace string, e cql.Expr, t *cqltype.Type) ([]byte, error) {
		return plan.Constant(s, keyspace, e, t, &x.env)
	}}
	if functions == nil {
		return facts
	}
	var compiled *schema.Function
	facts.Allowed = functions.Allowed
	facts.Compile = func(f *schema.Function) error {
		if compiled != nil && compiled.Describe() == f.Describe() && compiled.Keyspace == f.Keyspace {
			return nil
		}
		err := functions.Compile(x.ctx, f)
		if err == nil {
			compiled = f
		}
		return err
	}
	return facts
}
