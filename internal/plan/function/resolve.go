package function

import (
	"errors"

	"helenus/internal/cqltype"
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
}

// ErrUnknown is returned by Resolve when no function has the name. The caller words it: in a selection "Unknown function 'x'",
// in a term "Unknown function x called".
var ErrUnknown = errors.New("unknown function")

// Resolve finds the overload that a call means. receiver is the type that the result is for, or nil where that is not known
// (selections). Errors other than ErrUnknown are *cassandra.Error in Cassandra's words.
// Source: Cassandra 5.0, FunctionResolver.
func Resolve(name Name, args []Arg, receiver *cqltype.Type, scope Scope) (*Function, error) {
	return nil, ErrUnknown
}

// Cast is CAST(arg AS to). arg.CompatibleType decides; CAST to the argument's own type is not a function: the caller drops it
// (Cassandra shows such a column by the argument's name).
func Cast(arg Arg, to *cqltype.Type) (*Function, error) { return nil, ErrUnknown }

// Operator is left op right, op being one of + - * / %.
func Operator(op byte, left, right Arg, receiver *cqltype.Type) (*Function, error) {
	return nil, ErrUnknown
}

// Negation is -arg.
func Negation(arg Arg, receiver *cqltype.Type) (*Function, error) { return nil, ErrUnknown }

// CountRows is count(*); its result column is named count.
func CountRows() *Function { return nil }

// MakeTimeUUID… see uuid.go; ArgName is the name of the bind marker that stands for argument i: arg0(system.todate).
func (f *Function) ArgName(i int) string { return "" }
