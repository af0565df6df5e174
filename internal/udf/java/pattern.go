package java

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"helenus/internal/cqltype"
)

// Bounds of regular expressions, which run in linear time: of the pattern, and of it times the text.
const (
	patternMax = 1000
	matchMax   = 20_000_000
)

// pattern compiles a regular expression. What Go's do not know, such as references back, is refused: they could run for ever.
func pattern(m *Meter, s, on *String) *regexp.Regexp {
	if s.length() > patternMax || s.length()*on.length() > matchMax {
		throw("IllegalArgumentException", fmt.Sprintf("a regular expression may have %d characters here, and %d times those of the text", patternMax, matchMax))
	}
	m.charge(200 * s.length())
	m.work(s.length() * on.length() / 8)
	re, err := regexp.Compile(s.String())
	if err != nil {
		panic(&thrown{"PatternSyntaxException", NewString(err.Error())})
	}
	return re
}

func matches(m *Meter, s, p *String) any {
	whole := concat(m, NewString("^(?:"), concat(m, p, NewString(`)\z`)))
	return pattern(m, whole, s).MatchString(s.String())
}

// replacePattern is replaceAll, or replaceFirst when most is 1.
func replacePattern(m *Meter, s, p, with *String, most int) any {
	re := pattern(m, p, s)
	from := s.String()
	parts := replacement(with.String(), re.NumSubexp())
	var b strings.Builder
	at := 0
	for _, found := range re.FindAllStringSubmatchIndex(from, most) {
		b.WriteString(from[at:found[0]])
		for _, part := range parts {
			piece := part.text
			if part.group >= 0 {
				piece = ""
				if start := found[2*part.group]; start >= 0 {
					piece = from[start:found[2*part.group+1]]
				}
			}
			m.charge(2 * len(piece))
			b.WriteString(piece)
		}
		at = found[1]
	}
	b.WriteString(from[at:])
	m.charge(2 * b.Len())
	return NewString(b.String())
}

type replacementPart struct {
	text  string
	group int // -1: text
}

// replacement reads Java's $1 and \$.
func replacement(text string, groups int) (parts []replacementPart) {
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			parts = append(parts, replacementPart{plain.String(), -1})
			plain.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			plain.WriteByte(text[i])
		case text[i] == '$':
			end := i + 1
			n := 0
			for end < len(text) && text[end] >= '0' && text[end] <= '9' && (end == i+1 || n*10+int(text[end]-'0') <= groups) {
				n = n*10 + int(text[end]-'0')
				end++
			}
			if end == i+1 {
				throw("IllegalArgumentException", "Illegal group reference")
			}
			if n > groups {
				throw("IndexOutOfBoundsException", fmt.Sprintf("No group %d", n))
			}
			flush()
			parts = append(parts, replacementPart{"", n})
			i = end - 1
		default:
			plain.WriteByte(text[i])
		}
	}
	flush()
	return parts
}

