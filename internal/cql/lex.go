package cql

import (
	"strings"
	"unicode/utf8"

	"helenus/internal/cassandra"
)

// lexer walks the text once; next never looks behind its position.
type lexer struct {
	text string
	at   int
}

// tokenize returns all tokens with an EOF at the end, or the first lexical error.
func tokenize(text string) ([]token, error) {
	l := lexer{text: text}
	tokens := make([]token, 0, len(text)/5+4)
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		if t.kind == tokEOF {
			return tokens, nil
		}
	}
}

// position returns a line from 1 and a column from 0, counted in characters.
func position(text string, at int) (line, column int) {
	before := text[:at]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

func (l *lexer) failMismatch(at int, expecting string) error {
	line, column := position(l.text, at)
	found := "<EOF>"
	if at < len(l.text) {
		r, _ := utf8.DecodeRuneInString(l.text[at:])
		found = string(r)
	}
	return cassandra.Syntaxf("line %d:%d mismatched character '%s' expecting %s", line, column, found, expecting)
}

func (l *lexer) failCharacter(at int) error {
	line, column := position(l.text, at)
	if at >= len(l.text) {
		return cassandra.Syntaxf("line %d:%d no viable alternative at character '<EOF>'", line, column)
	}
	r, _ := utf8.DecodeRuneInString(l.text[at:])
	return cassandra.Syntaxf("line %d:%d no viable alternative at character '%c'", line, column, r)
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isHex(c byte) bool    { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) || c == '_' }

func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.text) {
		return l.text[l.at+n]
	}
	return 0
}

// skipBlank passes white space and comments. Cassandra wants a line end after a line comment; the end of the text does too here,
// except that it is what the real server refuses, so it is refused.
func (l *lexer) skipBlank() error {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.at++
		case c == '-' && l.peek(1) == '-', c == '/' && l.peek(1) == '/':
			end := strings.IndexAny(l.text[l.at:], "\n\r")
			if end < 0 {
				return l.failMismatch(len(l.text), "set null")
			}
			l.at += end + 1
		case c == '/' && l.peek(1) == '*':
			end := strings.Index(l.text[l.at+2:], "*/")
			if end < 0 {
				return l.failMismatch(len(l.text), "'*'")
			}
			l.at += end + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) next() (token, error) {
	if err := l.skipBlank(); err != nil {
		return token{}, err
	}
	start := l.at
	if start >= len(l.text) {
		return token{kind: tokEOF, start: start, end: start}, nil
	}
	switch c := l.text[start]; {
	case c == '\'':
		return l.quoted('\'', tokString, "'''")
	case c == '"':
		t, err := l.quoted('"', tokQuoted, `'"'`)
		if err == nil && t.text == "" {
			t.kind = tokPunct // an empty name is no name
			t.text = `""`
		}
		return t, err
	case c == '$' && l.peek(1) == '$':
		end := strings.Index(l.text[start+2:], "$$")
		if end < 0 {
			return token{}, l.failMismatch(max(len(l.text)-1, start+2), "'$'")
		}
		l.at = start + 2 + end + 2
		return token{tokString, l.text[start+2 : start+2+end], start, l.at}, nil
	case isDigit(c) || isLetter(c):
		return l.word()
	case c == '-' && isLetter(l.peek(1)):
		if err := l.negative(); err != nil {
			return token{}, err
		}
	case c == '?':
		l.at++
		return token{tokQMark, "?", start, l.at}, nil
	}
	for _, p := range [...]string{"!=", "<=", ">=", "+=", "-=", "..", "=", "<", ">", "(", ")", "{", "}", "[", "]", ",", ";", ":", ".", "*", "+", "-", "/", "%"} {
		if strings.HasPrefix(l.text[start:], p) {
			l.at += len(p)
			return token{tokPunct, p, start, l.at}, nil
		}
	}
	return token{}, l.failCharacter(start)
}

// negative refuses -n and -i that do not go on as -nan and -infinity: Cassandra's lexer has decided for these by the second character. So
// a column whose name begins with n or i can't be negated without a space or parentheses.
func (l *lexer) negative() error {
	for _, word := range [...]string{"nan", "infinity"} {
		if l.text[l.at+1]|0x20 != word[0] {
			continue
		}
		for i := range len(word) {
			if at := l.at + 1 + i; at >= len(l.text) || l.text[at]|0x20 != word[i] {
				return l.failMismatch(at, "set null")
			}
		}
	}
	return nil
}

