package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// composite is a collection, vector, tuple or user type made of terms.
type composite struct {
	typ    *cqltype.Type
	elems  []Term // of a map keys and values by turns
	marked bool
}

// newComposite computes the value now when all elements are constants.
func newComposite(t *cqltype.Type, elems []Term) (Term, error) {
	c := &composite{typ: t, elems: elems}
	constants := true
	for _, e := range elems {
		constants = constants && IsConstant(e)
		c.marked = c.marked || e.hasMarker()
	}
	if !constants {
		return c, nil
	}
	value, err := c.Eval(nil)
	if err != nil {
		return nil, err
	}
	return &constant{t, value}, nil
}

func (c *composite) Type() *cqltype.Type { return c.typ }
func (c *composite) hasMarker() bool     { return c.marked }

// Eval joins the elements' values. An unset element leaves a collection unset and is an error elsewhere.
func (c *composite) Eval(env *Env) ([]byte, error) {
	values := make([][]byte, len(c.elems))
	for i, e := range c.elems {
		v, err := e.Eval(env)
		if err != nil {
			return nil, err
		}
		if v == nil {
			err = c.refuseNull()
		} else if IsUnset(v) {
			if c.typ.IsCollection() {
				return unset, nil
			}
			err = c.refuseUnset(i)
		}
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	if c.typ.Kind == cqltype.KindSet || c.typ.Kind == cqltype.KindMap {
		values = ascending(c.typ, values)
	}
	return c.typ.Join(values), nil
}

func (c *composite) refuseNull() error {
	switch c.typ.Kind {
	case cqltype.KindVector:
		return cassandra.Invalidf("null is not supported inside vectors")
	case cqltype.KindTuple, cqltype.KindUDT:
		return nil
	}
	return cassandra.Invalidf("null is not supported inside collections")
}

func (c *composite) refuseUnset(i int) error {
	switch c.typ.Kind {
	case cqltype.KindUDT:
		return cassandra.Invalidf("Invalid unset value for field '%s' of user defined type %s", c.typ.FieldNames[i], c.typ.Name)
	case cqltype.KindTuple:
		return cassandra.Invalidf("Invalid unset value for tuple field number %d", i)
	}
	return cassandra.Invalidf("unset is not supported inside vectors")
}

// arrayLiteral is [a, b]: a list or a vector.
func (s *Scope) arrayLiteral(e *cql.ListLit, to Receiver) (Term, error) {
	switch to.Type.Kind {
	case cqltype.KindVector:
		if len(e.Elems) != to.Type.Dimension {
			return nil, cassandra.Invalidf("Invalid vector literal for %s of type %s; expected %d elements, but given %d",
				to.Name, to.Type, to.Type.Dimension, len(e.Elems))
		}
		return s.elements("vector", e.Elems, to)
	case cqltype.KindList:
		return s.elements("list", e.Elems, to)
	}
	return nil, errArrayReceiver(to.Type)
}

func errArrayReceiver(t *cqltype.Type) error {
	return cassandra.Invalidf("Unexpected receiver type '%s'; only list and vector are expected", t)
}

// setLiteral is {a, b}; {} is an empty map as well.
func (s *Scope) setLiteral(e *cql.SetLit, to Receiver) (Term, error) {
	if to.Type.Kind == cqltype.KindMap && len(e.Elems) == 0 {
		return newComposite(to.Type, nil)
	}
	if to.Type.Kind != cqltype.KindSet {
		return nil, cassandra.Invalidf("Invalid set literal for %s of type %s", to.Name, to.Type)
	}
	return s.elements("set", e.Elems, to)
}

// elements makes a list, set or vector. All elements are checked before the first is made, as Cassandra does.
func (s *Scope) elements(kind string, elems []cql.Expr, to Receiver) (Term, error) {
	for _, e := range elems {
		if err := s.checkInside(e, to.Elem(), "Invalid %s literal for %s: value %s is not of type %s", kind, to.Name); err != nil {
			return nil, err
		}
	}
	terms := make([]Term, len(elems))
	for i, e := range elems {
		var err error
		if terms[i], err = s.inside(e, to.Elem(), kind, to.Name); err != nil {
			return nil, err
		}
	}
	return newComposite(to.Type, terms)
}

// checkInside says whether an element fits; words get kind, the receiver's name, the element and its type.
func (s *Scope) checkInside(e cql.Expr, to Receiver, words, kind, name string) error {
	fits, err := s.assign(e, to)
	if err == nil && fits == cqltype.NotAssignable {
		err = cassandra.Invalidf(words, kind, name, ExprText(e), to.Type)
	}
	return err
}

// inside makes an element of a collection, which can't hold markers.
func (s *Scope) inside(e cql.Expr, to Receiver, kind, name string) (Term, error) {
	t, err := s.Term(e, to)
	if err != nil {
		return nil, err
	}
	if t.hasMarker() && kind != "vector" {
		return nil, cassandra.Invalidf("Invalid %s literal for %s: bind variables are not supported inside collection literals", kind, name)
	}
	return t, nil
}

func (s *Scope) mapLiteral(e *cql.MapLit, to Receiver) (Term, error) {
	if to.Type.Kind != cqltype.KindMap {
		return nil, cassandra.Invalidf("Invalid map literal for %s of type %s", to.Name, to.Type)
	}
	for i := range e.Keys {
		if err := s.checkInside(e.Keys[i], to.MapKey(), "Invalid %s literal for %s: key %s is not of type %s", "map", to.Name); err != nil {
			return nil, err
		}
		if err := s.checkInside(e.Values[i], to.Elem(), "Invalid %s literal for %s: value %s is not of type %s", "map", to.Name); err != nil {
			return nil, err
		}
	}
	terms := make([]Term, 0, 2*len(e.Keys))
	for i := range e.Keys {
		k, err := s.inside(e.Keys[i], to.MapKey(), "map", to.Name)
		if err != nil {
			return nil, err
		}
		v, err := s.inside(e.Values[i], to.Elem(), "map", to.Name)
		if err != nil {
			return nil, err
		}
		terms = append(terms, k, v)
	}
	return newComposite(to.Type, terms)
}
