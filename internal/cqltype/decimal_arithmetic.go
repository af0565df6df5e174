package cqltype

import (
	"errors"
	"math"
	"math/big"
)

// The limits of Cassandra's decimal arithmetic.
// Source: Cassandra 5.0, DecimalType.
const (
	decimalDigitsMax    = 10_000 // of a sum or product; more are rounded half up
	quotientScaleMin    = 32     // also the least number of significant digits of a quotient
	quotientScaleMax    = 1_000
	decimalShiftMax     = 2 * decimalDigitsMax // how far, in digits, two numbers are brought together before giving up
	decimalScaleBeyond  = "Overflow"
	decimalScaleBelow   = "Underflow"
	decimalTooFarApart  = "the numbers are too far apart"
	decimalDivideByZero = "BigInteger divide by zero"
	decimalModuloByZero = "Division by zero"
	decimalZeroByZero   = "Division undefined"
)

// Add returns d + o, rounded half up to 10,000 digits. The scale is the larger of the two.
func (d DecimalValue) Add(o DecimalValue) (DecimalValue, error) {
	big1, small := d, o // big1 has the coarser scale
	if d.Scale > o.Scale {
		big1, small = o, d
	}
	if small.Unscaled.Sign() == 0 {
		return big1.padded(int64(small.Scale)), nil
	}
	if big1.Unscaled.Sign() == 0 {
		return small.rounded()
	}
	small = small.beside(big1)
	shifted := new(big.Int).Mul(big1.Unscaled, powerOfTen(int64(small.Scale)-int64(big1.Scale)))
	return DecimalValue{shifted.Add(shifted, small.Unscaled), small.Scale}.rounded()
}

// beside replaces a number that is too small to show in the digits of a sum with big1 by one of its sign just below them.
func (d DecimalValue) beside(big1 DecimalValue) DecimalValue {
	lastDigit := int64(big1.Scale) - int64(big1.digits()) + decimalDigitsMax
	first := int64(d.Scale) - int64(d.digits()) + 1
	if first <= int64(big1.Scale)+2 || first <= lastDigit+2 {
		return d
	}
	return DecimalValue{big.NewInt(int64(d.Unscaled.Sign())), int32(min(max(int64(big1.Scale), lastDigit)+3, math.MaxInt32))}
}

// padded gives d the scale that a sum with a zero of that scale has, as far as the digits allow.
func (d DecimalValue) padded(scale int64) DecimalValue {
	if d.Unscaled.Sign() == 0 {
		return DecimalValue{d.Unscaled, int32(scale)}
	}
	more := min(scale-int64(d.Scale), decimalDigitsMax-int64(d.digits()))
	if more <= 0 {
		return d
	}
	return DecimalValue{new(big.Int).Mul(d.Unscaled, powerOfTen(more)), d.Scale + int32(more)}
}

// Neg returns -d.
func (d DecimalValue) Neg() DecimalValue { return DecimalValue{new(big.Int).Neg(d.Unscaled), d.Scale} }

// Mul returns d × o, rounded half up to 10,000 digits. Its scale is the sum of theirs.
func (d DecimalValue) Mul(o DecimalValue) (DecimalValue, error) {
	scale, err := checkScale(int64(d.Scale) + int64(o.Scale))
	if err != nil {
		return DecimalValue{}, err
	}
	return DecimalValue{new(big.Int).Mul(d.Unscaled, o.Unscaled), scale}.rounded()
}

// Quo returns d / o with at least 32 significant digits, rounded half up, without trailing zeros.
func (d DecimalValue) Quo(o DecimalValue) (DecimalValue, error) {
	if o.Unscaled.Sign() == 0 {
		return DecimalValue{}, errors.New(decimalDivideByZero)
	}
	if d.Unscaled.Sign() == 0 {
		return DecimalValue{new(big.Int), 0}, nil
	}
	firstDigit := (int64(d.digits()) - int64(d.Scale)) - (int64(o.digits()) - int64(o.Scale))
	scale := max(quotientScaleMin-firstDigit, int64(d.Scale), int64(o.Scale), quotientScaleMin)
	scale = min(scale, quotientScaleMax)
	n, divisor := d.Unscaled, o.Unscaled
	shift := scale + int64(o.Scale) - int64(d.Scale)
	switch {
	case shift > decimalShiftMax:
		return DecimalValue{}, errors.New(decimalTooFarApart)
	case shift < -decimalShiftMax:
		return DecimalValue{new(big.Int), 0}, nil
	case shift >= 0:
		n = new(big.Int).Mul(n, powerOfTen(shift))
	default:
		divisor = new(big.Int).Mul(divisor, powerOfTen(-shift))
	}
	return DecimalValue{quoHalfUp(n, divisor), int32(scale)}.stripped(math.MinInt32), nil
}

