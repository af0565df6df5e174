package platform

import "time"

// Clock tells the time and wakes callers up. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the wall clock; it may jump.
	Now() time.Time
	// Monotonic is the time since some moment before the first call. It never jumps, so it measures how long things take.
	Monotonic() time.Duration
	// AfterFunc runs f in its own goroutine once d has passed, unless the timer is stopped before.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending AfterFunc.
type Timer interface {
	// Stop prevents the call; false means that it has begun or was stopped before.
	Stop() bool
}

// SystemClock is the machine's own clock.
type SystemClock struct{}

var _ Clock = SystemClock{}

// Now returns time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// began is when this process did, about.
var began = time.Now()

// Monotonic returns the time since the process began.
func (SystemClock) Monotonic() time.Duration { return time.Since(began) }

// AfterFunc calls time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Skewed is a runtime whose wall clock is wrong by an offset.
type Skewed struct {
	Runtime
	Offset time.Duration
}

// Now returns the time and the offset.
func (s Skewed) Now() time.Time { return s.Runtime.Now().Add(s.Offset) }
