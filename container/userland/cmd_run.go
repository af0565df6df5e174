//go:build linux

package userland

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"helenus/container/process"
)

// statusTimeout is timeout's when the time was up.
const statusTimeout = 124

// runTimeout runs a command in a process, which a signal ends when its time is up.
func runTimeout(ctx context.Context, c *Call) error {
	o, rest, err := c.parse("+s:k:fv", map[string]byte{"signal": 's', "kill-after": 'k', "foreground": 'f', "preserve-status": 'p', "verbose": 'v'})
	if err != nil {
		return err
	}
	if len(rest) < 2 {
		return usageError("a time and a command are missing")
	}
	within, err := duration(rest[0])
	if err != nil {
		return err
	}
	sig, err := signalNamed(o.value('s', "TERM"))
	if err != nil {
		return err
	}
	cmd, err := c.command(ctx, rest[1:])
	if err != nil {
		return c.cannotRun(err)
	}
	if after := o.value('k', ""); after != "" {
		if cmd.WaitDelay, err = duration(after); err != nil {
			return err
		}
	}
	if err := process.Start(cmd); err != nil {
		return c.cannotRun(err)
	}
	up := false
	ended := make(chan error, 1)
	go func() { ended <- process.Wait(cmd) }()
	if within == 0 {
		within = 1<<63 - 1
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case err := <-ended:
			if up && !o.has('p') {
				return status(statusTimeout)
			}
			return ending(err)
		case <-timer.C:
			if up {
				sig = syscall.SIGKILL
			}
			up = true
			if o.has('v') {
				c.complain(errors.New("sending signal " + unix.SignalName(sig) + " to command '" + rest[1] + "'"))
			}
			if err := cmd.Process.Signal(sig); err != nil {
				continue // it ended meanwhile
			}
			if o.has('k') {
				timer.Reset(cmd.WaitDelay)
			}
		}
	}
}

// runXargs runs a command with arguments from standard input.
func runXargs(ctx context.Context, c *Call) error {
	o, argv, err := c.parse("+0rn:I:t", map[string]byte{"null": '0', "no-run-if-empty": 'r', "max-args": 'n', "replace": 'I', "verbose": 't'})
	if err != nil {
		return err
	}
	if len(argv) == 0 {
		argv = []string{"echo"}
	}
	most, err := strconv.Atoi(o.value('n', "4096"))
	if err != nil || most < 1 {
		return usageError("-n is " + o.value('n', "") + "; allowed: a number from 1")
	}
	items, err := xargsItems(c.stdin(), o.has('0'), o.has('I'))
	if err != nil {
		return err
	}
	inner := *c
	inner.In = nil
	run := func(argv []string) error {
		if o.has('t') {
			_, _ = io.WriteString(c.Err, strings.Join(argv, " ")+"\n")
		}
		return inner.spawn(ctx, argv)
	}
	failed := false
	each := func(argv []string) error {
		var code status
		err := run(argv)
		if errors.As(err, &code) && code < statusCannotRun {
			failed = true
			return nil
		}
		return err
	}
	switch {
	case o.has('I'):
		for _, item := range items {
			replaced := make([]string, len(argv))
			for i, a := range argv {
				replaced[i] = strings.ReplaceAll(a, o.value('I', "{}"), item)
			}
			if err := each(replaced); err != nil {
				return err
			}
		}
	case len(items) == 0 && !o.has('r'):
		err = each(argv)
	default:
		for ; len(items) > 0 && err == nil; items = items[min(most, len(items)):] {
			err = each(append(append([]string(nil), argv...), items[:min(most, len(items))]...))
		}
	}
	if err == nil && failed {
		return status(123)
	}
	return err
}

// xargsItems splits input at blanks with quotes, at lines, or at zero bytes.
func xargsItems(in io.Reader, null, lines bool) ([]string, error) {
	raw, err := io.ReadAll(bufio.NewReader(in))
	if err != nil {
		return nil, err
	}
	text := string(raw)
	if null || lines {
		separator := "\n"
		if null {
			separator = "\x00"
		}
		var items []string
		for _, item := range strings.Split(text, separator) {
			if item != "" {
				items = append(items, item)
			}
		}
		return items, nil
	}
	var items []string
	var item strings.Builder
	open, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case quote != 0 && b == quote:
			quote = 0
		case quote != 0:
			item.WriteByte(b)
		case b == '"' || b == '\'':
			open, quote = true, b
		case b == '\\' && i+1 < len(text):
			i++
			open = true
			item.WriteByte(text[i])
		case b == ' ' || b == '\t' || b == '\n':
			if open {
				items = append(items, item.String())
				item.Reset()
			}
			open = false
		default:
			open = true
			item.WriteByte(b)
		}
	}
	if quote != 0 {
		return nil, errors.New("unmatched quote in the input")
	}
	if open {
		items = append(items, item.String())
	}
	return items, nil
}
