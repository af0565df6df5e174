package plan

import (
	"bytes"
	"sort"

	"helenus/internal/row"
	"helenus/internal/schema"
)

// cellWriter writes the cells of one row delta. It is reused from row to row and from request to request.
type cellWriter struct {
	row.Builder
	env       *Env
	timestamp int64 // microseconds
	ttl       int32 // seconds, 0 for none
	now       int64 // seconds since 1970
	// current is the row as it is, for assignments that read; nil when there is no such row.
	current *row.View
	column  *schema.Column
	// of the open complex column
	elements []element
	deletion row.Deletion
	// increment is what the open counter column grows by.
	increment int64
}

// element is a cell of a complex column on its way into the delta.
type element struct {
	path, value []byte
	tombstone   bool
}

// tombstoneTime is the deletion of something at this request's time; before, what it deletes may be written with the same request.
func (w *cellWriter) deletionAt(before int64) row.Deletion {
	return row.Deletion{Timestamp: w.timestamp - before, LocalTime: w.now}
}

// columns writes all changes of a row.
func (w *cellWriter) columns(all columnWrites) error {
	for i := range all {
		c := &all[i]
		w.column = c.column
		if !c.column.Type.IsMultiCell() {
			for _, a := range c.all {
				if err := a.apply(w); err != nil {
					return err
				}
			}
			continue
		}
		if err := w.complex(c); err != nil {
			return err
		}
	}
	return nil
}

// complex gathers the elements that the assignments of one column make, then writes them in order of their paths.
func (w *cellWriter) complex(c *columnWrite) error {
	w.elements, w.deletion = w.elements[:0], row.NotDeleted
	guarded := w.env.Guard.Cells()
	for _, a := range c.all {
		from := len(w.elements)
		if err := a.apply(w); err != nil {
			return err
		}
		if guarded {
			if err := w.guardElements(a, w.elements[from:]); err != nil {
				return err
			}
		}
	}
	if len(w.elements) == 0 && w.deletion.IsZero() {
		return nil
	}
	sort.SliceStable(w.elements, func(i, j int) bool { return w.elements[i].less(&w.elements[j]) })
	w.BeginComplex(c.column.ID, w.deletion)
	for i := range w.elements {
		e := &w.elements[i]
		switch {
		case i+1 < len(w.elements) && bytes.Equal(e.path, w.elements[i+1].path):
			// the next one wins
		case e.tombstone:
			w.ElementTombstone(e.path, w.timestamp, w.now)
		default:
			w.Element(e.path, w.timestamp, w.ttl, w.now, e.value)
		}
	}
	w.EndComplex()
	return nil
}

// less puts what wins among cells of one path and timestamp last: the larger value, then a tombstone.
func (e *element) less(o *element) bool {
	if c := bytes.Compare(e.path, o.path); c != 0 {
		return c < 0
	}
	if e.tombstone != o.tombstone {
		return o.tombstone
	}
	return bytes.Compare(e.value, o.value) < 0
}

func (w *cellWriter) set(path, value []byte) {
	w.elements = append(w.elements, element{path: path, value: value})
}

func (w *cellWriter) remove(path []byte) {
	w.elements = append(w.elements, element{path: path, tombstone: true})
}

// setCell overwrites a column that is one cell.
type setCell struct{ value Term }

func (*setCell) reads() bool { return false }

func (a *setCell) apply(w *cellWriter) error {
	v, err := a.value.Eval(w.env)
	switch {
	case err != nil:
		return err
	case v == nil:
		w.Tombstone(w.column.ID, w.timestamp, w.now)
	case !IsUnset(v):
		if w.env.Guard.Cells() {
			if err := w.guardCell(v); err != nil {
				return err
			}
		}
		w.Cell(w.column.ID, w.timestamp, w.ttl, w.now, v)
	}
	return nil
}

// deleteColumn is DELETE column.
type deleteColumn struct{}

func (deleteColumn) reads() bool { return false }

func (deleteColumn) apply(w *cellWriter) error {
	if w.column.Type.IsMultiCell() {
		w.deletion = w.deletion.Max(w.deletionAt(0))
	} else {
		w.Tombstone(w.column.ID, w.timestamp, w.now)
	}
	return nil
}

// complexAssignment is an assignment to a collection or user type that can tell its value, so that overwriting knows when it is unset.
type complexAssignment interface {
	assignment
	term() Term
	put(w *cellWriter, value []byte) error
}

// overwrite replaces all of a collection or user type: what was there is deleted as of the microsecond before.
type overwrite struct{ with complexAssignment }

func (*overwrite) reads() bool { return false }

func (a *overwrite) apply(w *cellWriter) error {
	v, err := a.with.term().Eval(w.env)
	if err != nil || IsUnset(v) {
		return err
	}
	w.deletion = w.deletion.Max(w.deletionAt(1))
	if v == nil {
		return nil
	}
	return a.with.put(w, v)
}

// putTerm evaluates an assignment that adds to what is there; null and unset add nothing.
func putTerm(w *cellWriter, a complexAssignment) error {
	v, err := a.term().Eval(w.env)
	if err != nil || v == nil || IsUnset(v) {
		return err
	}
	return a.put(w, v)
}
