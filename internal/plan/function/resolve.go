package function

import (
	"errors"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Arg is an argument as overload resolution sees it; plan's terms and selectors implement it.
type Arg interface {
	// AssignTo says how the argument fits a parameter of type t. A marker or NULL fits every type weakly.
	AssignTo(t *cqltype.Type) cqltype.Assignment
	// CompatibleType is the type that the argument has by itself, or nil when it has none (marker, NULL, empty literal). For a
	// constant it is cqltype.PreferredConstant's.
	CompatibleType() *cqltype.Type
	// String is the argument as error messages show it.
	String() string
}

// Scope is where a call stands.
type Scope struct {
	// Keyspace of the statement, where functions without a keyspace are looked for after the native ones.
	Keyspace string
	// PartitionKey holds the types of the table's partition key columns: the arguments of token().
	PartitionKey []*cqltype.Type
	// Schema is where the functions of users are; nil: there are none.
	Schema *schema.Schema
}

// ErrUnknown is returned by Resolve when no function has the name. The caller words it: in a selection "Unknown function 'x'",
// in a term "Unknown function x called".
var ErrUnknown = errors.New("unknown function")

// Resolve finds the overload that a call means. receiver is the type that the result is for, or nil where that is not known
// (selections). Errors other than ErrUnknown are *cassandra.Error in Cassandra's words. count(*), and count of a constant
// in a selection, is CountRows instead.
// Source: Cassandra 5.0, FunctionResolver.
func Resolve(name Name, args []Arg, receiver *cqltype.Type, scope Scope) (*Function, error) {
	candidates, err := candidatesFor(name, args, receiver, scope)
	switch {
	case err != nil:
		return nil, err
	case len(candidates) == 0:
		return nil, ErrUnknown
	case len(candidates) == 1:
		return candidates[0], candidates[0].check(args)
	}
	return choose(name, candidates, args, receiver)
}

// candidatesFor are the overloads that a name may mean: those of users first.
func candidatesFor(name Name, args []Arg, receiver *cqltype.Type, scope Scope) ([]*Function, error) {
	users := scope.userFunctions(name)
	if name.Keyspace != "" && name.Keyspace != system {
		return users, nil
	}
	if name.Name == "token" {
		return []*Function{token(scope.PartitionKey)}, nil
	}
	if g, ok := generics[name.Name]; ok {
		f, err := g.make(args, receiver)
		switch {
		case err == nil:
			return append(users, f), nil
		case len(users) == 0:
			return nil, err
		}
		return users, nil
	}
	if len(users) == 0 {
		return natives[name.Name], nil
	}
	return append(users, natives[name.Name]...), nil
}

// choose picks the overload that fits exactly, else the only one that fits.
func choose(name Name, candidates []*Function, args []Arg, receiver *cqltype.Type) (*Function, error) {
	exact, fitting := match(candidates, args, receiver)
	switch {
	case exact != nil:
		return exact, nil
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) == 0:
		return nil, cassandra.Invalidf("Invalid call to function %s, none of its type signatures match (known type signatures: %s)",
			name, signatures(candidates))
	}
	return nil, cassandra.Invalidf("Ambiguous call to function %s (can be matched by following signatures: %s): use type casts to disambiguate",
		name, signatures(fitting))
}

// match finds the first overload that fits exactly, or all that fit weakly.
func match(candidates []*Function, args []Arg, receiver *cqltype.Type) (exact *Function, fitting []*Function) {
	for _, f := range candidates {
		if receiver != nil && f.Return.AssignTo(receiver) == cqltype.NotAssignable {
			continue
		}
		switch f.accepts(args) {
		case cqltype.ExactMatch:
			return f, nil
		case cqltype.WeaklyAssignable:
			fitting = append(fitting, f)
		}
	}
	return nil, fitting
}

// accepts is the worst of how the arguments fit.
func (f *Function) accepts(args []Arg) cqltype.Assignment {
	if len(args) != len(f.ArgTypes) {
		return cqltype.NotAssignable
	}
	fits := cqltype.ExactMatch
	for i, a := range args {
		if fits = fits.And(a.AssignTo(f.ArgTypes[i])); fits == cqltype.NotAssignable {
			break
		}
	}
	return fits
}

// check says what is wrong with a call where there is only one overload, more precisely than choose can.
func (f *Function) check(args []Arg) error {
	if len(args) != len(f.ArgTypes) {
		return cassandra.Invalidf("Invalid number of arguments in call to function %s: %d required but %d provided", f.Name, len(f.ArgTypes), len(args))
	}
	for i, a := range args {
		if a.AssignTo(f.ArgTypes[i]) == cqltype.NotAssignable {
			return cassandra.Invalidf("Type error: %s cannot be passed as argument %d of function %s of type %s", a, i, f.Name, f.ArgTypes[i])
		}
	}
	return nil
}

func signatures(all []*Function) string {
	texts := make([]string, len(all))
	for i, f := range all {
		texts[i] = f.String()
	}
	return strings.Join(texts, ", ")
}

// ArgName is the name of the bind marker that stands for argument i: arg0(system.todate).
func (f *Function) ArgName(i int) string {
	return "arg" + strconv.Itoa(i) + "(" + f.Name.String() + ")"
}
