package udf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
	"helenus/internal/schema"
	"helenus/internal/udf/worker"
)

// Process is a process that runs scripts, worker.Main: it reads requests and writes answers.
type Process interface {
	io.Reader
	io.Writer
	// Kill ends it at once; calls of Read and Write under way fail. It may be called more than once.
	Kill()
	// Wait returns when it is gone, after Kill.
	Wait()
}

const (
	// workersMax is how many processes run scripts at once.
	workersMax = 2
	// workerIdle is how long a process is kept that nobody needs.
	workerIdle = time.Minute
	// workerGrace is how much longer than its script a process may take to say so before it is ended. The first request of a process has time to
	// start it, too.
	workerGrace = time.Second
	startGrace  = 10 * time.Second
	// functionsMax is how many functions a process compiles before another takes its place.
	functionsMax = 200
	// answerMax bounds an answer in bytes, as far as it does not follow from what a script may use.
	answerMax = 1 << 20
	// scriptMax bounds a body in bytes.
	scriptMax = 1 << 20
)

// scripts are the processes that run scripts.
type scripts struct {
	options *Options
	slots   chan struct{} // one for each process in use

	mu     sync.Mutex
	idle   []*process // guarded by mu
	next   int        // guarded by mu: the number of the next function
	closed bool       // guarded by mu
	all    sync.WaitGroup
}

// process is a process with what it has compiled. Who has it has it alone.
type process struct {
	Process
	compiled map[int]bool
	fresh    bool
	timer    platform.Timer // of its idleness; guarded by scripts.mu
}

func newScripts(o *Options) *scripts {
	return &scripts{options: o, slots: make(chan struct{}, workersMax)}
}

// close ends all processes and waits for them.
func (s *scripts) close() error {
	s.mu.Lock()
	s.closed = true
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, p := range idle {
		s.end(p)
	}
	s.all.Wait()
	return nil
}

// end ends a process.
func (s *scripts) end(p *process) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.Kill()
	p.Wait()
	s.all.Done()
}

var errClosed = errors.New("the node stops")

// take returns a process for one request, when there is one free.
func (s *scripts) take(ctx context.Context) (*process, error) {
	late := make(chan struct{})
	timer := s.options.Clock.AfterFunc(s.options.FailTimeout, func() { close(late) })
	defer timer.Stop()
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late:
		return nil, errBusy
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		<-s.slots
		return nil, errClosed
	}
	if n := len(s.idle); n > 0 {
		p := s.idle[n-1]
		s.idle = s.idle[:n-1]
		p.timer.Stop()
		return p, nil
	}
	started, err := s.options.Worker()
	if err != nil {
		<-s.slots
		return nil, fmt.Errorf("start a process for scripts: %w", err)
	}
	s.all.Add(1)
	return &process{Process: started, compiled: map[int]bool{}, fresh: true}, nil
}

// put gives a process back; a broken one is ended.
func (s *scripts) put(p *process, broken bool) {
	s.mu.Lock()
	keep := !broken && !s.closed && len(p.compiled) < functionsMax
	if keep {
		p.fresh = false
		p.timer = s.options.Clock.AfterFunc(workerIdle, func() { s.expire(p) })
		s.idle = append(s.idle, p)
	}
	s.mu.Unlock()
	if !keep {
		s.end(p)
	}
	<-s.slots
}

// expire ends a process that nobody needed for a while.
func (s *scripts) expire(p *process) {
	s.mu.Lock()
	found := false
	for i, o := range s.idle {
		if o == p {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			found = true
			break
		}
	}
	s.mu.Unlock()
	if found {
		s.end(p)
	}
}

// ask puts requests to a process in order; an answer that is a failure ends them. The answer to the last is returned.
func (s *scripts) ask(ctx context.Context, compile *worker.Request, call *worker.Request) (*worker.Response, error) {
	p, err := s.take(ctx)
	if err != nil {
		return nil, err
	}
	requests := make([]*worker.Request, 0, 2)
	if !p.compiled[compile.ID] {
		requests = append(requests, compile)
	}
	if call != nil {
		requests = append(requests, call)
	}
	var answer *worker.Response
	for _, q := range requests {
		answer, err = s.exchange(p, q)
		if err != nil || answer.Memory {
			s.put(p, true)
			return answer, err
		}
		if answer.Time || answer.Thrown != "" {
			break
		}
		p.compiled[q.ID], p.fresh = true, false
	}
	s.put(p, false)
	return answer, nil
}

// exchange puts one request. A process that does not answer in time is ended, as one that has ended is taken to have run out of memory: the
// operating system ends it then, without a word.
func (s *scripts) exchange(p *process, q *worker.Request) (*worker.Response, error) {
	within := s.options.FailTimeout + workerGrace
	if p.fresh {
		within += startGrace
	}
	late := false
	timer := s.options.Clock.AfterFunc(within, func() {
		s.mu.Lock()
		late = true
		s.mu.Unlock()
		p.Kill()
	})
	defer timer.Stop()
	q.FailMillis, q.BytesMax = s.options.FailTimeout.Milliseconds(), s.options.BytesMax
	var answer worker.Response
	err := worker.Write(p, q)
	if err == nil {
		err = worker.Read(p, &answer, int(2*s.options.BytesMax)+answerMax)
	}
	if err == nil {
		return &answer, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case late:
		return &worker.Response{Time: true}, err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &worker.Response{Memory: true}, nil
	}
	return nil, fmt.Errorf("the process for scripts: %w", err)
}

// scriptLanguage is a language that a process runs.
type scriptLanguage struct {
	scripts *scripts
	name    string
}

func (l scriptLanguage) compile(ctx context.Context, f *schema.Function) (body, error) {
	if len(f.Body) > scriptMax {
		return nil, cassandra.Invalidf("Could not compile function '%s.%s' from %s source: the body has %d bytes; %d are the most", f.Keyspace, f.Name, l.name, len(f.Body), scriptMax)
	}
	l.scripts.mu.Lock()
	l.scripts.next++
	id := l.scripts.next
	l.scripts.mu.Unlock()
	b := &scriptBody{l.scripts, worker.Request{ID: id, Function: &worker.Function{
		Language: l.name, Name: f.Name, ArgNames: f.ArgNames, ArgTypes: worker.TypeNames(f.ArgTypes), Return: f.Return.ClassName(), CalledOnNull: f.CalledOnNull, Body: f.Body,
	}}}
	if _, err := b.ask(ctx, nil); err != nil {
		return nil, cassandra.Invalidf("Could not compile function '%s.%s' from %s source: %s", f.Keyspace, f.Name, l.name, err)
	}
	return b, nil
}

type scriptBody struct {
	scripts *scripts
	compile worker.Request
}

func (b *scriptBody) run(ctx context.Context, args [][]byte) ([]byte, error) {
	return b.ask(ctx, &worker.Request{ID: b.compile.ID, Args: args})
}

func (b *scriptBody) ask(ctx context.Context, call *worker.Request) ([]byte, error) {
	compile := b.compile // exchange fills in the bounds
	answer, err := b.scripts.ask(ctx, &compile, call)
	switch {
	case answer != nil && answer.Time:
		return nil, errTime
	case answer != nil && answer.Memory:
		return nil, errMemory
	case err != nil:
		return nil, err
	case answer.Thrown != "":
		return nil, &exception{answer.Thrown}
	}
	return answer.Value, nil
}
