package platform

import (
	"sync"
	"time"
)

// Periodic calls a function again and again, never twice at once.
type Periodic struct {
	clock  Clock
	period time.Duration
	run    func()

	mu      sync.Mutex
	idle    sync.Cond // signalled when running turns false
	timer   Timer     // guarded by mu
	running bool      // guarded by mu
	stopped bool      // guarded by mu
}

// Every calls f each time that period has passed since the last call ended, until Stop.
func Every(clock Clock, period time.Duration, f func()) *Periodic {
	p := &Periodic{clock: clock, period: period, run: f}
	p.idle.L = &p.mu
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = clock.AfterFunc(period, p.fire)
	return p
}

func (p *Periodic) fire() {
	p.mu.Lock()
	if p.stopped {
		p.mu.Unlock()
		return
	}
	p.running = true
	p.mu.Unlock()

	p.run()

	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = false
	p.idle.Broadcast()
	if !p.stopped {
		p.timer = p.clock.AfterFunc(p.period, p.fire)
	}
}

// Stop ends the calls and waits for one under way. The function itself must not call it.
func (p *Periodic) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.timer.Stop()
	for p.running {
		p.idle.Wait()
	}
}
