package node

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"helenus/internal/system"
)

const (
	// logLinesMax bounds the lines of the log that system_views.system_logs shows, logBytesMax their text together, in bytes.
	logLinesMax = 1000
	logBytesMax = 256 << 10
)

// logLines is a handler that keeps the latest lines beside passing them on.
type logLines struct {
	slog.Handler
	attrs []slog.Attr
	kept  *keptLines
}

type keptLines struct {
	mu    sync.Mutex
	lines []system.LogLine // guarded by mu
	bytes int              // guarded by mu
}

var _ slog.Handler = (*logLines)(nil)

func newLogLines(h slog.Handler) *logLines { return &logLines{Handler: h, kept: &keptLines{}} }

// Enabled says whether a line of a level is kept or passed on.
func (h *logLines) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || h.Handler.Enabled(ctx, l)
}

// Handle keeps a line, if it is worth a person's attention, and passes it on.
func (h *logLines) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		h.kept.keep(h.line(&r))
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler for lines with more fields.
func (h *logLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logLines{h.Handler.WithAttrs(attrs), append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...), h.kept}
}

// WithGroup returns a handler for lines of a group; here it is left out.
func (h *logLines) WithGroup(name string) slog.Handler {
	return &logLines{h.Handler.WithGroup(name), h.attrs, h.kept}
}

func (h *logLines) line(r *slog.Record) system.LogLine {
	var b strings.Builder
	b.WriteString(r.Message)
	add := func(a slog.Attr) bool {
		b.WriteString(" " + a.Key + "=" + a.Value.String())
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	return system.LogLine{At: r.Time, Level: r.Level.String(), Logger: "helenus", Message: b.String()}
}

func (k *keptLines) keep(l system.LogLine) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = append(k.lines, l)
	k.bytes += len(l.Message)
	for len(k.lines) > logLinesMax || k.bytes > logBytesMax && len(k.lines) > 1 {
		k.bytes -= len(k.lines[0].Message)
		k.lines = k.lines[1:]
	}
}

// Forget drops those that are kept.
func (h *logLines) Forget() {
	h.kept.mu.Lock()
	defer h.kept.mu.Unlock()
	h.kept.lines, h.kept.bytes = nil, 0
}

// Lines returns those that are kept, the oldest first.
func (h *logLines) Lines() []system.LogLine {
	h.kept.mu.Lock()
	defer h.kept.mu.Unlock()
	return append([]system.LogLine(nil), h.kept.lines...)
}
