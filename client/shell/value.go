package shell

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"helenus/internal/cqltype"
)

// floatDigits is how many significant digits of a float or double are shown.
const floatDigits = 5

// formatter shows values as cqlsh does. inner says whether a value stands in a collection, where text is quoted.
type formatter struct {
	zone   *time.Location
	digits int
	// layout of timestamps; default cqlsh's.
	layout string
	null   string
}

const timestampLayout = "2006-01-02 15:04:05.000000-0700"

func (f formatter) format(t *cqltype.Type, raw []byte, inner bool) string {
	if raw == nil {
		if inner {
			return "None"
		}
		return f.null
	}
	if t.Validate(raw) != nil {
		return "0x" + hex.EncodeToString(raw)
	}
	quote := func(s string) string {
		if inner {
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
		return s
	}
	switch t.Kind {
	case cqltype.KindText, cqltype.KindASCII:
		if inner {
			return quote(escape(string(raw)))
		}
		return escape(string(raw))
	case cqltype.KindBlob, cqltype.KindCustom:
		return "0x" + hex.EncodeToString(raw)
	case cqltype.KindList, cqltype.KindSet, cqltype.KindMap, cqltype.KindVector, cqltype.KindTuple, cqltype.KindUDT:
		return f.nested(t, raw)
	}
	if len(raw) == 0 {
		return ""
	}
	switch t.Kind {
	case cqltype.KindBoolean:
		if raw[0] != 0 {
			return "True"
		}
		return "False"
	case cqltype.KindFloat, cqltype.KindDouble:
		return f.float(cqltype.Float64(raw))
	case cqltype.KindTimestamp:
		layout := f.layout
		if layout == "" {
			layout = timestampLayout
		}
		return quote(time.UnixMilli(cqltype.Int64(raw)).In(f.zone).Format(layout))
	case cqltype.KindDate:
		return quote(cqltype.FormatDate(binary.BigEndian.Uint32(raw)))
	case cqltype.KindTime:
		return quote(cqltype.FormatTime(cqltype.Int64(raw)))
	case cqltype.KindInet:
		return quote(t.Text(raw))
	}
	return t.Text(raw)
}

// escape shows control characters as cqlsh does.
func escape(s string) string {
	if !strings.ContainsAny(s, "\n\t\r\x00") {
		return s
	}
	return strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`, "\x00", `\x00`).Replace(s)
}

// float is Python's %.*g with digits left of the point not counted, as cqlsh asks for.
func (f formatter) float(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	digits := f.digits
	if v != 0 {
		if exponent := int(math.Log10(math.Abs(v))); exponent >= -4 && exponent < digits {
			digits += exponent + 1
		}
	}
	s := strconv.FormatFloat(v, 'e', digits-1, 64)
	at := strings.IndexByte(s, 'e')
	exponent, err := strconv.Atoi(s[at+1:])
	if err != nil {
		return s
	}
	if exponent < -4 || exponent >= digits {
		mantissa := s[:at]
		if strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		return fmt.Sprintf("%se%+03d", mantissa, exponent)
	}
	s = strconv.FormatFloat(v, 'f', max(digits-1-exponent, 0), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func (f formatter) nested(t *cqltype.Type, raw []byte) string {
	split := t.Elements
	if t.Kind == cqltype.KindTuple || t.Kind == cqltype.KindUDT {
		split = t.Fields
	}
	elems, err := split(raw)
	if err != nil {
		return "0x" + hex.EncodeToString(raw)
	}
	var parts []string
	for i := 0; i < len(elems); i++ {
		switch t.Kind {
		case cqltype.KindMap:
			parts = append(parts, f.format(t.Elems[0], elems[i], true)+": "+f.format(t.Elems[1], elems[i+1], true))
			i++
		case cqltype.KindUDT:
			parts = append(parts, t.FieldNames[i]+": "+f.field(t.Elems[i], elems[i]))
		case cqltype.KindTuple:
			parts = append(parts, f.format(t.Elems[i], elems[i], true))
		default:
			parts = append(parts, f.format(t.Elems[0], elems[i], true))
		}
	}
	inside := strings.Join(parts, ", ")
	switch t.Kind {
	case cqltype.KindList, cqltype.KindVector:
		return "[" + inside + "]"
	case cqltype.KindTuple:
		return "(" + inside + ")"
	}
	return "{" + inside + "}"
}

func (f formatter) field(t *cqltype.Type, raw []byte) string {
	if raw == nil {
		return "null"
	}
	return f.format(t, raw, true)
}