func (l *lexer) quoted(quote byte, kind tokenKind, expecting string) (token, error) {
	start := l.at
	for i := start + 1; i < len(l.text); i++ {
		if l.text[i] != quote {
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == quote {
			i++
			continue
		}
		l.at = i + 1
		value := l.text[start+1 : i]
		q := string(quote)
		if strings.Contains(value, q) {
			value = strings.ReplaceAll(value, q+q, q)
		}
		return token{kind, value, start, l.at}, nil
	}
	return token{}, l.failMismatch(len(l.text), expecting)
}

// word reads what begins with a letter or digit: a UUID, number, duration, hexadecimal constant or identifier; the longest
// form wins, as in Cassandra's lexer.
func (l *lexer) word() (token, error) {
	rest := l.text[l.at:]
	start := l.at
	take := func(kind tokenKind, n int) (token, error) {
		l.at = start + n
		return token{kind, rest[:n], start, l.at}, nil
	}
	if n := uuidLength(rest); n > 0 {
		return take(tokUUID, n)
	}
	if rest[0] == '0' && len(rest) > 1 && (rest[1] == 'x' || rest[1] == 'X') {
		n := 2
		for n < len(rest) && isHex(rest[n]) {
			n++
		}
		t, err := take(tokHex, n)
		t.text = t.text[2:]
		return t, err
	}
	if isDigit(rest[0]) {
		if n := durationLength(rest); n > 0 {
			return take(tokDuration, n)
		}
		n, float, bad := numberLength(rest)
		if bad > 0 {
			return token{}, l.failCharacter(start + bad)
		}
		if float {
			return take(tokFloat, n)
		}
		return take(tokInteger, n)
	}
	n := 1
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	if c := rest[0]; (c == 'P' || c == 'p') && n > 1 {
		if d := isoDurationLength(rest); d >= n {
			return take(tokDuration, d)
		}
	}
	return take(tokIdent, n)
}

func uuidLength(s string) int {
	const n = 36
	if len(s) < n || s[8] != '-' {
		return 0
	}
	for i := range n {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return 0
		}
	}
	return n
}

// numberLength reads digits, a fraction and an exponent. bad is the place of a character that an exponent can't hold.
func numberLength(s string) (n int, float bool, bad int) {
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n+1 < len(s) && s[n] == '.' && s[n+1] != '.' {
		float = true
		n++
		for n < len(s) && isDigit(s[n]) {
			n++
		}
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m >= len(s) || !isDigit(s[m]) {
			return 0, false, m
		}
		for m < len(s) && isDigit(s[m]) {
			m++
		}
		return m, true, 0
	}
	return n, float, 0
}

// durationUnits in the order in which a prefix is tried.
var durationUnits = [...]string{"ms", "mo", "us", "µs", "ns", "y", "w", "d", "h", "m", "s"}

// durationLength reads 1y2mo3d…; 0 when s is none.
func durationLength(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		m := n
		for m < len(s) && isDigit(s[m]) {
			m++
		}
		unit := 0
		for _, u := range durationUnits {
			if len(s)-m >= len(u) && strings.EqualFold(s[m:m+len(u)], u) {
				unit = len(u)
				break
			}
		}
		if unit == 0 {
			break
		}
		n = m + unit
	}
	if n > 0 && n < len(s) && isWord(s[n]) {
		return 0
	}
	return n
}

// isoDurationLength reads P1Y2M3DT4H5M6S, P3W or P0001-02-03T04:05:06; 0 when s is none.
func isoDurationLength(s string) int {
	n := 1
	for n < len(s) && (isWord(s[n]) || s[n] == '-' && isDigit(s[n-1]) || s[n] == ':' && isDigit(s[n-1])) {
		n++
	}
	if !isoDuration(s[1:n]) {
		return 0
	}
	return n
}

// isoDuration checks what follows the P: numbers each with a unit, or the alternative form, which has dashes.
func isoDuration(body string) bool {
	if strings.Contains(body, "-") {
		return len(body) == len("0001-02-03T04:05:06") && isDigit(body[0])
	}
	units, inTime := 0, false
	for i := 0; i < len(body); {
		if (body[i] == 'T' || body[i] == 't') && !inTime {
			inTime = true
			i++
			continue
		}
		start := i
		for i < len(body) && isDigit(body[i]) {
			i++
		}
		if i == start || i == len(body) || strings.IndexByte("YMWDHSymwdhs", body[i]) < 0 {
			return false
		}
		i++
		units++
	}
	return units > 0
}
