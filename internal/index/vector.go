package index

import (
	"encoding/binary"
	"math"
	"slices"

	"helenus/internal/schema"
)

// Floats decodes a vector of floats.
func Floats(raw []byte) []float32 {
	all := make([]float32, len(raw)/4)
	for i := range all {
		all[i] = Element(raw, i)
	}
	return all
}

// Element is one element of an encoded vector of floats.
func Element(raw []byte, i int) float32 {
	return math.Float32frombits(binary.BigEndian.Uint32(raw[4*i:]))
}

// Dot is the dot product of two vectors, element by element in order, so that all machines give the same.
func Dot(a, b []float32) (sum float32) {
	for i := range a {
		sum += float32(a[i] * b[i]) // the conversion keeps machines from fusing the two steps
	}
	return sum
}

// Space is where the vectors of an index lie. Those that are compared by cosine are brought to length 1; then what is nearer by the square of the
// distance is more alike. By dot product more alike is what has the higher product.
type Space struct {
	similarity schema.Similarity
	dimension  int
}

// SpaceOf is an index's space.
func SpaceOf(x *schema.Index) Space { return Space{x.Similarity, x.Column.Type.Dimension} }

// Dimension is the number of elements of a vector.
func (s Space) Dimension() int { return s.dimension }

// Locus says whether a vector has a place in a space.
type Locus uint8

const (
	// Nowhere: it is like no other, for something in it is no number, or it has no direction where directions are compared.
	Nowhere Locus = iota
	// Beyond: it is too large or too small to be calculated with, and is only compared itself.
	Beyond
	// Within: it has a place.
	Within
)

// Squares of vectors outside of these are not calculated with: float32 would lose them, and what is made of them.
const (
	squareLeast = 1e-30
	squareMost  = 1e30
)

// Locate puts an encoded vector into its place, in dst's memory.
func (s Space) Locate(dst []float32, raw []byte) ([]float32, Locus) {
	dst = dst[:0]
	if len(raw) != 4*s.dimension {
		return dst, Nowhere
	}
	dst = slices.Grow(dst, s.dimension)
	square := 0.0
	for i := range s.dimension {
		v := Element(raw, i)
		square += float64(v) * float64(v)
		dst = append(dst, v)
	}
	switch {
	case math.IsNaN(square) || s.similarity == schema.Cosine && square == 0:
		return dst, Nowhere
	case square > squareMost || s.similarity == schema.Cosine && square < squareLeast:
		return dst, Beyond
	}
	if s.similarity == schema.Cosine {
		by := float32(1 / math.Sqrt(square))
		for i := range dst {
			dst[i] *= by
		}
	}
	return dst, Within
}

// Centroids are the middles of clusters.
type Centroids struct {
	space Space
	flat  []float32
	half  []float32 // of each one's square
}

// NewCentroids returns those of a space; nil is the origin.
func (s Space) NewCentroids(all [][]float32) *Centroids {
	c := &Centroids{space: s, flat: make([]float32, len(all)*s.dimension), half: make([]float32, len(all))}
	for i, v := range all {
		copy(c.at(i), v)
		c.half[i] = product(c.at(i), c.at(i)) / 2
	}
	return c
}

func (c *Centroids) at(i int) []float32 {
	n := c.space.dimension
	return c.flat[i*n : (i+1)*n : (i+1)*n]
}

// Nearest is the number of the one that is the least distance from v, whatever the similarity: so clusters are round.
//
// Budget: nothing is allocated; 128 elements of 400 centroids take some 15 µs.
func (c *Centroids) Nearest(v []float32) (best int) {
	least := float32(math.Inf(1))
	for i, half := range c.half {
		if d := half - product(c.at(i), v); d < least {
			best, least = i, d
		}
	}
	return best
}

// Distances appends how far v is from each, as Probe.Distance has it.
func (c *Centroids) Distances(dst []float32, v []float32) []float32 {
	square := product(v, v)
	for i, half := range c.half {
		d := product(c.at(i), v)
		if c.space.similarity == schema.DotProduct {
			dst = append(dst, -d)
		} else {
			dst = append(dst, square-2*d+2*half)
		}
	}
	return dst
}

// product is the dot product in the order that machines are quickest in.
func product(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i := range min(len(a), len(b)) {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
