package function

import (
	"slices"

	"helenus/internal/cqltype"
)

// maskFunctions hide values: mask_null, mask_default, mask_replace, mask_inner, mask_outer, mask_hash.
// Source: Cassandra 5.0, cql3/functions/masking.
func maskFunctions() []*generic {
	return slices.Concat([]*generic{
		{"mask_null", []parameter{anyParameter}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return masking(in[0], func([][]byte) []byte { return nil }), nil
		}},
		{"mask_default", []parameter{anyParameter}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			value := defaultMask(in[0])
			return masking(in[0], func([][]byte) []byte { return value }), nil
		}},
		{"mask_replace", []parameter{anyParameter, sameAsFirst}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return masking(in[0], func(args [][]byte) []byte { return args[1] }), nil
		}},
		hashMask(),
	}, partialMasks())
}

func masking(ret *cqltype.Type, mask func(args [][]byte) []byte) *Function {
	return &Function{Return: ret, Masks: true, call: func(_ *Context, args [][]byte) ([]byte, error) { return mask(args), nil }}
}

// defaultMask is the value that mask_default shows for all values of a type: zero, **** or empty.
func defaultMask(t *cqltype.Type) []byte {
	switch t.Kind {
	case cqltype.KindText, cqltype.KindASCII:
		return []byte("****")
	case cqltype.KindTimeUUID:
		return cqltype.AppendTimeUUID(nil, 0, 0x8080808080808080)
	case cqltype.KindDate:
		return cqltype.AppendDate(nil, cqltype.MillisToDate(0))
	case cqltype.KindTuple, cqltype.KindUDT:
		fields := make([][]byte, len(t.Elems))
		for i, e := range t.Elems {
			fields[i] = defaultMask(e)
		}
		return t.Join(fields)
	case cqltype.KindVector:
		elems := make([][]byte, t.Dimension)
		for i := range elems {
			elems[i] = defaultMask(t.Elems[0])
		}
		return t.Join(elems)
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap:
		return t.Join(nil)
	}
	return make([]byte, zeroSize(t))
}

// zeroSize is how many zero bytes are a zero of t.
func zeroSize(t *cqltype.Type) int {
	switch t.Kind {
	case cqltype.KindTinyint, cqltype.KindVarint:
		return 1
	case cqltype.KindSmallint:
		return 2
	case cqltype.KindDuration:
		return 3
	case cqltype.KindInet:
		return 4
	case cqltype.KindDecimal:
		return 5 // scale and one byte
	case cqltype.KindTime:
		return 8
	}
	return t.FixedSize()
}
