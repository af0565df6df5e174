package sim

import (
	"container/heap"
	"context"
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"helenus/internal/platform"
)

// scheduler runs tasks one at a time. A task runs until it waits at a gate or ends; which of those that can run comes next is up to the seed.
// Time passes only when no task can run: then it jumps to the next event.
type scheduler struct {
	random  *rand.Rand
	now     time.Duration // since start
	clock   atomic.Int64  // now, for the engine's own goroutines
	events  events
	ready   []*task
	idle    []*coroutine
	current *task
	numbers uint64
	order   []*task // those that a context can wake, in the order of their waits
	trace   uint64
	steps   int
	failure error
}

// start is when every simulation begins.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newScheduler(seed uint64) *scheduler {
	return &scheduler{random: rand.New(rand.NewPCG(seed, 1))}
}

// process is what lives and dies together: a node's tasks, timers and messages.
type process struct {
	name   string
	dead   bool
	paused bool
	ending bool     // nothing of it runs any more; kill comes in a moment
	held   []func() // what came while it was paused
	tasks  []*task
	// mourners are called when it dies.
	mourners []*func()
}

// mourn has f called when the process dies, unless forget is called before.
func (p *process) mourn(f func()) (forget func()) {
	p.mourners = append(p.mourners, &f)
	return func() {
		if i := slices.Index(p.mourners, &f); i >= 0 {
			p.mourners = slices.Delete(p.mourners, i, i+1)
		}
	}
}

// task is a function that runs on a coroutine until it ends.
type task struct {
	process *process
	on      *coroutine
	begun   bool
	gate    *gate
	ctx     context.Context
	woken   bool // by its context
}

// coroutine runs one task after another: most are short, and a stack that has grown is worth keeping.
type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	run   func() // the task's function; nil when the last one has ended
}

func newCoroutine() *coroutine {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		for {
			c.run()
			c.run = nil
			if !yield(struct{}{}) {
				return
			}
		}
	})
	return c
}

// killed unwinds the tasks of a process that died.
type killed struct{}

// spawn makes a task ready that runs f.
func (s *scheduler) spawn(p *process, f func()) {
	if p.dead {
		return
	}
	t := &task{process: p}
	if n := len(s.idle); n > 0 {
		t.on, s.idle = s.idle[n-1], s.idle[:n-1]
	} else {
		t.on = newCoroutine()
	}
	t.on.run = func() {
		defer func() {
			if r := recover(); r != nil {
				if _, ok := r.(killed); !ok && s.failure == nil {
					s.failure = fmt.Errorf("%s panicked: %v\n%s", p.name, r, debug.Stack())
				}
			}
		}()
		f()
	}
	p.tasks = append(p.tasks, t)
	s.ready = append(s.ready, t)
}

// park gives the processor away until something makes the task ready again.
func (s *scheduler) park() {
	t := s.current
	if t == nil {
		panic("a wait outside of all tasks")
	}
	t.on.yield(struct{}{})
	if t.process.dead {
		panic(killed{})
	}
}

// kill ends a process where it stands.
func (s *scheduler) kill(p *process) {
	p.dead = true
	p.held = nil
	self := s.current
	s.current = nil // what unwinds can't wait
	for _, t := range p.tasks {
		if t != self {
			t.ctx = nil
			s.step(t)
		}
	}
	s.current = self
	p.tasks = nil
	for _, f := range p.mourners {
		(*f)()
	}
	p.mourners = nil
}

// step lets a task run until it waits; it says whether it has ended. One whose process is dead unwinds.
func (s *scheduler) step(t *task) (ended bool) {
	c := t.on
	if !t.begun && t.process.dead {
		c.run = nil
	} else {
		t.begun = true
		c.next()
	}
	if c.run != nil {
		return false
	}
	s.idle = append(s.idle, c)
	return true
}

// close ends the coroutines; no task may be left.
func (s *scheduler) close() {
	for _, c := range s.idle {
		c.stop()
	}
}

// pause keeps a process from running, resume lets it go on with all that came meanwhile.
func (s *scheduler) pause(p *process) { p.paused = true }

func (s *scheduler) resume(p *process) {
	p.paused = false
	held := p.held
	p.held = nil
	for _, f := range held {
		f()
	}
}

// run runs until done says so, nothing is left to happen or the time is over; it says whether done did.
func (s *scheduler) run(until time.Duration, done func() bool) bool {
	for s.failure == nil {
		for len(s.ready) > 0 && s.failure == nil {
			i := s.random.IntN(len(s.ready))
			t := s.ready[i]
			s.ready[i] = s.ready[len(s.ready)-1]
			s.ready = s.ready[:len(s.ready)-1]
			s.slice(t)
		}
		if done() {
			return true
		}
		if len(s.events) == 0 || s.events[0].at > until {
			s.advance(until)
			return done()
		}
		e := heap.Pop(&s.events).(*event)
		s.advance(max(s.now, e.at))
		if !e.stopped {
			e.stopped = true
			s.deliver(e.process, e.run)
		}
	}
	return false
}

