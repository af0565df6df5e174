package shell

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/peterh/liner"
)

// SayConnected prints to what the shell has connected.
func (s *Shell) SayConnected() { s.printf("Connected to %s at %s\n", s.cluster, s.conn.Addr()) }

// Interact reads from the terminal until EXIT or Ctrl-D. Ctrl-C drops the line being typed, or cancels the statement being run.
func (s *Shell) Interact(ctx context.Context) error {
	s.interactive = true
	s.SayConnected()
	s.printf("%s\nUse HELP for help.\n", s.versionLine())
	line := liner.NewLiner()
	defer line.Close()
	line.SetCtrlCAborts(true)
	line.SetTabCompletionStyle(liner.TabPrints)
	line.SetWordCompleter(func(text string, pos int) (string, []string, string) {
		at := len(string([]rune(text)[:min(pos, len([]rune(text)))]))
		return s.complete(text, at)
	})
	loadHistory(line, s.options.HistoryFile)
	defer saveHistory(line, s.options.HistoryFile, s.fail)
	s.page = func() bool {
		answer, err := line.Prompt("---MORE---")
		return err == nil && !strings.EqualFold(strings.TrimSpace(answer), "q")
	}
	var p splitter
	for {
		text, err := line.Prompt(s.prompt(&p))
		switch {
		case errors.Is(err, liner.ErrPromptAborted):
			p.reset()
			continue
		case errors.Is(err, io.EOF):
			s.printf("\n")
			return nil
		case err != nil:
			return err
		}
		if strings.TrimSpace(text) != "" {
			line.AppendHistory(text)
		}
		for _, u := range p.feed(text + "\n") {
			if err := s.interruptible(ctx, u.text); errors.Is(err, ErrExit) {
				return nil
			} else if err != nil {
				s.fail("%s", message(err, s.conn.Addr().String()))
			}
		}
	}
}

// prompt is cqlsh>, cqlsh:keyspace> or, inside a statement, blanks with dots.
func (s *Shell) prompt(p *splitter) string {
	name := "cqlsh"
	if s.keyspace != "" {
		name += ":" + s.keyspace
	}
	if rest, _ := p.rest(); rest != "" {
		return strings.Repeat(" ", max(0, len(name)-2)) + "... "
	}
	return name + "> "
}

// interruptible runs a statement that Ctrl-C cancels.
func (s *Shell) interruptible(ctx context.Context, text string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return s.run(ctx, text)
}

// historyLinesMax bounds the history file.
const historyLinesMax = 1000

func loadHistory(line *liner.State, name string) {
	if name == "" {
		return
	}
	if f, err := os.Open(name); err == nil {
		_, err = line.ReadHistory(f)
		if closeErr := f.Close(); err != nil || closeErr != nil {
			return // a history that can't be read is no reason not to start
		}
	}
}

func saveHistory(line *liner.State, name string, fail func(string, ...any)) {
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = line.WriteHistory(f)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		fail("history is not kept: %v", err)
	}
}

// historyOf returns the lines of the history file.
func historyOf(name string) []string {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var all []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if all = append(all, lines.Text()); len(all) > historyLinesMax {
			all = all[1:]
		}
	}
	return all
}
