package java

import "fmt"

// iterator goes through an array, list, set, or the entries, keys or values of a map.
type iterator struct {
	elems   func() (any, bool)
	pending any
	has     bool
	removed func()
}

func (it *iterator) next() (any, bool) {
	if it.has {
		it.has = false
		return it.pending, true
	}
	return it.elems()
}

func (it *iterator) hasNext() bool {
	if !it.has {
		it.pending, it.has = it.elems()
	}
	return it.has
}

// iterate begins an iteration. A collection that changes meanwhile throws, as in Java.
func iterate(m *Meter, v any, what string) *iterator {
	m.charge(32)
	i := 0
	slice := func(elems []any, check func()) *iterator {
		return &iterator{elems: func() (any, bool) {
			if i >= len(elems) {
				return nil, false
			}
			check()
			i++
			return elems[i-1], true
		}}
	}
	switch v := v.(type) {
	case nil:
		throw("NullPointerException", nullMessage("java.util.List.iterator()", what))
	case *array:
		return slice(v.elems, func() {})
	case *list:
		at := v.version
		return &iterator{elems: func() (any, bool) {
			if v.version != at {
				concurrent()
			}
			if i >= len(v.elems) {
				return nil, false
			}
			i++
			return v.elems[i-1], true
		}, removed: func() {
			i--
			v.elems = append(v.elems[:i], v.elems[i+1:]...)
			v.version++
			at = v.version
		}}
	case *set:
		at, all := v.version, v.all(m)
		return &iterator{elems: func() (any, bool) {
			if v.version != at {
				concurrent()
			}
			if i >= len(all) {
				return nil, false
			}
			i++
			return all[i-1].key, true
		}, removed: func() {
			v.remove(m, all[i-1].key)
			at = v.version
		}}
	}
	panic(fmt.Sprintf("java: %T is not iterable", v))
}

func concurrent() { panic(&thrown{class: "ConcurrentModificationException"}) }
