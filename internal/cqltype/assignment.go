package cqltype

// Assignment says how well a value of one kind fits a place of another type.
type Assignment uint8

const (
	NotAssignable    Assignment = iota
	WeaklyAssignable            // fits, but another type would fit better
	ExactMatch
)

// And combines the assignments of several elements or arguments: the worst of them.
func (a Assignment) And(b Assignment) Assignment { return min(a, b) }

// AssignTo says how a value whose type is t fits a place of type to. Frozenness makes no difference: a literal or a result has none.
// Source: Cassandra 5.0, AbstractType.testAssignment.
func (t *Type) AssignTo(to *Type) Assignment {
	if t.sameValues(to) {
		return ExactMatch
	}
	if to.ReadsValuesOf(t) {
		return WeaklyAssignable
	}
	return NotAssignable
}

// sameValues is Equal without regard to frozenness.
func (t *Type) sameValues(o *Type) bool {
	if t == o {
		return true
	}
	return t.Freeze().Equal(o.Freeze())
}

// Freeze returns t with every collection and UDT in it frozen.
func (t *Type) Freeze() *Type {
	changed := (t.IsCollection() || t.Kind == KindUDT) && !t.Frozen
	elems := make([]*Type, len(t.Elems))
	for i, e := range t.Elems {
		elems[i] = e.Freeze()
		changed = changed || elems[i] != e
	}
	if !changed {
		return t
	}
	frozen := *t
	frozen.Frozen, frozen.Elems = true, elems
	return &frozen
}

// ReadsValuesOf says whether bytes written as type o are legal values of t as well.
// Source: Cassandra 5.0, AbstractType.isValueCompatibleWith and its overrides.
func (t *Type) ReadsValuesOf(o *Type) bool {
	if t.sameValues(o) {
		return true
	}
	switch t.Kind {
	case KindBlob:
		return true
	case KindText:
		return o.Kind == KindASCII
	case KindBigint:
		return o.Kind == KindTimestamp
	case KindTimestamp:
		return o.Kind == KindBigint
	case KindTime:
		return o.Kind == KindBigint
	case KindDate:
		return o.Kind == KindInt
	case KindVarint:
		return o.Kind == KindInt || o.Kind == KindBigint || o.Kind == KindTimestamp
	case KindUUID:
		return o.Kind == KindTimeUUID
	case KindList, KindSet, KindMap, KindTuple, KindVector:
		return t.readsElementsOf(o)
	}
	return false
}

func (t *Type) readsElementsOf(o *Type) bool {
	if t.Kind != o.Kind || len(t.Elems) < len(o.Elems) || t.Kind != KindTuple && (len(t.Elems) != len(o.Elems) || t.Dimension != o.Dimension) {
		return false
	}
	for i := range o.Elems {
		if !t.Elems[i].ReadsValuesOf(o.Elems[i]) {
			return false
		}
	}
	return true
}