// QuoDigits returns d / o, both not zero, rounded half up to n significant digits. A quotient that comes out even has no trailing zeros below the
// difference of the scales.
// Source: Java 17, BigDecimal.divide(BigDecimal, MathContext).
func (d DecimalValue) QuoDigits(o DecimalValue, n int) DecimalValue {
	shift := int64(n + 1 + o.digits() - d.digits()) // n or more digits before the point
	up, down := max(shift, 0), max(-shift, 0)
	q, rest := new(big.Int).QuoRem(new(big.Int).Mul(d.Unscaled, powerOfTen(up)), new(big.Int).Mul(o.Unscaled, powerOfTen(down)), new(big.Int))
	natural := d.Scale - o.Scale
	exact := DecimalValue{q, natural + int32(shift)}
	rounded := exact
	if drop := exact.digits() - n; drop > 0 {
		rounded = DecimalValue{quoHalfUp(q, powerOfTen(int64(drop))), exact.Scale - int32(drop)}
	}
	if rest.Sign() == 0 && rounded.Cmp(exact) == 0 {
		return rounded.stripped(natural)
	}
	return rounded
}

// Rem returns what d leaves after division by o; it has d's sign.
func (d DecimalValue) Rem(o DecimalValue) (DecimalValue, error) {
	switch {
	case o.Unscaled.Sign() == 0 && d.Unscaled.Sign() == 0:
		return DecimalValue{}, errors.New(decimalZeroByZero)
	case o.Unscaled.Sign() == 0:
		return DecimalValue{}, errors.New(decimalModuloByZero)
	}
	scale := max(d.Scale, o.Scale)
	up, upO := int64(scale)-int64(d.Scale), int64(scale)-int64(o.Scale)
	if max(up, upO) > decimalShiftMax {
		return DecimalValue{}, errors.New(decimalTooFarApart)
	}
	n := new(big.Int).Mul(d.Unscaled, powerOfTen(up))
	q, r := new(big.Int).QuoRem(n, new(big.Int).Mul(o.Unscaled, powerOfTen(upO)), new(big.Int))
	least := d.Scale
	if d.Scale < o.Scale && q.Sign() != 0 {
		// Java drops the quotient's trailing zeros down to the scale it prefers, which decides the remainder's scale
		least = max(least, DecimalValue{q, 0}.stripped(d.Scale-o.Scale).Scale+o.Scale)
	}
	if r.Sign() == 0 {
		return DecimalValue{r, least}, nil
	}
	return DecimalValue{r, scale}.stripped(least), nil
}

// Round returns the nearest integer, ties away from zero.
func (d DecimalValue) Round() (DecimalValue, error) {
	if d.Scale <= 0 {
		n, ok := d.Int()
		if !ok {
			return DecimalValue{}, errors.New(decimalScaleBeyond)
		}
		return DecimalValue{n, 0}, nil
	}
	if int64(d.Scale) > int64(d.digits())+1 {
		return DecimalValue{new(big.Int), 0}, nil
	}
	return DecimalValue{quoHalfUp(d.Unscaled, powerOfTen(int64(d.Scale))), 0}, nil
}

// QuoInt returns d / n with d's scale, rounded half even, as an average is.
// Source: Cassandra 5.0, AggregateFcts.
func (d DecimalValue) QuoInt(n int64) DecimalValue {
	return DecimalValue{quoHalfEven(d.Unscaled, big.NewInt(n)), d.Scale}
}

// digits is Java's precision: the number of digits of the unscaled value, 1 for zero.
func (d DecimalValue) digits() int { return len(absText(d.Unscaled)) }

// rounded drops the digits past 10,000, half up.
func (d DecimalValue) rounded() (DecimalValue, error) { return d.RoundTo(decimalDigitsMax) }

// RoundTo keeps at most n significant digits, rounding half up.
func (d DecimalValue) RoundTo(n int) (DecimalValue, error) {
	for {
		drop := d.digits() - n
		if drop <= 0 {
			return d, nil
		}
		scale, err := checkScale(int64(d.Scale) - int64(drop))
		if err != nil {
			return DecimalValue{}, err
		}
		d = DecimalValue{quoHalfUp(d.Unscaled, powerOfTen(int64(drop))), scale} // may carry into one digit more
	}
}

// stripped drops trailing zeros while the scale stays at least least. Zero becomes 0 with that scale or 0.
func (d DecimalValue) stripped(least int32) DecimalValue {
	if d.Unscaled.Sign() == 0 {
		return DecimalValue{d.Unscaled, max(least, 0)}
	}
	n, scale := new(big.Int).Set(d.Unscaled), d.Scale
	ten, r := big.NewInt(10), new(big.Int)
	for scale > least {
		q, rest := new(big.Int).QuoRem(n, ten, r)
		if rest.Sign() != 0 {
			break
		}
		n, scale = q, scale-1
	}
	return DecimalValue{n, scale}
}

func quoHalfUp(n, divisor *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, divisor, new(big.Int))
	if new(big.Int).Lsh(r, 1).CmpAbs(divisor) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign()*divisor.Sign())))
	}
	return q
}

func quoHalfEven(n, divisor *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, divisor, new(big.Int))
	c := new(big.Int).Lsh(r, 1).CmpAbs(divisor)
	if c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(n.Sign()*divisor.Sign())))
	}
	return q
}

func checkScale(scale int64) (int32, error) {
	switch {
	case scale > math.MaxInt32:
		return 0, errors.New(decimalScaleBelow)
	case scale < math.MinInt32:
		return 0, errors.New(decimalScaleBeyond)
	}
	return int32(scale), nil
}
