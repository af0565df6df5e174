package schema

import (
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// FunctionFacts say what the node makes of user functions. The zero value is a node that has them disabled.
type FunctionFacts struct {
	// Allowed refuses a language that is not there or not enabled.
	Allowed func(language string) error
	// Compile refuses a function whose body can't be run.
	Compile func(*Function) error
	// Constant is the value of a term without markers for a type; nil is null.
	Constant func(s *Schema, keyspace string, e cql.Expr, t *cqltype.Type) ([]byte, error)
}

// ErrFunctionsDisabled is what a node without user functions says of them.
var ErrFunctionsDisabled = cassandra.Invalidf("User-defined functions are disabled in cassandra.yaml - set user_defined_functions_enabled=true to enable")

// createFunction is CREATE FUNCTION.
// Source: Cassandra 5.0, CreateFunctionStatement.apply, for the order of its checks.
func (x *execution) createFunction(q *cql.CreateFunction) (Outcome, error) {
	name, err := x.functionKeyspace(q.Function)
	if err != nil {
		return Outcome{}, err
	}
	if err := bothDirectives(q.OrReplace, q.IfNotExists); err != nil {
		return Outcome{}, err
	}
	if x.facts.Functions.Allowed == nil {
		return Outcome{}, ErrFunctionsDisabled
	}
	if err := x.facts.Functions.Allowed(q.Language); err != nil {
		return Outcome{}, err
	}
	if !isFunctionName(name.Name) {
		return Outcome{}, cassandra.Invalidf("Function name '%s' is invalid", name.Name)
	}
	for i, arg := range q.ArgNames {
		if slices.Contains(q.ArgNames[:i], arg) {
			return Outcome{}, cassandra.Invalidf("Duplicate argument names for given function %s with argument names [%s]", name.Name, strings.Join(q.ArgNames, ", "))
		}
	}
	if err := argumentsNotFrozen(q.ArgTypes); err != nil {
		return Outcome{}, err
	}
	if isFrozen(q.Returns) {
		return Outcome{}, cassandra.Invalidf("Return type '%s' cannot be frozen; remove frozen<> modifier from '%[1]s'", typeText(q.Returns))
	}
	k, err := x.keyspace(name.Keyspace)
	if err != nil {
		return Outcome{}, err
	}
	f := &Function{Keyspace: k.Name, Name: name.Name, ArgNames: q.ArgNames, CalledOnNull: q.CalledOnNull, Language: q.Language, Body: q.Body}
	if f.ArgTypes, err = resolveAll(q.ArgTypes, k); err != nil {
		return Outcome{}, err
	}
	if f.Return, err = resolve(q.Returns, k.Name, k.Types, false); err != nil {
		return Outcome{}, err
	}
	if err := x.facts.Functions.Compile(f); err != nil {
		return Outcome{}, err
	}
	edit := Edit{Kind: PutFunction, In: k.Name, Function: f}
	if k.Aggregates[f.Signature()] != nil {
		return Outcome{}, cassandra.Invalidf("Function '%s' cannot replace an aggregate", f.Name)
	}
	old := k.Functions[f.Signature()]
	switch {
	case old == nil:
		return x.signed("CREATED", "FUNCTION", k.Name, f.Name, f.ArgTypes, edit)
	case q.IfNotExists:
		return Outcome{}, nil
	case !q.OrReplace:
		return Outcome{}, cassandra.Invalidf("Function '%s' already exists", f.Name)
	case old.CalledOnNull != f.CalledOnNull:
		directive := "RETURNS NULL ON NULL INPUT"
		if f.CalledOnNull {
			directive = "CALLED ON NULL INPUT"
		}
		return Outcome{}, cassandra.Invalidf("Function '%s' must have %s directive", f.Name, directive)
	case !f.Return.ReadsValuesOf(old.Return):
		return Outcome{}, cassandra.Invalidf("Cannot replace function '%s', the new return type %s is not compatible with the return type %s of existing function", f.Name, f.Return, old.Return)
	}
	return x.replaced("FUNCTION", k.Name, f.Name, f.ArgTypes, edit)
}

// signed is outcome for an object with argument types.
func (x *execution) signed(change, target, keyspace, name string, args []*cqltype.Type, edits ...Edit) (Outcome, error) {
	return Outcome{Change: Change{edits}, Event: &Event{Change: change, Target: target, Keyspace: keyspace, Name: name, Args: eventArgs(change, args), ArgTypes: args}}, nil
}

// eventArgs are argument types as clients are told of them: plain, but where something was created user types have their keyspace, as Cassandra
// has it.
func eventArgs(change string, types []*cqltype.Type) []string {
	all := plainTypes(types)
	for i, t := range types {
		if t.Kind == cqltype.KindUDT && change != "DROPPED" {
			all[i] = qualified(t.Keyspace, t.Name)
		}
	}
	return all
}

// replaced is signed for OR REPLACE: one that leaves everything as it was is no change and no event.
func (x *execution) replaced(target, keyspace, name string, args []*cqltype.Type, edits ...Edit) (Outcome, error) {
	if x.schema.Apply(Change{edits}).Version() == x.schema.Version() {
		return Outcome{}, nil
	}
	return x.signed("UPDATED", target, keyspace, name, args, edits...)
}

func bothDirectives(orReplace, ifNotExists bool) error {
	if orReplace && ifNotExists {
		return cassandra.Invalidf("Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives")
	}
	return nil
}

// functionKeyspace fills in the session's keyspace, which must be one that functions can be in.
func (x *execution) functionKeyspace(n cql.Name) (cql.Name, error) {
	name, err := x.qualify(n)
	if err == nil && IsSystem(name.Keyspace) {
		err = cassandra.Invalidf("System keyspace '%s' is not user-modifiable", name.Keyspace)
	}
	return name, err
}

// isFunctionName refuses the characters that permissions' resources are separated by.
// Source: Cassandra 5.0, FunctionName.isNameValid.
func isFunctionName(name string) bool { return !strings.ContainsAny(name, "/[]") }

// isFrozen is true for frozen<> around something that is not frozen anyway.
func isFrozen(t *cql.TypeName) bool {
	return t.Class == "" && t.Keyspace == "" && t.Name == "frozen" && len(t.Params) == 1 && t.Params[0].Name != "tuple"
}

func argumentsNotFrozen(types []*cql.TypeName) error {
	for _, t := range types {
		if isFrozen(t) {
			return cassandra.Invalidf("Argument '%s' cannot be frozen; remove frozen<> modifier from '%[1]s'", typeText(t))
		}
	}
	return nil
}

func resolveAll(types []*cql.TypeName, k *Keyspace) ([]*cqltype.Type, error) {
	all := make([]*cqltype.Type, len(types))
	for i, t := range types {
		var err error
		if all[i], err = resolve(t, k.Name, k.Types, false); err != nil {
			return nil, err
		}
	}
	return all, nil
}
