package volume

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
)

// levelFatal is of the line that the process ends with.
const levelFatal = slog.LevelError + 4

// newLog writes lines as the old driver did, in logrus's text form: time="…" level=info msg="…" key=value.
func newLog(out io.Writer, debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(&lines{out: out, level: level, mu: &sync.Mutex{}})
}

type lines struct {
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
	mu    *sync.Mutex // keeps lines whole
}

var _ slog.Handler = (*lines)(nil)

// Enabled compares levels.
func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

// Handle writes a record.
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "time=%q level=%s msg=%q", r.Time.Format(time.RFC3339), levelName(r.Level), r.Message)
	add := func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%s", a.Key, quoted(fmt.Sprint(a.Value)))
		return true
	}
	for _, a := range l.attrs {
		add(a)
	}
	r.Attrs(add)
	b.WriteByte('\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.Write(b.Bytes())
	return err
}

// WithAttrs returns a handler that adds facts to every line.
func (l *lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lines{l.out, l.level, append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...), l.mu}
}

// WithGroup leaves names as they are: the log has no groups.
func (l *lines) WithGroup(string) slog.Handler { return l }

func levelName(l slog.Level) string {
	switch {
	case l >= levelFatal:
		return "fatal"
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warning"
	case l >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}

// quoted leaves plain values without quotes.
func quoted(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._/@^+", r)
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return strconv.Quote(text)
	}
	return text
}
