// Package posix compiles the regular expressions of grep, sed and awk to Go's, with the leftmost longest match.
package posix

import (
	"fmt"
	"regexp"
	"strings"
)

// Syntax is how an expression is written.
type Syntax int

// The syntaxes: basic (grep, sed), extended (grep -E, sed -E, awk), plain text.
const (
	Basic Syntax = iota
	Extended
	Text
)

// Compile compiles an expression. Back-references are refused: Go's expressions, which never take exponential time, have none.
func Compile(expression string, syntax Syntax, ignoreCase bool) (*regexp.Regexp, error) {
	translated := regexp.QuoteMeta(expression)
	if syntax != Text {
		var err error
		if translated, err = translate(expression, syntax); err != nil {
			return nil, err
		}
	}
	if ignoreCase {
		translated = "(?i)" + translated
	}
	re, err := regexp.Compile(translated)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", expression, err)
	}
	re.Longest()
	return re, nil
}

// translate turns an expression into Go's syntax.
func translate(e string, syntax Syntax) (string, error) {
	var out strings.Builder
	for i := 0; i < len(e); i++ {
		switch b := e[i]; {
		case b == '[':
			end := bracketEnd(e, i)
			if end < 0 {
				return "", fmt.Errorf("regular expression %q: missing ]", e)
			}
			out.WriteString(bracket(e[i+1:end], syntax))
			i = end
		case b == '\\' && i+1 < len(e):
			i++
			text, err := escape(e[i], syntax)
			if err != nil {
				return "", fmt.Errorf("regular expression %q: %w", e, err)
			}
			out.WriteString(text)
		case syntax == Basic && strings.IndexByte("+?(){}|", b) >= 0:
			out.WriteString(`\` + string(b))
		case syntax == Basic && b == '*' && atStart(e[:i]):
			out.WriteString(`\*`)
		case syntax == Basic && b == '^' && !atStart(e[:i]):
			out.WriteString(`\^`)
		case syntax == Basic && b == '$' && i+1 < len(e) && !strings.HasPrefix(e[i+1:], `\)`) && !strings.HasPrefix(e[i+1:], `\|`):
			out.WriteString(`\$`)
		case syntax == Extended && b == '{' && !isCount(e[i:]):
			out.WriteString(`\{`)
		default:
			out.WriteByte(b)
		}
	}
	return out.String(), nil
}

// atStart says whether nothing that could be repeated or follow an anchor stands before.
func atStart(before string) bool {
	return before == "" || before == "^" || strings.HasSuffix(before, `\(`) || strings.HasSuffix(before, `\|`) || strings.HasSuffix(before, `\(^`)
}

func isCount(e string) bool {
	end := strings.IndexByte(e, '}')
	return end > 1 && strings.Trim(e[1:end], "0123456789,") == "" && e[1] != ','
}

// escape is what a backslash and a byte stand for.
func escape(b byte, syntax Syntax) (string, error) {
	switch {
	case syntax == Basic && strings.IndexByte("(){}|+?", b) >= 0:
		return string(b), nil
	case b == '<' || b == '>':
		return `\b`, nil
	case strings.IndexByte("wWsSbBntrfav", b) >= 0:
		return `\` + string(b), nil
	case b >= '1' && b <= '9':
		return "", fmt.Errorf(`back-reference \%c is not supported`, b)
	case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '0':
		return string(b), nil
	}
	if b >= 0x80 {
		return string([]byte{b}), nil
	}
	return regexp.QuoteMeta(string(rune(b))), nil
}

// bracketEnd returns where the ] of a bracket expression that begins at i stands, or -1.
func bracketEnd(e string, i int) int {
	j := i + 1
	if j < len(e) && e[j] == '^' {
		j++
	}
	if j < len(e) && e[j] == ']' {
		j++
	}
	for ; j < len(e); j++ {
		switch {
		case e[j] == ']':
			return j
		case e[j] == '[' && j+1 < len(e) && strings.IndexByte(":.=", e[j+1]) >= 0:
			if end := strings.Index(e[j+2:], string(e[j+1])+"]"); end >= 0 {
				j += end + 3
			}
		case e[j] == '\\' && j+1 < len(e) && e[j+1] != ']':
			j++
		}
	}
	return -1
}

// bracket translates what stands between [ and ]. A backslash is itself, but before n, t and other letters an escape, as in GNU's and awk's.
func bracket(inner string, syntax Syntax) string {
	var out strings.Builder
	out.WriteByte('[')
	if rest, ok := strings.CutPrefix(inner, "^"); ok {
		out.WriteByte('^')
		inner = rest
	}
	for i := 0; i < len(inner); i++ {
		b := inner[i]
		switch {
		case b == '[' && i+1 < len(inner) && inner[i+1] == ':':
			end := strings.Index(inner[i:], ":]")
			if end < 0 {
				out.WriteString(`\[`)
				continue
			}
			out.WriteString(inner[i : i+end+2])
			i += end + 1
		case b == '[':
			out.WriteString(`\[`)
		case b == ']' || b == '^':
			out.WriteString(`\` + string(b))
		case b == '\\' && i+1 < len(inner) && (strings.IndexByte("ntrfv", inner[i+1]) >= 0 || syntax == Extended && strings.IndexByte(`\/"-`, inner[i+1]) >= 0):
			i++
			switch inner[i] {
			case '/', '"':
				out.WriteByte(inner[i])
			default:
				out.WriteString(`\` + string(inner[i]))
			}
		case b == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(b)
		}
	}
	out.WriteByte(']')
	return out.String()
}
