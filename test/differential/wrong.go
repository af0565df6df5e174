package differential

import (
	"regexp"
	"strings"
)

// word is a piece of a statement that is taken away, doubled or changed as one.
var word = regexp.MustCompile(`"(?:[^"]|"")*"|'(?:[^']|'')*'` + "|\x01[0-9]+\x01" + `|[A-Za-z_][A-Za-z_0-9]*|[0-9.]+|[<>!=+-]=|[^\sA-Za-z0-9]`)

// strange are words that stand where others stood.
var strange = strings.Fields(`unknown t0 t1 p0 c0 v0 s0 , ( ) = IN SET AND NULL 'x' 1 -1 1.5 true 0xff * : [ ] { } ? USING TIMESTAMP TTL LIMIT ORDER TOKEN int text list<int> ; 1mo "V0" VALUES`)

// spoil makes a statement wrong: one piece is lost, doubled, exchanged or replaced.
func (g *generator) spoil(s *statement) {
	at := word.FindAllStringIndex(s.template, -1)
	if len(at) < 2 {
		return
	}
	i := g.IntN(len(at))
	piece := func(n int) string { return s.template[at[n][0]:at[n][1]] }
	replace := func(n int, with string) {
		s.template = s.template[:at[n][0]] + with + s.template[at[n][1]:]
	}
	s.pure = false
	switch g.IntN(6) {
	case 0:
		replace(i, "")
	case 1:
		replace(i, piece(i)+" "+piece(i))
	case 2:
		j := g.IntN(len(at))
		a, b := piece(min(i, j)), piece(max(i, j))
		replace(max(i, j), a)
		replace(min(i, j), b)
	case 3:
		// A name for a name says more than any word for any word.
		for range 20 {
			if n := g.IntN(len(at)); regexp.MustCompile(`^[a-z]`).MatchString(piece(n)) {
				replace(n, pick(g, []string{"unknown", "p0", "c0", "c1", "v0", "v1", "s0", "t0", "count", `"P0"`}))
				return
			}
		}
		replace(i, pick(g, strange))
	default:
		for range 20 {
			if n := g.IntN(len(at)); strings.HasPrefix(piece(n), "\x01") {
				replace(n, g.hole(g.value(g.kindOf(1, false))))
				return
			}
		}
		replace(i, pick(g, strange))
	}
}
