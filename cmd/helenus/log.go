package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"runtime"
	"sync"
)

// lineHandler writes a record as one line, as Cassandra does: INFO  [main] 2026-01-02 15:04:05,000 node.go:12 - message key=value.
type lineHandler struct {
	out   io.Writer
	level slog.Leveler
	files logFiles
	attrs []slog.Attr

	mu *sync.Mutex // keeps lines whole
}

var _ slog.Handler = (*lineHandler)(nil)

// Enabled compares levels; a file takes what is for developers, too.
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool {
	return l >= h.level.Level() || h.files.debug != nil && l >= slog.LevelDebug
}

// Handle writes a record.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	fmt.Fprintf(&b, "%-5s [main] %s %s:%d - %s", r.Level, r.Time.Format("2006-01-02 15:04:05,000"), path.Base(frame.File), frame.Line, r.Message)
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
	fileErr := h.files.debug.write(b.Bytes())
	if r.Level < h.level.Level() {
		return fileErr
	}
	_, err := h.out.Write(b.Bytes())
	return errors.Join(err, fileErr, h.files.system.write(b.Bytes()))
}

// WithAttrs returns a handler that adds facts to every line.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lineHandler{out: h.out, level: h.level, files: h.files, mu: h.mu, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup leaves names as they are: the log has no groups.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }
