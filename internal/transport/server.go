package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/exec"
	"helenus/internal/platform"
	"helenus/internal/stats"
)

// Options configure a Server.
type Options struct {
	Network platform.Network
	Clock   platform.Clock // default: the machine's
	// Address is host:port.
	Address string
	TLS     *tls.Config // nil: plain
	// TLSOptional lets clients choose whether they speak TLS. SecureAddress, when it is not empty, is where TLS is spoken; then Address is plain.
	TLSOptional   bool
	SecureAddress string
	Handler       Handler
	Limits        Limits
	// Logins has passwords checked; nil: one of the server's own.
	Logins *Logins
	Logger *slog.Logger
}

// Stats are counters of a Server since its start, but for Connections, which is of now.
type Stats struct {
	Connections atomic.Int64
	Requests    atomic.Int64
	BytesIn     atomic.Int64
	BytesOut    atomic.Int64
	Panics      atomic.Int64
	Refused     atomic.Int64 // connections over the limit
	Overloaded  atomic.Int64 // requests that were refused for want of memory
	Active      atomic.Int64 // requests that run now, or wait for the disk
	Latencies   Latencies
}

// Latencies are how long requests took from their last byte to their response, by kind.
type Latencies [exec.Kinds]stats.Histogram

// Rotate forgets for percentiles what came before the last Rotate.
func (l *Latencies) Rotate(at time.Duration) {
	for i := range l {
		l[i].Rotate(at)
	}
}

// begin notes that a request runs.
func (s *Server) begin() time.Duration {
	s.Stats.Active.Add(1)
	return s.options.Clock.Monotonic()
}

// answered notes that a request which began then has its response; table is what its time is counted in, too, or nil.
func (s *Server) answered(kind exec.Kind, table *stats.Histogram, began time.Duration) {
	s.Stats.Active.Add(-1)
	took := s.options.Clock.Monotonic() - began
	s.Stats.Latencies[kind].Observe(took)
	if table != nil {
		table.Observe(took)
	}
}

// Server listens for CQL clients.
type Server struct {
	options   Options
	listeners []net.Listener
	Stats     Stats
	budget    budget
	logins    *Logins
	heavy     chan struct{} // holds one for each heavy request that runs
	refusals  chan struct{} // holds one for each connection that is being told why it is refused
	saidShed  saying
	saidFull  saying
	ctx       context.Context // ends with Close: running requests are told to give up
	cancel    context.CancelFunc
	accepts   sync.WaitGroup
	running   sync.WaitGroup // connections

	mu        sync.Mutex
	conns     map[*conn]struct{}      // guarded by mu
	addresses map[netip.Addr]*address // guarded by mu: those that have connections
	draining  bool                    // guarded by mu
}

// Listen opens the port; Serve begins to accept.
func Listen(ctx context.Context, o Options) (*Server, error) {
	o.Limits.setDefaults()
	if o.Clock == nil {
		o.Clock = platform.SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	all, err := o.listen(ctx)
	if err != nil {
		return nil, fmt.Errorf("listen for CQL clients on %s: %w; is another node running there? choose another with --listen or --port", o.Address, err)
	}
	s := &Server{options: o, listeners: all, conns: map[*conn]struct{}{}, addresses: map[netip.Addr]*address{}}
	if s.logins = o.Logins; s.logins == nil {
		s.logins = NewLogins(o.Clock)
	}
	s.budget.max = o.Limits.InFlightBytes
	s.heavy, s.refusals = make(chan struct{}, o.Limits.Heavy), make(chan struct{}, refusalsMax)
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s, nil
}

// Addr is the address that clients connect to; SecureAddr that of those who speak TLS, where it is another, else nil.
func (s *Server) Addr() net.Addr { return s.listeners[0].Addr() }

// SecureAddr: see Addr.
func (s *Server) SecureAddr() net.Addr {
	if len(s.listeners) < 2 {
		return nil
	}
	return s.listeners[1].Addr()
}

// Serve accepts connections in the background until Drain or Close.
func (s *Server) Serve() {
	for _, l := range s.listeners {
		s.accepts.Go(func() { s.accept(l) })
	}
}

func (s *Server) accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			s.options.Logger.Error("accept CQL connections", "error", err)
			s.pause()
			continue
		}
		c := newConn(s, nc)
		s.mu.Lock()
		why := s.admit(c)
		s.mu.Unlock()
		if c.share == nil {
			s.turnAway(c, why)
			continue
		}
		s.Stats.Connections.Add(1)
		go c.serve()
	}
}

// admit counts a connection in, or says why there is no room for it; while the server drains, nothing. s.mu is held.
func (s *Server) admit(c *conn) (why string) {
	switch {
	case s.draining:
		return ""
	case len(s.conns) >= s.options.Limits.Connections:
		return tooManyConnections
	}
	if c.share = s.shareOf(c.client.Addr()); c.share == nil {
		return tooManyFromAddress
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	return ""
}

// refusalsMax is how many connections are told at a time why they are refused; the others are closed without.
const refusalsMax = 128

// turnAway closes a connection that is not served; one that is too many hears so.
func (s *Server) turnAway(c *conn, why string) {
	s.Stats.Refused.Add(1)
	if why != "" {
		s.saidFull.say(s, "connections are refused: "+why, &s.Stats.Refused)
		select {
		case s.refusals <- struct{}{}:
			s.accepts.Go(func() {
				defer func() { <-s.refusals }()
				c.turnAway(why)
			})
			return
		default:
		}
	}
	c.cut()
}

// acceptAgain is how long accepting rests after an error such as too many open files, which passes when others close theirs.
const acceptAgain = 100 * time.Millisecond

func (s *Server) pause() {
	over := make(chan struct{})
	timer := s.options.Clock.AfterFunc(acceptAgain, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
	case <-s.ctx.Done():
	}
}

// InFlightBytes is how much of Limits.InFlightBytes is taken.
func (s *Server) InFlightBytes() int64 { return s.budget.used.Load() }

func (s *Server) now() time.Time { return s.options.Clock.Now() }

func (s *Server) panicked(p any) {
	s.Stats.Panics.Add(1)
	s.options.Logger.Error("request failed unexpectedly", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.leave(c)
	s.mu.Unlock()
	s.Stats.Connections.Add(-1)
	s.running.Done()
}

// Reopen listens and serves again after a Drain that has returned.
func (s *Server) Reopen(ctx context.Context) error {
	again, err := Listen(ctx, s.options)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listeners, s.draining = again.listeners, false
	s.ctx, s.cancel = again.ctx, again.cancel
	s.mu.Unlock()
	s.Serve()
	return nil
}

// Drain stops accepting and reading, lets running requests finish and closes the connections; when ctx ends first, they are cut.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	for c := range s.conns {
		c.stopReading()
	}
	s.mu.Unlock()
	var err error
	for _, l := range s.listeners {
		if closeErr := l.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
	}
	s.accepts.Wait()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.cancel()
		s.mu.Lock()
		for c := range s.conns {
			c.cut()
		}
		s.mu.Unlock()
		<-done
	}
	s.cancel()
	return err
}
