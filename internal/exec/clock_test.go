package exec

import (
	"testing"
	"time"

	"helenus/internal/platform"
)

// wallClock is set by hand.
type wallClock struct {
	platform.SystemClock
	now time.Time
}

func (w *wallClock) Now() time.Time { return w.now }

// TestClockNeverGoesBack guards I4: whatever the wall clock does, also between two processes, timestamps only rise, and a process that dies is
// no more than two seconds ahead of its clock afterwards.
func TestClockNeverGoesBack(t *testing.T) {
	wall := &wallClock{now: time.UnixMicro(1_000_000_000)}
	durable, writes := int64(0), 0
	open := func() *Clock {
		return NewClock(wall, durable, func(until int64) { durable = until; writes++ })
	}
	c, last := open(), int64(0)
	next := func(what string) {
		t.Helper()
		got := c.Micros()
		if got <= last {
			t.Fatalf("%s: %d after %d", what, got, last)
		}
		if got > durable {
			t.Fatalf("%s: %d was given, but only %d is reserved", what, got, durable)
		}
		last = got
	}
	for range 3 {
		next("the same moment")
	}
	wall.now = wall.now.Add(time.Hour)
	next("an hour later")
	if ahead := durable - wall.now.UnixMicro(); ahead > 2_000_100 {
		t.Errorf("%d µs are reserved ahead", ahead)
	}
	wall.now = wall.now.Add(-2 * time.Hour)
	next("set back")
	c = open() // as after kill -9
	next("another process")
	before := writes
	c.Reserve()
	c.Reserve()
	c.Reserve()
	if writes > before+1 {
		t.Errorf("an idle clock was reserved %d times", writes-before)
	}
	c.Settle()
	if durable != last {
		t.Errorf("%d is reserved after the end, the last was %d", durable, last)
	}
	c = open()
	next("after a stop in order")
}

// TestClockFollows guards that another node's timestamps are followed, by half a second over the own clock at most.
func TestClockFollows(t *testing.T) {
	wall := &wallClock{now: time.UnixMicro(1_000_000_000)}
	c := NewClock(wall, 0, nil)
	c.Merge(1_000_000_300)
	if got := c.Micros(); got != 1_000_000_301 {
		t.Errorf("%d follows 1000000300", got)
	}
	c.Merge(5_000_000_000)
	if got := c.Micros(); got != 1_000_500_001 {
		t.Errorf("%d follows a clock that is far ahead", got)
	}
	c.Merge(7)
	if got := c.Micros(); got != 1_000_500_002 {
		t.Errorf("%d follows a clock that is behind", got)
	}
}
