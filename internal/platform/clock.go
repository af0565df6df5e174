package platform

import "time"

// Clock tells the time and wakes callers up. Implementations are safe for concurrent use.
type Clock interface {
	// Now is the wall clock; it may jump.
	Now() time.Time
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

// AfterFunc calls time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
