package platform

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Runtime runs a node's work: time, tasks, and tasks that wait for each other. System is the machine's; a simulator has one of its own, under
// which a single task runs at a time and a seed says which. So whatever may wait for another task waits at a Gate: never at a channel, and
// never with a mutex held. Implementations are safe for concurrent use.
type Runtime interface {
	Clock
	// Go runs f as a task of its own.
	Go(f func())
	// NewGate returns a gate that is closed.
	NewGate() Gate
	// IntN returns a random number from 0 up to, not including, n.
	IntN(n int) int
}

// Gate is where one task waits for others.
type Gate interface {
	// Open lets the next Pass through. Opening an open gate changes nothing.
	Open()
	// Pass returns once the gate is open and closes it again, or returns the cause of ctx's end.
	Pass(ctx context.Context) error
}

// System is the machine's own runtime.
type System struct{ SystemClock }

var _ Runtime = System{}

// Go starts a goroutine.
func (System) Go(f func()) { go f() }

// NewGate returns a gate of goroutines.
func (System) NewGate() Gate { return make(channelGate, 1) }

// IntN returns rand.IntN.
func (System) IntN(n int) int { return rand.IntN(n) }

// channelGate holds one token while it is open.
type channelGate chan struct{}

func (g channelGate) Open() {
	select {
	case g <- struct{}{}:
	default:
	}
}

func (g channelGate) Pass(ctx context.Context) error {
	select {
	case <-g:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WithTimeout returns a context that ends after d by the runtime's clock, with context.DeadlineExceeded as its cause.
func WithTimeout(ctx context.Context, r Runtime, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := r.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		timer.Stop()
		cancel(context.Canceled)
	}
}

// Mailbox carries values from any number of tasks to one.
type Mailbox[T any] struct {
	gate Gate
	mu   sync.Mutex
	held []T // guarded by mu
}

// NewMailbox returns an empty mailbox.
func NewMailbox[T any](r Runtime) *Mailbox[T] { return &Mailbox[T]{gate: r.NewGate()} }

// Put adds a value; it does not wait.
func (m *Mailbox[T]) Put(v T) {
	m.mu.Lock()
	m.held = append(m.held, v)
	m.mu.Unlock()
	m.gate.Open()
}

// Take returns the oldest value, waiting for it. The error is the cause of ctx's end.
func (m *Mailbox[T]) Take(ctx context.Context) (v T, err error) {
	for {
		m.mu.Lock()
		if len(m.held) > 0 {
			v, m.held = m.held[0], m.held[1:]
			m.mu.Unlock()
			return v, nil
		}
		m.mu.Unlock()
		if err := m.gate.Pass(ctx); err != nil {
			return v, err
		}
	}
}

// Jobs are tasks that can be waited for together.
type Jobs struct {
	runtime Runtime
	idle    Gate
	mu      sync.Mutex
	running int // guarded by mu
}

// NewJobs returns a group without tasks.
func NewJobs(r Runtime) *Jobs { return &Jobs{runtime: r, idle: r.NewGate()} }

// Go runs f as a task of the group.
func (j *Jobs) Go(f func()) {
	j.mu.Lock()
	j.running++
	j.mu.Unlock()
	j.runtime.Go(func() {
		defer j.end()
		f()
	})
}

func (j *Jobs) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running--; j.running == 0 {
		j.idle.Open()
	}
}

// Wait returns when no task of the group runs. One task may wait at a time.
func (j *Jobs) Wait() {
	for {
		j.mu.Lock()
		running := j.running
		j.mu.Unlock()
		if running == 0 {
			return
		}
		_ = j.idle.Pass(context.Background()) // Background has no error
	}
}
