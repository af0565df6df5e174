package stats

import (
	"testing"
	"time"
)

func TestBuckets(t *testing.T) {
	for d := time.Duration(0); d < 8*time.Minute; d += 1 + d/9 {
		i := bucketOf(d)
		if end := bucketEnd(i); d >= end || i > 0 && d < bucketEnd(i-1) || d >= 256 && float64(end) > 1.2501*float64(d) {
			t.Fatalf("%s is in bucket %d, which ends at %s", d, i, end)
		}
	}
	if i := bucketOf(time.Hour); i != buckets-1 {
		t.Errorf("an hour is in bucket %d of %d", i, buckets)
	}
	if bucketOf(-1) != 0 {
		t.Error("what took less than no time is not in the first bucket")
	}
}

func TestPercentiles(t *testing.T) {
	var h Histogram
	if h.Percentiles(0.5) != nil {
		t.Error("nothing has percentiles")
	}
	for i := 1; i <= 1000; i++ {
		h.Observe(time.Duration(i) * time.Millisecond)
	}
	for i, share := range []float64{0, 0.5, 0.99, 1} {
		want := []time.Duration{1, 500, 990, 1000}[i] * time.Millisecond
		if got := h.Percentiles(share)[0]; got < want || got > want*5/4+1 {
			t.Errorf("share %g: %s, want %s to a quarter more", share, got, want)
		}
	}
	if h.Count() != 1000 || h.Sum() != 500500*time.Millisecond {
		t.Errorf("%d durations of %s", h.Count(), h.Sum())
	}
	h.Rotate(0)
	h.Observe(time.Second)
	if got := h.Percentiles(0.5)[0]; got > time.Second {
		t.Errorf("one rotation forgot the window before: %s", got)
	}
	h.Rotate(0)
	if got := h.Percentiles(0)[0]; got < time.Second {
		t.Errorf("the oldest window still counts: %s", got)
	}
	if h.Count() != 1001 {
		t.Errorf("%d durations", h.Count())
	}
}
