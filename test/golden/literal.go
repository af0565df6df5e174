package golden

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"helenus/internal/cqltype"
)

var errShort = errors.New("value ends early")

// TypeText names a type as the expected files do: no frozen<>, user types with their fields.
func TypeText(t *cqltype.Type) string {
	switch t.Kind {
	case cqltype.KindList:
		return "list<" + TypeText(t.Elems[0]) + ">"
	case cqltype.KindSet:
		return "set<" + TypeText(t.Elems[0]) + ">"
	case cqltype.KindMap:
		return "map<" + TypeText(t.Elems[0]) + ", " + TypeText(t.Elems[1]) + ">"
	case cqltype.KindTuple:
		return "tuple<" + joinTypes(t.Elems, nil) + ">"
	case cqltype.KindVector:
		return fmt.Sprintf("vector<%s, %d>", TypeText(t.Elems[0]), t.Dimension)
	case cqltype.KindUDT:
		return fmt.Sprintf("udt %s.%s<%s>", t.Keyspace, t.Name, joinTypes(t.Elems, t.FieldNames))
	case cqltype.KindCustom:
		return "custom " + t.Class
	default:
		return t.String()
	}
}

func joinTypes(types []*cqltype.Type, names []string) string {
	parts := make([]string, len(types))
	for i, t := range types {
		parts[i] = TypeText(t)
		if names != nil {
			parts[i] = names[i] + " " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// Literal returns a value's canonical text. It reads the bytes by itself rather than by package cqltype's formatter, so
// that a fault there shows.
func Literal(t *cqltype.Type, raw []byte) (string, error) {
	if raw == nil {
		return "null", nil
	}
	switch t.Kind {
	case cqltype.KindText, cqltype.KindASCII:
		return "'" + strings.ReplaceAll(printable(raw), "'", "''") + "'", nil
	case cqltype.KindBlob, cqltype.KindCustom:
		return "0x" + hex.EncodeToString(raw), nil
	case cqltype.KindTuple, cqltype.KindUDT:
		return fieldsLiteral(t, raw)
	}
	if len(raw) == 0 {
		return "<empty>", nil
	}
	switch t.Kind {
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap:
		return collectionLiteral(t, raw)
	case cqltype.KindVector:
		return vectorLiteral(t, raw)
	default:
		return nativeLiteral(t, raw)
	}
}

// printable is the text with bytes that are not UTF-8 as \xNN.
func printable(raw []byte) string {
	var b strings.Builder
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, raw[0])
		} else {
			b.Write(raw[:n])
		}
		raw = raw[n:]
	}
	return b.String()
}

func nativeLiteral(t *cqltype.Type, raw []byte) (string, error) {
	if want := fixedSize(t); want > 0 && len(raw) != want {
		return "", fmt.Errorf("%s of %d bytes", t, len(raw))
	}
	switch t.Kind {
	case cqltype.KindInt, cqltype.KindBigint, cqltype.KindSmallint, cqltype.KindTinyint, cqltype.KindVarint, cqltype.KindCounter:
		return signed(raw).String(), nil
	case cqltype.KindBoolean:
		return strconv.FormatBool(raw[0] != 0), nil
	case cqltype.KindFloat:
		return floatText(float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), 32), nil
	case cqltype.KindDouble:
		return floatText(math.Float64frombits(binary.BigEndian.Uint64(raw)), 64), nil
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		h := hex.EncodeToString(raw)
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
	case cqltype.KindInet:
		return inetText(raw)
	case cqltype.KindDecimal:
		return decimalText(raw)
	case cqltype.KindTimestamp:
		return timestampText(int64(binary.BigEndian.Uint64(raw))), nil
	case cqltype.KindDate:
		return dateText(int64(binary.BigEndian.Uint32(raw)) - 1<<31), nil
	case cqltype.KindTime:
		if len(raw) != 8 {
			return "", fmt.Errorf("time of %d bytes", len(raw))
		}
		ns := int64(binary.BigEndian.Uint64(raw))
		s := ns / 1e9
		return fmt.Sprintf("'%02d:%02d:%02d.%09d'", s/3600, s/60%60, s%60, ns%1e9), nil
	case cqltype.KindDuration:
		return durationText(raw)
	}
	return "0x" + hex.EncodeToString(raw), nil
}

func signed(raw []byte) *big.Int {
	n := new(big.Int).SetBytes(raw)
	if len(raw) > 0 && raw[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(raw)*8)))
	}
	return n
}

