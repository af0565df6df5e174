package index

import (
	"math"
	"math/rand/v2"
	"testing"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

func spaceOf(s schema.Similarity, dimension int) Space {
	return SpaceOf(&schema.Index{Similarity: s, Column: &schema.Column{Type: cqltype.VectorOf(cqltype.Float, dimension)}})
}

// TestLocate guards which vectors can be calculated with.
func TestLocate(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		v                 []float32
		euclidean, cosine Locus
	}{
		{[]float32{3, 4}, Within, Within},
		{[]float32{0, 0}, Within, Nowhere},
		{[]float32{nan, 1}, Nowhere, Nowhere},
		{[]float32{inf, 1}, Beyond, Beyond},
		{[]float32{1e20, 1}, Beyond, Beyond},
		{[]float32{1e-20, 0}, Within, Beyond},
		{[]float32{1}, Nowhere, Nowhere},
	} {
		var raw []byte
		for _, x := range c.v {
			raw = cqltype.AppendFloat(raw, x)
		}
		if _, got := spaceOf(schema.Euclidean, 2).Locate(nil, raw); got != c.euclidean {
			t.Errorf("%v, Euclidean: %d, want %d", c.v, got, c.euclidean)
		}
		v, got := spaceOf(schema.Cosine, 2).Locate(nil, raw)
		if got != c.cosine {
			t.Errorf("%v, cosine: %d, want %d", c.v, got, c.cosine)
		}
		if got == Within && math.Abs(float64(product(v, v))-1) > 1e-6 {
			t.Errorf("%v has length %v", v, product(v, v))
		}
	}
}

// TestCodes guards that codes tell distances well enough: to a hundredth of how far the vectors are from the centroid.
func TestCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, similarity := range []schema.Similarity{schema.Euclidean, schema.DotProduct} {
		for _, dimension := range []int{1, 3, 4, 17, 128} {
			s := spaceOf(similarity, dimension)
			random := func(around []float32) []float32 {
				v := make([]float32, dimension)
				for i := range v {
					v[i] = float32(r.NormFloat64()) + at(around, i)
				}
				return v
			}
			offset := make([]float32, dimension)
			for i := range offset {
				offset[i] = 50
			}
			for _, around := range [][]float32{nil, offset} {
				q := random(around)
				p := s.NewProbe(q)
				p.Enter(around)
				for range 100 {
					v := random(around)
					code := s.AppendCode(nil, v, around)
					want, scale := squareDistance(q, v), float64(4*dimension)
					if similarity == schema.DotProduct {
						want = -float64(Dot(q, v))
						scale += math.Abs(want) / 10
					}
					if got := float64(p.Distance(code)); len(code) != s.CodeBytes() || math.Abs(got-want) > scale/50 {
						t.Errorf("%d elements: %v, want %v", dimension, got, want)
					}
					back, ok := s.AppendDecoded(nil, code, around)
					if !ok || squareDistance(back, v) > float64(dimension)/1000 {
						t.Errorf("%v came back as %v", v, back)
					}
				}
				if d := p.Distance(nil); !math.IsInf(float64(d), 1) {
					t.Errorf("no code is %v far", d)
				}
			}
		}
	}
	s := spaceOf(schema.Euclidean, 2)
	for _, v := range [][]float32{{0, 0}, {1e-40, 1e-45}, {1e14, -1e14}} {
		p := s.NewProbe(v)
		p.Enter(nil)
		if d := p.Distance(s.AppendCode(nil, v, nil)); d != d || d < -1e24 || d > 1e24 {
			t.Errorf("%v is %v from itself", v, d)
		}
	}
}

// TestMeans guards that groups that lie apart are told apart, that vectors which are all the same are not parted, and that a seed gives the same each time.
func TestMeans(t *testing.T) {
	s := spaceOf(schema.Euclidean, 3)
	r := rand.New(rand.NewPCG(2, 2))
	var flat []float32
	for i := range 300 {
		for range 3 {
			flat = append(flat, float32(i%3*100)+float32(r.NormFloat64()))
		}
	}
	found := map[int]bool{}
	first, again := s.Means(flat, 3, 5), s.Means(flat, 3, 5)
	for i, m := range first {
		found[int(math.Round(float64(m[0])/100))] = true
		if squareDistance(m, again[i]) != 0 {
			t.Errorf("%v, then %v", m, again[i])
		}
	}
	if len(first) != 3 || len(found) != 3 {
		t.Errorf("the middles are %v", first)
	}
	if same := s.Means(make([]float32, 3*50), 4, 1); len(same) >= 2 {
		t.Errorf("vectors that are the same were parted: %v", same)
	}
	if none := s.Means(nil, 4, 1); none != nil {
		t.Errorf("nothing was parted: %v", none)
	}
}

// space128 is a space with some vectors.
func space128(vectors int) (Space, [][]float32) {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([][]float32, vectors)
	for i := range all {
		all[i] = make([]float32, 128)
		for d := range all[i] {
			all[i][d] = float32(r.NormFloat64())
		}
	}
	return spaceOf(schema.Euclidean, 128), all
}

func BenchmarkCentroidsNearest(b *testing.B) {
	s, all := space128(401)
	c := s.NewCentroids(all[1:])
	b.ReportAllocs()
	for b.Loop() {
		c.Nearest(all[0])
	}
}

func BenchmarkProbeDistance(b *testing.B) {
	s, all := space128(3)
	p := s.NewProbe(all[0])
	p.Enter(all[2])
	code := s.AppendCode(nil, all[1], all[2])
	b.ReportAllocs()
	for b.Loop() {
		p.Distance(code)
	}
}
