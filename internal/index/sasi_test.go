package index

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// TestPatternsFindWhatMatches: a text that a pattern matches has a term in each of the pattern's ranges, and a text that has none in some range
// is not matched. Texts are random, some longer than what terms keep.
func TestPatternsFindWhatMatches(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	letters := []rune("ab\x00é %")
	text := func(n int) []byte {
		out := make([]rune, n)
		for i := range out {
			out[i] = letters[r.IntN(len(letters))]
		}
		return []byte(string(out))
	}
	matched := 0
	for range 20_000 {
		x := &schema.Index{Class: schema.SASIIndex, Column: &schema.Column{Type: cqltype.Text}, SASI: &schema.SASI{
			Mode: schema.SASIMode(r.IntN(2)), Literal: true, Analyzer: schema.Analyzer(r.IntN(4)), Delimiter: ' ', Lower: r.IntN(2) == 0}}
		begins, ends := r.IntN(2) == 0, r.IntN(2) == 0
		if !x.SASI.HasLike(begins, ends) {
			continue
		}
		value := text(1 + r.IntN(8))
		if r.IntN(20) == 0 {
			value = bytes.Repeat(value, 200)
		}
		wanted := text(1 + r.IntN(3))
		if r.IntN(3) == 0 { // a part of the value
			runes := []rune(string(value))
			from := r.IntN(len(runes))
			wanted = []byte(string(runes[from : from+1+r.IntN(len(runes)-from)]))
		}
		p := NewPattern(x, begins, ends, wanted)
		if p.IsEmpty() {
			continue
		}
		found := true
		var e Extractor
		for _, in := range p.Ranges() {
			any := false
			if err := e.Value(x, value, func(term []byte) error { any = any || in.Contains(term); return nil }); err != nil {
				t.Fatal(err)
			}
			found = found && any
		}
		matches := p.Matches(value)
		if matches {
			matched++
		}
		if matches && !found || !matches && found && len(value) < suffixBytesMax {
			t.Fatalf("seed %d: %+v: %q in %q (begins %v, ends %v): matches %v, found %v", seed, *x.SASI, wanted, value, begins, ends, matches, found)
		}
	}
	if matched < 1000 {
		t.Errorf("only %d matched", matched)
	}
}