func split(m *Meter, s, p *String, limit int) any {
	re := pattern(m, p, s)
	from := s.String()
	var parts []string
	at := 0
	for _, found := range re.FindAllStringIndex(from, -1) {
		if limit > 0 && len(parts) == limit-1 {
			break
		}
		if found[1] == 0 { // nothing before the first character is no part
			continue
		}
		parts = append(parts, from[at:found[0]])
		at = found[1]
	}
	if len(parts) == 0 {
		parts = []string{from}
	} else {
		parts = append(parts, from[at:])
		for limit == 0 && len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	m.charge(2 * s.bytes())
	out := makeArray(m, tString, len(parts))
	for i, part := range parts {
		m.charge(0)
		out.elems[i] = NewString(part)
	}
	return out
}

// specifier is one %… of a format.
type specifier struct {
	flags            string
	width, precision int // -1: none
	verb             byte
}

var specifierForm = regexp.MustCompile(`^%(\d+\$)?([-#+ 0,(]*)(\d+)?(\.\d+)?([a-zA-Z%])`)

// widthMax bounds widths and precisions.
const widthMax = 1000

// format is String.format with the conversions s, d, x, o, f, e, c, b, n and %.
func format(m *Meter, f *String, args []any) any {
	text := f.String()
	var b strings.Builder
	at := 0
	for i := 0; i < len(text); {
		if text[i] != '%' {
			b.WriteByte(text[i])
			i++
			continue
		}
		found := specifierForm.FindStringSubmatch(text[i:])
		if found == nil {
			throw("UnknownFormatConversionException", "Conversion = '%'")
		}
		i += len(found[0])
		s := specifier{flags: found[2], width: -1, precision: -1, verb: found[5][0]}
		if found[3] != "" {
			s.width = bounded(found[3])
		}
		if found[4] != "" {
			s.precision = bounded(found[4][1:])
		}
		var v any
		switch {
		case s.verb == 'n':
			b.WriteByte('\n')
			continue
		case s.verb == '%':
			b.WriteString(s.pad("%"))
			continue
		case found[1] != "":
			n := bounded(strings.TrimSuffix(found[1], "$"))
			if n < 1 || n > len(args) {
				throw("MissingFormatArgumentException", "Format specifier '"+found[0]+"'")
			}
			v = args[n-1]
		default:
			if at >= len(args) {
				throw("MissingFormatArgumentException", "Format specifier '"+found[0]+"'")
			}
			v = args[at]
			at++
		}
		piece := s.pad(s.convert(m, v))
		m.charge(2 * len(piece))
		b.WriteString(piece)
	}
	m.charge(2 * b.Len())
	return NewString(b.String())
}

func bounded(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil || n > widthMax {
		throw("IllegalFormatWidthException", digits)
	}
	return n
}

func (s *specifier) has(flag string) bool { return strings.Contains(s.flags, flag) }

func (s *specifier) pad(text string) string {
	n := s.width - NewString(text).length()
	if n <= 0 {
		return text
	}
	if s.has("-") {
		return text + strings.Repeat(" ", n)
	}
	return strings.Repeat(" ", n) + text
}

func (s *specifier) mismatched(v any) {
	throw("IllegalFormatConversionException", fmt.Sprintf("%c != %s", s.verb, className(v)))
}

func (s *specifier) convert(m *Meter, v any) string {
	lower := s.verb | 0x20
	out := ""
	switch {
	case lower == 'b':
		b, ok := v.(bool)
		out = strconv.FormatBool(ok && b || !ok && v != nil)
	case lower == 's' || v == nil:
		out = text(m, v).String()
		if s.precision >= 0 && s.precision < NewString(out).length() {
			out = NewString(out).slice(0, s.precision).String()
		}
	case lower == 'c':
		switch c := v.(type) {
		case uint16:
			out = textAt(m, c, 0)
		case int32:
			out = string(c)
		default:
			s.mismatched(v)
		}
	case lower == 'd':
		n, isBig := v.(*big.Int)
		if i, ok := integral(v); ok && !isBig {
			if _, char := v.(uint16); char {
				s.mismatched(v)
			}
			n = big.NewInt(i)
		} else if !isBig {
			s.mismatched(v)
		}
		out = s.signed(n.Sign() < 0, new(big.Int).Abs(n).String())
	case lower == 'x' || lower == 'o':
		base := map[byte]int{'x': 16, 'o': 8}[lower]
		switch n := v.(type) {
		case int32:
			out = strconv.FormatUint(uint64(uint32(n)), base)
		case int64:
			out = strconv.FormatUint(uint64(n), base)
		case int16:
			out = strconv.FormatUint(uint64(uint16(n)), base)
		case int8:
			out = strconv.FormatUint(uint64(uint8(n)), base)
		case *big.Int:
			out = n.Text(base)
		default:
			s.mismatched(v)
		}
		if n := s.width - len(out); n > 0 && s.has("0") {
			out = strings.Repeat("0", n) + out
		}
	case lower == 'f' || lower == 'e':
		out = s.float(m, v, lower)
	default:
		throw("UnknownFormatConversionException", fmt.Sprintf("Conversion = '%c'", s.verb))
	}
	if s.verb != lower {
		out = strings.ToUpper(out)
	}
	return out
}

func (s *specifier) float(m *Meter, v any, verb byte) string {
	places := 6
	if s.precision >= 0 {
		places = s.precision
	}
	if d, ok := v.(decimal); ok && verb == 'f' {
		r := setScale(m, d, int64(places), "HALF_UP")
		abs := decimal(cqltype.DecimalValue{Unscaled: new(big.Int).Abs(r.Unscaled), Scale: r.Scale})
		return s.signed(r.Unscaled.Sign() < 0, plain(m, abs).(*String).String())
	}
	var n float64
	switch f := v.(type) {
	case float32:
		n = float64(f)
	case float64:
		n = f
	default:
		s.mismatched(v)
	}
	if n != n || n-n != 0 {
		return textAt(m, n, 0)
	}
	if verb == 'e' {
		return s.signed(n < 0, strings.TrimPrefix(strconv.FormatFloat(n, 'e', places, 64), "-"))
	}
	// Java rounds the shortest decimal text half up
	r := setScale(m, parseDecimal(m, NewString(strconv.FormatFloat(n, 'f', -1, 64))), int64(places), "HALF_UP")
	abs := decimal(cqltype.DecimalValue{Unscaled: new(big.Int).Abs(r.Unscaled), Scale: r.Scale})
	return s.signed(n < 0, plain(m, abs).(*String).String())
}

// signed adds sign, grouping and zeros.
func (s *specifier) signed(negative bool, digits string) string {
	if s.has(",") {
		whole, fraction, _ := strings.Cut(digits, ".")
		var groups []string
		for len(whole) > 3 {
			groups = append([]string{whole[len(whole)-3:]}, groups...)
			whole = whole[:len(whole)-3]
		}
		digits = strings.Join(append([]string{whole}, groups...), ",")
		if fraction != "" {
			digits += "." + fraction
		}
	}
	sign, end := "", ""
	switch {
	case negative && s.has("("):
		sign, end = "(", ")"
	case negative:
		sign = "-"
	case s.has("+"):
		sign = "+"
	case s.has(" "):
		sign = " "
	}
	if n := s.width - len(sign) - len(digits) - len(end); n > 0 && s.has("0") {
		digits = strings.Repeat("0", n) + digits
	}
	return sign + digits + end
}

// javaDate is Date.toString, in UTC.
func javaDate(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("Mon Jan 02 15:04:05 UTC 2006")
}
