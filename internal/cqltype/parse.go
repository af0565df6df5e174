package cqltype

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ParseConstant returns the bytes of a constant's text as a value of t, or an error in Cassandra's words. For hexadecimal, text is
// what follows 0x. kind must be one that t accepts. An empty string is the empty value
// of types that have one.
func (t *Type) ParseConstant(kind ConstantKind, text string) ([]byte, error) {
	if t.Kind == KindBlob || kind == ConstHex {
		raw, err := parseHex(text)
		if err == nil && t.Kind == KindTinyint {
			err = t.Validate(raw)
		}
		return raw, err
	}
	return t.ParseText(text)
}

// ParseText returns the bytes of a value written as text without quotes: the inverse of Text for native types. A tuple or user type is its fields
// with colons between, @ for null.
func (t *Type) ParseText(text string) ([]byte, error) {
	switch t.Kind {
	case KindText:
		return append([]byte{}, text...), nil
	case KindASCII:
		if validateASCII([]byte(text)) != nil {
			return nil, errors.New("Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = 1")
		}
		return append([]byte{}, text...), nil
	case KindBlob, KindCustom:
		return parseHex(strings.TrimPrefix(text, "0x"))
	case KindTuple, KindUDT:
		return t.parseTuple(text)
	}
	if empty := []byte{}; text == "" && t.Validate(empty) == nil {
		return empty, nil
	}
	switch t.Kind {
	case KindInt, KindBigint, KindSmallint, KindTinyint, KindCounter:
		return t.parseInteger(text)
	case KindVarint:
		n, err := ParseVarint(text)
		if err != nil {
			return nil, err
		}
		return AppendVarint(nil, n), nil
	case KindDecimal:
		d, err := ParseDecimal(text)
		if err != nil {
			return nil, err
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
		if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
			return AppendBoolean(nil, len(text) == len("true")), nil
		}
		return nil, fmt.Errorf("Unable to make boolean from '%s'", text)
	case KindUUID, KindTimeUUID:
		return t.parseUUID(text)
	case KindInet:
		return parseInet(text)
	}
	return t.parseTemporal(text)
}

func (t *Type) parseTemporal(text string) ([]byte, error) {
	switch t.Kind {
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
		return AppendDate(nil, days), nil
	case KindTime:
		nanos, err := ParseTime(text)
		if err != nil {
			return nil, err
		}
		return AppendBigint(nil, nanos), nil
	case KindDuration:
		d, err := ParseDuration(text)
		if err != nil {
			return nil, err
		}
		return AppendDuration(nil, d), nil
	}
	return nil, fmt.Errorf("no constant can be a %s", t)
}

func parseHex(digits string) ([]byte, error) {
	raw := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(raw, []byte(digits)); err != nil {
		return nil, fmt.Errorf("cannot parse '%s' as hex bytes", digits)
	}
	return raw, nil
}
