package cqltype

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// DecimalValue is Unscaled × 10^-Scale. 1.0 and 1.00 are equal and yet different values: a decimal keeps its scale.
type DecimalValue struct {
	Unscaled *big.Int
	Scale    int32
}

// DecimalOf reads a decimal's bytes: a four-byte scale and the unscaled varint.
func DecimalOf(raw []byte) (DecimalValue, error) {
	if len(raw) < 4 {
		return DecimalValue{}, ErrShort
	}
	return DecimalValue{BigInt(raw[4:]), int32(binary.BigEndian.Uint32(raw))}, nil
}

// AppendDecimal appends a decimal's bytes.
func AppendDecimal(dst []byte, d DecimalValue) []byte {
	return AppendVarint(binary.BigEndian.AppendUint32(dst, uint32(d.Scale)), d.Unscaled)
}

// ParseDecimal reads 1, -1.50, 1e10.
func ParseDecimal(text string) (DecimalValue, error) {
	fail := fmt.Errorf("unable to make BigDecimal from '%s'", text)
	mantissa, exponent := text, int64(0)
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		e, err := strconv.ParseInt(text[at+1:], 10, 32)
		if err != nil {
			return DecimalValue{}, fail
		}
		mantissa, exponent = text[:at], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if !isDecimalInteger(digits) || strings.ContainsAny(fraction, "+-") || len(digits) > numberBytesMax {
		return DecimalValue{}, fail
	}
	n, ok := new(big.Int).SetString(digits, 10)
	scale := int64(len(fraction)) - exponent
	if !ok || scale != int64(int32(scale)) {
		return DecimalValue{}, fail
	}
	return DecimalValue{n, int32(scale)}, nil
}

// String writes the decimal as Java's BigDecimal.toString does: 1.50, 1E+10, 1E-7.
func (d DecimalValue) String() string {
	digits := absText(d.Unscaled)
	minus := ""
	if d.Unscaled.Sign() < 0 {
		minus = "-"
	}
	adjusted := int64(len(digits)) - 1 - int64(d.Scale)
	if d.Scale >= 0 && adjusted >= -6 {
		if d.Scale == 0 {
			return minus + digits
		}
		if point := len(digits) - int(d.Scale); point > 0 {
			return minus + digits[:point] + "." + digits[point:]
		}
		return minus + "0." + strings.Repeat("0", int(d.Scale)-len(digits)) + digits
	}
	m := digits[:1]
	if len(digits) > 1 {
		m += "." + digits[1:]
	}
	return fmt.Sprintf("%s%sE%+d", minus, m, adjusted)
}

// Float64 returns the nearest double; beyond its range an infinity.
func (d DecimalValue) Float64() float64 {
	v, err := strconv.ParseFloat(d.String(), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return math.NaN()
	}
	return v
}

// Int returns the integer part; ok is false when it would have more digits than can be computed with.
func (d DecimalValue) Int() (n *big.Int, ok bool) {
	switch {
	case d.Scale == 0:
		return d.Unscaled, true
	case d.Scale > 0 && int64(d.Scale) > int64(len(absText(d.Unscaled))):
		return new(big.Int), true
	case d.Scale > 0:
		return new(big.Int).Quo(d.Unscaled, powerOfTen(int64(d.Scale))), true
	case -int64(d.Scale) > decimalShiftMax:
		return nil, false
	}
	return new(big.Int).Mul(d.Unscaled, powerOfTen(-int64(d.Scale))), true
}

// Cmp compares two decimals by value without computing large powers of ten.
func (d DecimalValue) Cmp(o DecimalValue) int {
	if s := d.Unscaled.Sign() - o.Unscaled.Sign(); s != 0 || d.Unscaled.Sign() == 0 {
		return cmp.Compare(s, 0)
	}
	// the place of the leading digit decides unless it is the same
	x, y := absText(d.Unscaled), absText(o.Unscaled)
	if c := cmp.Compare(int64(len(x))-int64(d.Scale), int64(len(y))-int64(o.Scale)); c != 0 {
		return c * d.Unscaled.Sign()
	}
	return strings.Compare(strings.TrimRight(x, "0"), strings.TrimRight(y, "0")) * d.Unscaled.Sign()
}

func absText(n *big.Int) string { return new(big.Int).Abs(n).String() }

func powerOfTen(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// compareDecimal compares by value. Where both unscaled values fit 64 bits, and they nearly always do, it allocates nothing.
func compareDecimal(a, b []byte) int {
	if len(a) < 4 || len(b) < 4 {
		return cmp.Compare(len(a), len(b)) // no decimals
	}
	x, y := shortestVarint(a[4:]), shortestVarint(b[4:])
	scaleX, scaleY := int64(int32(binary.BigEndian.Uint32(a))), int64(int32(binary.BigEndian.Uint32(b)))
	if len(x) > 8 || len(y) > 8 {
		return DecimalValue{BigInt(x), int32(scaleX)}.Cmp(DecimalValue{BigInt(y), int32(scaleY)})
	}
	return compareScaled(shortInt64(x), scaleX, shortInt64(y), scaleY)
}

// shortInt64 reads a varint of at most 8 bytes; of none it is 0.
func shortInt64(raw []byte) int64 {
	if len(raw) == 0 {
		return 0
	}
	v := int64(int8(raw[0]))
	for _, c := range raw[1:] {
		v = v<<8 | int64(c)
	}
	return v
}

func compareScaled(x, scaleX, y, scaleY int64) int {
	if (x < 0) != (y < 0) || x == 0 || y == 0 {
		return cmp.Compare(x, y)
	}
	sign := 1
	if x < 0 {
		sign = -1
	}
	// compare |x| × 10^up with |y|, or the mirror image of that
	u, v, up := magnitude(x), magnitude(y), scaleY-scaleX
	if up < 0 {
		u, v, up, sign = v, u, -up, -sign
	}
	if up > 19 {
		return sign // 10^20 and more is beyond any 64-bit magnitude
	}
	power := uint64(1)
	for range up {
		power *= 10
	}
	if high, low := bits.Mul64(u, power); high == 0 {
		return sign * cmp.Compare(low, v)
	}
	return sign
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
