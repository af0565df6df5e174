package node

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestLogLines(t *testing.T) {
	var out bytes.Buffer
	h := newLogLines(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	log := slog.New(h)
	log.Debug("not kept")
	log.With("node", 1).Warn("careful", "why", "that")
	if got := h.Lines(); len(got) != 1 || got[0].Message != "careful node=1 why=that" || got[0].Level != "WARN" || got[0].At.IsZero() {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(out.String(), "not kept") || !strings.Contains(out.String(), "careful") {
		t.Errorf("passed on: %s", out.String())
	}
	quiet := newLogLines(slog.DiscardHandler)
	slog.New(quiet).Info("kept all the same")
	if got := quiet.Lines(); len(got) != 1 {
		t.Errorf("of a log that is not written: %+v", got)
	}
	for range 2 * logLinesMax {
		log.Info("x")
	}
	if got := h.Lines(); len(got) != logLinesMax {
		t.Errorf("%d lines", len(got))
	}
	for range 20 {
		log.Info(strings.Repeat("y", logBytesMax/10))
	}
	bytes := 0
	for _, l := range h.Lines() {
		bytes += len(l.Message)
	}
	if bytes > logBytesMax || bytes < logBytesMax/2 {
		t.Errorf("%d bytes", bytes)
	}
}