// floatText is the shortest text that reads back, in the form that Python gives it: 1.0, 1e+16, 1e-05.
func floatText(v float64, size int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	short := v
	if size == 32 {
		short, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', -1, 32), 64)
	}
	s := strconv.FormatFloat(short, 'e', -1, 64)
	at := strings.IndexByte(s, 'e')
	exp, _ := strconv.Atoi(s[at+1:])
	if exp >= 16 || exp < -4 {
		mantissa := s[:at]
		return fmt.Sprintf("%se%+03d", mantissa, exp)
	}
	s = strconv.FormatFloat(short, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func inetText(raw []byte) (string, error) {
	a, ok := netip.AddrFromSlice(raw)
	if !ok {
		return "", fmt.Errorf("inet of %d bytes", len(raw))
	}
	if a.Is4In6() {
		b := a.As16()
		return fmt.Sprintf("'::ffff:%x:%x'", binary.BigEndian.Uint16(b[12:]), binary.BigEndian.Uint16(b[14:])), nil
	}
	return "'" + a.String() + "'", nil
}

// decimalText writes unscaled and scale as Python's Decimal does, which keeps the scale.
func decimalText(raw []byte) (string, error) {
	if len(raw) < 4 {
		return "", errShort
	}
	exp := -int(int32(binary.BigEndian.Uint32(raw)))
	n := signed(raw[4:])
	digits := new(big.Int).Abs(n).String()
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	adjusted := exp + len(digits) - 1
	if exp > 0 || adjusted < -6 {
		m := digits[:1]
		if len(digits) > 1 {
			m += "." + digits[1:]
		}
		return fmt.Sprintf("%s%sE%+d", sign, m, adjusted), nil
	}
	if exp == 0 {
		return sign + digits, nil
	}
	if point := len(digits) + exp; point > 0 {
		return sign + digits[:point] + "." + digits[point:], nil
	} else {
		return sign + "0." + strings.Repeat("0", -point) + digits, nil
	}
}

func timestampText(ms int64) string {
	at := time.UnixMilli(ms).UTC()
	if ms < -62135596800000 || ms > 253402300799999 {
		return strconv.FormatInt(ms, 10)
	}
	return at.Format("'2006-01-02 15:04:05.000+0000'")
}

func dateText(days int64) string {
	at := time.Unix(days*86400, 0).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return strconv.FormatInt(days+1<<31, 10)
	}
	return at.Format("'2006-01-02'")
}

func durationText(raw []byte) (string, error) {
	var parts [3]int64
	for i := range parts {
		v, rest, err := unsignedVint(raw)
		if err != nil {
			return "", err
		}
		parts[i], raw = int64(v>>1)^-int64(v&1), rest
	}
	return fmt.Sprintf("%dmo%dd%dns", parts[0], parts[1], parts[2]), nil
}

func unsignedVint(raw []byte) (uint64, []byte, error) {
	if len(raw) == 0 {
		return 0, nil, errShort
	}
	n := bits.LeadingZeros8(^raw[0])
	if len(raw) < n+1 {
		return 0, nil, errShort
	}
	var v uint64
	if n < 8 {
		v = uint64(raw[0] & (0xFF >> n))
	}
	for _, b := range raw[1 : n+1] {
		v = v<<8 | uint64(b)
	}
	return v, raw[n+1:], nil
}

// take reads an int length and so many bytes; a negative length is null.
func take(raw []byte) (value, rest []byte, err error) {
	if len(raw) < 4 {
		return nil, nil, errShort
	}
	n := int32(binary.BigEndian.Uint32(raw))
	raw = raw[4:]
	if n < 0 {
		return nil, raw, nil
	}
	if int(n) > len(raw) {
		return nil, nil, errShort
	}
	return raw[:n:n], raw[n:], nil
}

func collectionLiteral(t *cqltype.Type, raw []byte) (string, error) {
	if len(raw) < 4 {
		return "", errShort
	}
	n := int(int32(binary.BigEndian.Uint32(raw)))
	raw = raw[4:]
	var parts []string
	next := func(e *cqltype.Type) (string, error) {
		v, rest, err := take(raw)
		if err != nil {
			return "", err
		}
		raw = rest
		return Literal(e, v)
	}
	for range n {
		s, err := next(t.Elems[0])
		if err == nil && t.Kind == cqltype.KindMap {
			var v string
			v, err = next(t.Elems[1])
			s += ": " + v
		}
		if err != nil {
			return "", err
		}
		parts = append(parts, s)
	}
	if t.Kind == cqltype.KindList {
		return "[" + strings.Join(parts, ", ") + "]", nil
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func fieldsLiteral(t *cqltype.Type, raw []byte) (string, error) {
	parts := make([]string, len(t.Elems))
	for i, e := range t.Elems {
		var v []byte
		if len(raw) > 0 {
			var err error
			if v, raw, err = take(raw); err != nil {
				return "", err
			}
		}
		s, err := Literal(e, v)
		if err != nil {
			return "", err
		}
		parts[i] = s
		if t.Kind == cqltype.KindUDT {
			parts[i] = t.FieldNames[i] + ": " + s
		}
	}
	if t.Kind == cqltype.KindUDT {
		return "{" + strings.Join(parts, ", ") + "}", nil
	}
	return "(" + strings.Join(parts, ", ") + ")", nil
}

// fixedSize is the size of a type's values inside a vector, or 0 where each carries its length.
func fixedSize(t *cqltype.Type) int {
	switch t.Kind {
	case cqltype.KindBigint, cqltype.KindDouble, cqltype.KindTimestamp, cqltype.KindCounter:
		return 8
	case cqltype.KindInt, cqltype.KindFloat:
		return 4
	case cqltype.KindBoolean:
		return 1
	case cqltype.KindUUID, cqltype.KindTimeUUID:
		return 16
	case cqltype.KindVector:
		return fixedSize(t.Elems[0]) * t.Dimension
	}
	return 0
}

func vectorLiteral(t *cqltype.Type, raw []byte) (string, error) {
	parts := make([]string, t.Dimension)
	size := fixedSize(t.Elems[0])
	for i := range parts {
		n := uint64(size)
		if size == 0 {
			var err error
			if n, raw, err = unsignedVint(raw); err != nil {
				return "", err
			}
		}
		if n > uint64(len(raw)) {
			return "", errShort
		}
		s, err := Literal(t.Elems[0], raw[:n:n])
		if err != nil {
			return "", err
		}
		parts[i], raw = s, raw[n:]
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}
