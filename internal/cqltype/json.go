package cqltype

import (
	"encoding/hex"
	"math"
	"strings"
	"unicode/utf8"
)

// AppendJSON appends a value as JSON, as SELECT JSON shows it. null, NaN and infinities are null; the empty value of types in which it means nothing is
// an empty text.
// Source: Cassandra 5.0, AbstractType.toJSONString.
func (t *Type) AppendJSON(dst, raw []byte) []byte {
	switch t.Kind {
	case KindText, KindASCII:
		if raw != nil {
			return appendJSONString(dst, string(raw))
		}
	case KindBlob, KindCustom:
		if raw != nil {
			return append(hex.AppendEncode(append(dst, `"0x`...), raw), '"')
		}
	case KindTuple, KindUDT:
		if raw != nil && t.Validate(raw) == nil {
			return t.appendPartsJSON(dst, raw)
		}
	}
	if raw == nil || t.Validate(raw) != nil {
		return append(dst, "null"...)
	}
	if len(raw) == 0 {
		return append(dst, `""`...)
	}
	switch t.Kind {
	case KindList, KindSet, KindMap, KindVector:
		return t.appendPartsJSON(dst, raw)
	case KindFloat, KindDouble:
		if v := Float64(raw); math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return append(dst, t.Text(raw)...)
	case KindInt, KindBigint, KindSmallint, KindTinyint, KindCounter, KindVarint, KindDecimal, KindBoolean:
		return append(dst, t.Text(raw)...)
	case KindTimestamp:
		return append(append(append(dst, '"'), formatInstant(Int64(raw), ' ')...), '"')
	}
	return append(append(append(dst, '"'), t.Text(raw)...), '"')
}

func (t *Type) appendPartsJSON(dst, raw []byte) []byte {
	open, end := byte('['), byte(']')
	if t.Kind == KindMap || t.Kind == KindUDT {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	it := t.Iterate(raw)
	for i := range it.Count() {
		part := it.valueIf(it.Next())
		if i > 0 && (t.Kind != KindMap || i%2 == 0) {
			dst = append(dst, ", "...)
		}
		switch {
		case t.Kind == KindMap && i%2 == 0:
			dst = t.Elems[0].appendJSONKey(dst, part)
			continue
		case t.Kind == KindUDT:
			dst = append(AppendJSONName(dst, t.FieldNames[i]), ": "...)
		}
		dst = t.partType(i).AppendJSON(dst, part)
	}
	return append(dst, end)
}

// appendJSONKey appends a map's key and its colon: JSON knows only strings there, so other values are put into one.
func (t *Type) appendJSONKey(dst, raw []byte) []byte {
	key := t.AppendJSON(nil, raw)
	if len(key) > 0 && key[0] == '"' {
		dst = append(dst, key...)
	} else {
		dst = appendJSONString(dst, string(key))
	}
	return append(dst, ": "...)
}

// AppendJSONName appends the name of a column or field as a JSON key; one that CQL must quote for its upper case letters keeps
// these quotes inside, which is how ParseJSONName knows it.
func AppendJSONName(dst []byte, name string) []byte {
	if name != strings.ToLower(name) {
		name = `"` + name + `"`
	}
	return appendJSONString(dst, name)
}

const upperHex = "0123456789ABCDEF"

// appendJSONString escapes what JSON must escape and nothing else, as Cassandra does; bytes that are no UTF-8 become U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c >= ' ':
			dst = utf8.AppendRune(dst, c)
		case strings.ContainsRune("\b\t\n\f\r", c):
			dst = append(dst, '\\', "btn?fr"[c-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&0xF])
		}
	}
	return append(dst, '"')
}

// EmptyIsNull says whether functions take the empty value of a type, which means nothing, for null.
func (t *Type) EmptyIsNull() bool {
	switch t.Kind {
	case KindText, KindASCII, KindBlob, KindCustom, KindTuple, KindUDT:
		return false
	}
	return true
}
