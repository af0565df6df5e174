package function

import (
	"math/big"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// negations are the overloads of the unary minus.
var negations = func() []*Function {
	var all []*Function
	for _, t := range numericTypes {
		f := scalar("_negate", t, types(t), func(args [][]byte) ([]byte, error) { return negate(t, args[0]) })
		f.column = func(args []string) string { return "-" + args[0] }
		all = append(all, f)
	}
	return all
}()

// Negation is -arg. Errors are *cassandra.Error.
func Negation(arg Arg, receiver *cqltype.Type) (*Function, error) {
	exact, fitting := match(negations, []Arg{arg}, receiver)
	switch {
	case exact != nil:
		return exact, nil
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) == 0:
		return choose(Name{system, "_negate"}, negations, []Arg{arg}, receiver)
	}
	return nil, cassandra.Invalidf("Ambiguous negation: use type casts to disambiguate")
}

func negate(t *cqltype.Type, raw []byte) ([]byte, error) {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return appendFloating(nil, t, -cqltype.Float64(raw)), nil
	case cqltype.KindVarint:
		return cqltype.AppendVarint(nil, new(big.Int).Neg(cqltype.BigInt(raw))), nil
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		if err != nil {
			return nil, invalidValue(err)
		}
		return cqltype.AppendDecimal(nil, d.Neg()), nil
	}
	return t.AppendInteger(nil, -cqltype.Int64(raw)), nil
}
