package function

import "helenus/internal/cqltype"

// minMaxFunctions are min and max, of any type, in the type's order. null does not count; of nothing the result is null.
func minMaxFunctions() []*generic {
	of := func(name string, sign int) *generic {
		return &generic{name, []parameter{anyParameter}, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return &Function{Return: in[0], state: func() State { return &extreme{of: in[0], sign: sign} }}, nil
		}}
	}
	return []*generic{of("min", -1), of("max", 1)}
}

// extreme keeps the value that is farthest towards sign.
type extreme struct {
	of    *cqltype.Type
	sign  int
	value []byte
}

func (e *extreme) Add(args [][]byte) error {
	if v := args[0]; v != nil && (e.value == nil || e.of.Compare(v, e.value)*e.sign > 0) {
		e.value = append(e.value[:0], v...)
		if e.value == nil {
			e.value = []byte{}
		}
	}
	return nil
}

func (e *extreme) Result() ([]byte, error) { return e.value, nil }
