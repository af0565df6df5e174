package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"helenus/internal/schema"
)

// analyze returns a text in the form in which it is compared.
// Source: Cassandra 5.0, NonTokenizingAnalyzer: lower case, then NFC, then Lucene's folding to ASCII.
func analyze(a schema.Analysis, text []byte) []byte {
	s := string(text)
	if a.IgnoreCase {
		s = strings.ToLower(s)
	}
	if a.Normalize {
		s = norm.NFC.String(s)
	}
	if a.ASCII {
		s = foldASCII(s)
	}
	return []byte(s)
}

// letters are those that do not come apart into an ASCII letter and marks.
var letters = map[rune]string{
	'Æ': "AE", 'æ': "ae", 'Œ': "OE", 'œ': "oe", 'ß': "ss", 'ẞ': "SS", 'Ø': "O", 'ø': "o", 'Đ': "D", 'đ': "d", 'Ð': "D", 'ð': "d", 'Þ': "TH", 'þ': "th",
	'Ł': "L", 'ł': "l", 'Ħ': "H", 'ħ': "h", 'ı': "i", 'Ĳ': "IJ", 'ĳ': "ij", 'ĸ': "q", 'Ŋ': "N", 'ŋ': "n", 'Ŧ': "T", 'ŧ': "t", 'ſ': "s", 'ƒ': "f", 'Ƒ': "F",
	'«': "\"", '»': "\"", '“': "\"", '”': "\"", '„': "\"", '‘': "'", '’': "'", '‚': "'", '‛': "'", '‹': "'", '›': "'", '′': "'", '″': "\"",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '⁃': "-", '⁅': "[", '⁆': "]", '⁎': "*", '⁏': ";", '⁒': "%", '⁓': "~", '⁄': "/", '‖': "", '‸': "^",
	'ƀ': "b", 'Ɓ': "B", 'Ƈ': "C", 'ƈ': "c", 'Ɗ': "D", 'ƌ': "d", 'Ɛ': "E", 'Ɠ': "G", 'Ɨ': "I", 'Ƙ': "K", 'ƙ': "k", 'ƚ': "l", 'Ɲ': "N", 'ƞ': "n", 'Ƥ': "P", 'ƥ': "p",
	'Ʀ': "R", 'ƫ': "t", 'Ƭ': "T", 'ƭ': "t", 'Ʋ': "V", 'Ƴ': "Y", 'ƴ': "y", 'Ƶ': "Z", 'ƶ': "z", 'Ǆ': "DZ", 'ǆ': "dz", 'ǅ': "Dz", 'Ǉ': "LJ", 'ǉ': "lj", 'ǈ': "Lj", 'Ǌ': "NJ", 'ǌ': "nj", 'ǋ': "Nj",
}

// foldASCII puts ASCII in the place of what looks like it; other characters stay. It knows the letters of Latin scripts, their typographic
// marks and the full-width forms, which are the common part of Lucene's ASCIIFoldingFilter.
func foldASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteByte(byte(r))
			continue
		}
		if to, ok := letters[r]; ok {
			b.WriteString(to)
			continue
		}
		if to := stripped(r); to != "" {
			b.WriteString(to)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// stripped is a character taken apart less its marks, when that is ASCII.
func stripped(r rune) string {
	var out []byte
	for _, part := range norm.NFKD.String(string(r)) {
		switch {
		case part < utf8.RuneSelf:
			out = append(out, byte(part))
		case !unicode.Is(unicode.Mn, part):
			return ""
		}
	}
	return string(out)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
