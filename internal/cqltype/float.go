package cqltype

import (
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// Float64 reads a float's or a double's bytes. Other lengths give 0.
func Float64(raw []byte) float64 {
	switch len(raw) {
	case 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))
	case 8:
		return math.Float64frombits(binary.BigEndian.Uint64(raw))
	}
	return 0
}

// AppendFloat appends a float's four bytes. math.NaN is Java's when it is cut to a float.
func AppendFloat(dst []byte, v float32) []byte {
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(v))
}

// AppendDouble appends a double's eight bytes. math.NaN becomes Java's; what a processor makes of an operation without a result stays as it is, as
// in Java. Keys with it must have Cassandra's token.
func AppendDouble(dst []byte, v float64) []byte {
	if math.Float64bits(v) == math.Float64bits(math.NaN()) {
		return binary.BigEndian.AppendUint64(dst, 0x7FF8_0000_0000_0000)
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}

// JavaDouble writes a number as Java's Double.toString does: 1.0, 1.0E10, NaN. bits is 32 for float, 64 for double.
func JavaDouble(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	sign := ""
	if math.Signbit(v) {
		sign = "-"
	}
	if v == 0 {
		return sign + "0.0"
	}
	digits, point := javaDigits(math.Abs(v), bits)
	pad := func(n int) string { return strings.Repeat("0", max(0, n)) }
	text := string(digits)
	switch {
	case point > 0 && point < 8 && point >= len(text):
		return sign + text + pad(point-len(text)) + ".0"
	case point > 0 && point < 8:
		return sign + text[:point] + "." + text[point:]
	case point <= 0 && point > -3:
		return sign + "0." + pad(-point) + text
	}
	rest := text[1:]
	if rest == "" {
		rest = "0"
	}
	return sign + text[:1] + "." + rest + "E" + strconv.Itoa(point-1)
}

// parseFloat reads a float as CQL writes it, 1.5, 1e400 (an infinity), NaN, -Infinity, or as Java's parseDouble takes it from a text: 2d, .5F, 0x1p3.
func parseFloat(text string, bits int) (float64, bool) {
	text = strings.Trim(text, " \t\r\n")
	body, negative := strings.CutPrefix(text, "-")
	switch strings.ToLower(body) {
	case "nan":
		return math.NaN(), true
	case "infinity":
		return math.Inf(1 - 2*b2i(negative)), true
	}
	if strings.TrimPrefix(text, "+") == "Infinity" {
		return math.Inf(1), true
	}
	if body = strings.ToLower(strings.TrimLeft(text, "+-")); strings.HasPrefix(body, "0x") != strings.Contains(body, "p") {
		return 0, false
	}
	if strings.HasSuffix(body, "d") || strings.HasSuffix(body, "f") {
		text, body = text[:len(text)-1], body[:len(body)-1]
	}
	digits := "0123456789.e+-"
	if strings.HasPrefix(body, "0x") {
		digits = "0123456789abcdef.xp+-"
	}
	if strings.Trim(body, digits) != "" {
		return 0, false // underscores, inf
	}
	v, err := strconv.ParseFloat(text, bits)
	return v, err == nil || math.IsInf(v, 0)
}

// compareFloat is Java's Double.compare: -0 before 0, NaN last and equal to itself.
func compareFloat(a, b float64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	if a == b && a != 0 {
		return 0
	}
	return cmp.Compare(floatRank(a), floatRank(b))
}

// floatRank orders what < and > can't: negative zero, then numbers, then NaN.
func floatRank(v float64) int {
	switch {
	case math.IsNaN(v):
		return 2
	case v == 0 && math.Signbit(v):
		return 0
	}
	return 1
}
