package cqltype

import (
	"fmt"
	"unicode/utf8"
)

// Validate says whether raw is a legal value of t, in the words of Cassandra's serializers. nil (null) and, for most native types,
// the empty value are legal.
func (t *Type) Validate(raw []byte) error {
	if raw == nil {
		return nil
	}
	n := len(raw)
	switch t.Kind {
	case KindInt:
		return size(n, "4 or 0 byte int (%d)", 0, 4)
	case KindBigint, KindCounter:
		return size(n, "8 or 0 byte long (%d)", 0, 8)
	case KindSmallint:
		return size(n, "2 bytes for a smallint (%d)", 2, 2)
	case KindTinyint:
		return size(n, "1 byte for a tinyint (%d)", 1, 1)
	case KindFloat:
		return size(n, "4 or 0 byte value for a float (%d)", 0, 4)
	case KindDouble:
		return size(n, "8 or 0 byte value for a double (%d)", 0, 8)
	case KindBoolean:
		return size(n, "1 or 0 byte value (%d)", 0, 1)
	case KindTimestamp:
		return size(n, "8 or 0 byte long for date (%d)", 0, 8)
	case KindDate:
		return size(n, "4 byte long for date (%d)", 4, 4)
	case KindTime:
		return size(n, "8 byte long for time (%d)", 8, 8)
	case KindUUID:
		return size(n, "UUID should be 16 or 0 bytes (%d)", 0, 16)
	case KindTimeUUID:
		if err := size(n, "Version 1 UUID should be 16 or 0 bytes (%d)", 0, 16); err != nil {
			return err
		}
		if n == 16 && raw[6]>>4 != 1 {
			return fmt.Errorf("Invalid version for TimeUUID type.")
		}
		return nil
	case KindInet:
		if n != 0 && n != 4 && n != 16 {
			return fmt.Errorf("Expected 4 or 16 byte inetaddress; got %d", n)
		}
		return nil
	case KindDecimal:
		if n != 0 && n < 4 {
			return fmt.Errorf("Expected 0 or at least 4 bytes (%d)", n)
		}
		return nil
	case KindText:
		if !utf8.Valid(raw) {
			return fmt.Errorf("String didn't validate.")
		}
		return nil
	case KindASCII:
		for _, c := range raw {
			if c >= 0x80 {
				return fmt.Errorf("Invalid byte for ascii: %d", int8(c))
			}
		}
		return nil
	case KindDuration:
		if n < 3 {
			return fmt.Errorf("Expected at least 3 bytes for a duration (%d)", n)
		}
		_, err := DurationOf(raw)
		return err
	case KindList, KindSet, KindMap, KindVector:
		return t.validateElements(raw)
	case KindTuple, KindUDT:
		return t.validateFields(raw)
	case KindEmpty:
		return size(n, "0 bytes (%d)", 0, 0)
	}
	return nil
}

func size(n int, words string, a, b int) error {
	if n == a || n == b {
		return nil
	}
	if words[0] != 'U' && words[0] != 'V' {
		words = "Expected " + words
	}
	return fmt.Errorf(words, n)
}

func (t *Type) validateElements(raw []byte) error {
	if t.Kind == KindVector && len(raw) == 0 {
		return fmt.Errorf("Invalid empty vector value")
	}
	all, err := t.Elements(raw)
	if err != nil {
		return err
	}
	for i, e := range all {
		if e == nil {
			return fmt.Errorf("null is not supported inside collections")
		}
		if err := t.elemAt(i).Validate(e); err != nil {
			return err
		}
	}
	return nil
}

func (t *Type) validateFields(raw []byte) error {
	all, err := t.Fields(raw)
	if err == errTooManyFields {
		return t.TooManyFields()
	}
	if err != nil {
		return fmt.Errorf("Not enough bytes to read %s", map[Kind]string{KindUDT: "a field of a user type", KindTuple: "a component of a tuple"}[t.Kind])
	}
	for i, f := range all {
		if err := t.Elems[i].Validate(f); err != nil {
			return err
		}
	}
	return nil
}

// TooManyFields is the error for a tuple or UDT with more fields than its type.
func (t *Type) TooManyFields() error {
	if t.Kind == KindUDT {
		return fmt.Errorf("Invalid remaining data after end of UDT value")
	}
	return fmt.Errorf("Invalid remaining data after end of tuple value")
}
