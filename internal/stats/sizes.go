package stats

import "time"

// Sizes counts numbers, such as the rows of reads, as Histogram does durations; 0 counts as 1. The zero value is empty. It is safe for concurrent use.
type Sizes struct{ h Histogram }

// sizeUnit is the duration that stands for 1: up to 4 each number has a bucket of its own.
const sizeUnit = 1 << bucketFirst

// Observe counts a number.
func (s *Sizes) Observe(n int) { s.h.Observe(time.Duration(max(n, 1)) * sizeUnit) }

// Rotate forgets for percentiles all that came before the last Rotate.
func (s *Sizes) Rotate() { s.h.Rotate(0) }

// Count is how many numbers there were since the start.
func (s *Sizes) Count() int64 { return s.h.Count() }

// Percentiles returns for each share, 0 to 1, a number that so many of the latest did not exceed, a quarter too high at most; nil when there were none.
func (s *Sizes) Percentiles(shares ...float64) []int64 {
	var all []int64
	for _, d := range s.h.Percentiles(shares...) {
		all = append(all, (int64(d)+sizeUnit-1)/sizeUnit-1)
	}
	return all
}
