package stats

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A duration's bucket is the power of two below it and the next two bits, so a bucket is at most a quarter wider than the one before.
// The first takes all below 256 ns, the last all from about nine minutes on.
const (
	bucketBits  = 2
	bucketFirst = 8
	bucketLast  = 39
	buckets     = (bucketLast - bucketFirst) << bucketBits
)

// Histogram counts durations. The zero value is empty. It is safe for concurrent use and takes its time: three atomic additions.
type Histogram struct {
	count, sum atomic.Int64
	now        atomic.Uint32 // which window is counted in
	windows    [2][buckets]atomic.Uint32
	began      [2]atomic.Int64 // when each window did, Clock.Monotonic
}

// Start notes when counting began, by Clock.Monotonic: Rate is right from then on.
func (h *Histogram) Start(at time.Duration) {
	h.began[0].Store(int64(at))
	h.began[1].Store(int64(at))
}

func bucketOf(d time.Duration) int {
	n := bits.Len64(uint64(max(d, 0)))
	if n <= bucketFirst {
		return 0
	}
	at := (n-1-bucketFirst)<<bucketBits | int(d>>(n-1-bucketBits))&(1<<bucketBits-1)
	return min(at, buckets-1)
}

// bucketEnd is the least duration above a bucket.
func bucketEnd(i int) time.Duration {
	next := i + 1
	return time.Duration(1<<bucketBits|next&(1<<bucketBits-1)) << (next>>bucketBits + bucketFirst - bucketBits)
}

// Observe counts a duration.
func (h *Histogram) Observe(d time.Duration) {
	h.count.Add(1)
	h.sum.Add(int64(d))
	h.windows[h.now.Load()&1][bucketOf(d)].Add(1)
}

// Rotate forgets for percentiles and the rate all that came before the last Rotate. at is now, by Clock.Monotonic.
func (h *Histogram) Rotate(at time.Duration) {
	next := h.now.Load()&1 ^ 1
	for i := range h.windows[next] {
		h.windows[next][i].Store(0)
	}
	h.began[next].Store(int64(at))
	h.now.Store(next)
}

// Rate is how many came a second, of late. at is now, by Clock.Monotonic.
func (h *Histogram) Rate(at time.Duration) float64 {
	total := uint64(0)
	for w := range h.windows {
		for i := range h.windows[w] {
			total += uint64(h.windows[w][i].Load())
		}
	}
	since := time.Duration(min(h.began[0].Load(), h.began[1].Load()))
	return float64(total) / max(at-since, time.Second).Seconds()
}

// Count is how many durations there were, Sum all of them together, since the start.
func (h *Histogram) Count() int64       { return h.count.Load() }
func (h *Histogram) Sum() time.Duration { return time.Duration(h.sum.Load()) }

// Percentiles returns for each share, 0 to 1, a duration that so many of the latest stayed below, a quarter too long at most; nil when there
// were none. Share 0 is the shortest.
func (h *Histogram) Percentiles(shares ...float64) []time.Duration {
	var all [buckets]uint64
	total := uint64(0)
	for w := range h.windows {
		for i := range all {
			n := uint64(h.windows[w][i].Load())
			all[i] += n
			total += n
		}
	}
	if total == 0 {
		return nil
	}
	found := make([]time.Duration, len(shares))
	for k, share := range shares {
		rank := max(1, uint64(share*float64(total)+0.5))
		for i, n := range all {
			if rank <= n {
				found[k] = bucketEnd(i)
				break
			}
			rank -= n
		}
	}
	return found
}
