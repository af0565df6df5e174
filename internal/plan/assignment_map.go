package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// setAdd is s = s + value: the elements are paths without values.
type setAdd struct{ value Term }

func (*setAdd) reads() bool                 { return false }
func (a *setAdd) term() Term                { return a.value }
func (a *setAdd) apply(w *cellWriter) error { return putTerm(w, a) }

func (a *setAdd) put(w *cellWriter, value []byte) error {
	elems, err := w.column.Type.Elements(value)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for _, e := range elems {
		w.set(e, nil)
	}
	return nil
}

// mapPut is m = m + value.
type mapPut struct{ value Term }

func (*mapPut) reads() bool                 { return false }
func (a *mapPut) term() Term                { return a.value }
func (a *mapPut) apply(w *cellWriter) error { return putTerm(w, a) }

func (a *mapPut) put(w *cellWriter, value []byte) error {
	elems, err := w.column.Type.Elements(value)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for i := 0; i+1 < len(elems); i += 2 {
		w.set(elems[i], elems[i+1])
	}
	return nil
}

// mapSet is m[key] = value; a null value removes the entry.
type mapSet struct{ key, value Term }

func (*mapSet) reads() bool { return false }

func (a *mapSet) apply(w *cellWriter) error {
	k, err := mapKeyOf(w, a.key)
	if err != nil {
		return err
	}
	v, err := a.value.Eval(w.env)
	switch {
	case err != nil:
		return err
	case v == nil:
		w.remove(k)
	case !IsUnset(v):
		w.set(k, v)
	}
	return nil
}

func mapKeyOf(w *cellWriter, key Term) ([]byte, error) {
	k, err := key.Eval(w.env)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, cassandra.Invalidf("Invalid null map key")
	}
	if IsUnset(k) {
		return nil, cassandra.Invalidf("Invalid unset map key")
	}
	return k, nil
}

// pathRemove is DELETE m[key] and DELETE s[element].
type pathRemove struct{ key Term }

func (*pathRemove) reads() bool { return false }

func (a *pathRemove) apply(w *cellWriter) error {
	if w.column.Type.Kind == cqltype.KindMap {
		k, err := mapKeyOf(w, a.key)
		if err == nil {
			w.remove(k)
		}
		return err
	}
	v, err := a.key.Eval(w.env)
	if err != nil {
		return err
	}
	if v == nil {
		return cassandra.Invalidf("Invalid null set element")
	}
	if !IsUnset(v) {
		w.remove(v)
	}
	return nil
}

// pathsRemove is s = s - value and m = m - keys: value is a set of what to remove.
type pathsRemove struct{ value Term }

func (*pathsRemove) reads() bool { return false }

func (a *pathsRemove) apply(w *cellWriter) error {
	v, err := a.value.Eval(w.env)
	if err != nil || v == nil || IsUnset(v) {
		return err
	}
	elems, err := a.value.Type().Elements(v)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for _, e := range elems {
		w.remove(e)
	}
	return nil
}
