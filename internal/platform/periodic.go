package platform

import (
	"context"
	"sync"
	"time"
)

// Periodic calls a function again and again, never twice at once.
type Periodic struct {
	runtime Runtime
	period  time.Duration
	run     func()
	idle    Gate // opened when a call ends after Stop

	mu      sync.Mutex
	timer   Timer // guarded by mu
	running bool  // guarded by mu
	stopped bool  // guarded by mu
}

// Every calls f each time that period has passed since the last call ended, until Stop.
func Every(r Runtime, period time.Duration, f func()) *Periodic {
	p := &Periodic{runtime: r, period: period, run: f, idle: r.NewGate()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = r.AfterFunc(period, p.fire)
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
	if p.stopped {
		p.idle.Open()
		return
	}
	p.timer = p.runtime.AfterFunc(p.period, p.fire)
}

// Stop ends the calls and waits for one under way. The function itself must not call it.
func (p *Periodic) Stop() {
	p.mu.Lock()
	p.stopped = true
	p.timer.Stop()
	running := p.running
	p.mu.Unlock()
	if running {
		_ = p.idle.Pass(context.Background()) // Background has no error
		p.idle.Open()                         // for whoever else stops it
	}
}
