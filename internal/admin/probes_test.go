package admin

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"

	"helenus/client/nodetool"
	"helenus/internal/platform"
)

// TestProbes guards the paths that Kubernetes and operators for Cassandra there ask, and that a page in a browser can't drain a node.
func TestProbes(t *testing.T) {
	var ready atomic.Bool
	var drained atomic.Int32
	tool, err := ListenTool(t.Context(), platform.SystemNetwork{}, "127.0.0.1:0", Control{
		Ready: ready.Load,
		Verbs: map[string]Verb{"drain": func(context.Context, nodetool.Arguments, func(string)) error {
			drained.Add(1)
			return nil
		}},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer tool.Close()
	want := func(method, path, origin string, status int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+tool.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%s %s: %s, want %d", method, path, answer.Status, status)
		}
	}
	for _, is := range []bool{false, true} {
		ready.Store(is)
		status := map[bool]int{false: http.StatusServiceUnavailable, true: http.StatusOK}[is]
		for _, path := range []string{"/healthz", "/livez", "/api/v0/probes/liveness"} {
			want(http.MethodGet, path, "", http.StatusOK)
		}
		for _, path := range []string{"/readyz", "/api/v0/probes/readiness"} {
			want(http.MethodGet, path, "", status)
		}
	}
	const drain = "/api/v0/ops/node/drain"
	want(http.MethodPost, drain, "http://example.org", http.StatusForbidden)
	want(http.MethodGet, drain, "", http.StatusMethodNotAllowed)
	if n := drained.Load(); n != 0 {
		t.Errorf("drained %d times by who may not", n)
	}
	want(http.MethodPost, drain, "", http.StatusOK)
	want(http.MethodPost, drain, "", http.StatusOK)
	if n := drained.Load(); n != 2 {
		t.Errorf("asked to drain %d times, want 2", n)
	}
}
