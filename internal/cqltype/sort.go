package cqltype

import "slices"

// SortSet puts the elements of a set of type t in order and drops those that compare equal to one before. It works in place.
func (t *Type) SortSet(elems [][]byte) [][]byte {
	of := t.Elems[0]
	slices.SortStableFunc(elems, of.Compare)
	return slices.CompactFunc(elems, func(a, b []byte) bool { return of.Compare(a, b) == 0 })
}

// SortMap puts the entries of a map of type t, keys and values by turns, in the order of their keys. Of entries with equal keys the
// last stays. It works in place.
func (t *Type) SortMap(elems [][]byte) [][]byte {
	of := t.Elems[0]
	entries := make([][2][]byte, 0, len(elems)/2)
	for i := 0; i+1 < len(elems); i += 2 {
		entries = append(entries, [2][]byte{elems[i], elems[i+1]})
	}
	slices.SortStableFunc(entries, func(a, b [2][]byte) int { return of.Compare(a[0], b[0]) })
	elems = elems[:0]
	for i, e := range entries {
		if i+1 < len(entries) && of.Compare(e[0], entries[i+1][0]) == 0 {
			continue
		}
		elems = append(elems, e[0], e[1])
	}
	return elems
}
