package awk

import (
	"fmt"
	"strings"
)

// kind is what a token is.
type kind int

const (
	tokenEnd kind = iota
	tokenNewline
	tokenNumber
	tokenString
	tokenRegexp
	tokenName     // a variable or array
	tokenFunction // a name with ( right behind it
	tokenBuiltin
	tokenWord // a keyword, or an operator as it is written
)

type token struct {
	kind kind
	text string
	line int
}

var keywords = words("BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf")
var builtins = words("length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system close fflush")

func words(text string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(text) {
		m[w] = true
	}
	return m
}

// operators, the longest first.
var operators = []string{"**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**",
	"{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "|", "?", ":", "~", "$", "="}

// lex splits a program into tokens. A slash begins an expression where no value stands before it.
func lex(text string) ([]token, error) {
	var all []token
	line := 1
	add := func(k kind, t string) { all = append(all, token{k, t, line}) }
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b == ' ' || b == '\t' || b == '\r':
			i++
		case b == '\\' && i+1 < len(text) && text[i+1] == '\n':
			line++
			i += 2
		case b == '\n':
			add(tokenNewline, "\n")
			line++
			i++
		case b == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case b == '"':
			s, n, err := lexString(text[i+1:])
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
			add(tokenString, s)
			i += n + 1
		case isDigit(b) || b == '.' && i+1 < len(text) && isDigit(text[i+1]):
			n := numberLength(text[i:])
			add(tokenNumber, text[i:i+n])
			i += n
		case isLetter(b):
			j := i
			for j < len(text) && (isLetter(text[j]) || isDigit(text[j])) {
				j++
			}
			word := text[i:j]
			switch {
			case keywords[word]:
				add(tokenWord, word)
			case builtins[word]:
				add(tokenBuiltin, word)
			case j < len(text) && text[j] == '(':
				add(tokenFunction, word)
			default:
				add(tokenName, word)
			}
			i = j
		case b == '/' && !valueBefore(all):
			end := regexpEnd(text, i+1)
			if end < 0 {
				return nil, fmt.Errorf("line %d: a regular expression does not end", line)
			}
			add(tokenRegexp, strings.ReplaceAll(text[i+1:end], `\/`, "/"))
			i = end + 1
		default:
			op := operatorAt(text[i:])
			if op == "" {
				return nil, fmt.Errorf("line %d: unexpected %q", line, b)
			}
			i += len(op)
			switch op {
			case "**":
				op = "^"
			case "**=":
				op = "^="
			}
			add(tokenWord, op)
		}
	}
	add(tokenNewline, "\n")
	add(tokenEnd, "the end")
	return all, nil
}

func operatorAt(text string) string {
	for _, op := range operators {
		if strings.HasPrefix(text, op) {
			return op
		}
	}
	return ""
}

// valueBefore says whether a slash after these tokens divides.
func valueBefore(all []token) bool {
	if len(all) == 0 {
		return false
	}
	switch last := all[len(all)-1]; last.kind {
	case tokenNumber, tokenString, tokenName, tokenBuiltin:
		return true
	default:
		return last.text == ")" || last.text == "]" || last.text == "$" || last.text == "++" || last.text == "--"
	}
}

// regexpEnd finds the slash that ends an expression; one in brackets does not.
func regexpEnd(text string, i int) int {
	inBracket := false
	for ; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '\n':
			return -1
		case '[':
			if !inBracket && i+1 < len(text) && (text[i+1] == ']' || strings.HasPrefix(text[i+1:], "^]")) {
				i += 1 + strings.IndexByte(text[i+1:], ']')
			}
			inBracket = true
		case ']':
			inBracket = false
		case '/':
			if !inBracket {
				return i
			}
		}
	}
	return -1
}

// lexString reads a string after its quote and returns how many bytes it took with the other one.
func lexString(text string) (string, int, error) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			return unescape(text[:i]), i + 1, nil
		case '\\':
			i++
		case '\n':
			return "", 0, fmt.Errorf("a string does not end")
		}
	}
	return "", 0, fmt.Errorf("a string does not end")
}

// unescape resolves backslashes; one before a byte that has no meaning stays, for expressions written as strings.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out.WriteByte(text[i])
			continue
		}
		i++
		switch b := text[i]; {
		case strings.IndexByte(`"\/`, b) >= 0:
			out.WriteByte(b)
		case strings.IndexByte("ntrabfv", b) >= 0:
			out.WriteByte("\n\t\r\a\b\f\v"[strings.IndexByte("ntrabfv", b)])
		case b >= '0' && b <= '7':
			n := 0
			j := i
			for ; j < len(text) && j < i+3 && text[j] >= '0' && text[j] <= '7'; j++ {
				n = n*8 + int(text[j]-'0')
			}
			out.WriteByte(byte(n))
			i = j - 1
		default:
			out.WriteByte('\\')
			out.WriteByte(b)
		}
	}
	return out.String()
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// numberLength returns how many bytes of a text are a decimal number.
func numberLength(text string) int {
	i := 0
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && isDigit(text[i]); {
			i++
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		j := i + 1
		if j < len(text) && (text[j] == '+' || text[j] == '-') {
			j++
		}
		if j < len(text) && isDigit(text[j]) {
			for j < len(text) && isDigit(text[j]) {
				j++
			}
			i = j
		}
	}
	return i
}
