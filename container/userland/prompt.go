//go:build linux

package userland

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/peterh/liner"
	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// prompt runs what a person types until exit or Ctrl-D. Ctrl-C ends the command that runs, not the shell.
func (s *shell) prompt(ctx context.Context) error {
	lines, closeLines := s.lines()
	defer closeLines()
	var pending strings.Builder
	last := 0
	for {
		line, err := lines(s.promptText(pending.Len() > 0))
		switch {
		case errors.Is(err, liner.ErrPromptAborted):
			pending.Reset()
			continue
		case errors.Is(err, io.EOF):
			return exitOf(last)
		case err != nil:
			return err
		}
		pending.WriteString(line + "\n")
		program, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(pending.String()), s.call.Name)
		if syntax.IsIncomplete(err) {
			continue
		}
		pending.Reset()
		if err != nil {
			s.call.complain(err)
			last = 2
			continue
		}
		rewrite(program)
		s.alone = false // a prompt stays
		last = s.typed(ctx, program)
		if s.runner.Exited() {
			return exitOf(last)
		}
	}
}

func exitOf(code int) error {
	if code == 0 {
		return nil
	}
	return status(code)
}

// typed runs one complete input.
func (s *shell) typed(ctx context.Context, program *syntax.File) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	for _, statement := range program.Stmts {
		err := s.runner.Run(ctx, statement)
		var code interp.ExitStatus
		switch {
		case errors.As(err, &code):
			if s.runner.Exited() {
				return int(code)
			}
		case ctx.Err() != nil:
			return 130
		case err != nil:
			s.call.complain(err)
			return 1
		}
		if s.runner.Exited() {
			return int(code)
		}
		if statement == program.Stmts[len(program.Stmts)-1] {
			return int(code)
		}
	}
	return 0
}

// lines returns how a line is read: edited at a terminal, plain elsewhere.
func (s *shell) lines() (read func(prompt string) (string, error), end func()) {
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stdout.Fd())) {
		return func(string) (string, error) { return readLine(s.call.stdin()) }, func() {}
	}
	return func(prompt string) (string, error) {
		// The terminal is taken for a line only: commands have it as it was.
		editor := liner.NewLiner()
		defer editor.Close()
		editor.SetCtrlCAborts(true)
		for _, old := range history {
			editor.AppendHistory(old)
		}
		line, err := editor.Prompt(prompt)
		if err == nil && strings.TrimSpace(line) != "" {
			if history = append(history, line); len(history) > historyMax {
				history = history[1:]
			}
		}
		return line, err
	}, func() {}
}

// historyMax is how many lines a prompt remembers.
const historyMax = 500

// history holds the lines of this process's prompt.
var history []string

// readLine reads a line byte by byte, so that what follows is left for commands.
func readLine(in io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := in.Read(one)
		if n == 1 && one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[:n]...)
		if err != nil {
			if len(line) > 0 && errors.Is(err, io.EOF) {
				return string(line), nil
			}
			return "", err
		}
	}
}

func (s *shell) promptText(incomplete bool) string {
	if incomplete {
		return "> "
	}
	host, err := os.Hostname()
	if err != nil {
		host = s.call.Name
	}
	mark := "$ "
	if os.Geteuid() == 0 {
		mark = "# "
	}
	return s.runner.Dir + " " + host + mark
}
