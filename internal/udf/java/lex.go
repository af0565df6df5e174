package java

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says what is wrong with a body and where.
type Error struct {
	Line int // of the body, from 1
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("Line %d: %s", e.Line, e.Text) }

// tokenKind is what the lexer tells apart.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokInt    // text is the literal
	tokFloat  // of a double or float
	tokString // value is the text
	tokChar   // value is one UTF-16 unit
	tokOp     // > is always a token of its own
)

type token struct {
	kind  tokenKind
	text  string
	value []uint16
	at    int // byte offset
	line  int
}

func (t token) is(op string) bool { return t.kind == tokOp && t.text == op }

// word says whether t is a name or keyword.
func (t token) word(w string) bool { return t.kind == tokIdent && t.text == w }

var operators = []string{
	"<<=", "...", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", "->", "::",
	"(", ")", "{", "}", "[", "]", ";", ",", ".", "=", "<", ">", "!", "~", "?", ":", "+", "-", "*", "/", "%", "&", "|", "^", "@",
}

// tokenize reads a body. The list ends with tokEOF.
func tokenize(body string) ([]token, error) {
	var all []token
	line := 1
	for at := 0; at < len(body); {
		c := body[at]
		switch {
		case c == '\n':
			line++
			at++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			at++
			continue
		case strings.HasPrefix(body[at:], "//"):
			for at < len(body) && body[at] != '\n' {
				at++
			}
			continue
		case strings.HasPrefix(body[at:], "/*"):
			end := strings.Index(body[at+2:], "*/")
			if end < 0 {
				return nil, &Error{line, "Unexpected end of comment"}
			}
			line += strings.Count(body[at:at+2+end], "\n")
			at += end + 4
			continue
		}
		t := token{at: at, line: line}
		size := 0
		var err error
		switch {
		case c >= '0' && c <= '9', c == '.' && at+1 < len(body) && body[at+1] >= '0' && body[at+1] <= '9':
			t.kind, size = number(body[at:])
			t.text = body[at : at+size]
		case c == '"':
			if strings.HasPrefix(body[at:], `"""`) {
				return nil, &Error{line, "Text blocks are not supported"}
			}
			t.kind = tokString
			t.value, size, err = quoted(body[at:], '"', line)
		case c == '\'':
			t.kind = tokChar
			t.value, size, err = quoted(body[at:], '\'', line)
			if err == nil && len(t.value) != 1 {
				err = &Error{line, "Invalid character constant"}
			}
		default:
			t.kind, size = tokIdent, identifier(body[at:])
			if size > 0 {
				t.text = body[at : at+size]
				break
			}
			t.kind = tokOp
			for _, op := range operators {
				if strings.HasPrefix(body[at:], op) {
					t.text, size = op, len(op)
					break
				}
			}
			if size == 0 {
				r, _ := utf8.DecodeRuneInString(body[at:])
				err = &Error{line, fmt.Sprintf("Syntax error on token %q, delete this token", string(r))}
			}
		}
		if err != nil {
			return nil, err
		}
		if t.kind == tokString || t.kind == tokChar {
			t.text = body[at : at+size]
		}
		all = append(all, t)
		at += size
	}
	return append(all, token{kind: tokEOF, at: len(body), line: line}), nil
}

func identifier(text string) (size int) {
	for i, r := range text {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return i
		}
	}
	return len(text)
}

// number measures a numeric literal; what it means is for the parser to say.
func number(text string) (kind tokenKind, size int) {
	kind = tokInt
	hex := strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X")
	for size < len(text) {
		c := text[size] | 0x20
		switch {
		case text[size] >= '0' && text[size] <= '9' || text[size] == '_' || c == 'l' || c == 'x':
		case hex && c >= 'a' && c <= 'f', c == 'b' && size == 1:
		case text[size] == '.' && !hex && !strings.HasPrefix(text[size:], "..") && (size+1 >= len(text) || identifier(text[size+1:]) == 0 || text[size+1]|0x20 == 'e' || text[size+1]|0x20 == 'f' || text[size+1]|0x20 == 'd'):
			kind = tokFloat
		case c == 'e' && !hex:
			kind = tokFloat
			if size+1 < len(text) && (text[size+1] == '+' || text[size+1] == '-') {
				size++
			}
		case (c == 'f' || c == 'd') && !hex:
			return tokFloat, size + 1
		default:
			return kind, size
		}
		size++
	}
	return kind, size
}

// quoted reads a string or character literal.
func quoted(text string, quote byte, line int) (value []uint16, size int, err error) {
	unclosed := "String literal is not properly closed by a double-quote"
	if quote == '\'' {
		unclosed = "Invalid character constant"
	}
	for size = 1; size < len(text); {
		switch c := text[size]; {
		case c == quote:
			return value, size + 1, nil
		case c == '\n':
			return nil, 0, &Error{line, unclosed}
		case c == '\\':
			n, unit, ok := escape(text[size:])
			if !ok {
				return nil, 0, &Error{line, `Invalid escape sequence (valid ones are  \b  \t  \n  \f  \r  \"  \'  \\ )`}
			}
			value = append(value, unit)
			size += n
		default:
			r, n := utf8.DecodeRuneInString(text[size:])
			value = appendRune(value, r)
			size += n
		}
	}
	return nil, 0, &Error{line, unclosed}
}

// escape reads what begins with a backslash: its length and the UTF-16 unit.
func escape(text string) (size int, unit uint16, ok bool) {
	if len(text) < 2 {
		return 0, 0, false
	}
	switch c := text[1]; c {
	case 'b', 't', 'n', 'f', 'r', 's', '"', '\'', '\\':
		return 2, map[byte]uint16{'b': 8, 't': 9, 'n': 10, 'f': 12, 'r': 13, 's': 32, '"': '"', '\'': '\'', '\\': '\\'}[c], true
	case 'u':
		at := 2
		for at < len(text) && text[at] == 'u' {
			at++
		}
		if at+4 > len(text) {
			return 0, 0, false
		}
		for _, d := range []byte(text[at : at+4]) {
			v := strings.IndexByte("0123456789abcdef", d|0x20)
			if d >= '0' && d <= '9' {
				v = int(d - '0')
			}
			if v < 0 {
				return 0, 0, false
			}
			unit = unit<<4 | uint16(v)
		}
		return at + 4, unit, true
	}
	if text[1] < '0' || text[1] > '7' {
		return 0, 0, false
	}
	most := 3
	if text[1] > '3' {
		most = 2
	}
	for size = 1; size < len(text) && size <= most && text[size] >= '0' && text[size] <= '7'; size++ {
		unit = unit<<3 | uint16(text[size]-'0')
	}
	return size, unit, true
}
