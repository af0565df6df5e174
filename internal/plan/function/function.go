package function

import (
	"strings"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Name is a function's name as written, folded to lower case by the parser unless quoted. An empty Keyspace means the native
// function of that name, then the current keyspace's.
type Name struct{ Keyspace, Name string }

func (n Name) String() string {
	if n.Keyspace == "" {
		return n.Name
	}
	return n.Keyspace + "." + n.Name
}

// system is the keyspace that native functions are shown in.
const system = "system"

// Function is one overload: immutable and safe for concurrent use.
type Function struct {
	// Name is the qualified name as messages and bind markers show it: system.todate.
	Name Name
	// ArgTypes has one type an argument of the call it was resolved for.
	ArgTypes []*cqltype.Type
	Return   *cqltype.Type
	// Generic is true for a function made to measure for its arguments (collections, JSON, masking, vectors, min, max, count).
	// Cassandra takes the result of one as weakly assignable at best when it is an argument itself.
	Generic bool
	// Impure is true when a call with the same arguments may give another result (now, uuid): never folded when a statement is
	// prepared.
	Impure bool
	// Masks is true for a native function that hides values, so that it may be a column's mask.
	Masks bool
	// User is true for a function or aggregate of users, which may take its time.
	User bool
	// Uses are the functions of users that an aggregate of users is made of.
	Uses []*schema.Function

	call  func(ctx *Context, args [][]byte) ([]byte, error)
	state func() State
	// userState is state for an aggregate of users.
	userState func(ctx *Context) State
	column    func(args []string) string
}

// IsAggregate is true for a function over rows: use New, not Call.
func (f *Function) IsAggregate() bool { return f.state != nil || f.userState != nil }

// Call computes a scalar function. The result may alias an argument or the Context; nil is null.
// Errors are *cassandra.Error.
func (f *Function) Call(ctx *Context, args [][]byte) ([]byte, error) { return f.call(ctx, args) }

// New starts an aggregate. A State belongs to one group of one request, whose Context is ctx.
func (f *Function) New(ctx *Context) State {
	if f.userState != nil {
		return f.userState(ctx)
	}
	return f.state()
}

// State is an aggregate on its way.
type State interface {
	// Add takes in the arguments of one row. It copies what it keeps.
	Add(args [][]byte) error
	// Result is the value for the rows added so far; nil is null.
	Result() ([]byte, error)
}

// ColumnName is how a result column is named that calls f with arguments so named: system.todate(tu), count, cast(a as text), a + b.
func (f *Function) ColumnName(args []string) string {
	if f.column != nil {
		return f.column(args)
	}
	return f.Name.String() + "(" + strings.Join(args, ", ") + ")"
}

// String is the signature as error messages list it: system.todate : (timeuuid) -> date.
func (f *Function) String() string {
	args := make([]string, len(f.ArgTypes))
	for i, t := range f.ArgTypes {
		args[i] = t.String()
	}
	return cqltype.QuoteName(f.Name.Keyspace) + "." + cqltype.QuoteName(f.Name.Name) + " : (" + strings.Join(args, ", ") + ") -> " + f.Return.String()
}

// Context is what a request lends to the functions it calls. A zero Context serves every function that is not Impure.
type Context struct {
	// NowMicros is the request's time in microseconds since 1970: one for all its functions.
	NowMicros int64
	// NewTimeUUID appends a version 1 UUID of NowMicros that no other call gives.
	NewTimeUUID func(dst []byte) []byte
	// NewUUID appends a random version 4 UUID.
	NewUUID func(dst []byte) []byte
	// User runs user functions; nil: there are none.
	User Runner
}
