package function

import (
	"math"
	"math/big"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

const castPrefix = "cast_as_"

// Cast is CAST(arg AS to). Where arg is of that type already the function returns it as it is; in a selection the caller leaves such a
// cast out altogether, as Cassandra shows the column by the argument's name. Errors are *cassandra.Error.
func Cast(arg Arg, to *cqltype.Type) (*Function, error) {
	if t := arg.CompatibleType(); t != nil && t.Kind == to.Kind && len(to.Elems) == 0 {
		return newCast(to, to, func(raw []byte) ([]byte, error) { return raw, nil }), nil
	}
	name := Name{system, castPrefix + to.String()}
	candidates := natives[name.Name]
	if len(candidates) == 0 {
		return nil, cassandra.Invalidf("%s cannot be cast to %s", arg, to)
	}
	return choose(name, candidates, []Arg{arg}, nil)
}

// HasCasts says whether anything can be cast to a type.
func HasCasts(to *cqltype.Type) bool { return len(natives[castPrefix+to.String()]) > 0 }

// castFunctions are the conversions that CAST knows.
// Source: Cassandra 5.0, CastFcts.
func castFunctions() []*Function {
	var all []*Function
	texts := types(cqltype.Text, cqltype.ASCII)
	for _, from := range numericTypes {
		for _, to := range numericTypes {
			if from != to && to != cqltype.Counter {
				all = append(all, newCast(from, to, func(raw []byte) ([]byte, error) { return castNumber(from, to, raw) }))
			}
		}
	}
	shown := slices.Concat(numericTypes, types(cqltype.Inet, cqltype.Boolean, cqltype.TimeUUID, cqltype.Timestamp, cqltype.Date, cqltype.Time, cqltype.UUID))
	for _, to := range texts {
		for _, from := range shown {
			all = append(all, newCast(from, to, func(raw []byte) ([]byte, error) { return []byte(from.Text(raw)), nil }))
		}
	}
	all = append(all, newCast(cqltype.ASCII, cqltype.Text, func(raw []byte) ([]byte, error) { return raw, nil }))
	for _, c := range [][2]*cqltype.Type{
		{cqltype.TimeUUID, cqltype.Date}, {cqltype.TimeUUID, cqltype.Timestamp}, {cqltype.Timestamp, cqltype.Date}, {cqltype.Date, cqltype.Timestamp},
	} {
		all = append(all, newCast(c[0], c[1], func(raw []byte) ([]byte, error) { return appendMillis(c[1], millisOf(c[0], raw)), nil }))
	}
	return all
}

func newCast(from, to *cqltype.Type, convert func(raw []byte) ([]byte, error)) *Function {
	f := scalar(castPrefix+to.String(), to, types(from), func(args [][]byte) ([]byte, error) { return convert(args[0]) })
	f.column = func(args []string) string { return "cast(" + args[0] + " as " + to.String() + ")" }
	return f
}

func castNumber(from, to *cqltype.Type, raw []byte) ([]byte, error) {
	switch to.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return appendFloating(nil, to, float64Of(from, raw)), nil
	case cqltype.KindVarint:
		v, err := castInteger(from, raw)
		if err != nil {
			return nil, err
		}
		return cqltype.AppendVarint(nil, big.NewInt(v)), nil
	case cqltype.KindDecimal:
		return castDecimal(from, raw)
	}
	if isFloating(from) {
		return appendTruncated(to, cqltype.Float64(raw)), nil
	}
	v, err := castInteger(from, raw)
	return to.AppendInteger(nil, v), err
}

// castInteger is the number as a long: cut off, the low bits of what is larger.
func castInteger(from *cqltype.Type, raw []byte) (int64, error) {
	switch from.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return truncate(cqltype.Float64(raw)), nil
	case cqltype.KindVarint:
		return lowBits(cqltype.BigInt(raw)), nil
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		if err != nil {
			return 0, invalidValue(err)
		}
		n, ok := d.Int()
		if !ok {
			return 0, nil // so many zeros that the low bits are zero
		}
		return lowBits(n), nil
	}
	return cqltype.Int64(raw), nil
}

// castDecimal keeps what is written of a float or double: CAST of 0.1 is 0.1 for both.
func castDecimal(from *cqltype.Type, raw []byte) ([]byte, error) {
	if !isFloating(from) {
		return appendDecimal(cqltype.DecimalValue{Unscaled: bigOf(from, raw)})
	}
	v, bits := cqltype.Float64(raw), 64
	if from.Kind == cqltype.KindFloat {
		bits = 32
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, cassandra.Invalidf("%s cannot be converted into a decimal", from.Text(raw))
	}
	d, err := cqltype.ParseDecimal(cqltype.JavaDouble(v, bits))
	if err != nil {
		return nil, invalidValue(err)
	}
	return appendDecimal(d)
}
