package index

import (
	"bytes"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"helenus/internal/schema"
)

// tokens are what a SASI index's analyzer makes of a value, each once, none empty. They may alias the value.
// Source: Cassandra 5.0, the analyzers of package index.sasi.
func tokens(s *schema.SASI, value []byte) [][]byte {
	switch s.Analyzer {
	case schema.NonTokenizing:
		return [][]byte{[]byte(norm.NFC.String(changeCase(s, string(value))))}
	case schema.Delimited:
		return distinct(bytes.FieldsFunc(value, func(r rune) bool { return r == s.Delimiter }))
	case schema.Standard:
		var all [][]byte
		for word := range words(string(value)) {
			if word = wordToken(s, word); word != "" {
				all = append(all, []byte(norm.NFC.String(word)))
			}
		}
		return distinct(all)
	}
	if len(value) == 0 {
		return nil
	}
	return [][]byte{value}
}

// wordToken is the token of a word; empty: it has none.
func wordToken(s *schema.SASI, word string) string {
	word = changeCase(s, word)
	if s.SkipStopWords && isStopWord(s.Language, word) {
		return ""
	}
	if s.Stem {
		word = stem(s.Language, word)
	}
	return word
}

// changeCase makes letters small or capital as Java does where no language has rules of its own.
func changeCase(s *schema.SASI, text string) string {
	switch {
	case !s.Lower && !s.Upper:
		return text
	case isASCII(text) && s.Lower:
		return strings.ToLower(text)
	case isASCII(text):
		return strings.ToUpper(text)
	case s.Lower:
		return cases.Lower(language.Und).String(text)
	}
	return cases.Upper(language.Und).String(text)
}

func distinct(all [][]byte) [][]byte {
	if len(all) < 2 {
		return all
	}
	seen := make(map[string]bool, len(all))
	out := all[:0]
	for _, token := range all {
		if !seen[string(token)] {
			seen[string(token)] = true
			out = append(out, token)
		}
	}
	return out
}
