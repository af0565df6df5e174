package index

import (
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// TermBytesMax is the longest value that an index takes, in bytes.
const TermBytesMax = 65535

// AppendTerm appends the term of a value: of the column, or of an element of it. The value of a map's entry is added by AppendEntry.
func AppendTerm(dst []byte, x *schema.Index, value []byte) []byte {
	t, value := prepared(x, value)
	return key.AppendClustering(dst, t, false, value)
}

// AppendEntry appends the term of a map's entry.
func AppendEntry(dst []byte, x *schema.Index, k, value []byte) []byte {
	t := x.Column.Type
	return key.AppendClustering(key.AppendClustering(dst, t.Elems[0], false, k), t.Elems[1], false, value)
}

// Exactly returns the terms that equal a value; for an index of entries value is the map's value and k its key.
func Exactly(x *schema.Index, k, value []byte) key.Range {
	if x.Part == schema.IndexEntries {
		t := x.Column.Type
		return key.Prefix(key.AppendBound(key.AppendClustering(nil, t.Elems[0], false, k), t.Elems[1], false, value))
	}
	t, value := prepared(x, value)
	return key.Prefix(key.AppendBound(nil, t, false, value))
}

// Between returns the terms between two values, nil ones being no bounds.
func Between(x *schema.Index, low []byte, lowIn bool, high []byte, highIn bool) key.Range {
	r := key.Range{End: []byte{0xFF}} // no term begins with FF
	if low != nil {
		t, value := prepared(x, low)
		if r.Start = key.AppendBound(nil, t, false, value); !lowIn {
			r.Start = key.After(r.Start)
		}
	}
	if high != nil {
		t, value := prepared(x, high)
		if r.End = key.AppendBound(nil, t, false, value); highIn {
			r.End = key.After(r.End)
		}
	}
	return r
}

// IsOneTerm says whether a value has one term only, so that entries under it are in the order of rows: decimals may be equal with different
// scales.
func IsOneTerm(x *schema.Index) bool { return !hasDecimal(x.Column.Type) }

func hasDecimal(t *cqltype.Type) bool {
	if t.Kind == cqltype.KindDecimal {
		return true
	}
	for _, e := range t.Elems {
		if hasDecimal(e) {
			return true
		}
	}
	return false
}

// prepared returns the type that a term is encoded with and the value in its form.
func prepared(x *schema.Index, value []byte) (*cqltype.Type, []byte) {
	t := x.Column.Type
	switch x.Part {
	case schema.IndexKeys:
		t = t.Elems[0]
	case schema.IndexValues:
		t = t.Elems[len(t.Elems)-1]
	}
	if x.Class == schema.SASIIndex {
		return t, comparable(x, value)
	}
	if x.Class != schema.StorageAttachedIndex {
		return t, value
	}
	switch {
	case t.Kind == cqltype.KindInet && len(value) == 4: // addresses of both kinds are compared as those of version 6
		value = append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, value...)
	case !x.Analysis.IsNone() && len(value) > 0:
		value = analyze(x.Analysis, value)
	}
	return t, value
}
