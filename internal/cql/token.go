package cql

import "strings"

// tokenKind is what the lexer tells apart. Keywords are identifiers until the parser asks for one.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokQuoted // "Name": text is without quotes
	tokString // 'it''s' or $$it's$$: text is the value
	tokInteger
	tokFloat
	tokUUID
	tokHex // text is without 0x
	tokDuration
	tokQMark
	tokPunct
)

// token is one lexical unit. Offsets are bytes into the text.
type token struct {
	kind       tokenKind
	text       string // as written, or the value of a quoted form
	start, end int
}

// is says whether t is the keyword or punctuation s (keywords in lower case).
func (t token) is(s string) bool {
	switch t.kind {
	case tokIdent:
		return len(t.text) == len(s) && strings.EqualFold(t.text, s)
	case tokPunct:
		return t.text == s
	}
	return false
}
