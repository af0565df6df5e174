package cqltype

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
)

// ConstantKind is the lexical form of a CQL constant, as package cql numbers it.
type ConstantKind uint8

const (
	ConstString ConstantKind = iota
	ConstInteger
	ConstFloat
	ConstBoolean
	ConstUUID
	ConstHex
	ConstDuration
)

// AcceptsConstant says whether a constant of a lexical form may be written for a value of type t at all.
// Source: Cassandra 5.0, Constants.Literal.testAssignment.
func (t *Type) AcceptsConstant(kind ConstantKind) bool {
	switch kind {
	case ConstString:
		switch t.Kind {
		case KindASCII, KindText, KindInet, KindTimestamp, KindDate, KindTime:
			return true
		}
	case ConstInteger:
		switch t.Kind {
		case KindInt, KindBigint, KindSmallint, KindTinyint, KindVarint, KindCounter, KindDecimal, KindFloat, KindDouble, KindTimestamp, KindDate, KindTime, KindDuration:
			return true
		}
	case ConstUUID:
		return t.Kind == KindUUID || t.Kind == KindTimeUUID
	case ConstFloat:
		return t.Kind == KindFloat || t.Kind == KindDouble || t.Kind == KindDecimal
	case ConstBoolean:
		return t.Kind == KindBoolean
	case ConstHex:
		return t.Kind == KindBlob
	case ConstDuration:
		return t.Kind == KindDuration
	}
	return false
}

// PreferredConstant is the type that a constant has by itself: the exact match in overload resolution.
func PreferredConstant(kind ConstantKind, text string) *Type {
	switch kind {
	case ConstString:
		return Text
	case ConstInteger:
		n, ok := new(big.Int).SetString(text, 10)
		switch {
		case !ok || !n.IsInt64():
			return Varint
		case n.Int64() == int64(int32(n.Int64())):
			return Int
		}
		return Bigint
	case ConstFloat:
		return Double
	case ConstBoolean:
		return Boolean
	case ConstUUID:
		return UUID
	case ConstHex:
		return Blob
	}
	return Duration
}

// ParseConstant returns the bytes of a constant's text as a value of t, or an error in Cassandra's words.
func (t *Type) ParseConstant(kind ConstantKind, text string) ([]byte, error) {
	switch t.Kind {
	case KindBlob:
		raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err != nil {
			return nil, fmt.Errorf("An hex string representing bytes must have an even length")
		}
		if raw == nil {
			raw = []byte{}
		}
		return raw, nil
	case KindText:
		return append([]byte{}, text...), nil
	case KindASCII:
		return t.checked([]byte(text))
	}
	if text == "" {
		return []byte{}, nil
	}
	switch t.Kind {
	case KindInt, KindBigint, KindSmallint, KindTinyint, KindCounter:
		return t.parseInteger(text)
	case KindVarint:
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("unable to make int from '%s'", text)
		}
		return AppendVarint(nil, n), nil
	case KindDecimal:
		d, err := ParseDecimal(text)
		if err != nil {
			return nil, fmt.Errorf("unable to make BigDecimal from '%s'", text)
		}
		return AppendDecimal(nil, d), nil
	case KindFloat:
		v, ok := parseFloat(text, 32)
		if !ok {
			return nil, fmt.Errorf("Unable to make float from '%s'", text)
		}
		return AppendFloat(nil, float32(v)), nil
	case KindDouble:
		v, ok := parseFloat(text, 64)
		if !ok {
			return nil, fmt.Errorf("Unable to make double from '%s'", text)
		}
		return AppendDouble(nil, v), nil
	case KindBoolean:
		switch {
		case strings.EqualFold(text, "true"):
			return []byte{1}, nil
		case strings.EqualFold(text, "false"):
			return []byte{0}, nil
		}
		return nil, fmt.Errorf("Unable to make boolean from '%s'", text)
	case KindUUID, KindTimeUUID:
		return t.parseUUID(text)
	case KindInet:
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("Unable to make inet address from '%s'", text)
		}
		return a.Unmap().AsSlice(), nil
	case KindTimestamp:
		ms, err := ParseTimestamp(text)
		if err != nil {
			return nil, err
		}
		return AppendBigint(nil, ms), nil
	case KindDate:
		days, err := ParseDate(text)
		if err != nil {
			return nil, err
		}
		return binary.BigEndian.AppendUint32(nil, days), nil
	case KindTime:
		ns, err := ParseTime(text)
		if err != nil {
			return nil, err
		}
		return AppendBigint(nil, ns), nil
	case KindDuration:
		d, err := ParseDuration(text)
		if err != nil {
			return nil, err
		}
		return AppendDuration(nil, d), nil
	}
	return nil, fmt.Errorf("no constant can be a %s", t)
}

func (t *Type) checked(raw []byte) ([]byte, error) { return raw, t.Validate(raw) }

var integerWidth = map[Kind]struct {
	bits int
	word string
}{KindTinyint: {8, "byte"}, KindSmallint: {16, "short"}, KindInt: {32, "int"}, KindBigint: {64, "long"}, KindCounter: {64, "long"}}

func (t *Type) parseInteger(text string) ([]byte, error) {
	w := integerWidth[t.Kind]
	n, err := strconv.ParseInt(text, 10, w.bits)
	if err != nil {
		return nil, fmt.Errorf("Unable to make %s from '%s'", w.word, text)
	}
	return binary.BigEndian.AppendUint64(nil, uint64(n))[8-w.bits/8:], nil
}

func parseFloat(text string, bits int) (float64, bool) {
	switch strings.ToLower(strings.TrimPrefix(text, "-")) {
	case "nan":
		return math.NaN(), true
	case "infinity":
		if text[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	}
	v, err := strconv.ParseFloat(text, bits)
	if err != nil && !math.IsInf(v, 0) || strings.ContainsAny(text, "xXpP_") {
		return 0, false
	}
	return v, true
}

func (t *Type) parseUUID(text string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 || len(text) != 36 {
		if t.Kind == KindTimeUUID {
			return nil, fmt.Errorf("Unknown timeuuid representation: %s", text)
		}
		return nil, fmt.Errorf("Unable to make UUID from '%s'", text)
	}
	if t.Kind == KindTimeUUID && raw[6]>>4 != 1 {
		return nil, fmt.Errorf("TimeUUID supports only version 1 UUIDs")
	}
	return raw, nil
}
