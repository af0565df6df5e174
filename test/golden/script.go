package golden

import (
	"fmt"
	"regexp"
	"strings"
)

// Statement is one statement of a script with the directives that stand before it.
type Statement struct {
	Line       int
	Directives map[string]string
	CQL        string
}

var (
	directiveLine = regexp.MustCompile(`^--\s*@([a-z]+)\s*(.*)$`)
	batchBegins   = regexp.MustCompile(`(?is)^BEGIN\b.*\bBATCH\b`)
	batchEnds     = regexp.MustCompile(`(?is)\bAPPLY\s+BATCH\s*$`)
)

// Split cuts a script into its statements. It is deliberately not the parser under test: it knows quotes, comments, $$
// bodies and batches, nothing else.
func Split(text string) ([]Statement, error) {
	var out []Statement
	directives := map[string]string{}
	start := -1
	lineOf := func(i int) int { return strings.Count(text[:i], "\n") + 1 }
	until := func(i int, end string) int {
		if at := strings.Index(text[i:], end); at >= 0 {
			return i + at
		}
		return len(text)
	}
	for i := 0; i < len(text); {
		if start < 0 {
			if strings.ContainsRune(" \t\r\n", rune(text[i])) {
				i++
				continue
			}
			if strings.HasPrefix(text[i:], "--") {
				end := until(i, "\n")
				if m := directiveLine.FindStringSubmatch(strings.TrimRight(text[i:end], " \t\r")); m != nil {
					directives[m[1]] = strings.TrimSpace(m[2])
				}
				i = end
				continue
			}
			start = i
			if _, raw := directives["raw"]; raw {
				delete(directives, "raw")
				end := until(i, "\n")
				out = append(out, Statement{Line: lineOf(i), Directives: directives, CQL: text[i:end]})
				directives, start, i = map[string]string{}, -1, end
				continue
			}
		}
		switch {
		case text[i] == '\'' || text[i] == '"':
			i = min(until(i+1, text[i:i+1])+1, len(text))
		case strings.HasPrefix(text[i:], "$$"):
			i = min(until(i+2, "$$")+2, len(text))
		case strings.HasPrefix(text[i:], "--"), strings.HasPrefix(text[i:], "//"):
			i = until(i, "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i = min(until(i, "*/")+2, len(text))
		case text[i] == ';':
			s := text[start:i]
			i++
			if batchBegins.MatchString(s) && !batchEnds.MatchString(s) {
				continue
			}
			out = append(out, Statement{Line: lineOf(start), Directives: directives, CQL: strings.TrimRight(s, " \t\r\n")})
			directives, start = map[string]string{}, -1
		default:
			i++
		}
	}
	if start >= 0 {
		return nil, fmt.Errorf("line %d: unfinished statement: %.80s", lineOf(start), text[start:])
	}
	return out, nil
}
