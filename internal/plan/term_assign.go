package plan

import (
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// assign says how an expression would fit a place. Its only errors are of literals that no assignment can save.
// Source: Cassandra 5.0, the testAssignment methods of Term.Raw.
func (s *Scope) assign(e cql.Expr, to Receiver) (cqltype.Assignment, error) {
	switch e := e.(type) {
	case *cql.Null:
		if to.Type.Kind == cqltype.KindCounter {
			return cqltype.NotAssignable, nil
		}
	case *cql.Constant:
		return to.Type.AssignConstant(cqltype.ConstantKind(e.Kind), e.Text), nil
	case *cql.ListLit:
		return s.assignArray(e, to)
	case *cql.SetLit:
		if to.Type.Kind == cqltype.KindMap && len(e.Elems) == 0 {
			break
		}
		if to.Type.Kind != cqltype.KindSet {
			return cqltype.NotAssignable, nil
		}
		return s.assignAll(e.Elems, to.Elem())
	case *cql.MapLit:
		if to.Type.Kind != cqltype.KindMap {
			return cqltype.NotAssignable, nil
		}
		keys, err := s.assignAll(e.Keys, to.MapKey())
		if err != nil {
			return keys, err
		}
		values, err := s.assignAll(e.Values, to.Elem())
		return keys.And(values), err
	case *cql.UDTLit:
		if s.checkUDT(e, to) != nil {
			return cqltype.NotAssignable, nil
		}
	case *cql.TupleLit:
		if len(e.Elems) == 1 && !takesTuples(to.Type) {
			return s.assign(e.Elems[0], to)
		}
		if s.checkTuple(e, to) != nil {
			return cqltype.NotAssignable, nil
		}
	case *cql.Paren:
		return s.assign(&cql.TupleLit{Elems: []cql.Expr{e.Of}}, to)
	case *cql.Hint:
		t, err := s.ResolveType(e.Type)
		if err != nil {
			return cqltype.NotAssignable, err
		}
		return t.AssignTo(to.Type), nil
	case *cql.Call, *cql.Cast, *cql.Binary, *cql.Negate:
		return s.assignCall(e, to), nil
	}
	return cqltype.WeaklyAssignable, nil
}

func (s *Scope) assignArray(e *cql.ListLit, to Receiver) (cqltype.Assignment, error) {
	switch to.Type.Kind {
	case cqltype.KindList:
	case cqltype.KindVector:
		if len(e.Elems) != to.Type.Dimension {
			return cqltype.NotAssignable, nil
		}
	default:
		return cqltype.NotAssignable, errArrayReceiver(to.Type)
	}
	return s.assignAll(e.Elems, to.Elem())
}

// assignAll is the worst of several; of none it is weak.
func (s *Scope) assignAll(all []cql.Expr, to Receiver) (cqltype.Assignment, error) {
	if len(all) == 0 {
		return cqltype.WeaklyAssignable, nil
	}
	fits := cqltype.ExactMatch
	for _, e := range all {
		one, err := s.assign(e, to)
		if err != nil {
			return cqltype.NotAssignable, err
		}
		fits = fits.And(one)
	}
	return fits, nil
}

// compatibleType is the type that an expression has by itself, or nil when it has none.
func (s *Scope) compatibleType(e cql.Expr) *cqltype.Type {
	switch e := e.(type) {
	case *cql.Constant:
		return cqltype.PreferredConstant(cqltype.ConstantKind(e.Kind), e.Text)
	case *cql.ListLit:
		if t := s.firstType(e.Elems); t != nil {
			return cqltype.ListOf(t, false)
		}
	case *cql.SetLit:
		if t := s.firstType(e.Elems); t != nil {
			return cqltype.SetOf(t, false)
		}
	case *cql.MapLit:
		k, v := s.firstType(e.Keys), s.firstType(e.Values)
		if k != nil && v != nil {
			return cqltype.MapOf(k, v, false)
		}
	case *cql.TupleLit:
		if len(e.Elems) == 1 {
			return s.compatibleType(e.Elems[0])
		}
		types := make([]*cqltype.Type, len(e.Elems))
		for i, x := range e.Elems {
			if types[i] = s.compatibleType(x); types[i] == nil {
				return nil
			}
		}
		return cqltype.TupleOf(types...)
	case *cql.Paren:
		return s.compatibleType(e.Of)
	case *cql.Hint:
		if t, err := s.ResolveType(e.Type); err == nil {
			return t
		}
	case *cql.Call, *cql.Cast, *cql.Binary, *cql.Negate:
		if f, _, err := s.resolve(e, nil); err == nil {
			return f.Return
		}
	}
	return nil
}

func (s *Scope) firstType(all []cql.Expr) *cqltype.Type {
	for _, e := range all {
		if t := s.compatibleType(e); t != nil {
			return t
		}
	}
	return nil
}
