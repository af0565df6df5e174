package plan

import (
	"strconv"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// Term is an expression without columns, checked against the type of the place it is for. Immutable.
type Term interface {
	// Type is the receiver's type.
	Type() *cqltype.Type
	// Eval returns the value: nil is null, IsUnset tells a marker that was left unset. The bytes may alias the request's frame
	// or the plan and must not be changed. Errors are *cassandra.Error.
	Eval(env *Env) ([]byte, error)
	// hasMarker says whether a bind marker is anywhere inside.
	hasMarker() bool
}

// unset is the one value that IsUnset knows, by its address.
var unset = make([]byte, 1)

// IsUnset says whether Eval met a marker without a value.
func IsUnset(value []byte) bool { return len(value) == 1 && &value[0] == &unset[0] }

// IsConstant says whether a term has the same value whatever the request: Eval then ignores its Env.
func IsConstant(t Term) bool {
	_, ok := t.(*constant)
	return ok
}

// Receiver is the place that a term's value goes to: its type decides, its name is in error messages and bind metadata.
type Receiver struct {
	Name string
	Type *cqltype.Type
	// Column is set when the place is a column itself: a marker there may be part of the partition key.
	Column *schema.Column
}

// ColumnReceiver is the place of a column's value.
func ColumnReceiver(c *schema.Column) Receiver { return Receiver{c.Name, c.Type, c} }

// Elem, MapKey, field and component are the places inside a collection, user type or tuple, as Cassandra names them.
func (r Receiver) Elem() Receiver {
	return Receiver{Name: "value(" + r.Name + ")", Type: r.Type.Elems[len(r.Type.Elems)-1]}
}

// MapKey is the place of a map's key.
func (r Receiver) MapKey() Receiver {
	return Receiver{Name: "key(" + r.Name + ")", Type: r.Type.Elems[0]}
}

func (r Receiver) field(i int) Receiver {
	return Receiver{Name: r.Name + "." + r.Type.FieldNames[i], Type: r.Type.Elems[i]}
}

func (r Receiver) component(i int) Receiver {
	return Receiver{Name: r.Name + "[" + strconv.Itoa(i) + "]", Type: r.Type.Elems[i]}
}

// Scope is where the terms of one statement stand: it resolves types and functions and tells the binds what markers are for.
type Scope struct {
	Schema *schema.Schema
	// Keyspace is the table's: where types and functions without a keyspace are looked for.
	Keyspace string
	// Table may be nil.
	Table *schema.Table
	binds *binds
	// resolved remembers the functions of calls while terms are made; see resolve.
	resolved map[callPlace]resolvedCall
}

// newScope is the scope of a statement on a table.
func newScope(ctx *Context, b *binds, table *schema.Table) *Scope {
	return &Scope{Schema: ctx.Schema, Keyspace: table.Keyspace, Table: table, binds: b}
}

// Term checks e against its receiver and returns it ready for Eval; what is constant is computed now.
func (s *Scope) Term(e cql.Expr, to Receiver) (Term, error) {
	switch e := e.(type) {
	case *cql.Null:
		if to.Type.Kind == cqltype.KindCounter {
			return nil, cassandra.Invalidf("Invalid null value for counter increment/decrement")
		}
		return &constant{to.Type, nil}, nil
	case *cql.Constant:
		return s.constant(e, to)
	case *cql.Bind:
		return s.marker(e, to), nil
	case *cql.ListLit:
		return s.arrayLiteral(e, to)
	case *cql.SetLit:
		return s.setLiteral(e, to)
	case *cql.MapLit:
		return s.mapLiteral(e, to)
	case *cql.UDTLit:
		return s.udtLiteral(e, to)
	case *cql.TupleLit:
		return s.tupleLiteral(e, to)
	case *cql.Paren:
		return s.tupleLiteral(&cql.TupleLit{Elems: []cql.Expr{e.Of}}, to)
	case *cql.Hint:
		return s.hint(e, to)
	case *cql.Call, *cql.Cast, *cql.Binary, *cql.Negate:
		return s.call(e, to)
	}
	return nil, cassandra.Invalidf("Invalid term %s", ExprText(e))
}

// constant is a term whose value is known.
type constant struct {
	typ   *cqltype.Type
	value []byte
}

func (c *constant) Type() *cqltype.Type       { return c.typ }
func (c *constant) Eval(*Env) ([]byte, error) { return c.value, nil }
func (c *constant) hasMarker() bool           { return false }

func (s *Scope) constant(e *cql.Constant, to Receiver) (Term, error) {
	kind := cqltype.ConstantKind(e.Kind)
	if to.Type.AssignConstant(kind, e.Text) == cqltype.NotAssignable {
		text := e.Text
		if e.Kind == cql.ConstHex {
			text = "0x" + text
		}
		return nil, cassandra.Invalidf("Invalid %s constant (%s) for \"%s\" of type %s", e.Kind, text, to.Name, to.Type)
	}
	value, err := to.Type.ParseConstant(kind, e.Text)
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	return &constant{to.Type, value}, nil
}

func (s *Scope) hint(e *cql.Hint, to Receiver) (Term, error) {
	typ, err := s.ResolveType(e.Type)
	if err != nil {
		return nil, err
	}
	fits, err := s.assign(e.Of, Receiver{Name: ExprText(e), Type: typ})
	if err != nil {
		return nil, err
	}
	if fits == cqltype.NotAssignable {
		return nil, cassandra.Invalidf("Cannot cast value %s to type %s", ExprText(e.Of), TypeText(e.Type))
	}
	if typ.AssignTo(to.Type) == cqltype.NotAssignable || typ.IsCollection() && typ.Frozen != to.Type.Frozen {
		return nil, cassandra.Invalidf("Cannot assign value %s to %s of type %s", ExprText(e), to.Name, to.Type)
	}
	return s.Term(e.Of, to)
}

// ResolveType is the type that a name means in the statement's keyspace.
func (s *Scope) ResolveType(n *cql.TypeName) (*cqltype.Type, error) {
	return s.Schema.ResolveType(s.Keyspace, n)
}
