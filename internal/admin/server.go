package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"helenus/internal/platform"
	"helenus/internal/storage"
	"helenus/internal/transport"
)

// Options configure a Server.
type Options struct {
	Network  platform.Network
	Address  string
	Logger   *slog.Logger
	Server   *transport.Server
	Store    *storage.Store
	Prepared func() int
	Version  string
}

// Server answers health checks and metrics.
type Server struct {
	http     *http.Server
	listener net.Listener
	ready    atomic.Bool
	done     chan struct{}
}

// Listen opens the port and serves.
func Listen(ctx context.Context, o Options) (*Server, error) {
	l, err := o.Network.Listen(ctx, o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP on %s: %w", o.Address, err)
	}
	s := &Server{listener: l, done: make(chan struct{})}
	registry := prometheus.NewRegistry()
	if err := registry.Register(newCollector(o)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	probes(mux, s.ready.Load, o.Logger)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("HTTP server ended", "error", err)
		}
	}()
	return s, nil
}

// probes are the paths that ask whether the process lives and whether it serves clients: Kubernetes's names for them, and those of the management
// API that operators for Cassandra there ask.
func probes(mux *http.ServeMux, ready func() bool, log *slog.Logger) {
	for _, path := range []string{"/healthz", "/livez", "/api/v0/probes/liveness"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive", log) })
	}
	for _, path := range []string{"/readyz", "/api/v0/probes/readiness"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { sayReady(w, ready(), log) })
	}
}

func sayReady(w http.ResponseWriter, ready bool, log *slog.Logger) {
	if ready {
		say(w, http.StatusOK, "ready", log)
		return
	}
	say(w, http.StatusServiceUnavailable, "starting or draining", log)
}

func say(w http.ResponseWriter, status int, text string, log *slog.Logger) {
	w.WriteHeader(status)
	if _, err := fmt.Fprintln(w, text); err != nil {
		log.Debug("answer a health check", "error", err)
	}
}

// SetReady says what /readyz answers.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Close ends the server after requests under way.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	<-s.done
	return err
}
