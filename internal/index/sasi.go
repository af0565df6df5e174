package index

import (
	"bytes"
	"unicode/utf8"

	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// The terms of a SASI index on values that are no texts are the values themselves. One on texts has
//
//	01 component   for each token: what the analyzer makes of the text
//	02 component   with mode CONTAINS, for each token and each place in it: what stands from there to the token's end
//
// So every form of LIKE is a range of terms: what is equal to a token or begins as one does, what ends a token or begins an end of one. Both
// are cut off after some bytes. What begins alike up to there is held against the row by whoever reads (Pattern).
const (
	tokenTerm  = 0x01
	suffixTerm = 0x02
	// tokenBytesMax and suffixBytesMax are how much of a token and of its ends is kept.
	tokenBytesMax  = 1024
	suffixBytesMax = 64
)

// tokenType is the type that tokens are encoded as.
var tokenType = cqltype.Text

// eachSASITerm calls f for the terms of a value; an empty value has none.
func (e *Extractor) eachSASITerm(x *schema.Index, value []byte, f func(term []byte) error) error {
	if len(value) == 0 {
		return nil
	}
	if !x.SASI.Literal {
		e.term = key.AppendClustering(e.term[:0], x.Column.Type, false, value)
		return f(e.term)
	}
	ends := x.SASI.Mode == schema.ContainsMode
	for _, token := range tokens(x.SASI, value) {
		e.term = appendToken(e.term[:0], tokenTerm, token)
		if err := f(e.term); err != nil {
			return err
		}
		for at := 0; ends && at < len(token); at++ {
			if isText(x) && !utf8.RuneStart(token[at]) {
				continue
			}
			e.term = appendToken(e.term[:0], suffixTerm, token[at:])
			if err := f(e.term); err != nil {
				return err
			}
		}
	}
	return nil
}

func isText(x *schema.Index) bool {
	return x.Column.Type.Kind == cqltype.KindText || x.Column.Type.Kind == cqltype.KindASCII
}

func appendToken(dst []byte, kind byte, token []byte) []byte {
	return key.AppendClustering(append(dst, kind), tokenType, false, token[:min(len(token), kept(kind))])
}

func kept(kind byte) int {
	if kind == suffixTerm {
		return suffixBytesMax
	}
	return tokenBytesMax
}

// EntriesBytesMax bounds the entries in SASI indexes that one change of a partition has.
const EntriesBytesMax = 64 << 20

// entryOverhead is about what an entry has beside its term and the row's key.
const entryOverhead = 64

// MostOfEntries is how many bytes a value's entries take at most beside a key of some length, without a look at what is in it.
func MostOfEntries(x *schema.Index, value []byte, beside int) int {
	if !x.SASI.Literal {
		return len(value) + entryOverhead + beside
	}
	return len(value) * (suffixBytesMax + entryOverhead + beside)
}

// SizeOfEntries is about how many bytes they take.
func SizeOfEntries(x *schema.Index, value []byte, beside int) (size int) {
	var e Extractor
	_ = e.Value(x, value, func(term []byte) error {
		size += len(term) + entryOverhead + beside
		return nil
	})
	return size
}

// Pattern is what = and LIKE ask of texts that a SASI index has: one that is equal to, begins with, ends with or contains some bytes.
type Pattern struct {
	index *schema.Index
	// begins and ends say where the wildcard stands.
	begins, ends bool
	tokens       [][]byte
}

// NewPattern returns the pattern of a value, less its wildcards: what the index's analyzer makes of the value are the tokens, and a text has
// to have a token for each.
func NewPattern(x *schema.Index, begins, ends bool, value []byte) *Pattern {
	return &Pattern{index: x, begins: begins, ends: ends, tokens: tokens(x.SASI, value)}
}

// IsEmpty says whether nothing is left of the value, so that it asks for nothing.
func (p *Pattern) IsEmpty() bool { return len(p.tokens) == 0 }

// Ranges are where the index's terms of such texts are, one range for each token; a text has a term in each.
func (p *Pattern) Ranges() []key.Range {
	ranges := make([]key.Range, len(p.tokens))
	for i, token := range p.tokens {
		kind := byte(tokenTerm)
		if p.begins {
			kind = suffixTerm
		}
		if p.ends && len(token) < kept(kind) {
			ranges[i] = key.Beginning([]byte{kind}, token)
		} else {
			ranges[i] = key.Prefix(appendToken(nil, kind, token))
		}
	}
	return ranges
}

// Matches says whether a value is such a text.
func (p *Pattern) Matches(value []byte) bool {
	if len(value) == 0 {
		return false
	}
	all := tokens(p.index.SASI, value)
	for _, wanted := range p.tokens {
		if !p.matchesAny(all, wanted) {
			return false
		}
	}
	return true
}

func (p *Pattern) matchesAny(all [][]byte, wanted []byte) bool {
	for _, token := range all {
		var found bool
		switch {
		case p.begins && p.ends:
			found = bytes.Contains(token, wanted)
		case p.begins:
			found = bytes.HasSuffix(token, wanted)
		case p.ends:
			found = bytes.HasPrefix(token, wanted)
		default:
			found = bytes.Equal(token, wanted)
		}
		if found {
			return true
		}
	}
	return false
}

// comparable is a value that rows' values are compared with, in the form that an index on no texts compares; nil: none.
func comparable(x *schema.Index, value []byte) []byte {
	var last []byte
	for _, token := range tokens(x.SASI, value) {
		last = token
	}
	return last
}
