package admin

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"helenus/client/nodetool"
)

// TestOthersOnlyLook: other machines get reports; what changes something is done for callers on this machine alone.
func TestOthersOnlyLook(t *testing.T) {
	done := 0
	control := Control{
		Report: func(string, nodetool.Arguments) (*nodetool.Report, error) { return &nodetool.Report{Cluster: "c"}, nil },
		Verbs:  map[string]Verb{"drain": func(context.Context, nodetool.Arguments, func(string)) error { done++; return nil }},
	}
	for _, c := range []struct {
		verb, from, to string
		status         int
	}{
		{"status", "172.17.0.9:4000", "172.17.0.2", 200}, {"drain", "172.17.0.9:4000", "172.17.0.2", 403}, {"drain", "172.17.0.2:4000", "172.17.0.2", 200},
		{"drain", "127.0.0.1:4000", "127.0.0.1", 200}, {"drain", "[::ffff:172.17.0.9]:4000", "::ffff:172.17.0.2", 403},
	} {
		r := httptest.NewRequest(http.MethodPost, "/nodetool/"+c.verb, strings.NewReader("{}"))
		r.SetPathValue("verb", c.verb)
		r.Header.Set(nodetool.Header, "1")
		r.RemoteAddr = c.from
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(c.to), Port: 7199}))
		var log bytes.Buffer
		w := httptest.NewRecorder()
		serveTool(w, r, control, slog.New(slog.NewTextHandler(&log, nil)))
		if w.Code != c.status {
			t.Errorf("%s from %s to %s: status %d, want %d: %s", c.verb, c.from, c.to, w.Code, c.status, w.Body)
		}
	}
	if done != 2 {
		t.Errorf("carried out %d times, want 2", done)
	}
}
