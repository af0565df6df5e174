//go:build linux

package userland

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"helenus/container/userland/internal/awk"
)

func runAwk(ctx context.Context, c *Call) error {
	o, operands, err := c.parse("+F:v:f:", map[string]byte{"field-separator": 'F', "assign": 'v', "file": 'f'})
	if err != nil {
		return err
	}
	var source strings.Builder
	for _, name := range o.values['f'] {
		raw, err := os.ReadFile(c.path(name))
		if err != nil {
			return err
		}
		source.Write(append(raw, '\n'))
	}
	if !o.has('f') {
		if len(operands) == 0 {
			return usageError("a program is missing")
		}
		source.WriteString(operands[0])
		operands = operands[1:]
	}
	program, err := awk.Parse(source.String())
	if err != nil {
		return usageError(err.Error())
	}
	options := awk.Options{
		Args: operands, Environ: map[string]string{}, In: c.stdin(), Out: c.Out, Err: c.Err,
		Open: func(name string) (io.ReadCloser, error) {
			if name == "-" || name == "/dev/stdin" {
				return io.NopCloser(c.stdin()), nil
			}
			return os.Open(c.path(name))
		},
		Create: func(name string, add bool) (io.WriteCloser, error) {
			flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			if add {
				flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
			}
			return os.OpenFile(c.path(name), flags, 0o666)
		},
		Command: func(line string) (io.ReadCloser, error) { return c.output(ctx, line) },
		Pipe:    func(line string) (io.WriteCloser, error) { return c.input(ctx, line), nil },
		System:  func(line string) int { return c.here(ctx, []string{"sh", "-c", line}) },
	}
	for _, entry := range c.Env {
		name, value, _ := strings.Cut(entry, "=")
		options.Environ[name] = value
	}
	if o.has('F') {
		options.Vars = append(options.Vars, [2]string{"FS", separator(o.value('F', ""))})
	}
	for _, assignment := range o.values['v'] {
		name, value, ok := strings.Cut(assignment, "=")
		if !ok {
			return usageError("-v is " + assignment + "; allowed: NAME=VALUE")
		}
		options.Vars = append(options.Vars, [2]string{name, value})
	}
	code, err := program.Run(options)
	if err != nil {
		c.complain(err)
		return status(2)
	}
	if code != 0 {
		return status(code)
	}
	return nil
}

// separator reads the value of -F: t alone is a tab.
func separator(text string) string {
	if text == "t" {
		return "\t"
	}
	return text
}

// output runs a shell line to its end and returns what it printed.
func (c *Call) output(ctx context.Context, line string) (io.ReadCloser, error) {
	var out bytes.Buffer
	inner := *c
	inner.Out = &out
	return &outputEnd{&out, inner.here(ctx, []string{"sh", "-c", line})}, nil
}

// outputEnd gives a command's status when its output is closed.
type outputEnd struct {
	io.Reader
	code int
}

func (o *outputEnd) Close() error {
	if o.code != 0 {
		return awk.Status(o.code)
	}
	return nil
}

// input collects what a shell line will read, and runs it when that is closed.
func (c *Call) input(ctx context.Context, line string) io.WriteCloser {
	return &inputEnd{run: func(in io.Reader) error {
		inner := *c
		inner.In = in
		if code := inner.here(ctx, []string{"sh", "-c", line}); code != 0 {
			return awk.Status(code)
		}
		return nil
	}}
}

type inputEnd struct {
	bytes.Buffer
	run func(io.Reader) error
}

func (i *inputEnd) Close() error {
	err := i.run(&i.Buffer)
	var code awk.Status
	if errors.As(err, &code) {
		return nil // awk itself goes on
	}
	return err
}
