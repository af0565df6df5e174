package cqltype

import (
	"math/big"
)

// ConstantKind is the lexical form of a CQL constant, numbered as in package cql.
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

// AcceptsConstant says whether a constant of a lexical form may be written for a value of type t at all; its text may be refused later.
// Source: Cassandra 5.0, Constants.Literal.testAssignment.
func (t *Type) AcceptsConstant(kind ConstantKind) bool {
	if t.Kind == KindTuple || t.Kind == KindCustom {
		return true // ParseConstant judges the text
	}
	switch kind {
	case ConstString:
		switch t.Kind {
		case KindASCII, KindText, KindInet, KindTimestamp, KindDate, KindTime:
			return true
		}
	case ConstInteger:
		switch t.Kind {
		case KindInt, KindBigint, KindSmallint, KindTinyint, KindVarint, KindCounter, KindDecimal, KindFloat, KindDouble,
			KindTimestamp, KindDate, KindTime, KindDuration:
			return true
		}
	case ConstUUID:
		return t.Kind == KindUUID || t.Kind == KindTimeUUID
	case ConstFloat:
		return t.Kind == KindFloat || t.Kind == KindDouble || t.Kind == KindDecimal
	case ConstBoolean:
		return t.Kind == KindBoolean
	case ConstHex:
		return t.Kind == KindBlob || t.Kind == KindTinyint
	case ConstDuration:
		return t.Kind == KindDuration
	}
	return false
}

// AssignConstant says how a constant fits a place of type t.
func (t *Type) AssignConstant(kind ConstantKind, text string) Assignment {
	switch {
	case !t.AcceptsConstant(kind):
		return NotAssignable
	case t.Kind == PreferredConstant(kind, text).Kind:
		return ExactMatch
	}
	return WeaklyAssignable
}

// PreferredConstant is the type that a constant has by itself, where nothing around it says another: the exact match in overload
// resolution.
func PreferredConstant(kind ConstantKind, text string) *Type {
	switch kind {
	case ConstString:
		if validateASCII([]byte(text)) == nil {
			return ASCII
		}
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
		return preferredFloat(text)
	case ConstBoolean:
		return Boolean
	case ConstUUID:
		return UUID
	case ConstHex:
		return Tinyint // as Cassandra has it
	}
	return Duration
}

// preferredFloat is double where a double has the value that is written, else decimal.
func preferredFloat(text string) *Type {
	d, err := ParseDecimal(text)
	if err != nil {
		return Double // NaN, Infinity
	}
	back, err := ParseDecimal(JavaDouble(d.Float64(), 64))
	if err != nil || back.Cmp(d) != 0 {
		return Decimal
	}
	return Double
}
