package cqltype

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// Format returns a value as a CQL literal that ParseConstant and the parser read back: text is quoted, null is null. What is no valid
// value of t is written as hexadecimal.
func (t *Type) Format(raw []byte) string {
	if raw == nil {
		return "null"
	}
	switch t.Kind {
	case KindText, KindASCII:
		return "'" + strings.ReplaceAll(string(raw), "'", "''") + "'"
	case KindBlob, KindCustom:
		return "0x" + hex.EncodeToString(raw)
	case KindTuple, KindUDT:
	default:
		if len(raw) == 0 {
			return "''"
		}
	}
	if t.Validate(raw) != nil {
		return "0x" + hex.EncodeToString(raw)
	}
	switch t.Kind {
	case KindTimestamp, KindDate, KindTime, KindInet:
		return "'" + t.Text(raw) + "'"
	case KindList, KindSet, KindMap, KindVector, KindTuple, KindUDT:
		return t.formatParts(raw)
	}
	return t.Text(raw)
}

// Text returns a native value without quotes, as CAST(x AS text) shows it. raw must be valid and not empty; other types are formatted.
func (t *Type) Text(raw []byte) string {
	switch t.Kind {
	case KindText, KindASCII:
		return string(raw)
	case KindInt, KindBigint, KindSmallint, KindTinyint, KindCounter:
		return strconv.FormatInt(Int64(raw), 10)
	case KindVarint:
		return BigInt(raw).String()
	case KindDecimal:
		d, err := DecimalOf(raw)
		if err != nil {
			return "0x" + hex.EncodeToString(raw)
		}
		return d.String()
	case KindFloat:
		return JavaDouble(Float64(raw), 32)
	case KindDouble:
		return JavaDouble(Float64(raw), 64)
	case KindBoolean:
		return strconv.FormatBool(raw[0] != 0)
	case KindUUID, KindTimeUUID:
		return string(appendUUIDText(nil, raw))
	case KindInet:
		return formatInet(raw)
	case KindTimestamp:
		return FormatTimestamp(Int64(raw))
	case KindDate:
		return FormatDate(binary.BigEndian.Uint32(raw))
	case KindTime:
		return FormatTime(Int64(raw))
	case KindDuration:
		d, err := DurationOf(raw)
		if err != nil {
			return "0x" + hex.EncodeToString(raw)
		}
		return d.String()
	}
	return t.Format(raw)
}

func (t *Type) formatParts(raw []byte) string {
	var b strings.Builder
	it := t.Iterate(raw)
	for i := range it.Count() {
		switch {
		case t.Kind == KindMap && i%2 == 1:
			b.WriteString(": ")
		case i > 0:
			b.WriteString(", ")
		}
		if t.Kind == KindUDT {
			b.WriteString(QuoteName(t.FieldNames[i]) + ": ")
		}
		b.WriteString(t.partType(i).Format(it.valueIf(it.Next())))
	}
	switch t.Kind {
	case KindList, KindVector:
		return "[" + b.String() + "]"
	case KindTuple:
		return "(" + b.String() + ")"
	}
	return "{" + b.String() + "}"
}
