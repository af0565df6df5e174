package cqltype

import (
	"encoding/hex"
	"fmt"
	"unicode/utf8"
)

// NestingMax is how deep types may nest. What builds types from a client's text refuses deeper ones, so that walks over values,
// which follow their type, are as bounded.
const NestingMax = 64

// Validate says whether raw is a legal value of t, in the words of Cassandra's serializers. nil (null) and, for most native types,
// the empty value are legal. Two things are stricter than in Cassandra: text must be UTF-8 as everyone else defines it, and
// a varint or decimal has at most 64 KiB.
func (t *Type) Validate(raw []byte) error {
	if raw == nil {
		return nil
	}
	if int(t.Kind) < len(fixedSizes) && fixedSizes[t.Kind].message != "" {
		want := &fixedSizes[t.Kind]
		if len(raw) != want.bytes && (len(raw) != 0 || !want.orEmpty) {
			return fmt.Errorf(want.message, len(raw))
		}
		if t.Kind == KindTimeUUID && len(raw) > 0 && raw[6]>>4 != 1 {
			return fmt.Errorf("Invalid version for TimeUUID type: 0x%x", raw[6]>>4)
		}
		return nil
	}
	switch t.Kind {
	case KindText:
		if !utf8.Valid(raw) {
			return fmt.Errorf("String didn't validate.")
		}
	case KindASCII:
		return validateASCII(raw)
	case KindInet:
		if n := len(raw); n != 0 && n != 4 && n != 16 {
			return fmt.Errorf("Expected 4 or 16 byte inetaddress; got %s", hex.EncodeToString(raw[:min(n, 64)]))
		}
	case KindVarint, KindDecimal:
		return t.validateNumber(raw)
	case KindDuration:
		_, err := DurationOf(raw)
		return err
	case KindList, KindSet, KindMap, KindVector, KindTuple, KindUDT:
		return t.validateParts(raw)
	case KindEmpty:
		if len(raw) > 0 {
			return fmt.Errorf("EmptyType only accept empty values")
		}
	}
	return nil
}

// fixedSizes are the types whose values have one size, whether the empty value is one of them too, and what is said of others.
var fixedSizes = [...]struct {
	bytes   int
	orEmpty bool
	message string
}{
	KindTinyint:   {1, false, "Expected 1 byte for a tinyint (%d)"},
	KindSmallint:  {2, false, "Expected 2 bytes for a smallint (%d)"},
	KindInt:       {4, true, "Expected 4 or 0 byte int (%d)"},
	KindBigint:    {8, true, "Expected 8 or 0 byte long (%d)"},
	KindCounter:   {8, true, "Expected 8 or 0 byte long (%d)"},
	KindFloat:     {4, true, "Expected 4 or 0 byte value for a float (%d)"},
	KindDouble:    {8, true, "Expected 8 or 0 byte value for a double (%d)"},
	KindBoolean:   {1, true, "Expected 1 or 0 byte value (%d)"},
	KindTimestamp: {8, true, "Expected 8 or 0 byte long for date (%d)"},
	KindDate:      {4, false, "Expected 4 byte long for date (%d)"},
	KindTime:      {8, false, "Expected 8 byte long for time (%d)"},
	KindUUID:      {16, true, "UUID should be 16 or 0 bytes (%d)"},
	KindTimeUUID:  {16, true, "UUID should be 16 or 0 bytes (%d)"},
}

func validateASCII(raw []byte) error {
	for _, c := range raw {
		if c >= 0x80 {
			return fmt.Errorf("Invalid byte for ascii: %d", int8(c))
		}
	}
	return nil
}

func (t *Type) validateNumber(raw []byte) error {
	if n := len(raw); t.Kind == KindDecimal && n > 0 && n < 4 {
		return fmt.Errorf("Expected 0 or at least 4 bytes (%d)", n)
	}
	if len(raw) > numberBytesMax {
		return fmt.Errorf("Expected at most %d bytes for a %s (%d)", numberBytesMax, t, len(raw))
	}
	return nil
}

func (t *Type) validateParts(raw []byte) error {
	if t.Kind == KindVector && len(raw) == 0 {
		return fmt.Errorf("Invalid empty vector value")
	}
	it := t.Iterate(raw)
	for it.Next() {
		if it.Value() == nil && t.IsCollection() {
			return errNullElement
		}
		if err := it.Type().Validate(it.Value()); err != nil {
			return err
		}
	}
	return it.Err()
}
