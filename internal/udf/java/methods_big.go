package java

import (
	"math"
	"math/big"
	"strings"

	"helenus/internal/cqltype"
)

// Bounds of numbers without a size of their own.
const (
	bitsMax  = 1 << 17 // of a BigInteger, or what a BigDecimal is made of
	scaleMax = 40_000  // how far apart the scales of two BigDecimals may be that are brought together
)

// grown charges a big number, which must not be too large.
func grown(m *Meter, n *big.Int) *big.Int {
	if n.BitLen() > bitsMax {
		throw("ArithmeticException", "BigInteger would overflow supported range")
	}
	m.charge(n.BitLen() / 8)
	return n
}

func bigOf(v any) *big.Int { return notNull(v, "java.math.BigInteger.signum()").(*big.Int) }

func castBig(n *big.Int, k kind) any {
	if k == kFloat || k == kDouble {
		f, _ := new(big.Float).SetInt(n).Float64()
		if k == kFloat {
			s, _ := new(big.Float).SetInt(n).Float32()
			return s
		}
		return f
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64)) // of two's complement
	return narrow(int64(low.Uint64()), k)
}

func castDecimal(d decimal, k kind) any {
	if k == kFloat || k == kDouble {
		return castNumber(parseFloat(NewString(d.String()), 64), k)
	}
	whole, ok := cqltype.DecimalValue(d).Int()
	if !ok {
		return narrow(0, k)
	}
	return castBig(whole, k)
}

func bigBinary(f func(z, x, y *big.Int) *big.Int, divides bool) run {
	return func(m *Meter, a []any) any {
		x, y := a[0].(*big.Int), bigOf(a[1])
		if divides && y.Sign() == 0 {
			throw("ArithmeticException", "BigInteger divide by zero")
		}
		m.work(x.BitLen() * y.BitLen() >> 10)
		return grown(m, f(new(big.Int), x, y))
	}
}

func bigUnary(f func(z, x *big.Int) *big.Int) run {
	return func(m *Meter, a []any) any { return grown(m, f(new(big.Int), a[0].(*big.Int))) }
}

func power(m *Meter, x *big.Int, n int) *big.Int {
	if n < 0 {
		throw("ArithmeticException", "Negative exponent")
	}
	if int64(x.BitLen())*int64(n) > bitsMax && x.CmpAbs(big.NewInt(1)) > 0 {
		throw("ArithmeticException", "BigInteger would overflow supported range")
	}
	if x.CmpAbs(big.NewInt(1)) <= 0 {
		n = min(n, 2+n%2)
	}
	return grown(m, new(big.Int).Exp(x, big.NewInt(int64(n)), nil))
}

func shifted(m *Meter, x *big.Int, n int) *big.Int {
	if n > bitsMax {
		throw("ArithmeticException", "BigInteger would overflow supported range")
	}
	if n < 0 {
		return grown(m, new(big.Int).Rsh(x, uint(-n)))
	}
	return grown(m, new(big.Int).Lsh(x, uint(n)))
}

func parseBig(m *Meter, v any, radix int) any {
	s := str(v, "String.length()")
	t := strings.TrimPrefix(s.String(), "+")
	if len(t) > bitsMax/4 {
		panic(abort{ErrMemory})
	}
	if t == "" {
		throw("NumberFormatException", "Zero length BigInteger")
	}
	n, ok := new(big.Int).SetString(t, radix)
	if !ok || strings.ContainsAny(t, "_+") {
		wrong(s, "")
	}
	m.work(len(t) * len(t) >> 8)
	return grown(m, n)
}

// dec makes a decimal that is not too large.
func dec(m *Meter, unscaled *big.Int, scale int64) decimal {
	if scale != int64(int32(scale)) {
		throw("ArithmeticException", map[bool]string{true: "Underflow", false: "Overflow"}[scale > 0])
	}
	return decimal(cqltype.DecimalValue{Unscaled: grown(m, unscaled), Scale: int32(scale)})
}

func decOf(v any) decimal { return notNull(v, "java.math.BigDecimal.signum()").(decimal) }

