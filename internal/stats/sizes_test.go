package stats

import (
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	var s Sizes
	if s.Percentiles(0.5) != nil {
		t.Error("nothing has percentiles")
	}
	for _, n := range []int{0, 1, 2, 3, 4, 5, 8, 100, 5000} {
		var one Sizes
		one.Observe(n)
		s.Observe(n)
		if got := one.Percentiles(1)[0]; got < int64(n) || got > int64(max(n, 1))*5/4 || n > 0 && n <= 5 && got != int64(n) {
			t.Errorf("%d is told as %d", n, got)
		}
	}
	if s.Count() != 9 {
		t.Errorf("%d numbers", s.Count())
	}
	if got := s.Percentiles(0.5)[0]; got != 4 {
		t.Errorf("the middle is %d", got)
	}
	s.Rotate()
	s.Rotate()
	if s.Percentiles(0.5) != nil {
		t.Error("old numbers still count")
	}
}

func TestRate(t *testing.T) {
	var h Histogram
	h.Start(100 * time.Second)
	for range 50 {
		h.Observe(time.Millisecond)
	}
	if got := h.Rate(110 * time.Second); got != 5 {
		t.Errorf("50 in 10 s are %g a second", got)
	}
	h.Rotate(110 * time.Second)
	h.Observe(time.Millisecond)
	if got := h.Rate(151 * time.Second); got != 1 {
		t.Errorf("51 in 51 s are %g a second", got)
	}
	h.Rotate(160 * time.Second)
	if got := h.Rate(210 * time.Second); got != 0.01 {
		t.Errorf("1 in 100 s is %g a second", got)
	}
}
