package function

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"helenus/internal/cqltype"
	"helenus/internal/index"
	"helenus/internal/schema"
)

var similarities = map[string]schema.Similarity{"cosine": schema.Cosine, "euclidean": schema.Euclidean, "dot_product": schema.DotProduct}

func randomVector(r *rand.Rand, dimension int) (all []float32, raw []byte) {
	for range dimension {
		v := float32(r.NormFloat64())
		all, raw = append(all, v), cqltype.AppendFloat(raw, v)
	}
	return all, raw
}

// TestLikeness: an index compares as the functions do, to the last bit, for each similarity and length; only what is below a bound may be left out, and
// nothing that is at it.
func TestLikeness(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, by := range similarities {
		for _, dimension := range []int{1, 2, 15, 16, 17, 64, 128, 1000} {
			a, rawA := randomVector(r, dimension)
			l := index.NewLikeness(by, rawA)
			for range 50 {
				b, rawB := randomVector(r, dimension)
				want := map[string]func(a, b []float32) float32{
					"cosine": cosine, "euclidean": func(a, b []float32) float32 { return 1 / (1 + squareDistance(a, b)) }, "dot_product": func(a, b []float32) float32 { return (1 + dot(a, b)) / 2 },
				}[name](b, a)
				for _, least := range []float32{float32(math.Inf(-1)), want} {
					if got, ok := l.Score(rawB, least); !ok || got != want {
						t.Fatalf("%s of %d elements, at least %v: %v, %v, want %v", name, dimension, least, got, ok, want)
					}
				}
				if got, ok := l.Score(rawB, math.Nextafter32(want, 2)); ok && got != want {
					t.Fatalf("%s of %d elements, bounded above it: %v, want %v", name, dimension, got, want)
				}
			}
			if _, ok := l.Score(rawA[1:], 0); ok {
				t.Errorf("%s takes another length", name)
			}
		}
	}
	if _, ok := index.NewLikeness(schema.Cosine, cqltype.AppendFloat(nil, 1)).Score(cqltype.AppendFloat(nil, 0), 0); ok {
		t.Error("zeros have a direction")
	}
}

// BenchmarkLikeness compares 50,000 vectors with one and keeps the score of the tenth best as the bound, beside what decodes both each time:
//
//	go test ./internal/plan/function -run '^$' -bench Likeness -benchtime 3x
func BenchmarkLikeness(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const count, dimension = 50_000, 128
	all := make([][]byte, count)
	for i := range all {
		_, all[i] = randomVector(r, dimension)
	}
	_, to := randomVector(r, dimension)
	for name, by := range similarities {
		b.Run(fmt.Sprintf("%s/at_once", name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l := index.NewLikeness(by, to)
				var best [10]float32
				for _, v := range all {
					if s, ok := l.Score(v, best[9]); ok {
						keep(&best, s)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("%s/decoded_each", name), func(b *testing.B) {
			compute := map[string]func(a, b []float32) float32{
				"cosine": cosine, "euclidean": func(a, b []float32) float32 { return 1 / (1 + squareDistance(a, b)) }, "dot_product": func(a, b []float32) float32 { return (1 + dot(a, b)) / 2 },
			}[name]
			b.ReportAllocs()
			for b.Loop() {
				var best [10]float32
				for _, v := range all {
					keep(&best, compute(floats(v), floats(to)))
				}
			}
		})
	}
}

// keep puts a score in its place among the best.
func keep(best *[10]float32, score float32) {
	at := len(best)
	for at > 0 && best[at-1] < score {
		at--
	}
	if at < len(best) {
		copy(best[at+1:], best[at:])
		best[at] = score
	}
}