func tenTo(n int64) *big.Int {
	if n > scaleMax {
		throw("ArithmeticException", "BigInteger would overflow supported range")
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
}

// aligned brings two decimals to one scale.
func aligned(x, y decimal) (a, b *big.Int, scale int64) {
	switch {
	case x.Scale > y.Scale:
		return x.Unscaled, new(big.Int).Mul(y.Unscaled, tenTo(int64(x.Scale)-int64(y.Scale))), int64(x.Scale)
	case x.Scale < y.Scale:
		return new(big.Int).Mul(x.Unscaled, tenTo(int64(y.Scale)-int64(x.Scale))), y.Unscaled, int64(y.Scale)
	}
	return x.Unscaled, y.Unscaled, int64(x.Scale)
}

// rounded divides, and rounds as a mode says.
func rounded(n, by *big.Int, mode enum) *big.Int {
	q, r := new(big.Int).QuoRem(n, by, new(big.Int))
	if r.Sign() == 0 {
		return q
	}
	sign := int64(n.Sign() * by.Sign())
	twice := new(big.Int).Abs(r)
	half := twice.Lsh(twice, 1).CmpAbs(by)
	away := false
	switch mode {
	case "UP":
		away = true
	case "CEILING":
		away = sign > 0
	case "FLOOR":
		away = sign < 0
	case "HALF_UP":
		away = half >= 0
	case "HALF_DOWN":
		away = half > 0
	case "HALF_EVEN":
		away = half > 0 || half == 0 && q.Bit(0) == 1
	case "UNNECESSARY":
		throw("ArithmeticException", "Rounding necessary")
	}
	if away {
		q.Add(q, big.NewInt(sign))
	}
	return q
}

func setScale(m *Meter, d decimal, scale int64, mode enum) decimal {
	if up := scale - int64(d.Scale); up >= 0 {
		if d.Unscaled.Sign() == 0 {
			return dec(m, big.NewInt(0), scale)
		}
		return dec(m, new(big.Int).Mul(d.Unscaled, tenTo(up)), scale)
	}
	down := int64(d.Scale) - scale
	if down > scaleMax {
		return dec(m, rounded(d.Unscaled, tenTo(scaleMax), mode), scale) // all that there is falls away
	}
	return dec(m, rounded(d.Unscaled, tenTo(down), mode), scale)
}

func divide(m *Meter, x, y decimal, scale int64, mode enum) decimal {
	if y.Unscaled.Sign() == 0 {
		throw("ArithmeticException", map[bool]string{true: "Division undefined", false: "Division by zero"}[x.Unscaled.Sign() == 0])
	}
	n, by := x.Unscaled, y.Unscaled
	if up := scale - int64(x.Scale) + int64(y.Scale); up >= 0 {
		n = new(big.Int).Mul(n, tenTo(up))
	} else {
		by = new(big.Int).Mul(by, tenTo(-up))
	}
	m.work(n.BitLen())
	return dec(m, rounded(n, by, mode), scale)
}

// divideExactly fails where the result has no end.
func divideExactly(m *Meter, x, y decimal) decimal {
	if y.Unscaled.Sign() == 0 {
		return divide(m, x, y, 0, "UP")
	}
	preferred := int64(x.Scale) - int64(y.Scale)
	if x.Unscaled.Sign() == 0 {
		return dec(m, big.NewInt(0), preferred)
	}
	common := new(big.Int).GCD(nil, nil, new(big.Int).Abs(x.Unscaled), new(big.Int).Abs(y.Unscaled))
	left := new(big.Int).Abs(y.Unscaled)
	left.Quo(left, common)
	places := int64(0)
	for _, p := range []int64{2, 5} {
		prime, r := big.NewInt(p), new(big.Int)
		n := int64(0)
		for {
			m.tick()
			q, rest := new(big.Int).QuoRem(left, prime, r)
			if rest.Sign() != 0 {
				break
			}
			left = q
			n++
		}
		places = max(places, n)
	}
	if left.Cmp(big.NewInt(1)) != 0 {
		throw("ArithmeticException", "Non-terminating decimal expansion; no exact representable decimal result.")
	}
	return divide(m, x, y, preferred+places, "UNNECESSARY")
}

func parseDecimal(m *Meter, v any) decimal {
	s := str(v, "String.toCharArray()")
	t := s.String()
	if len(t) > bitsMax/4 {
		panic(abort{ErrMemory})
	}
	d, err := cqltype.ParseDecimal(t)
	if err != nil || t == "" {
		throw("NumberFormatException", "Character array is missing \"exponent\" mark 'e' or 'E'.")
	}
	return dec(m, d.Unscaled, int64(d.Scale))
}

func decimalOfDouble(m *Meter, v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		throw("NumberFormatException", "Infinite or NaN")
	}
	return parseDecimal(m, NewString(cqltype.JavaDouble(v, 64)))
}

