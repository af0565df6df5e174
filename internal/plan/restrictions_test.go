package plan

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// TestTupleSlices compares the ranges of (a, b, c) > (x, y, z) and its kin, with columns in every mix of orders, with looking at every
// key of a small table.
func TestTupleSlices(t *testing.T) {
	const seed = 9
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 500 {
		n := 1 + random.IntN(3)
		columns := make([]*schema.Column, n)
		for i := range columns {
			columns[i] = &schema.Column{Name: fmt.Sprint(i), Type: cqltype.Int, Kind: schema.Clustering, Position: i, Descending: random.IntN(2) == 0}
		}
		bound := make([]int32, n)
		values := make([][]byte, n)
		for i := range bound {
			bound[i] = int32(random.IntN(4))
			values[i] = cqltype.AppendInt(nil, bound[i])
		}
		inclusive, less := random.IntN(2) == 0, random.IntN(2) == 0
		ranges := beyond(nil, columns, values, inclusive, less)
		for i, r := range ranges {
			if i > 0 && !precedes(ranges[i-1], r) {
				t.Fatalf("seed %d, round %d: ranges are not ascending and disjoint", seed, round)
			}
		}
		each(n, func(tuple []int32) {
			var encoded []byte
			for i, v := range tuple {
				encoded = key.AppendClustering(encoded, cqltype.Int, columns[i].Descending, cqltype.AppendInt(nil, v))
			}
			c := slices.CompareFunc(tuple, bound, cmp.Compare[int32])
			want := c > 0 && !less || c < 0 && less || c == 0 && inclusive
			got := slices.ContainsFunc(ranges, func(r key.Range) bool { return r.Contains(encoded) })
			if got != want {
				t.Fatalf("seed %d, round %d: %v against %v, less %v, inclusive %v: %v, want %v", seed, round, tuple, bound, less, inclusive, got, want)
			}
		})
	}
}

// each visits all tuples of n numbers below 4.
func each(n int, visit func([]int32)) {
	tuple := make([]int32, n)
	var fill func(int)
	fill = func(i int) {
		if i == n {
			visit(tuple)
			return
		}
		for v := range int32(4) {
			tuple[i] = v
			fill(i + 1)
		}
	}
	fill(0)
}

func precedes(a, b key.Range) bool { return a.End != nil && string(a.End) <= string(b.Start) }

// TestIntersect compares intersections with membership in both.
func TestIntersect(t *testing.T) {
	const seed = 4
	random := rand.New(rand.NewPCG(seed, 0))
	some := func() []key.Range {
		var all []key.Range
		for range random.IntN(4) {
			r := key.Range{Start: []byte{byte(random.IntN(10))}, End: []byte{byte(random.IntN(11))}}
			if random.IntN(5) == 0 {
				r.End = nil
			}
			all = append(all, r)
		}
		return ascendingRanges(all)
	}
	in := func(all []key.Range, k byte) bool {
		return slices.ContainsFunc(all, func(r key.Range) bool { return r.Contains([]byte{k}) })
	}
	for round := range 2000 {
		a, b := some(), some()
		both := intersectRanges(a, b)
		for k := range byte(12) {
			if got, want := in(both, k), in(a, k) && in(b, k); got != want {
				t.Fatalf("seed %d, round %d: %v and %v, key %d: %v", seed, round, a, b, k, got)
			}
		}
	}
}
