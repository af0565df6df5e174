package cqltype

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// Java's digits of a floating point number, up to Java 18, are not always the fewest that tell it from its neighbours: 2.0E23 is
// 1.9999999999999998E23, and the float 3.6E13 is 3.6000001E13.
// Source: OpenJDK 17, jdk.internal.math.FloatingDecimal.

const (
	doubleBits = 53 // of a double's significand
	floatBits  = 24
)

// javaDigits returns the decimal digits of a positive finite number and where the point is: digits 15 with point 1 is 1.5.
func javaDigits(v float64, size int) (digits []byte, point int) {
	fraction, exponent := math.Frexp(v)
	significand := uint64(math.Ldexp(fraction, doubleBits))
	exponent-- // of the first bit
	significant := doubleBits
	least := -1022
	if size == 32 {
		significant, least = floatBits, -126
	}
	if exponent < least {
		significant -= least - exponent // subnormal numbers have fewer bits
	}
	zeros := bits.TrailingZeros64(significand)
	length := doubleBits - zeros
	if exponent <= 62 && exponent >= length-1 { // a whole number
		return javaWhole(significand, exponent, significant)
	}
	return javaSteps(significand>>zeros, length, exponent, significant)
}

// javaWhole rounds a whole number's digits off that lie beyond what its bits can tell.
func javaWhole(significand uint64, exponent, significant int) (digits []byte, point int) {
	n := significand
	if exponent >= doubleBits-1 {
		n <<= exponent - (doubleBits - 1)
	} else {
		n >>= doubleBits - 1 - exponent
	}
	dropped := 0
	if spare := exponent - significant - 1; spare > 1 {
		dropped = spare * 3 / 10 // log10 of 2, a little less
	}
	if dropped > 0 {
		unit := uint64(math.Pow10(dropped))
		rest := n % unit
		n /= unit
		if rest >= unit/2 {
			n++
		}
	}
	digits = new(big.Int).SetUint64(n).Append(nil, 10)
	point = len(digits) + dropped
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, point
}

// javaSteps finds digit after digit of odd · 2^(exponent-length+1), until what is left is less than half the distance to the next number.
func javaSteps(odd uint64, length, exponent, significant int) (digits []byte, point int) {
	// value / scale is the number, 10^decimal taken out; half is that half distance, likewise. Each is a power of two and one of five.
	tiny := max(0, length-exponent-1)
	decimal := javaDecimalExponent(odd, length, exponent)
	value5, scale5 := max(0, -decimal), max(0, decimal)
	value2, scale2 := value5+tiny+exponent, scale5+tiny
	half2 := value2 - significant
	value2 -= length - 1
	common := min(value2, scale2)
	value2, scale2, half2 = value2-common, scale2-common, half2-common
	if length == 1 {
		half2-- // a power of two: the number below is nearer
	}
	if half2 < 0 {
		value2, scale2, half2 = value2-half2, scale2-half2, 0
	}
	value := power(value5, value2)
	value.Mul(value, new(big.Int).SetUint64(odd))
	scale, half := power(scale5, scale2), power(value5, half2)
	var run *javaRun
	switch valueBits, tensBits := length+value2+fiveBits(value5), scale2+1+fiveBits(scale5+1); {
	case valueBits < 32 && tensBits < 32:
		run = runIn(int32(value.Int64()), int32(scale.Int64()), int32(half.Int64()))
	case valueBits < 64 && tensBits < 64:
		run = runIn(value.Int64(), scale.Int64(), half.Int64())
	default:
		run = runInBig(value, scale, half)
	}
	if q := run.step(); q == 0 && !run.high {
		decimal-- // the estimate was too high
	} else {
		digits = append(digits, '0'+q)
	}
	if decimal < -3 || decimal >= 8 {
		run.low, run.high = false, false // there is a digit after the point in any case
	}
	for !run.low && !run.high {
		digits = append(digits, '0'+run.step())
	}
	last := digits[len(digits)-1]
	if rest := run.rest(); run.high && (!run.low || rest > 0 || rest == 0 && last&1 != 0) {
		return roundedUp(digits, decimal+1)
	}
	return digits, decimal + 1
}

func power(five, two int) *big.Int {
	n := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil)
	return n.Lsh(n, uint(two))
}

// javaRun is under way from digit to digit.
type javaRun struct {
	step func() byte // the next digit; it sets low and high
	// low is true when the digits so far, high when these and one more at the end, are nearer to the number than to its neighbours
	low, high bool
	rest      func() int // how what is left compares with half a digit
}

// runIn computes in Java's int or long, whose sums may overflow.
func runIn[T int32 | int64](value, scale, half T) *javaRun {
	run, tens := &javaRun{}, scale*10
	run.step = func() byte {
		q := value / scale
		value = value % scale * 10
		half *= 10
		run.low, run.high = half <= 0 || value < half, half <= 0 || value+half > tens
		return byte(q)
	}
	run.rest = func() int { return cmp.Compare(value<<1-tens, 0) }
	return run
}

func runInBig(value, scale, half *big.Int) *javaRun {
	ten := big.NewInt(10)
	run, tens := &javaRun{}, new(big.Int).Mul(scale, ten)
	var q, rest, sum big.Int
	run.step = func() byte {
		q.QuoRem(value, scale, &rest)
		value.Mul(&rest, ten)
		half.Mul(half, ten)
		run.low, run.high = value.Cmp(half) < 0, sum.Add(value, half).Cmp(tens) >= 0
		return byte(q.Int64())
	}
	run.rest = func() int { return new(big.Int).Lsh(value, 1).Cmp(tens) }
	return run
}

// javaDecimalExponent estimates the decimal exponent of the first digit; it may be one too high.
func javaDecimalExponent(odd uint64, length, exponent int) int {
	fraction := math.Ldexp(float64(odd), 1-length) // in [1, 2)
	d := float64((fraction-1.5)*0.289529654) + 0.176091259 + float64(float64(exponent)*0.301029995663981)
	return int(math.Floor(d))
}

// fiveBits is how many bits Java takes 5^n to have.
func fiveBits(n int) int {
	const exact = 27
	if n == 0 || n >= exact {
		return n * 3
	}
	return n*2321928/1_000_000 + 1 // log2 of 5
}

// roundedUp adds one to the last digit. Zeros that carrying leaves stay.
func roundedUp(digits []byte, point int) ([]byte, int) {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] < '9' {
			digits[i]++
			return digits, point
		}
		digits[i] = '0'
	}
	digits[0] = '1'
	return digits, point + 1
}
