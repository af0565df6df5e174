package cqltype

// Elements splits a list, set or vector into its elements, and a map into keys and values by turns. They alias raw.
func (t *Type) Elements(raw []byte) ([][]byte, error) {
	it := t.Iterate(raw)
	all := make([][]byte, 0, min(it.Count(), len(raw)))
	for it.Next() {
		all = append(all, it.Value())
	}
	return all, it.Err()
}

// Fields splits a tuple or UDT; fields that the value does not reach are nil. They alias raw.
func (t *Type) Fields(raw []byte) ([][]byte, error) {
	all := make([][]byte, len(t.Elems))
	it := t.Iterate(raw)
	for it.Next() {
		all[it.Index()] = it.Value()
	}
	return all, it.Err()
}

// Join is the inverse of Elements and Fields: it serializes elements as a value of type t. For sets and maps they must be in order
// and without duplicates already; see SortSet and SortMap.
func (t *Type) Join(elems [][]byte) []byte {
	size := 4
	for _, e := range elems {
		size += 9 + len(e)
	}
	return t.AppendJoin(make([]byte, 0, size), elems)
}

// AppendJoin is Join into an existing buffer.
func (t *Type) AppendJoin(dst []byte, elems [][]byte) []byte {
	switch t.Kind {
	case KindVector:
		for _, e := range elems {
			dst = t.appendVectorElement(dst, e)
		}
		return dst
	case KindList, KindSet:
		dst = AppendCount(dst, len(elems))
	case KindMap:
		dst = AppendCount(dst, len(elems)/2)
	}
	for _, e := range elems {
		dst = AppendElement(dst, e)
	}
	return dst
}
