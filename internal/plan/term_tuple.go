package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// tupleLiteral is (a, b); (a) is the same as a where no tuple is wanted.
func (s *Scope) tupleLiteral(e *cql.TupleLit, to Receiver) (Term, error) {
	if len(e.Elems) == 1 && !takesTuples(to.Type) {
		return s.Term(e.Elems[0], to)
	}
	if err := s.checkTuple(e, to); err != nil {
		return nil, err
	}
	terms := make([]Term, len(e.Elems))
	for i := range e.Elems {
		var err error
		if terms[i], err = s.Term(e.Elems[i], to.component(i)); err != nil {
			return nil, err
		}
	}
	return newComposite(to.Type, terms)
}

// takesTuples says whether (a, b) may be a value of a type: of a tuple, or of a user type that is one value.
func takesTuples(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT && !t.IsMultiCell()
}

func (s *Scope) checkTuple(e *cql.TupleLit, to Receiver) error {
	if !takesTuples(to.Type) {
		return cassandra.Invalidf("Invalid tuple type literal for %s of type %s", to.Name, to.Type)
	}
	for i, x := range e.Elems {
		if i >= len(to.Type.Elems) {
			return cassandra.Invalidf("Invalid tuple literal for %s: too many elements. Type %s expects %d but got %d",
				to.Name, to.Type, len(to.Type.Elems), len(e.Elems))
		}
		fits, err := s.assign(x, to.component(i))
		if err != nil {
			return err
		}
		if fits == cqltype.NotAssignable {
			return cassandra.Invalidf("Invalid tuple literal for %s: component %d is not of type %s", to.Name, i, to.Type.Elems[i])
		}
	}
	return nil
}

// udtLiteral is {field: a}; fields left out are null.
func (s *Scope) udtLiteral(e *cql.UDTLit, to Receiver) (Term, error) {
	if err := s.checkUDT(e, to); err != nil {
		return nil, err
	}
	terms := make([]Term, len(to.Type.Elems))
	for i, name := range to.Type.FieldNames {
		at := slices.Index(e.Fields, name)
		if at < 0 {
			terms[i] = &constant{to.Type.Elems[i], nil}
			continue
		}
		var err error
		if terms[i], err = s.Term(e.Values[at], to.field(i)); err != nil {
			return nil, err
		}
	}
	for _, name := range e.Fields {
		if !slices.Contains(to.Type.FieldNames, name) {
			return nil, cassandra.Invalidf("Unknown field '%s' in value of user defined type %s", name, to.Type.Name)
		}
	}
	return newComposite(to.Type, terms)
}

func (s *Scope) checkUDT(e *cql.UDTLit, to Receiver) error {
	if to.Type.Kind != cqltype.KindUDT {
		return cassandra.Invalidf("Invalid user type literal for %s of type %s", to.Name, to.Type)
	}
	for i, name := range to.Type.FieldNames {
		at := slices.Index(e.Fields, name)
		if at < 0 {
			continue
		}
		fits, err := s.assign(e.Values[at], to.field(i))
		if err != nil {
			return err
		}
		if fits == cqltype.NotAssignable {
			return cassandra.Invalidf("Invalid user type literal for %s: field %s is not of type %s", to.Name, name, to.Type.Elems[i])
		}
	}
	return nil
}
