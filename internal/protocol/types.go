package protocol

import (
	"encoding/binary"

	"helenus/internal/cqltype"
)

// AppendType appends a type [option]. Vectors and the like travel as marshal class names.
func AppendType(dst []byte, t *cqltype.Type) []byte {
	kind := t.Kind
	switch kind {
	case cqltype.KindVector, cqltype.KindEmpty, cqltype.KindCustom:
		return AppendString(binary.BigEndian.AppendUint16(dst, 0), t.ClassName())
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(kind))
	switch kind {
	case cqltype.KindUDT:
		dst = AppendString(AppendString(dst, t.Keyspace), t.Name)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(t.Elems)))
		for i, e := range t.Elems {
			dst = AppendType(AppendString(dst, t.FieldNames[i]), e)
		}
	case cqltype.KindTuple:
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(t.Elems)))
		fallthrough
	default:
		for _, e := range t.Elems {
			dst = AppendType(dst, e)
		}
	}
	return dst
}

// typeDepthMax bounds how deep a type may nest.
const typeDepthMax = 64

// Type reads a type [option].
func (r *Reader) Type() *cqltype.Type { return r.typeAt(0) }

func (r *Reader) typeAt(depth int) *cqltype.Type {
	if depth > typeDepthMax {
		r.fail("Type nested deeper than %d", typeDepthMax)
		return cqltype.Blob
	}
	kind := cqltype.Kind(r.Short())
	elem := func() *cqltype.Type { return r.typeAt(depth + 1) }
	switch kind {
	case cqltype.KindCustom:
		t, err := cqltype.ParseClass(r.String())
		if err != nil {
			r.fail("%v", err)
			return cqltype.Blob
		}
		return t
	case cqltype.KindList:
		return cqltype.ListOf(elem(), false)
	case cqltype.KindSet:
		return cqltype.SetOf(elem(), false)
	case cqltype.KindMap:
		return cqltype.MapOf(elem(), elem(), false)
	case cqltype.KindTuple:
		elems := make([]*cqltype.Type, r.Count(2))
		for i := range elems {
			elems[i] = elem()
		}
		return cqltype.TupleOf(elems...)
	case cqltype.KindUDT:
		t := &cqltype.Type{Kind: cqltype.KindUDT, Keyspace: r.String(), Name: r.String()}
		for range r.Count(4) {
			t.FieldNames = append(t.FieldNames, r.String())
			t.Elems = append(t.Elems, elem())
		}
		return t
	}
	if t := cqltype.OfKind(kind); t != nil {
		return t
	}
	if r.err == nil {
		r.fail("Unknown type 0x%04x", uint16(kind))
	}
	return cqltype.Blob
}
