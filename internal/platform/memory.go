package platform

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// MemoryGauge reads how much memory Go holds, no more often than is worth it. It is safe for concurrent use.
type MemoryGauge struct {
	clock Clock
	holds time.Duration
	again atomic.Int64 // Clock.Monotonic from which on the reading is too old
	bytes atomic.Int64

	mu      sync.Mutex
	samples [3]metrics.Sample // guarded by mu
}

// NewMemoryGauge returns a gauge whose readings hold for a while.
func NewMemoryGauge(clock Clock, holds time.Duration) *MemoryGauge {
	g := &MemoryGauge{clock: clock, holds: holds}
	for i, name := range []string{"/memory/classes/total:bytes", "/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"} {
		g.samples[i].Name = name
	}
	return g
}

// Bytes is what Go has from the operating system, has not given back, and can't use at once for something else.
func (g *MemoryGauge) Bytes() int64 {
	now := int64(g.clock.Monotonic())
	if now < g.again.Load() || !g.mu.TryLock() {
		return g.bytes.Load()
	}
	defer g.mu.Unlock()
	metrics.Read(g.samples[:])
	g.bytes.Store(int64(g.samples[0].Value.Uint64() - g.samples[1].Value.Uint64() - g.samples[2].Value.Uint64()))
	g.again.Store(now + int64(g.holds))
	return g.bytes.Load()
}
