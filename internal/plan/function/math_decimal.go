package function

import (
	"errors"
	"math"
	"math/big"

	"helenus/internal/cqltype"
)

// The functions of decimals are computed to the digits of their argument, at least 32 and at most 1,000 of them. Cassandra goes to
// 10,000, which nobody waits for.
const (
	functionDigitsMin = 32
	functionDigitsMax = 1_000
	// guardBits is how much more precisely everything in between is computed.
	guardBits = 64
)

var errTooLarge = errors.New("the result is too large")

// decimalExp returns e to the power of d.
func decimalExp(d cqltype.DecimalValue) (cqltype.DecimalValue, error) {
	n := functionDigits(d)
	if d.Unscaled.Sign() == 0 {
		return cqltype.DecimalValue{Unscaled: big.NewInt(1)}, nil
	}
	if math.Abs(d.Float64()) > math.MaxInt32 {
		return cqltype.DecimalValue{}, errTooLarge
	}
	prec := bitsFor(n) + 64 // the power of ten that is split off has up to 31 bits
	x, ln10 := toFloat(d, prec), naturalLog(newFloat(10, prec))
	tens, _ := new(big.Float).SetPrec(prec).Quo(x, ln10).Int64()
	rest := new(big.Float).SetPrec(prec).Mul(newFloat(tens, prec), ln10)
	return fromFloat(exponential(rest.Sub(x, rest)), n, tens)
}

// decimalLog returns the natural logarithm.
func decimalLog(d cqltype.DecimalValue) (cqltype.DecimalValue, error) {
	switch {
	case d.Unscaled.Sign() <= 0:
		return cqltype.DecimalValue{}, errors.New("Natural log of number zero or less")
	case d.Cmp(cqltype.DecimalValue{Unscaled: big.NewInt(1)}) == 0:
		return cqltype.DecimalValue{Unscaled: new(big.Int)}, nil
	}
	n := functionDigits(d)
	return fromFloat(logOf(d, bitsFor(n)), n, 0)
}

// decimalLog10 returns the logarithm to the base of ten: the quotient of two natural ones, each of two digits more than are asked for, which
// comes out even for some powers of ten.
// Source: big-math 2.3.0, BigDecimalMath.log10, which Cassandra 5.0 uses.
func decimalLog10(d cqltype.DecimalValue) (cqltype.DecimalValue, error) {
	if d.Unscaled.Sign() <= 0 {
		return cqltype.DecimalValue{}, errors.New("Log10 of number zero or less")
	}
	n := functionDigits(d)
	prec := bitsFor(n)
	ten, err := fromFloat(naturalLog(newFloat(10, prec)), n+2, 0)
	if err != nil {
		return ten, err
	}
	if d.Cmp(cqltype.DecimalValue{Unscaled: big.NewInt(1)}) == 0 {
		return cqltype.DecimalValue{Unscaled: new(big.Int), Scale: -ten.Scale}, nil
	}
	x, err := fromFloat(logOf(d, prec), n+2, 0)
	if err != nil {
		return x, err
	}
	return x.QuoDigits(ten, n+2).RoundTo(n)
}

func functionDigits(d cqltype.DecimalValue) int {
	return max(functionDigitsMin, min(functionDigitsMax, len(new(big.Int).Abs(d.Unscaled).String())))
}

func bitsFor(digits int) uint { return uint(float64(digits)*math.Log2(10)) + guardBits }

func newFloat(v int64, prec uint) *big.Float { return new(big.Float).SetPrec(prec).SetInt64(v) }

// logOf splits off the power of ten, which a big.Float may not hold: ln(u × 10^-s) = ln u - s ln 10.
func logOf(d cqltype.DecimalValue, prec uint) *big.Float {
	prec += 64
	x := naturalLog(new(big.Float).SetPrec(prec).SetInt(d.Unscaled))
	tens := naturalLog(newFloat(10, prec))
	return x.Sub(x, tens.Mul(tens, newFloat(int64(d.Scale), prec)))
}

// toFloat is only called with values that are small enough.
func toFloat(d cqltype.DecimalValue, prec uint) *big.Float {
	x := new(big.Float).SetPrec(prec).SetInt(d.Unscaled)
	power := pow10(abs32(d.Scale), prec)
	if d.Scale > 0 {
		return x.Quo(x, power)
	}
	return x.Mul(x, power)
}

func abs32(n int32) int64 { return max(int64(n), -int64(n)) }

// pow10 multiplies by squares, so that a scale of billions takes some thirty steps; beyond big.Float's range it is an infinity.
func pow10(n int64, prec uint) *big.Float {
	power, square := newFloat(1, prec), newFloat(10, prec)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power.Mul(power, square)
		}
		square.Mul(square, square)
	}
	return power
}

// fromFloat rounds x × 10^tens to n significant digits.
func fromFloat(x *big.Float, n int, tens int64) (cqltype.DecimalValue, error) {
	d, err := cqltype.ParseDecimal(x.Text('e', n-1))
	if err != nil {
		return d, err
	}
	scale := int64(d.Scale) - tens
	if scale != int64(int32(scale)) {
		return d, errTooLarge
	}
	d.Scale = int32(scale)
	return d, nil
}

// exponential is e^x for |x| below 3: x is halved until the series is short, and the result squared as often.
func exponential(x *big.Float) *big.Float {
	prec := x.Prec()
	const halvings = 16
	x = new(big.Float).SetPrec(prec+2*halvings).SetMantExp(x, -halvings)
	sum, term := newFloat(1, x.Prec()), newFloat(1, x.Prec())
	for i := int64(1); term.Sign() != 0 && term.MantExp(nil) > -int(x.Prec()); i++ {
		term.Mul(term, x)
		term.Quo(term, newFloat(i, x.Prec()))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum.SetPrec(prec)
}

// naturalLog is ln x for x > 0: with x = m × 2^e, ln m by Newton's method on exponential, and e × ln 2.
func naturalLog(x *big.Float) *big.Float {
	prec := x.Prec() + 64
	m := new(big.Float).SetPrec(prec)
	e := x.MantExp(m) // m is in [0.5, 1)
	ln := lnOfMantissa(m)
	if e != 0 {
		ln2 := lnOfMantissa(new(big.Float).SetPrec(prec).SetFloat64(0.5)) // -ln 2
		ln.Sub(ln, ln2.Mul(ln2, newFloat(int64(e), prec)))
	}
	return ln.SetPrec(x.Prec())
}

// lnOfMantissa triples the right digits of its guess each time: y += 2 (m - e^y) / (m + e^y).
func lnOfMantissa(m *big.Float) *big.Float {
	prec := m.Prec()
	guess, _ := m.Float64()
	y := new(big.Float).SetPrec(prec).SetFloat64(math.Log(guess))
	for right := uint(50); right < prec; right *= 3 {
		power := exponential(y)
		above := new(big.Float).SetPrec(prec).Sub(m, power)
		below := new(big.Float).SetPrec(prec).Add(m, power)
		step := above.Quo(above, below)
		y.Add(y, step.Mul(step, newFloat(2, prec)))
	}
	return y
}
