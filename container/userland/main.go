//go:build linux

package userland

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"helenus/container/process"
)

// Has says whether a name is a command's.
func Has(name string) bool { _, ok := commands[name]; return ok }

// Main runs the command that args[0] names, with the process's own streams and environment, and returns the exit status. A signal ends it
// after its children, which get the signal too; the first process of a container would else never see one.
func Main(args []string) int {
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go process.Reap(ctx)
	c := &Call{Name: filepath.Base(args[0]), In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ(), Dir: dir}
	if !prompts(c.Name, args[1:]) { // a prompt outlives Ctrl-C
		go endBySignal(cancel)
	}
	code := c.here(ctx, append([]string{c.Name}, args[1:]...))
	var signal signalled
	if errors.As(context.Cause(ctx), &signal) {
		return 128 + int(signal) // whatever a shell made of its children's end
	}
	return code
}

// endBySignal ends the process by the first signal that the script has no trap for.
func endBySignal(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
	for received := range signals {
		s, ok := received.(syscall.Signal)
		if sh := trapping.Load(); !ok || sh != nil && sh.take(s) {
			continue
		}
		cancel(signalled(s))
		process.Drain()
		os.Exit(128 + int(s))
	}
}
