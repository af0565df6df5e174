package index

import (
	"math"
	"math/rand/v2"
)

// meansRounds bounds how often Means moves its middles.
const meansRounds = 8

// Means parts vectors, which stand one after the other, into at most so many groups that lie together and returns their middles. Fewer than two mean
// that the vectors can't be parted: all are the same. The same seed gives the same.
// Source: D. Arthur and S. Vassilvitskii, k-means++: the advantages of careful seeding, 2007.
func (s Space) Means(flat []float32, groups int, seed uint64) [][]float32 {
	n := len(flat) / max(s.dimension, 1)
	of := func(i int) []float32 { return flat[i*s.dimension : (i+1)*s.dimension] }
	if n < 2 || groups < 2 {
		return nil
	}
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	middles := [][]float32{of(r.IntN(n))}
	far := make([]float64, n) // the square of the distance from the nearest
	for i := range far {
		far[i] = math.Inf(1)
	}
	for len(middles) < groups {
		sum := 0.0
		for i := range far {
			far[i] = min(far[i], squareDistance(of(i), middles[len(middles)-1]))
			sum += far[i]
		}
		if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
			break
		}
		chosen, left := 0, r.Float64()*sum
		for i := range far {
			if far[i] > 0 {
				chosen = i
				if left -= far[i]; left < 0 {
					break
				}
			}
		}
		middles = append(middles, of(chosen))
	}
	for range meansRounds {
		if len(middles) < 2 {
			return nil
		}
		centroids := s.NewCentroids(middles)
		sums, counts := make([]float64, len(middles)*s.dimension), make([]int, len(middles))
		for i := range n {
			m := centroids.Nearest(of(i))
			counts[m]++
			sum := sums[m*s.dimension:]
			for d, x := range of(i) {
				sum[d] += float64(x)
			}
		}
		middles = middles[:0:0]
		moved := false
		for m, count := range counts {
			if count == 0 {
				moved = true
				continue
			}
			middle := make([]float32, s.dimension)
			for d := range middle {
				middle[d] = float32(sums[m*s.dimension+d] / float64(count))
			}
			moved = moved || squareDistance(middle, centroids.at(m)) > 0
			middles = append(middles, middle)
		}
		if !moved {
			break
		}
	}
	return middles
}

func squareDistance(a, b []float32) (sum float64) {
	for i, x := range a {
		d := float64(x) - float64(b[i])
		sum += d * d
	}
	return sum
}
