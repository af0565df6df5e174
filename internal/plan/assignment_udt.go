package plan

import (
	"encoding/binary"

	"helenus/internal/cassandra"
)

// fieldPath is the path of a user type's field: its index in two bytes.
func fieldPath(i uint16) []byte { return binary.BigEndian.AppendUint16(nil, i) }

// fieldsSet puts the fields of a user type's value; those that are null stay away.
type fieldsSet struct{ value Term }

func (*fieldsSet) reads() bool                 { return false }
func (a *fieldsSet) term() Term                { return a.value }
func (a *fieldsSet) apply(w *cellWriter) error { return putTerm(w, a) }

func (a *fieldsSet) put(w *cellWriter, value []byte) error {
	fields, err := w.column.Type.Fields(value)
	if err != nil {
		return cassandra.Invalidf("%s", err)
	}
	for i, f := range fields {
		if f != nil {
			w.set(fieldPath(uint16(i)), f)
		}
	}
	return nil
}

// fieldSet is u.field = value; a null value removes the field.
type fieldSet struct {
	field uint16
	value Term
}

func (*fieldSet) reads() bool { return false }

func (a *fieldSet) apply(w *cellWriter) error {
	v, err := a.value.Eval(w.env)
	switch {
	case err != nil:
		return err
	case v == nil:
		w.remove(fieldPath(a.field))
	case !IsUnset(v):
		w.set(fieldPath(a.field), v)
	}
	return nil
}

// fieldDelete is DELETE u.field.
type fieldDelete struct{ field uint16 }

func (*fieldDelete) reads() bool { return false }

func (a *fieldDelete) apply(w *cellWriter) error {
	w.remove(fieldPath(a.field))
	return nil
}
