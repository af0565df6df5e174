package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"helenus/client/nodetool"
	"helenus/internal/platform"
)

// Verb carries out a request of nodetool.
type Verb func(ctx context.Context, a nodetool.Arguments) error

// Control is what nodetool may ask of a node.
type Control struct {
	// Report tells what the node knows; the error is the asker's fault.
	Report func(a nodetool.Arguments) (*nodetool.Report, error)
	// Verbs change something; all others only report.
	Verbs map[string]Verb
}

// argumentsMax bounds a request.
const argumentsMax = 64 << 10

// Tool answers nodetool's requests, of this machine alone.
type Tool struct {
	http *http.Server
	done chan struct{}
}

// ListenTool opens the port, which must be on a loopback address: there is no other protection.
func ListenTool(ctx context.Context, network platform.Network, address string, c Control, log *slog.Logger) (*Tool, error) {
	l, err := network.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("listen for nodetool on %s: %w", address, err)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("listen for nodetool on %s: only loopback addresses are allowed", address), l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /nodetool/{verb}", func(w http.ResponseWriter, r *http.Request) { serveTool(w, r, c, log) })
	t := &Tool{http: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}, done: make(chan struct{})}
	go func() {
		defer close(t.done)
		if err := t.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("nodetool's server ended", "error", err)
		}
	}()
	return t, nil
}

func serveTool(w http.ResponseWriter, r *http.Request, c Control, log *slog.Logger) {
	fail := func(status int, err error) {
		w.WriteHeader(status)
		if _, err := fmt.Fprintln(w, err); err != nil {
			log.Debug("answer nodetool", "error", err)
		}
	}
	if r.Header.Get(nodetool.Header) == "" {
		fail(http.StatusForbidden, errors.New("this is nodetool's port"))
		return
	}
	var a nodetool.Arguments
	if err := json.NewDecoder(io.LimitReader(r.Body, argumentsMax)).Decode(&a); err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	verb := r.PathValue("verb")
	if does := c.Verbs[verb]; does != nil {
		log.Info("nodetool", "verb", verb, "arguments", a)
		if err := does(r.Context(), a); err != nil {
			fail(http.StatusInternalServerError, err)
			return
		}
	}
	report, err := c.Report(a)
	if err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(report); err != nil {
		log.Debug("answer nodetool", "error", err)
	}
}

// Close ends the server; requests under way are cut.
func (t *Tool) Close() error {
	err := t.http.Close()
	<-t.done
	return err
}
