package java

import (
	"errors"
	"time"
)

// Meter bounds one run of a program. It is for one goroutine.
type Meter struct {
	// BytesMax is what a run may allocate in all, freed or not.
	BytesMax int64
	// Now is a clock that never jumps, Deadline when the run has to be over by it.
	Now      func() time.Duration
	Deadline time.Duration
	// Reserve is asked for memory that all runs share, in steps; nil: there is no such bound. Whoever made the meter gives Reserved back.
	Reserve  func(bytes int64) bool
	Reserved int64

	used  int64
	ticks int
}

// What ends a run from outside.
var (
	ErrTime   = errors.New("ran out of time")
	ErrMemory = errors.New("ran out of memory")
)

// ticksPerLook is how many steps pass between two looks at the clock.
const ticksPerLook = 512

// reserveStep is how many bytes are reserved at a time.
const reserveStep = 64 << 10

// abort carries ErrTime or ErrMemory out of a run; bodies can't catch it.
type abort struct{ err error }

// tick counts a step.
func (m *Meter) tick() {
	if m.ticks++; m.ticks >= ticksPerLook {
		m.look()
	}
}

func (m *Meter) look() {
	m.ticks = 0
	if m.Now() > m.Deadline {
		panic(abort{ErrTime})
	}
}

// objectBytes is what any object costs besides what it holds.
const objectBytes = 32

// charge counts bytes before they are allocated; what is large also counts as time.
func (m *Meter) charge(bytes int) {
	m.used += int64(bytes) + objectBytes
	if bytes < 0 || m.used > m.BytesMax {
		panic(abort{ErrMemory})
	}
	if m.Reserve != nil && m.used > m.Reserved {
		step := max(m.used-m.Reserved, reserveStep)
		if !m.Reserve(step) {
			panic(abort{ErrMemory})
		}
		m.Reserved += step
	}
	m.work(bytes)
}

// work counts what takes time in proportion to a length.
func (m *Meter) work(length int) {
	if m.ticks += length >> 4; m.ticks >= ticksPerLook {
		m.look()
	}
}
