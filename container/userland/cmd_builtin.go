//go:build linux

package userland

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// runBuiltin runs one of the shell's builtins as a command: docker run IMAGE echo Hello.
func runBuiltin(ctx context.Context, c *Call) error {
	program, err := syntax.NewParser().Parse(strings.NewReader(`builtin "$@"`), c.Name)
	if err != nil {
		return err
	}
	r, err := interp.New(interp.StdIO(c.In, c.Out, c.Err), interp.Dir(c.Dir), interp.Params(append([]string{"--", c.Name}, c.Args...)...))
	if err != nil {
		return err
	}
	err = r.Run(ctx, program)
	var code interp.ExitStatus
	if errors.As(err, &code) {
		return status(code)
	}
	return err
}

// limits are what ulimit's letters stand for, with their unit in bytes.
var limits = map[byte]struct {
	resource int
	unit     uint64
}{
	'c': {syscall.RLIMIT_CORE, 512}, 'd': {syscall.RLIMIT_DATA, 1024}, 'f': {syscall.RLIMIT_FSIZE, 512}, 'n': {syscall.RLIMIT_NOFILE, 1},
	's': {syscall.RLIMIT_STACK, 1024}, 't': {syscall.RLIMIT_CPU, 1}, 'v': {syscall.RLIMIT_AS, 1024}, 'l': {rlimitMemlock, 1024}, 'u': {rlimitProcesses, 1},
}

// Resources that package syscall has no names for.
const (
	rlimitProcesses = 6
	rlimitMemlock   = 8
)

// runLimit shows or sets a limit of the shell's process and its children.
func runLimit(_ context.Context, c *Call) error {
	o, operands, err := c.parse("SHcdfnstvlu", nil)
	if err != nil {
		return err
	}
	letter := byte('f')
	for l := range limits {
		if o.has(l) {
			letter = l
		}
	}
	limit := limits[letter]
	var r syscall.Rlimit
	if err := syscall.Getrlimit(limit.resource, &r); err != nil {
		return err
	}
	if len(operands) == 0 {
		value := r.Cur
		if o.has('H') {
			value = r.Max
		}
		if value == ^uint64(0) {
			c.printf("unlimited\n")
		} else {
			c.printf("%d\n", value/limit.unit)
		}
		return nil
	}
	value := ^uint64(0)
	if operands[0] != "unlimited" {
		if value, err = strconv.ParseUint(operands[0], 10, 64); err != nil {
			return usageError(fmt.Sprintf("%s is no number; allowed: a number or unlimited", operands[0]))
		}
		value *= limit.unit
	}
	if !o.has('H') || o.has('S') {
		r.Cur = value
	}
	if o.has('H') || !o.has('S') {
		r.Max = value
	}
	return syscall.Setrlimit(limit.resource, &r)
}

// runMask shows or sets the mode bits that new files lack.
func runMask(_ context.Context, c *Call) error {
	if len(c.Args) == 0 {
		old := syscall.Umask(0)
		syscall.Umask(old)
		c.printf("%04o\n", old)
		return nil
	}
	mask, err := strconv.ParseUint(c.Args[0], 8, 12)
	if err != nil {
		return usageError(c.Args[0] + " is no mask; allowed: octal digits")
	}
	syscall.Umask(int(mask))
	return nil
}