var bigMethods = []declared{
	{"BigInteger.new(String):BigInteger", func(m *Meter, a []any) any { return parseBig(m, a[0], 10) }},
	{"BigInteger.new(String,int):BigInteger", func(m *Meter, a []any) any {
		radix := int(a[1].(int32))
		if radix < 2 || radix > 36 {
			throw("NumberFormatException", "Radix out of range")
		}
		return parseBig(m, a[0], radix)
	}},
	{"static BigInteger.valueOf(long):BigInteger", func(m *Meter, a []any) any { return grown(m, big.NewInt(a[0].(int64))) }},
	{"BigInteger.add(BigInteger):BigInteger", bigBinary((*big.Int).Add, false)},
	{"BigInteger.subtract(BigInteger):BigInteger", bigBinary((*big.Int).Sub, false)},
	{"BigInteger.multiply(BigInteger):BigInteger", bigBinary((*big.Int).Mul, false)},
	{"BigInteger.divide(BigInteger):BigInteger", bigBinary((*big.Int).Quo, true)},
	{"BigInteger.remainder(BigInteger):BigInteger", bigBinary((*big.Int).Rem, true)},
	{"BigInteger.mod(BigInteger):BigInteger", func(m *Meter, a []any) any {
		y := bigOf(a[1])
		if y.Sign() <= 0 {
			throw("ArithmeticException", "BigInteger: modulus not positive")
		}
		return grown(m, new(big.Int).Mod(a[0].(*big.Int), y))
	}},
	{"BigInteger.and(BigInteger):BigInteger", bigBinary((*big.Int).And, false)},
	{"BigInteger.or(BigInteger):BigInteger", bigBinary((*big.Int).Or, false)},
	{"BigInteger.xor(BigInteger):BigInteger", bigBinary((*big.Int).Xor, false)},
	{"BigInteger.gcd(BigInteger):BigInteger", func(m *Meter, a []any) any {
		return grown(m, new(big.Int).GCD(nil, nil, new(big.Int).Abs(a[0].(*big.Int)), new(big.Int).Abs(bigOf(a[1]))))
	}},
	{"BigInteger.negate():BigInteger", bigUnary((*big.Int).Neg)},
	{"BigInteger.abs():BigInteger", bigUnary((*big.Int).Abs)},
	{"BigInteger.not():BigInteger", bigUnary((*big.Int).Not)},
	{"BigInteger.sqrt():BigInteger", func(m *Meter, a []any) any {
		if a[0].(*big.Int).Sign() < 0 {
			throw("ArithmeticException", "Negative BigInteger")
		}
		return grown(m, new(big.Int).Sqrt(a[0].(*big.Int)))
	}},
	{"BigInteger.pow(int):BigInteger", func(m *Meter, a []any) any { return power(m, a[0].(*big.Int), int(a[1].(int32))) }},
	{"BigInteger.shiftLeft(int):BigInteger", func(m *Meter, a []any) any { return shifted(m, a[0].(*big.Int), int(a[1].(int32))) }},
	{"BigInteger.shiftRight(int):BigInteger", func(m *Meter, a []any) any { return shifted(m, a[0].(*big.Int), -int(a[1].(int32))) }},
	{"BigInteger.signum():int", func(m *Meter, a []any) any { return int32(a[0].(*big.Int).Sign()) }},
	{"BigInteger.bitLength():int", func(m *Meter, a []any) any { return int32(a[0].(*big.Int).BitLen()) }},
	{"BigInteger.testBit(int):boolean", func(m *Meter, a []any) any {
		if a[1].(int32) < 0 {
			throw("ArithmeticException", "Negative bit address")
		}
		return a[0].(*big.Int).Bit(int(a[1].(int32))) == 1
	}},
	{"BigInteger.compareTo(BigInteger):int", func(m *Meter, a []any) any { return int32(a[0].(*big.Int).Cmp(bigOf(a[1]))) }},
	{"BigInteger.max(BigInteger):BigInteger", func(m *Meter, a []any) any {
		if a[0].(*big.Int).Cmp(bigOf(a[1])) >= 0 {
			return a[0]
		}
		return a[1]
	}},
	{"BigInteger.min(BigInteger):BigInteger", func(m *Meter, a []any) any {
		if a[0].(*big.Int).Cmp(bigOf(a[1])) <= 0 {
			return a[0]
		}
		return a[1]
	}},
	{"BigInteger.toString(int):String", func(m *Meter, a []any) any {
		radix := int(a[1].(int32))
		if radix < 2 || radix > 36 {
			radix = 10
		}
		m.charge(a[0].(*big.Int).BitLen())
		return NewString(a[0].(*big.Int).Text(radix))
	}},
	{"BigInteger.longValueExact():long", func(m *Meter, a []any) any {
		if !a[0].(*big.Int).IsInt64() {
			throw("ArithmeticException", "BigInteger out of long range")
		}
		return a[0].(*big.Int).Int64()
	}},

	{"BigDecimal.new(String):BigDecimal", func(m *Meter, a []any) any { return parseDecimal(m, a[0]) }},
	{"BigDecimal.new(int):BigDecimal", func(m *Meter, a []any) any { return dec(m, big.NewInt(int64(a[0].(int32))), 0) }},
	{"BigDecimal.new(long):BigDecimal", func(m *Meter, a []any) any { return dec(m, big.NewInt(a[0].(int64)), 0) }},
	{"BigDecimal.new(double):BigDecimal", func(m *Meter, a []any) any {
		v := a[0].(float64)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			throw("NumberFormatException", "Infinite or NaN")
		}
		return parseDecimal(m, NewString(strings.TrimSuffix(strings.TrimRight(new(big.Float).SetFloat64(v).Text('f', 1100), "0"), ".")))
	}},
	{"BigDecimal.new(BigInteger):BigDecimal", func(m *Meter, a []any) any { return dec(m, new(big.Int).Set(bigOf(a[0])), 0) }},
	{"BigDecimal.new(BigInteger,int):BigDecimal", func(m *Meter, a []any) any { return dec(m, new(big.Int).Set(bigOf(a[0])), int64(a[1].(int32))) }},
	{"static BigDecimal.valueOf(long):BigDecimal", func(m *Meter, a []any) any { return dec(m, big.NewInt(a[0].(int64)), 0) }},
	{"static BigDecimal.valueOf(double):BigDecimal", func(m *Meter, a []any) any { return decimalOfDouble(m, a[0].(float64)) }},
	{"static BigDecimal.valueOf(long,int):BigDecimal", func(m *Meter, a []any) any { return dec(m, big.NewInt(a[0].(int64)), int64(a[1].(int32))) }},
	{"BigDecimal.add(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		x, y, scale := aligned(a[0].(decimal), decOf(a[1]))
		return dec(m, new(big.Int).Add(x, y), scale)
	}},
	{"BigDecimal.subtract(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		x, y, scale := aligned(a[0].(decimal), decOf(a[1]))
		return dec(m, new(big.Int).Sub(x, y), scale)
	}},
	{"BigDecimal.multiply(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		x, y := a[0].(decimal), decOf(a[1])
		return dec(m, new(big.Int).Mul(x.Unscaled, y.Unscaled), int64(x.Scale)+int64(y.Scale))
	}},
	{"BigDecimal.divide(BigDecimal):BigDecimal", func(m *Meter, a []any) any { return divideExactly(m, a[0].(decimal), decOf(a[1])) }},
	{"BigDecimal.divide(BigDecimal,RoundingMode):BigDecimal", func(m *Meter, a []any) any {
		return divide(m, a[0].(decimal), decOf(a[1]), int64(a[0].(decimal).Scale), notNull(a[2], "").(enum))
	}},
	{"BigDecimal.divide(BigDecimal,int,RoundingMode):BigDecimal", func(m *Meter, a []any) any {
		return divide(m, a[0].(decimal), decOf(a[1]), int64(a[2].(int32)), notNull(a[3], "").(enum))
	}},
	{"BigDecimal.remainder(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		x, y, scale := aligned(a[0].(decimal), decOf(a[1]))
		if y.Sign() == 0 {
			throw("ArithmeticException", "Division by zero")
		}
		return dec(m, new(big.Int).Rem(x, y), scale)
	}},
	{"BigDecimal.setScale(int):BigDecimal", func(m *Meter, a []any) any { return setScale(m, a[0].(decimal), int64(a[1].(int32)), "UNNECESSARY") }},
	{"BigDecimal.setScale(int,RoundingMode):BigDecimal", func(m *Meter, a []any) any {
		return setScale(m, a[0].(decimal), int64(a[1].(int32)), notNull(a[2], "").(enum))
	}},
	{"BigDecimal.negate():BigDecimal", func(m *Meter, a []any) any {
		return dec(m, new(big.Int).Neg(a[0].(decimal).Unscaled), int64(a[0].(decimal).Scale))
	}},
	{"BigDecimal.abs():BigDecimal", func(m *Meter, a []any) any {
		return dec(m, new(big.Int).Abs(a[0].(decimal).Unscaled), int64(a[0].(decimal).Scale))
	}},
	{"BigDecimal.pow(int):BigDecimal", func(m *Meter, a []any) any {
		d, n := a[0].(decimal), int(a[1].(int32))
		if n < 0 || n > 999999999 {
			throw("ArithmeticException", "Invalid operation")
		}
		return dec(m, power(m, d.Unscaled, n), int64(d.Scale)*int64(n))
	}},
	{"BigDecimal.signum():int", func(m *Meter, a []any) any { return int32(a[0].(decimal).Unscaled.Sign()) }},
	{"BigDecimal.scale():int", func(m *Meter, a []any) any { return a[0].(decimal).Scale }},
	{"BigDecimal.precision():int", func(m *Meter, a []any) any {
		m.charge(a[0].(decimal).Unscaled.BitLen() / 3)
		return int32(len(new(big.Int).Abs(a[0].(decimal).Unscaled).String()))
	}},
	{"BigDecimal.unscaledValue():BigInteger", func(m *Meter, a []any) any { return a[0].(decimal).Unscaled }},
	{"BigDecimal.compareTo(BigDecimal):int", func(m *Meter, a []any) any { return int32(compare(m, a[0], decOf(a[1]))) }},
	{"BigDecimal.max(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		if compare(m, a[0], decOf(a[1])) >= 0 {
			return a[0]
		}
		return a[1]
	}},
	{"BigDecimal.min(BigDecimal):BigDecimal", func(m *Meter, a []any) any {
		if compare(m, a[0], decOf(a[1])) <= 0 {
			return a[0]
		}
		return a[1]
	}},
	{"BigDecimal.toBigInteger():BigInteger", func(m *Meter, a []any) any { return setScale(m, a[0].(decimal), 0, "DOWN").Unscaled }},
	{"BigDecimal.toPlainString():String", func(m *Meter, a []any) any { return plain(m, a[0].(decimal)) }},
	{"BigDecimal.stripTrailingZeros():BigDecimal", func(m *Meter, a []any) any {
		d := a[0].(decimal)
		if d.Unscaled.Sign() == 0 {
			return decimalInt(0)
		}
		n, scale := new(big.Int).Set(d.Unscaled), int64(d.Scale)
		for ten := big.NewInt(10); ; scale-- {
			m.tick()
			q, r := new(big.Int).QuoRem(n, ten, new(big.Int))
			if r.Sign() != 0 {
				return dec(m, n, scale)
			}
			n = q
		}
	}},
}

// plain writes a decimal without an exponent.
func plain(m *Meter, d decimal) any {
	digits := new(big.Int).Abs(d.Unscaled).String()
	sign := ""
	if d.Unscaled.Sign() < 0 {
		sign = "-"
	}
	scale := int(d.Scale)
	if scale < -scaleMax || scale > scaleMax {
		panic(abort{ErrMemory})
	}
	m.charge(len(digits) + max(scale, -scale))
	switch {
	case scale <= 0 && d.Unscaled.Sign() == 0:
		return NewString("0")
	case scale <= 0:
		return NewString(sign + digits + strings.Repeat("0", -scale))
	case len(digits) <= scale:
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return NewString(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:])
}
