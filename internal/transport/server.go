package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/platform"
)

// Options configure a Server.
type Options struct {
	Network platform.Network
	Clock   platform.Clock // default: the machine's
	// Address is host:port.
	Address string
	TLS     *tls.Config // nil: plain
	Handler Handler
	Limits  Limits
	Logger  *slog.Logger
}

// Stats are counters of a Server since its start, but for Connections, which is of now.
type Stats struct {
	Connections atomic.Int64
	Requests    atomic.Int64
	BytesIn     atomic.Int64
	BytesOut    atomic.Int64
	Panics      atomic.Int64
	Refused     atomic.Int64 // connections over the limit
	Overloaded  atomic.Int64 // requests over the limit of bytes in flight
}

// Server listens for CQL clients.
type Server struct {
	options  Options
	listener net.Listener
	Stats    Stats
	budget   budget
	ctx      context.Context // ends with Close: running requests are told to give up
	cancel   context.CancelFunc
	accepts  sync.WaitGroup
	running  sync.WaitGroup // connections

	mu       sync.Mutex
	conns    map[*conn]struct{} // guarded by mu
	draining bool               // guarded by mu
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
	l, err := o.Network.Listen(ctx, o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for CQL clients on %s: %w; is another node running there? choose another with --listen or --port", o.Address, err)
	}
	if o.TLS != nil {
		l = tls.NewListener(l, o.TLS)
	}
	s := &Server{options: o, listener: l, conns: map[*conn]struct{}{}}
	s.budget.max = o.Limits.InFlightBytes
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s, nil
}

// Addr is the address that clients connect to.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve accepts connections in the background until Drain or Close.
func (s *Server) Serve() { s.accepts.Go(s.accept) }

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
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
		refuse := s.draining || len(s.conns) >= s.options.Limits.Connections
		if !refuse {
			s.conns[c] = struct{}{}
			s.running.Add(1)
		}
		s.mu.Unlock()
		if refuse {
			s.Stats.Refused.Add(1)
			if err := nc.Close(); err != nil {
				s.options.Logger.Debug("refuse a connection", "error", err)
			}
			continue
		}
		s.Stats.Connections.Add(1)
		go c.serve()
	}
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
	s.mu.Unlock()
	s.Stats.Connections.Add(-1)
	s.running.Done()
}

// Drain stops accepting and reading, lets running requests finish and closes the connections; when ctx ends first, they are cut.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	for c := range s.conns {
		c.stopReading()
	}
	s.mu.Unlock()
	err := s.listener.Close()
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
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
