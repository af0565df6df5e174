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
	"net/netip"
	"time"

	"helenus/client/nodetool"
	"helenus/internal/platform"
)

// Verb carries out a request of nodetool; what it says meanwhile is for people. An error is a *nodetool.Error when the asker is at fault.
type Verb func(ctx context.Context, a nodetool.Arguments, say func(line string)) error

// Control is what nodetool may ask of a node.
type Control struct {
	// Report tells what the node knows, after a verb was carried out.
	Report func(verb string, a nodetool.Arguments) (*nodetool.Report, error)
	// Verbs change something, and only callers on this machine may; all others only report.
	Verbs map[string]Verb
	// Ready says whether CQL clients are served.
	Ready func() bool
}

// argumentsMax bounds a request.
const argumentsMax = 64 << 10

// Tool answers nodetool's requests. Those that change something it takes from this machine alone: there is no other protection.
type Tool struct {
	http    *http.Server
	address net.Addr
	done    chan struct{}
}

// ListenTool opens the port.
func ListenTool(ctx context.Context, network platform.Network, address string, c Control, log *slog.Logger) (*Tool, error) {
	l, err := network.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("listen for nodetool on %s: %w", address, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /nodetool/{verb}", func(w http.ResponseWriter, r *http.Request) { serveTool(w, r, c, log) })
	probes(mux, c.Ready, log)
	mux.HandleFunc("POST /api/v0/ops/node/drain", func(w http.ResponseWriter, r *http.Request) { serveDrain(w, r, c, log) })
	t := &Tool{http: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}, address: l.Addr(), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		if err := t.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("nodetool's server ended", "error", err)
		}
	}()
	return t, nil
}

// serveTool answers a request. Reading all of it has the server watch the connection: when it ends, so does the request's context.
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
	raw, err := io.ReadAll(io.LimitReader(r.Body, argumentsMax))
	if err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	var a nodetool.Arguments
	if err := json.Unmarshal(raw, &a); err != nil {
		fail(http.StatusBadRequest, err)
		return
	}
	verb := r.PathValue("verb")
	if c.Verbs[verb] != nil && !isLocal(r) {
		fail(http.StatusForbidden, fmt.Errorf("%s changes the node or the cluster: run it on the node's own machine, for example docker exec CONTAINER nodetool %s", verb, verb))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	answer := toolAnswer{parts: json.NewEncoder(w), flush: http.NewResponseController(w).Flush, log: log}
	report, err := carryOut(r.Context(), verb, a, c, answer, func(verb string) {
		log.Info("nodetool", "verb", verb, "arguments", string(raw))
	})
	var refused *nodetool.Error
	switch {
	case err == nil:
		answer.send(nodetool.Answer{Report: report})
	case errors.As(err, &refused):
		answer.send(nodetool.Answer{Error: refused})
	default:
		answer.send(nodetool.Answer{Error: &nodetool.Error{Text: err.Error()}})
	}
}

// serveDrain is nodetool drain under the path of the management API that operators for Cassandra in Kubernetes know: what a pod's preStop hook asks for. Like
// the verb it is for callers of this machine, or pod, and asking twice is asking once.
func serveDrain(w http.ResponseWriter, r *http.Request, c Control, log *slog.Logger) {
	drain := c.Verbs["drain"]
	switch {
	case drain == nil:
		say(w, http.StatusNotFound, "this node can't be drained", log)
		return
	case r.Header.Get("Origin") != "": // a page in a browser on this machine
		say(w, http.StatusForbidden, "no page of a browser may drain a node", log)
		return
	case !isLocal(r):
		say(w, http.StatusForbidden, "drain changes the node: ask from its own machine or pod", log)
		return
	}
	log.Info("drain was asked for by HTTP")
	if err := drain(r.Context(), nodetool.Arguments{}, func(string) {}); err != nil {
		say(w, http.StatusInternalServerError, err.Error(), log)
		return
	}
	say(w, http.StatusOK, "OK", log)
}

// toolAnswer sends the parts of an answer as they come.
type toolAnswer struct {
	parts *json.Encoder
	flush func() error
	log   *slog.Logger
}

func (t toolAnswer) send(part nodetool.Answer) {
	if err := errors.Join(t.parts.Encode(part), t.flush()); err != nil {
		t.log.Debug("answer nodetool", "error", err)
	}
}

func carryOut(ctx context.Context, verb string, a nodetool.Arguments, c Control, answer toolAnswer, begun func(verb string)) (*nodetool.Report, error) {
	if does := c.Verbs[verb]; does != nil {
		begun(verb)
		if err := does(ctx, a, func(line string) { answer.send(nodetool.Answer{Line: line}) }); err != nil {
			return nil, err
		}
	}
	return c.Report(verb, a)
}

// Addr is the address that it listens on.
func (t *Tool) Addr() net.Addr { return t.address }

// isLocal says whether a request comes from this machine: by the loopback interface, or from the address that it went to.
func isLocal(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	to, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	return from.Addr().Unmap().IsLoopback() || ok && to.AddrPort().Addr().Unmap() == from.Addr().Unmap()
}

// closeWithin is how long an answer that is due may still take, such as that of the verb which ends the node.
const closeWithin = time.Second

// Close ends the server; requests under way are cut.
func (t *Tool) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	err := t.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = t.http.Close()
	}
	<-t.done
	return err
}
