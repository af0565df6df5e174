package storage

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"helenus/internal/key"
)

// TestComparer guards what Pebble relies on, with prefixes of all lengths and tokens of both signs. (pebble.CheckComparer also
// wants prefixes to stay prefixes when their first bytes are cut off, which only files with a synthetic prefix need.)
func TestComparer(t *testing.T) {
	var all [][]byte
	for _, token := range []key.Token{key.MinToken + 1, -1, 0, 1, key.MaxToken} {
		for _, k := range []string{"", "a", "a\xff", "ab", "\xff\xff", "a\x00"} {
			prefix := appendPrefix(nil, 7, key.Partition{Token: token, Key: []byte(k)})
			for _, suffix := range []string{"", "\x00", "\x01", "\x02", "\x02a", "\x02a\xff", "\x02b"} {
				whole := append(bytes.Clone(prefix), suffix...)
				if n := split(whole); n != len(prefix) {
					t.Fatalf("%x splits at %d, want %d", whole, n, len(prefix))
				}
				all = append(all, whole)
			}
		}
	}
	for _, a := range all {
		if s := comparer.Successor(nil, a); bytes.Compare(s, a) < 0 {
			t.Errorf("successor %x of %x", s, a)
		}
		for _, b := range all {
			order := comparer.Compare(a, b)
			an, bn := split(a), split(b)
			byParts := bytes.Compare(a[:an], b[:bn])
			if byParts == 0 {
				byParts = comparer.ComparePointSuffixes(a[an:], b[bn:])
			}
			if order != byParts || comparer.Equal(a, b) != (order == 0) {
				t.Errorf("%x and %x: order %d, by parts %d", a, b, order, byParts)
			}
			if x, y := comparer.AbbreviatedKey(a), comparer.AbbreviatedKey(b); order < 0 && x > y || order > 0 && x < y {
				t.Errorf("abbreviated keys of %x and %x are in the other order", a, b)
			}
			if order >= 0 {
				continue
			}
			if s := comparer.Separator(nil, a, b); bytes.Compare(s, a) < 0 || bytes.Compare(s, b) >= 0 {
				t.Errorf("separator %x of %x and %x", s, a, b)
			}
		}
	}
}

func TestSuccessorSkipsNoKey(t *testing.T) {
	const seed = 3
	random := rand.New(rand.NewPCG(seed, 0))
	part := func() []byte {
		k := make([]byte, random.IntN(4))
		for i := range k {
			k[i] = []byte{0, 1, 0xFE, 0xFF}[random.IntN(4)]
		}
		return appendPrefix(nil, 7, key.Partition{Token: key.Token(random.IntN(2)), Key: k})
	}
	for range 20_000 {
		a, b := part(), part()
		after := appendSuccessor(nil, a)
		if split(after) != len(after) || bytes.Compare(after, a) <= 0 {
			t.Fatalf("seed %d: successor %x of %x", seed, after, a)
		}
		if bytes.Compare(b, a) > 0 && bytes.Compare(b, after) < 0 {
			t.Fatalf("seed %d: %x lies between %x and its successor %x", seed, b, a, after)
		}
	}
}
