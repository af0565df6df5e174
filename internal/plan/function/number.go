package function

import (
	"errors"
	"math"
	"math/big"

	"helenus/internal/cqltype"
)

// Numbers are converted as Java converts them; these are its rules.

// truncate is Java's narrowing of a floating point number to long: towards zero, NaN is 0, what is out of range is the nearest.
func truncate(v float64) int64 {
	switch {
	case math.IsNaN(v):
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}

// undefined is what the processor makes of an operation without a result, 0/0: a NaN whose sign is one on some processors and another on others. Java's
// doubles have it, too.
func undefined() float64 {
	zero := 0.0
	return zero / zero
}

// truncateInt is the same to int.
func truncateInt(v float64) int64 {
	return max(math.MinInt32, min(math.MaxInt32, truncate(v)))
}

// appendTruncated appends a floating point number as a value of an integer type: types shorter than int take the low bits of the int.
func appendTruncated(t *cqltype.Type, v float64) []byte {
	if t.Kind == cqltype.KindBigint || t.Kind == cqltype.KindCounter {
		return cqltype.AppendBigint(nil, truncate(v))
	}
	return t.AppendInteger(nil, truncateInt(v))
}

// lowBits is Java's BigInteger.longValue: the low 64 bits.
func lowBits(n *big.Int) int64 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return int64(low.Uint64())
}

func isFloating(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindFloat || t.Kind == cqltype.KindDouble
}

// float64Of reads any number as the nearest double.
func float64Of(t *cqltype.Type, raw []byte) float64 {
	switch t.Kind {
	case cqltype.KindFloat, cqltype.KindDouble:
		return cqltype.Float64(raw)
	case cqltype.KindVarint:
		v, _ := new(big.Float).SetInt(cqltype.BigInt(raw)).Float64()
		return v
	case cqltype.KindDecimal:
		d, err := cqltype.DecimalOf(raw)
		if err != nil {
			return math.NaN()
		}
		return d.Float64()
	}
	return float64(cqltype.Int64(raw))
}

// bigOf reads an integer type's number.
func bigOf(t *cqltype.Type, raw []byte) *big.Int {
	if t.Kind == cqltype.KindVarint {
		return cqltype.BigInt(raw)
	}
	return big.NewInt(cqltype.Int64(raw))
}

// decimalOf reads any number as an operand of decimal arithmetic. Integers go through double, so an int 1 is 1.0, except those that a double can't
// hold: Cassandra loses their last digits.
// Source: Cassandra 5.0, NumberType.toBigDecimal.
func decimalOf(t *cqltype.Type, raw []byte) (cqltype.DecimalValue, error) {
	switch t.Kind {
	case cqltype.KindDecimal:
		return cqltype.DecimalOf(raw)
	case cqltype.KindVarint:
		return cqltype.DecimalValue{Unscaled: cqltype.BigInt(raw)}, nil
	}
	v := float64Of(t, raw)
	switch {
	case !isFloating(t) && truncate(v) != cqltype.Int64(raw):
		return cqltype.DecimalValue{Unscaled: bigOf(t, raw)}, nil
	case math.IsNaN(v):
		return cqltype.DecimalValue{}, errors.New("A NaN cannot be converted into a decimal")
	case math.IsInf(v, 0):
		return cqltype.DecimalValue{}, errors.New("An infinite number cannot be converted into a decimal")
	}
	return cqltype.ParseDecimal(cqltype.JavaDouble(v, 64))
}

// appendVarint refuses integers that have become larger than a value may be.
func appendVarint(n *big.Int) ([]byte, error) {
	raw := cqltype.AppendVarint(nil, n)
	return raw, cqltype.Varint.Validate(raw)
}

func appendDecimal(d cqltype.DecimalValue) ([]byte, error) {
	raw := cqltype.AppendDecimal(nil, d)
	return raw, cqltype.Decimal.Validate(raw)
}
