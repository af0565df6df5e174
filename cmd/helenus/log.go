package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// lineHandler writes a record as one line: INFO  2026-01-02 15:04:05,000 message key=value.
type lineHandler struct {
	out   io.Writer
	level slog.Level
	attrs []slog.Attr

	mu sync.Mutex // keeps lines whole
}

var _ slog.Handler = (*lineHandler)(nil)

// Enabled compares levels.
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle writes a record.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-5s %s %s", r.Level, r.Time.Format("2006-01-02 15:04:05,000"), r.Message)
	add := func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b.Bytes())
	return err
}

// WithAttrs returns a handler that adds facts to every line.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{out: h.out, level: h.level, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup leaves names as they are: the log has no groups.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }
