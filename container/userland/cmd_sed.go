//go:build linux

package userland

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"helenus/container/userland/internal/sed"
)

func runSed(_ context.Context, c *Call) error {
	suffix, inPlace := c.takeInPlace()
	o, operands, err := c.parse("Enrsze:f:u", map[string]byte{
		"quiet": 'n', "silent": 'n', "regexp-extended": 'E', "separate": 's', "null-data": 'z', "expression": 'e', "file": 'f', "unbuffered": 'u', "posix": 'P',
	})
	if err != nil {
		return err
	}
	scripts := o.values['e']
	for _, name := range o.values['f'] {
		raw, err := os.ReadFile(c.path(name))
		if err != nil {
			return err
		}
		scripts = append(scripts, strings.TrimSuffix(string(raw), "\n"))
	}
	if !o.has('e') && !o.has('f') {
		if len(operands) == 0 {
			return usageError("a script is missing")
		}
		scripts, operands = operands[:1], operands[1:]
	}
	s := sedRun{c, strings.Join(scripts, "\n"), o.has('E') || o.has('r'), sed.Options{Quiet: o.has('n')}}
	s.options.Zero = o.has('z')
	s.options.Create = func(name string) (io.WriteCloser, error) { return os.Create(c.path(name)) }
	s.options.Read = func(name string) ([]byte, error) { return os.ReadFile(c.path(name)) }
	switch {
	case inPlace:
		return c.eachInput(operands, func(name string, in io.Reader) error { return s.inPlace(name, in, suffix) })
	case o.has('s'):
		return c.eachInput(operands, func(_ string, in io.Reader) error { return s.run(in, c.Out) })
	}
	// All files are one text.
	var all []io.Reader
	missing := c.eachInput(operands, func(name string, in io.Reader) error {
		if name == "-" {
			all = append(all, in)
			return nil
		}
		raw, err := io.ReadAll(in)
		all = append(all, bytes.NewReader(raw))
		return err
	})
	if err := s.run(io.MultiReader(all...), c.Out); err != nil {
		return err
	}
	return missing
}

// takeInPlace removes -i, which may share its dash with letters before it, and returns its suffix, which may be missing.
func (c *Call) takeInPlace() (suffix string, given bool) {
	var args []string
	for i, arg := range c.Args {
		if arg == "--" {
			args = append(args, c.Args[i:]...)
			break
		}
		if rest, ok := strings.CutPrefix(arg, "--in-place"); ok {
			given, suffix = true, strings.TrimPrefix(rest, "=")
			continue
		}
		letters, rest, ok := strings.Cut(arg, "i")
		if !ok || !strings.HasPrefix(letters, "-") || strings.Trim(letters[1:], "Enrszu") != "" {
			args = append(args, arg)
			continue
		}
		given, suffix = true, rest
		if letters != "-" {
			args = append(args, letters)
		}
	}
	c.Args = args
	return suffix, given
}

type sedRun struct {
	*Call
	script   string
	extended bool
	options  sed.Options
}

// run edits one text; ranges begin anew with each.
func (s sedRun) run(in io.Reader, out io.Writer) error {
	program, err := sed.Compile(s.script, s.extended)
	if err != nil {
		return usageError(err.Error())
	}
	code, err := program.Run(in, out, s.options)
	if err == nil && code != 0 {
		return status(code)
	}
	return err
}

// inPlace replaces a file's contents, which works for a file that is mounted by itself, too.
func (s sedRun) inPlace(name string, in io.Reader, suffix string) error {
	if name == "-" {
		return usageError("-i takes files")
	}
	path := s.path(name)
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var edited bytes.Buffer
	runErr := s.run(bytes.NewReader(raw), &edited)
	var code status
	if runErr != nil && !errors.As(runErr, &code) {
		return runErr
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if suffix != "" {
		if err := os.WriteFile(path+suffix, raw, info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, edited.Bytes(), info.Mode().Perm()); err != nil {
		return err
	}
	return runErr
}
