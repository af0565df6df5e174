package key

import (
	"bytes"
	"errors"

	"helenus/internal/cqltype"
)

// A component of a clustering key is a marker and, for a value that is not empty, order-preserving bytes that are no
// prefix of another value's. A descending column's component is inverted as a whole. No component begins with 0xFF, so
// appending 0xFF to a prefix gives the place right after everything that begins with it.
const (
	markEmpty = 0x40
	markValue = 0x41
)

// AppendClustering appends one component. value must be valid for t.
func AppendClustering(dst []byte, t *cqltype.Type, descending bool, value []byte) []byte {
	return appendComponent(dst, t, descending, value, true)
}

// AppendBound appends one component for use in a Range: it is a prefix of every equal value's component, also where equal
// values differ in bytes (decimals 1.0 and 1.00).
func AppendBound(dst []byte, t *cqltype.Type, descending bool, value []byte) []byte {
	return appendComponent(dst, t, descending, value, false)
}

func appendComponent(dst []byte, t *cqltype.Type, descending bool, value []byte, exact bool) []byte {
	at := len(dst)
	if len(value) == 0 {
		dst = append(dst, markEmpty)
	} else {
		dst = appendOrdered(append(dst, markValue), t, value, exact)
	}
	if descending {
		invert(dst[at:])
	}
	return dst
}

// BeginsEmpty says whether the first component of a clustering key is an empty value.
func BeginsEmpty(clustering []byte) bool {
	return len(clustering) > 0 && (clustering[0] == markEmpty || clustering[0] == ^byte(markEmpty))
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// After returns the place right after every key that begins with prefix.
func After(prefix []byte) []byte { return append(bytes.Clone(prefix), 0xFF) }

// Prefix returns the range of all keys that begin with prefix.
func Prefix(prefix []byte) Range { return Range{Start: prefix, End: After(prefix)} }

// Beginning returns the range of the components of texts and blobs that begin with some bytes, at least one; each is behind before.
func Beginning(before, begin []byte) Range {
	start := append(bytes.Clone(before), markValue)
	for _, b := range begin {
		if start = append(start, b); b == 0 {
			start = append(start, 0xFF)
		}
	}
	end := bytes.Clone(start)
	for end[len(end)-1] == 0xFF {
		end = end[:len(end)-1]
	}
	end[len(end)-1]++
	return Range{Start: start, End: end}
}

// Contains says whether an encoded clustering key lies in r.
func (r Range) Contains(clustering []byte) bool {
	return bytes.Compare(r.Start, clustering) <= 0 && (r.End == nil || bytes.Compare(clustering, r.End) < 0)
}

// IsEmpty says whether no key can lie in r.
func (r Range) IsEmpty() bool { return r.End != nil && bytes.Compare(r.Start, r.End) >= 0 }

var errClustering = errors.New("malformed clustering key")

// Column is what decoding needs to know of a clustering column.
type Column struct {
	Type       *cqltype.Type
	Descending bool
}

// DecodeClustering takes one component off the front. The value is newly allocated unless its bytes are stored as they are.
func DecodeClustering(t *cqltype.Type, descending bool, raw []byte) (value, rest []byte, err error) {
	if len(raw) == 0 {
		return nil, nil, errClustering
	}
	d := decoder{raw: raw}
	if descending {
		d.mask = 0xFF
	}
	switch d.byte() {
	case markEmpty:
		return []byte{}, raw[d.at:], nil
	case markValue:
		value = d.ordered(nil, t)
		if d.failed {
			return nil, nil, errClustering
		}
		return value, raw[d.at:], nil
	}
	return nil, nil, errClustering
}
