package up

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Progress tells what goes on: on a terminal as a board with one line a subject that changes in place, else as a line a change.
type Progress struct {
	out   io.Writer
	board bool

	mu       sync.Mutex
	subjects []string          // guarded by mu: in the order of their first words
	states   map[string]string // guarded by mu
}

// NewProgress writes to out, as a board where that is a terminal.
func NewProgress(out io.Writer, board bool) *Progress {
	return &Progress{out: out, board: board, states: map[string]string{}}
}

// Say tells how a subject is now. What it was already is not said again.
func (p *Progress) Say(subject, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.states[subject] == state {
		return
	}
	shown := len(p.subjects)
	if !slices.Contains(p.subjects, subject) {
		p.subjects = append(p.subjects, subject)
	}
	p.states[subject] = state
	if !p.board {
		fmt.Fprintf(p.out, "%-14s %s\n", subject, state)
		return
	}
	var text strings.Builder
	if shown > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", shown)
	}
	for _, s := range p.subjects {
		fmt.Fprintf(&text, "\r\x1b[K%-14s %s\n", s, p.states[s])
	}
	io.WriteString(p.out, text.String())
}

// Done says how it came out, below everything else.
func (p *Progress) Done(text string) { fmt.Fprintln(p.out, text) }
