package function

import (
	"math"
	"math/big"
	"sync"

	"helenus/internal/cqltype"
)

// mathFunctions are abs, exp, log, log10 and round for every numeric type; the result has the argument's type.
// Source: Cassandra 5.0, MathFcts and the NumberType classes.
func mathFunctions() []*Function {
	var all []*Function
	for _, t := range numericTypes {
		all = append(all,
			mathFunction("abs", t, abs),
			mathFunction("exp", t, func(t *cqltype.Type, raw []byte) ([]byte, error) { return transcend(t, raw, exp, decimalExp) }),
			mathFunction("log", t, func(t *cqltype.Type, raw []byte) ([]byte, error) { return transcend(t, raw, ln, decimalLog) }),
			mathFunction("log10", t, func(t *cqltype.Type, raw []byte) ([]byte, error) { return transcend(t, raw, log10, decimalLog10) }),
			mathFunction("round", t, round),
		)
	}
	return all
}

func mathFunction(name string, t *cqltype.Type, compute func(t *cqltype.Type, raw []byte) ([]byte, error)) *Function {
	return scalar(name, t, types(t), func(args [][]byte) ([]byte, error) { return compute(t, args[0]) })
}

// abs leaves the least integer of a type as it is: it has no positive counterpart.
func abs(t *cqltype.Type, raw []byte) ([]byte, error) {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return appendFloating(nil, t, math.Abs(cqltype.Float64(raw))), nil
	case cqltype.KindVarint:
		return cqltype.AppendVarint(nil, new(big.Int).Abs(cqltype.BigInt(raw))), nil
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		if err != nil {
			return nil, invalidValue(err)
		}
		d.Unscaled.Abs(d.Unscaled)
		return cqltype.AppendDecimal(nil, d), nil
	}
	if v := cqltype.Int64(raw); v < 0 {
		return t.AppendInteger(nil, -v), nil
	}
	return raw, nil
}

// transcend computes in double precision and cuts the result to the type; decimals and varints have a way of their own.
func transcend(t *cqltype.Type, raw []byte, double func(float64) float64, decimal func(cqltype.DecimalValue) (cqltype.DecimalValue, error)) ([]byte, error) {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return appendFloating(nil, t, double(cqltype.Float64(raw))), nil
	case cqltype.KindVarint, cqltype.KindDecimal:
		d, err := decimalOf(t, raw)
		if err == nil {
			d, err = decimal(d)
		}
		if err != nil {
			return nil, invalidValue(err)
		}
		if t.Kind == cqltype.KindDecimal {
			return appendDecimal(d)
		}
		n, ok := d.Int()
		if !ok {
			return nil, invalidValue(errTooLarge)
		}
		return appendVarint(n)
	}
	return appendTruncated(t, double(float64(cqltype.Int64(raw)))), nil
}

// expBits is how precisely exp computes.
const expBits = 128

var ln2 = sync.OnceValue(func() *big.Float { return naturalLog(newFloat(2, expBits)) })

// exp is the double nearest to e to the power of x, as Java's mostly is; math.Exp is often the one beside it.
func exp(x float64) float64 {
	y := math.Exp(x)
	if y == 0 || math.IsInf(y, 0) || math.IsNaN(y) {
		return y
	}
	halvings := math.Round(x * math.Log2E)
	rest := new(big.Float).SetPrec(expBits).SetFloat64(x)
	rest.Sub(rest, new(big.Float).SetPrec(expBits).Mul(ln2(), newFloat(int64(halvings), expBits)))
	power := exponential(rest)
	y, _ = power.SetMantExp(power, int(halvings)).Float64()
	return y
}

// ln is math.Log, which is wrong for subnormal numbers on some machines.
func ln(x float64) float64 {
	if !(x >= 0) {
		return noLogarithm(x)
	}
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// noLogarithm is x when it is NaN, else the processor's NaN.
func noLogarithm(x float64) float64 { return (x - x) / (x - x) }

// log10 splits off the power of two, whose logarithm is added in two parts: closer than math.Log10, and exact for powers of ten.
func log10(x float64) float64 {
	if !(x >= 0) {
		return noLogarithm(x)
	}
	const high, low = 3.01029995663611771306e-01, 3.69423907715893078616e-13 // of log10 2
	fraction, exponent := math.Frexp(x)
	if exponent--; exponent >= 0 {
		fraction *= 2 // in [1, 2)
	} else {
		exponent++ // in [0.5, 1)
	}
	n := float64(exponent)
	return float64(n*low) + math.Log(fraction)/math.Ln10 + float64(n*high)
}

// round goes to the nearest whole number: ties go up for floats, as in Java, and away from zero for decimals. Floats beyond int and doubles beyond
// long become the greatest of these.
func round(t *cqltype.Type, raw []byte) ([]byte, error) {
	switch t.Kind {
	case cqltype.KindFloat:
		return cqltype.AppendFloat(nil, float32(truncateInt(math.Floor(cqltype.Float64(raw)+0.5)))), nil
	case cqltype.KindDouble:
		v := cqltype.Float64(raw)
		nearest := math.Floor(v)
		if v-nearest >= 0.5 {
			nearest++
		}
		return cqltype.AppendDouble(nil, float64(truncate(nearest))), nil
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		if err == nil {
			d, err = d.Round()
		}
		if err != nil {
			return nil, invalidValue(err)
		}
		return appendDecimal(d)
	}
	return raw, nil
}
