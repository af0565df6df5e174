package cqltype

import "encoding/binary"

// Iterator walks over the parts of a collection, vector, tuple or UDT without allocating: the elements of a list, set or vector, keys
// and values of a map by turns, the fields of a tuple or UDT.
//
//	it := t.Iterate(raw)
//	for it.Next() {
//		use(it.Type(), it.Value())
//	}
//	return it.Err()
type Iterator struct {
	of    *Type
	rest  []byte
	at    int // the part that Next came to, from 0; -1 before
	count int // parts to come to; of a tuple or UDT at most
	value []byte
	err   error
}

// Iterate starts before the first part of a value of type t. raw must not change meanwhile.
func (t *Type) Iterate(raw []byte) Iterator {
	it := Iterator{of: t, rest: raw, at: -1}
	switch t.Kind {
	case KindList, KindSet, KindMap:
		it.count, it.rest, it.err = t.readCount(raw)
		if t.Kind == KindMap {
			it.count *= 2
		}
	case KindVector:
		it.count = t.Dimension
	default:
		it.count = len(t.Elems)
	}
	return it
}

// readCount reads how many elements or entries a list, set or map has, and checks that so many can follow.
func (t *Type) readCount(raw []byte) (n int, rest []byte, err error) {
	if len(raw) < 4 {
		return 0, nil, t.shortError()
	}
	n, rest = int(int32(binary.BigEndian.Uint32(raw))), raw[4:]
	least := 4 // bytes an element or entry has at least
	if t.Kind == KindMap {
		least = 8
	}
	switch {
	case n < 0:
		return 0, nil, t.countError()
	case n > len(rest)/least:
		return 0, nil, t.shortError()
	}
	return n, rest, nil
}

// Next goes to the next part. It is false after the last one and at an error. A tuple or UDT may end early: its remaining fields are null.
func (it *Iterator) Next() bool {
	if it.err != nil {
		return false
	}
	it.at++
	isTuple := it.of.Kind == KindTuple || it.of.Kind == KindUDT
	if it.at >= it.count || isTuple && len(it.rest) == 0 {
		if len(it.rest) > 0 {
			it.err = it.of.extraneousError(len(it.rest))
		}
		return false
	}
	read := ReadElement
	if it.of.Kind == KindVector {
		read = it.of.readVectorElement
	}
	value, rest, err := read(it.rest)
	if err != nil {
		it.err = it.of.partError(it.at, len(it.rest))
		return false
	}
	it.value, it.rest = value, rest
	return true
}

// Value is the part that Next came to. It aliases the value iterated over and is nil for null.
func (it *Iterator) Value() []byte { return it.value }

// Index counts parts from 0.
func (it *Iterator) Index() int { return it.at }

// Type is the type of the part that Next came to.
func (it *Iterator) Type() *Type { return it.of.partType(it.at) }

// Err is the error that ended the walk, nil at its proper end.
func (it *Iterator) Err() error { return it.err }

// Count is the number of parts of a list, set, map or vector; of a tuple or UDT that of its type.
func (it *Iterator) Count() int { return it.count }

// partType is the type of part i as an Iterator counts.
func (t *Type) partType(i int) *Type {
	switch t.Kind {
	case KindMap:
		return t.Elems[i%2]
	case KindTuple, KindUDT:
		return t.Elems[i]
	}
	return t.Elems[0]
}
