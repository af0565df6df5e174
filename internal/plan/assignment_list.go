package plan

import (
	"bytes"
	"encoding/binary"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
	"helenus/internal/row"
)

// A list's element has as its path the time of a version 1 UUID, most significant byte first, and the UUID's last eight bytes: so
// the order of paths is the order of the list.
func listPath(u [16]byte) []byte { return appendListPath(uuidTicks(u), u) }

func appendListPath(ticks uint64, u [16]byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 16), ticks), u[8:]...)
}

// uuidTicks is a version 1 UUID's time in ticks of 100 ns.
func uuidTicks(u [16]byte) uint64 {
	return uint64(binary.BigEndian.Uint16(u[6:])&0x0FFF)<<48 | uint64(binary.BigEndian.Uint16(u[4:]))<<32 | uint64(binary.BigEndian.Uint32(u[:]))
}

// mirroredListPath is listPath with the time mirrored at the reference.
func mirroredListPath(u [16]byte) []byte { return appendListPath(2*prependReference-uuidTicks(u), u) }

// listAppend is l = l + value: every element under a time UUID of the request's clock.
type listAppend struct{ value Term }

func (*listAppend) reads() bool                 { return false }
func (a *listAppend) term() Term                { return a.value }
func (a *listAppend) apply(w *cellWriter) error { return putTerm(w, a) }

func (a *listAppend) put(w *cellWriter, value []byte) error {
	elems, err := w.column.Type.Elements(value)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for _, e := range elems {
		w.set(listPath(w.env.NewTimeUUID()), e)
	}
	return nil
}

// prependReference is 2010-01-01 in ticks of 100 ns of version 1 UUIDs. What is prepended gets times mirrored at it: the later it
// was prepended, the earlier its time. Source: Cassandra 5.0, Lists.PrecisionTime.
const prependReference = 0x01B21DD213814000 + 1262304000*10_000_000

// listPrepend is l = value + l.
type listPrepend struct{ value Term }

func (*listPrepend) reads() bool                 { return false }
func (a *listPrepend) term() Term                { return a.value }
func (a *listPrepend) apply(w *cellWriter) error { return putTerm(w, a) }

func (a *listPrepend) put(w *cellWriter, value []byte) error {
	elems, err := w.column.Type.Elements(value)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for i := len(elems) - 1; i >= 0; i-- {
		w.set(mirroredListPath(w.env.NewTimeUUID()), elems[i])
	}
	return nil
}

// listSet is l[index] = value; a null value removes the element.
type listSet struct{ index, value Term }

func (*listSet) reads() bool { return true }

func (a *listSet) apply(w *cellWriter) error {
	if err := w.env.Guard.Feature(guardrail.ReadBeforeWriteListOperations, "Setting of list items by index requiring read before write"); err != nil {
		return err
	}
	i, err := a.index.Eval(w.env)
	if err == nil {
		err = refuseMissing(i, "list index")
	}
	if err != nil {
		return err
	}
	v, err := a.value.Eval(w.env)
	if err != nil {
		return err
	}
	e, err := listElement(w, i, "set an element on a list")
	switch {
	case err != nil:
		return err
	case v == nil:
		w.remove(e.Path)
	case !IsUnset(v):
		w.set(e.Path, v)
	}
	return nil
}

// listRemoveIndex is DELETE l[index].
type listRemoveIndex struct{ index Term }

func (*listRemoveIndex) reads() bool { return true }

func (a *listRemoveIndex) apply(w *cellWriter) error {
	if err := w.env.Guard.Feature(guardrail.ReadBeforeWriteListOperations, "Removal of list items by index requiring read before write"); err != nil {
		return err
	}
	i, err := a.index.Eval(w.env)
	if err != nil || IsUnset(i) {
		return err
	}
	if err := refuseMissing(i, "list index"); err != nil {
		return err
	}
	e, err := listElement(w, i, "delete an element from a list")
	if err != nil {
		return err
	}
	w.remove(e.Path)
	return nil
}

// refuseMissing refuses null and unset where an element is named.
func refuseMissing(v []byte, what string) error {
	if v == nil {
		return cassandra.Invalidf("Invalid null value for %s", what)
	}
	if IsUnset(v) {
		return cassandra.Invalidf("Invalid unset value for %s", what)
	}
	return nil
}

// listElement finds an element of the list as it is.
func listElement(w *cellWriter, index []byte, attempt string) (*row.Element, error) {
	all := currentList(w)
	if len(all) == 0 {
		return nil, cassandra.Invalidf("Attempted to %s which is null", attempt)
	}
	i := cqltype.Int64(index)
	if i < 0 || i >= int64(len(all)) {
		return nil, cassandra.Invalidf("List index %d out of bound, list has size %d", i, len(all))
	}
	return &all[i], nil
}

// currentList returns the elements of the list in its order: as it is, with what the statement's earlier assignments did to it.
func currentList(w *cellWriter) []row.Element {
	var stored []row.Element
	if w.current != nil {
		if c, ok := w.current.Cell(w.column.ID); ok {
			stored = c.Elements
		}
	}
	if len(w.elements) == 0 {
		return stored
	}
	return w.withPending(stored)
}

// withPending merges the elements that are on their way into a list. Source: Cassandra 5.0, UpdateParameters.getPrefetchedRow.
func (w *cellWriter) withPending(stored []row.Element) []row.Element {
	all := slices.Clone(stored)
	for i := range w.elements {
		p := &w.elements[i]
		at, found := slices.BinarySearchFunc(all, p.path, func(e row.Element, path []byte) int { return bytes.Compare(e.Path, path) })
		switch {
		case found && all[at].Timestamp > w.timestamp:
		case p.tombstone:
			if found {
				all = slices.Delete(all, at, at+1)
			}
		case !found:
			all = slices.Insert(all, at, row.Element{Path: p.path, Timestamp: w.timestamp, Value: p.value})
		case all[at].Timestamp < w.timestamp || bytes.Compare(all[at].Value, p.value) < 0:
			all[at].Timestamp, all[at].Value = w.timestamp, p.value
		}
	}
	return all
}

// listRemove is l = l - value: all elements that are equal to one of the values.
type listRemove struct{ value Term }

func (*listRemove) reads() bool { return true }

func (a *listRemove) apply(w *cellWriter) error {
	if err := w.env.Guard.Feature(guardrail.ReadBeforeWriteListOperations, "Removal of list items requiring read before write"); err != nil {
		return err
	}
	v, err := a.value.Eval(w.env)
	if err != nil || v == nil || IsUnset(v) {
		return err
	}
	unwanted, err := w.column.Type.Elements(v)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for _, e := range currentList(w) {
		for _, u := range unwanted {
			if bytes.Equal(e.Value, u) {
				w.remove(e.Path)
				break
			}
		}
	}
	return nil
}
