package cqltype

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Int64 reads any fixed-size integer type's bytes: 1, 2, 4 or 8 of them, big-endian, signed.
func Int64(raw []byte) int64 {
	switch len(raw) {
	case 1:
		return int64(int8(raw[0]))
	case 2:
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(raw)))
	case 8:
		return int64(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// AppendInt, AppendBigint, AppendSmallint and AppendTinyint append an integer's bytes.
func AppendInt(dst []byte, v int32) []byte      { return binary.BigEndian.AppendUint32(dst, uint32(v)) }
func AppendBigint(dst []byte, v int64) []byte   { return binary.BigEndian.AppendUint64(dst, uint64(v)) }
func AppendSmallint(dst []byte, v int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(v)) }
func AppendTinyint(dst []byte, v int8) []byte   { return append(dst, byte(v)) }

// Float64 reads a float's or a double's bytes.
func Float64(raw []byte) float64 {
	if len(raw) == 4 {
		return float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))
	}
	if len(raw) == 8 {
		return math.Float64frombits(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// AppendFloat and AppendDouble append a floating point number's bytes.
func AppendFloat(dst []byte, v float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(v))
}
func AppendDouble(dst []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// BigInt reads a two's complement big-endian integer of any length.
func BigInt(raw []byte) *big.Int {
	n := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(raw))*8))
	}
	return n
}

// AppendVarint appends the shortest two's complement form.
func AppendVarint(dst []byte, v *big.Int) []byte {
	if v.Sign() >= 0 {
		b := v.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			dst = append(dst, 0)
		}
		return append(dst, b...)
	}
	n := uint(new(big.Int).Not(v).BitLen()/8+1) * 8
	b := new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), n)).Bytes()
	for i := len(b); i < int(n/8); i++ {
		dst = append(dst, 0xFF)
	}
	return append(dst, b...)
}

// DecimalValue is unscaled × 10^-scale.
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

// decimalScaleMax bounds how far two scales may be brought together: a power of ten larger than this is never computed.
const decimalScaleMax = 10_000

// Cmp compares two decimals by value without computing large powers of ten.
func (d DecimalValue) Cmp(o DecimalValue) int {
	if s := d.Unscaled.Sign() - o.Unscaled.Sign(); s != 0 || d.Unscaled.Sign() == 0 {
		return sign(s)
	}
	// the place of the leading digit decides unless it is the same
	a, b := int64(len(absText(d.Unscaled)))-int64(d.Scale), int64(len(absText(o.Unscaled)))-int64(o.Scale)
	if a != b {
		if (a > b) == (d.Unscaled.Sign() > 0) {
			return 1
		}
		return -1
	}
	x, y := strings.TrimRight(absText(d.Unscaled), "0"), strings.TrimRight(absText(o.Unscaled), "0")
	return strings.Compare(x, y) * d.Unscaled.Sign()
}

func absText(n *big.Int) string { return new(big.Int).Abs(n).String() }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// ParseDecimal reads 1, -1.50, 1e10.
func ParseDecimal(text string) (DecimalValue, error) {
	mantissa, exponent := text, int64(0)
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		e, err := strconv.ParseInt(strings.TrimPrefix(text[at+1:], "+"), 10, 32)
		if err != nil {
			return DecimalValue{}, fmt.Errorf("exponent of '%s'", text)
		}
		mantissa, exponent = text[:at], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok || strings.ContainsAny(fraction, "+-_") || strings.Contains(whole, "_") {
		return DecimalValue{}, errors.New("not a number")
	}
	scale := int64(len(fraction)) - exponent
	if scale > math.MaxInt32 || scale < math.MinInt32 {
		return DecimalValue{}, errors.New("exponent out of range")
	}
	return DecimalValue{n, int32(scale)}, nil
}

// String writes the decimal as Java's BigDecimal.toString does.
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

// Float64 returns the nearest double.
func (d DecimalValue) Float64() float64 {
	v, _ := strconv.ParseFloat(d.String(), 64) // a range error comes with the infinity that is meant
	return v
}

// Int returns the integer part; ok is false when the exponent is beyond reason.
func (d DecimalValue) Int() (n *big.Int, ok bool) {
	if d.Scale == 0 {
		return d.Unscaled, true
	}
	if d.Scale > decimalScaleMax {
		return new(big.Int), true
	}
	if d.Scale < -decimalScaleMax {
		return nil, false
	}
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale, -d.Scale))), nil)
	if d.Scale > 0 {
		return new(big.Int).Quo(d.Unscaled, p), true
	}
	return new(big.Int).Mul(d.Unscaled, p), true
}

// JavaDouble writes a number as Java's Double.toString does: 1.0, 1.0E10, NaN. bits is 32 for float.
func JavaDouble(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e7) {
		s := strconv.FormatFloat(v, 'E', -1, bits)
		m, e, _ := strings.Cut(s, "E")
		if !strings.Contains(m, ".") {
			m += ".0"
		}
		n, _ := strconv.Atoi(e)
		return m + "E" + strconv.Itoa(n)
	}
	s := strconv.FormatFloat(v, 'f', -1, bits)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
