//go:build linux

package userland

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"helenus/container/process"
)

// Statuses that a shell gives for what could not be run.
const (
	statusCannotRun = 126
	statusNotFound  = 127
)

// signalled is why a context ended: the process was told to.
type signalled syscall.Signal

func (s signalled) Error() string { return syscall.Signal(s).String() }

// killAfter is how long a child may take once it was signalled.
const killAfter = 30 * time.Second

// locate finds the file of a command, and whether it is one of this program's, which run needs no process for.
func (c *Call) locate(name string) (file string, own bool, err error) {
	file, err = process.Find(name, c.getenv("PATH"), c.Dir)
	if errors.Is(err, process.ErrNotFound) && Has(name) {
		return process.Self, true, nil
	}
	return file, err == nil && Has(filepath.Base(name)) && process.IsSelf(file), err
}

// command prepares a process for argv.
func (c *Call) command(ctx context.Context, argv []string) (*exec.Cmd, error) {
	file, _, err := c.locate(argv[0])
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, file)
	cmd.Args, cmd.Env, cmd.Dir = argv, c.Env, c.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.In, c.Out, c.Err
	cmd.WaitDelay = killAfter
	cmd.Cancel = func() error {
		var s signalled
		if errors.As(context.Cause(ctx), &s) {
			return cmd.Process.Signal(syscall.Signal(s))
		}
		return cmd.Process.Signal(syscall.SIGTERM)
	}
	return cmd, nil
}

// spawn runs argv as a process and returns its end as a status.
func (c *Call) spawn(ctx context.Context, argv []string) error {
	cmd, err := c.command(ctx, argv)
	if err == nil {
		err = process.Start(cmd)
	}
	if err != nil {
		return c.cannotRun(err)
	}
	return ending(process.Wait(cmd))
}

// cannotRun says why a command did not start.
func (c *Call) cannotRun(err error) error {
	c.complain(err)
	if errors.Is(err, process.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return status(statusNotFound)
	}
	return status(statusCannotRun)
}

// ending turns what a process's Wait says into a status.
func ending(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit):
		if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			return status(128 + int(w.Signal()))
		}
		return status(exit.ExitCode())
	}
	return err
}

// here runs one of this program's commands inside this process.
func (c *Call) here(ctx context.Context, argv []string) int {
	name := filepath.Base(argv[0])
	inner := *c
	inner.Name, inner.Args = name, argv[1:]
	command := commands[name]
	if len(inner.Args) == 1 && inner.Args[0] == "--help" && command.usage != "" {
		inner.printf("usage: %s\n", command.usage)
		return 0
	}
	err := command.run(ctx, &inner)
	var code status
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		inner.complain(err)
		if command.usage != "" {
			inner.complain(errors.New("usage: " + command.usage))
		}
		return 2
	case errors.Is(err, syscall.EPIPE):
		return 128 + int(syscall.SIGPIPE)
	case ctx.Err() != nil:
		return 128 + int(syscall.SIGTERM)
	}
	inner.complain(err)
	return 1
}

// replace turns this process into argv. It returns only when that fails.
func (c *Call) replace(argv []string) error {
	file, _, err := c.locate(argv[0])
	if err != nil {
		return c.cannotRun(err)
	}
	if err := os.Chdir(c.Dir); err != nil {
		return c.cannotRun(err)
	}
	return c.cannotRun(&os.PathError{Op: "run", Path: argv[0], Err: syscall.Exec(file, argv, c.Env)})
}
