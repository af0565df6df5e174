package admin

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"helenus/client/nodetool"
	"helenus/internal/platform"
)

// TestVerbs: lines come while a verb runs, errors tell whose fault they are, who hangs up cancels, and who does not send the header is refused.
func TestVerbs(t *testing.T) {
	ended := make(chan struct{})
	said := make(chan struct{})
	tool, err := ListenTool(t.Context(), platform.SystemNetwork{}, "127.0.0.1:0", Control{
		Report: func(verb string, a nodetool.Arguments) (*nodetool.Report, error) {
			return &nodetool.Report{Cluster: verb}, nil
		},
		Verbs: map[string]Verb{
			"repair": func(ctx context.Context, a nodetool.Arguments, say func(string)) error {
				say("begun")
				<-ctx.Done()
				close(ended)
				return ctx.Err()
			},
			"flush": func(context.Context, nodetool.Arguments, func(string)) error {
				return &nodetool.Error{Text: "no", Usage: true}
			},
			"drain": func(context.Context, nodetool.Arguments, func(string)) error { return errors.New("disk") },
		},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer tool.Close()
	host, port, err := net.SplitHostPort(tool.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := nodetool.Ask(t.Context(), tool.Addr().String(), "status", nodetool.Arguments{}); err != nil || r.Cluster != "status" {
		t.Error(r, err)
	}
	for verb, usage := range map[string]bool{"flush": true, "drain": false} {
		var refused *nodetool.Error
		if _, err := nodetool.Ask(t.Context(), tool.Addr().String(), verb, nodetool.Arguments{}); !errors.As(err, &refused) || refused.Usage != usage {
			t.Errorf("%s: %v", verb, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	out := &watcher{when: "begun", then: func() { close(said) }}
	go func() {
		<-said
		cancel()
	}()
	if status := nodetool.Run(ctx, []string{"-h", host, "-p", port, "repair"}, out, out); status == 0 {
		t.Error("a repair that was cancelled succeeded")
	}
	<-ended
	answer, err := http.Post("http://"+tool.Addr().String()+"/nodetool/drain", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("without the header: %s", answer.Status)
	}
}

// watcher calls then once it was written what it waits for.
type watcher struct {
	when string
	then func()
	once bool
}

func (w *watcher) Write(p []byte) (int, error) {
	if !w.once && strings.Contains(string(p), w.when) {
		w.once = true
		w.then()
	}
	return len(p), nil
}