// advance sets the time.
func (s *scheduler) advance(to time.Duration) {
	s.now = to
	s.clock.Store(int64(to))
}

// deliver runs f for a process: later while it is paused, never once it is dead.
func (s *scheduler) deliver(p *process, f func()) {
	switch {
	case p.dead, p.ending:
	case p.paused:
		p.held = append(p.held, f)
	default:
		f()
	}
}

// slice lets a task run until it waits or ends.
func (s *scheduler) slice(t *task) {
	p := t.process
	if p.dead || p.ending {
		return
	}
	if p.paused {
		p.held = append(p.held, func() { s.ready = append(s.ready, t) })
		return
	}
	s.current = t
	s.steps++
	ended := s.step(t)
	s.current = nil
	if ended {
		if i := slices.Index(p.tasks, t); i >= 0 {
			p.tasks[i] = p.tasks[len(p.tasks)-1]
			p.tasks = p.tasks[:len(p.tasks)-1]
		}
	}
	s.wakeCanceled()
}

// wakeCanceled makes those ready whose contexts have ended.
func (s *scheduler) wakeCanceled() {
	kept := s.order[:0]
	for _, t := range s.order {
		switch {
		case t.ctx == nil: // it does not wait any more
		case t.process.dead:
		case t.ctx.Err() != nil:
			t.woken, t.ctx = true, nil
			t.gate.waiter = nil
			s.ready = append(s.ready, t)
		default:
			kept = append(kept, t)
		}
	}
	clear(s.order[len(kept):])
	s.order = kept
}

// note adds to the trace: what happened, when, and to whom.
func (s *scheduler) note(what ...uint64) {
	mix := func(v uint64) { s.trace = bits.RotateLeft64(s.trace^v, 23) * 0x9E3779B97F4A7C15 }
	mix(uint64(s.now))
	for _, v := range what {
		mix(v)
	}
}

// event is something that happens at a time.
type event struct {
	at      time.Duration
	number  uint64
	process *process
	run     func()
	stopped bool
}

// after has f run for a process once d has passed. f must not wait.
func (s *scheduler) after(p *process, d time.Duration, f func()) *event {
	s.numbers++
	e := &event{at: s.now + max(d, 0), number: s.numbers, process: p, run: f}
	heap.Push(&s.events, e)
	return e
}

type events []*event

func (h events) Len() int { return len(h) }
func (h events) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].number < h[j].number
}
func (h events) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *events) Push(x any)   { *h = append(*h, x.(*event)) }
func (h *events) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}

// runtime is what a process sees of the scheduler; its clock may be wrong.
type runtime struct {
	s       *scheduler
	process *process
	skew    func(now time.Duration) time.Duration
}

var _ platform.Runtime = (*runtime)(nil)

func (r *runtime) Now() time.Time {
	now := time.Duration(r.s.clock.Load())
	return start.Add(now + r.skew(now))
}

func (r *runtime) Monotonic() time.Duration { return r.s.now }

func (r *runtime) AfterFunc(d time.Duration, f func()) platform.Timer {
	return timer{r.s.after(r.process, d, func() { r.s.spawn(r.process, f) })}
}

func (r *runtime) Go(f func()) { r.s.spawn(r.process, f) }

func (r *runtime) NewGate() platform.Gate { return &gate{s: r.s} }

func (r *runtime) IntN(n int) int { return r.s.random.IntN(n) }

type timer struct{ e *event }

func (t timer) Stop() bool {
	was := t.e.stopped
	t.e.stopped = true
	return !was
}

type gate struct {
	s      *scheduler
	open   bool
	waiter *task
}

func (g *gate) Open() {
	t := g.waiter
	if t == nil {
		g.open = true
		return
	}
	g.waiter, t.ctx = nil, nil
	g.s.ready = append(g.s.ready, t)
}

func (g *gate) Pass(ctx context.Context) error {
	if g.open {
		g.open = false
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	t := g.s.current
	if t == nil || t.process.dead {
		panic(killed{})
	}
	if g.waiter != nil {
		panic("two tasks wait at one gate")
	}
	g.waiter, t.gate, t.woken = t, g, false
	if ctx.Done() != nil {
		t.ctx = ctx
		g.s.order = append(g.s.order, t)
	}
	g.s.park()
	if t.woken {
		return context.Cause(ctx)
	}
	return nil
}
