package protocol

import "encoding/binary"

// Value is one bound value: bytes, null (Bytes nil), or unset. Bytes alias the frame.
type Value struct {
	Name  string // of a named value
	Bytes []byte
	Unset bool
}

// values reads a list of values into dst, which is reused. Version 3 knows no unset values.
func (r *Reader) values(dst []Value, version Version, named bool) []Value {
	dst = dst[:0]
	n := r.Count(4)
	for range n {
		var v Value
		if named {
			v.Name = r.String()
		}
		switch size := r.Int(); {
		case size >= 0:
			v.Bytes = r.take(int(size))
		case size == -1:
		case size == -2 && version >= V4:
			v.Unset = true
		default:
			r.fail("Invalid length %d of a value", size)
		}
		if r.err != nil {
			return dst
		}
		dst = append(dst, v)
	}
	return dst
}

func appendValues(dst []byte, values []Value, named bool) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(values)))
	for i := range values {
		if named {
			dst = AppendString(dst, values[i].Name)
		}
		if values[i].Unset {
			dst = append(dst, 0xFF, 0xFF, 0xFF, 0xFE)
			continue
		}
		dst = AppendBytes(dst, values[i].Bytes)
	}
	return dst
}
