package row

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestProjectMerges guards that what Project makes of two changes merges to what it makes of their merge: views stand on it.
func TestProjectMerges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	for range 20_000 {
		how := map[uint32]Projection{1: Projection(r.IntN(3)), 2: Projection(r.IntN(3)), 3: Keep, 4: Projection(r.IntN(3))}
		over := NotDeleted
		if r.IntN(2) == 0 {
			over = Deletion{int64(r.IntN(4)), 100}
		}
		live := r.IntN(2) == 0
		project := func(encoded []byte) []byte {
			out, err := Project(nil, encoded, over, live, func(c uint32) Projection { return how[c] })
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		merge := func(a, b []byte) []byte {
			out, err := Merge(nil, a, b)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		a, b := randomDelta(r), randomDelta(r)
		plain := merge // with nothing: a flag that something may be purged may be set without need, and goes when a row is merged
		if apart, whole := plain(project(merge(project(a), project(b))), Empty), plain(project(merge(a, b)), Empty); !bytes.Equal(apart, whole) {
			t.Fatalf("%x and %x over %v by %v: %x, want %x", a, b, over, how, apart, whole)
		}
	}
}

// TestClaims guards what of a row whose claim is gone is seen and kept: nothing is seen, and what is old goes once the claim's tombstone does.
func TestClaims(t *testing.T) {
	const claim, other = 1, 2
	micros := func(s int64) int64 { return s * 1e6 }
	build := func(f func(b *Builder)) []byte {
		var b Builder
		b.Reset(nil)
		f(&b)
		return b.Finish()
	}
	for name, c := range map[string]struct {
		row       []byte
		seen      bool
		kept      int // columns, with gcBefore at 1000
		purgeable bool
	}{
		"claimed": {build(func(b *Builder) { b.Cell(claim, micros(10), 0, 0, nil); b.Cell(other, micros(10), 0, 0, nil) }), true, 2, false},
		"hidden lately": {build(func(b *Builder) {
			b.Tombstone(claim, micros(10), 2000)
			b.Cell(other, micros(10), 0, 0, nil)
		}), false, 2, true},
		"hidden long ago": {build(func(b *Builder) {
			b.Tombstone(claim, micros(10), 900)
			b.Cell(other, micros(10), 0, 0, nil)
		}), false, 0, true},
		"without a claim, old":     {build(func(b *Builder) { b.Cell(other, micros(10), 0, 0, nil) }), false, 0, true},
		"without a claim, new":     {build(func(b *Builder) { b.Cell(other, micros(1500), 0, 0, nil) }), false, 1, true},
		"expired, and new besides": {build(func(b *Builder) { b.Cell(claim, micros(10), 5, 10, nil); b.Cell(other, micros(1500), 0, 0, nil) }), false, 1, true},
	} {
		v := View{Claim: claim}
		if err := v.Reset(c.row, NotDeleted, 3000); err != nil || v.Live() != c.seen || (len(v.Cells()) > 0) != c.seen {
			t.Errorf("%s: seen %v, %d cells, %v", name, v.Live(), len(v.Cells()), err)
		}
		if MayPurgeClaimed(c.row, claim) != c.purgeable {
			t.Errorf("%s: purgeable %v", name, !c.purgeable)
		}
		left, err := PurgeClaimed(nil, c.row, NotDeleted, 3000, 1000, claim)
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for column := uint32(claim); column <= other; column++ {
			if _, found, err := Find(left, column); err != nil {
				t.Fatal(err)
			} else if found {
				kept++
			}
		}
		if kept != c.kept {
			t.Errorf("%s: %d columns are kept, want %d", name, kept, c.kept)
		}
	}
}
