package cqltype

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// Format returns a value as a CQL literal; text is quoted, null is null.
func (t *Type) Format(raw []byte) string {
	if raw == nil {
		return "null"
	}
	switch t.Kind {
	case KindText, KindASCII:
		return "'" + strings.ReplaceAll(string(raw), "'", "''") + "'"
	case KindBlob, KindCustom:
		return "0x" + hex.EncodeToString(raw)
	}
	if len(raw) == 0 {
		return "''"
	}
	if t.Validate(raw) != nil {
		return "0x" + hex.EncodeToString(raw)
	}
	switch t.Kind {
	case KindTimestamp, KindDate, KindTime, KindInet:
		return "'" + t.Text(raw) + "'"
	case KindList, KindSet, KindMap, KindVector, KindTuple, KindUDT:
		return t.formatElements(raw)
	}
	return t.Text(raw)
}

// Text returns a native value without quotes, as CAST(x AS text) and messages show it.
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
		h := hex.EncodeToString(raw)
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	case KindInet:
		a, _ := netip.AddrFromSlice(raw)
		return a.String()
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

func (t *Type) formatElements(raw []byte) string {
	var parts []string
	if t.Kind == KindTuple || t.Kind == KindUDT {
		all, _ := t.Fields(raw) // validated by Format
		for i, f := range all {
			s := t.Elems[i].Format(f)
			if t.Kind == KindUDT {
				s = QuoteName(t.FieldNames[i]) + ": " + s
			}
			parts = append(parts, s)
		}
	} else {
		all, _ := t.Elements(raw)
		for i := 0; i < len(all); i++ {
			s := t.elemAt(i).Format(all[i])
			if t.Kind == KindMap {
				i++
				s += ": " + t.elemAt(i).Format(all[i])
			}
			parts = append(parts, s)
		}
	}
	inner := strings.Join(parts, ", ")
	switch t.Kind {
	case KindList, KindVector:
		return "[" + inner + "]"
	case KindTuple:
		return "(" + inner + ")"
	}
	return "{" + inner + "}"
}
