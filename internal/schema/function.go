package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cqltype"
)

// Function is a user function. Immutable; two with the same pointer are the same in every way.
type Function struct {
	Keyspace, Name string
	ArgNames       []string
	ArgTypes       []*cqltype.Type
	Return         *cqltype.Type
	// CalledOnNull is true for CALLED ON NULL INPUT; else a null argument makes the result null.
	CalledOnNull bool
	// Language is in lower case.
	Language, Body string
}

// Aggregate is a user aggregate. Immutable.
type Aggregate struct {
	Keyspace, Name    string
	ArgTypes          []*cqltype.Type
	StateType, Return *cqltype.Type
	// StateFunction takes the state and a row's arguments; FinalFunction, empty where there is none, makes the result of the state.
	// Both are of the aggregate's keyspace.
	StateFunction, FinalFunction string
	// InitCond is the first state; nil is null.
	InitCond []byte
}

// Signature is the function's key in its keyspace: f(int, text).
func (f *Function) Signature() string { return signature(f.Name, f.ArgTypes) }

// Signature is the aggregate's key in its keyspace.
func (a *Aggregate) Signature() string { return signature(a.Name, a.ArgTypes) }

func signature(name string, types []*cqltype.Type) string {
	return name + "(" + strings.Join(TypeNames(types), ", ") + ")"
}

// TypeNames are types as CQL writes them.
func TypeNames(types []*cqltype.Type) []string {
	all := make([]string, len(types))
	for i, t := range types {
		all[i] = t.String()
	}
	return all
}

// Function returns the function with a name and exactly these argument types, or nil.
func (k *Keyspace) Function(name string, args []*cqltype.Type) *Function {
	return k.Functions[signature(name, args)]
}

// SortedFunctions are the functions in the order of DESCRIBE: by signature, without regard to case.
func (k *Keyspace) SortedFunctions() []*Function { return sortedBySignature(k.Functions) }

// SortedAggregates are the aggregates in the order of DESCRIBE.
func (k *Keyspace) SortedAggregates() []*Aggregate { return sortedBySignature(k.Aggregates) }

func sortedBySignature[V any](m map[string]V) []V {
	names := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	all := make([]V, len(names))
	for i, name := range names {
		all[i] = m[name]
	}
	return all
}

// StateFunctionOf and FinalFunctionOf return the functions that an aggregate calls; nil where there is none.
func (k *Keyspace) StateFunctionOf(a *Aggregate) *Function {
	return k.Function(a.StateFunction, append([]*cqltype.Type{a.StateType}, a.ArgTypes...))
}

// FinalFunctionOf returns the function that makes an aggregate's result, or nil.
func (k *Keyspace) FinalFunctionOf(a *Aggregate) *Function {
	if a.FinalFunction == "" {
		return nil
	}
	return k.Function(a.FinalFunction, []*cqltype.Type{a.StateType})
}

// Describe returns the statement that makes the function. A body that ends a $$ string is written between quotes instead, where Cassandra's
// text would not be read again.
// Source: Cassandra 5.0, UDFunction.toCqlString.
func (f *Function) Describe() string {
	args := make([]string, len(f.ArgTypes))
	for i, t := range f.ArgTypes {
		args[i] = cqltype.QuoteName(f.ArgNames[i]) + " " + plainType(t)
	}
	null := "RETURNS NULL"
	if f.CalledOnNull {
		null = "CALLED"
	}
	body := "$$" + f.Body + "$$"
	if strings.Contains(f.Body, "$$") {
		body = quote(f.Body)
	}
	return "CREATE FUNCTION " + qualified(f.Keyspace, f.Name) + "(" + strings.Join(args, ", ") + ")\n    " + null + " ON NULL INPUT\n    RETURNS " +
		plainType(f.Return) + "\n    LANGUAGE " + f.Language + "\n    AS " + body + ";"
}

// Describe returns the statement that makes the aggregate.
// Source: Cassandra 5.0, UDAggregate.toCqlString.
func (a *Aggregate) Describe() string {
	text := "CREATE AGGREGATE " + qualified(a.Keyspace, a.Name) + "(" + strings.Join(plainTypes(a.ArgTypes), ", ") + ")\n    SFUNC " +
		cqltype.QuoteName(a.StateFunction) + "\n    STYPE " + plainType(a.StateType)
	if a.FinalFunction != "" {
		text += "\n    FINALFUNC " + cqltype.QuoteName(a.FinalFunction)
	}
	if a.InitCond != nil {
		text += "\n    INITCOND " + a.StateType.Format(a.InitCond)
	}
	return text + ";"
}

// Element is the function's name as DESCRIBE lists it: f(int, text).
func (f *Function) Element() string { return element(f.Name, f.ArgTypes) }

// Element is the aggregate's name as DESCRIBE lists it.
func (a *Aggregate) Element() string { return element(a.Name, a.ArgTypes) }

func element(name string, types []*cqltype.Type) string {
	return cqltype.QuoteName(name) + "(" + strings.Join(plainTypes(types), ", ") + ")"
}

// plainType is a type's text; a tuple's and a user type's without frozen<>.
func plainType(t *cqltype.Type) string {
	text := t.String()
	if t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT {
		if inner, frozen := strings.CutPrefix(text, "frozen<"); frozen {
			return strings.TrimSuffix(inner, ">")
		}
	}
	return text
}

func plainTypes(types []*cqltype.Type) []string {
	all := make([]string, len(types))
	for i, t := range types {
		all[i] = plainType(t)
	}
	return all
}

// withType returns the function with a changed user type in its signature, or f itself where it does not use it.
func (f *Function) withType(next *cqltype.Type) *Function {
	n := *f
	n.ArgTypes, n.Return = replaceTypes(f.ArgTypes, next), replaceType(f.Return, next)
	if n.Return == f.Return && slices.Equal(n.ArgTypes, f.ArgTypes) {
		return f
	}
	return &n
}

func (a *Aggregate) withType(next *cqltype.Type) *Aggregate {
	n := *a
	n.ArgTypes, n.StateType, n.Return = replaceTypes(a.ArgTypes, next), replaceType(a.StateType, next), replaceType(a.Return, next)
	if n.StateType == a.StateType && n.Return == a.Return && slices.Equal(n.ArgTypes, a.ArgTypes) {
		return a
	}
	return &n
}

func replaceTypes(types []*cqltype.Type, next *cqltype.Type) []*cqltype.Type {
	all := make([]*cqltype.Type, len(types))
	for i, t := range types {
		all[i] = replaceType(t, next)
	}
	return all
}

// mentionedBy are the functions and aggregates whose signatures use a user type.
func (k *Keyspace) mentionedBy(name string) (all []string) {
	uses := func(types ...*cqltype.Type) bool {
		return slices.ContainsFunc(types, func(t *cqltype.Type) bool { return mentions(t, k.Name, name) })
	}
	for _, f := range k.SortedFunctions() {
		if uses(append([]*cqltype.Type{f.Return}, f.ArgTypes...)...) {
			all = append(all, f.Keyspace+"."+f.Name)
		}
	}
	for _, a := range k.SortedAggregates() {
		if uses(append([]*cqltype.Type{a.Return, a.StateType}, a.ArgTypes...)...) {
			all = append(all, a.Keyspace+"."+a.Name)
		}
	}
	return all
}
