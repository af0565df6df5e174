//go:build linux

package userland

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/interp"

	"helenus/container/process"
)

// Variables of rewritten scripts.
const (
	lastJob    = "__helenus_last_job" // stands for $!
	inSubshell = "__helenus_subshell" // set in a subshell of a script with traps
)

// jobs are the processes that a script started in the background.
type jobs struct {
	mu    sync.Mutex
	all   map[int]*job // by pid; guarded by mu
	order []int        // guarded by mu
}

// job is one; done is closed when it has ended, with err.
type job struct {
	done chan struct{}
	err  error
}

// background starts a command and makes its pid $!.
func (s *shell) background(ctx context.Context, hc interp.HandlerContext, c *Call, argv []string) error {
	cmd, err := c.command(ctx, argv)
	if err == nil {
		err = process.Start(cmd)
	}
	if err != nil {
		return shellError(c.cannotRun(err))
	}
	j := &job{done: make(chan struct{})}
	go func() {
		j.err = ending(process.Wait(cmd))
		close(j.done)
	}()
	pid := cmd.Process.Pid
	s.jobs.mu.Lock()
	if s.jobs.all == nil {
		s.jobs.all = map[int]*job{}
	}
	s.jobs.all[pid] = j
	s.jobs.order = append(s.jobs.order, pid)
	s.jobs.mu.Unlock()
	return hc.Builtin(ctx, []string{"eval", lastJob + "=" + strconv.Itoa(pid)})
}

// wait waits for jobs: those with the pids, or all. A trapped signal ends it, after the trap has run.
func (s *shell) wait(ctx context.Context, hc interp.HandlerContext, c *Call, pids []string) error {
	all := len(pids) == 0
	s.jobs.mu.Lock()
	for _, pid := range s.jobs.order {
		if all {
			pids = append(pids, strconv.Itoa(pid))
		}
	}
	s.jobs.mu.Unlock()
	if all { // what runs inside this process
		if err := hc.Builtin(ctx, []string{"wait"}); err != nil {
			return err
		}
	}
	var last error
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		s.jobs.mu.Lock()
		j := s.jobs.all[pid]
		s.jobs.mu.Unlock()
		if err != nil || j == nil {
			c.complain(errors.New("wait: pid " + text + " is not a child of this shell"))
			last = status(statusNotFound)
			continue
		}
		select {
		case <-j.done:
			last = j.err
		case sig := <-s.traps.came:
			if err := s.runTrap(ctx, hc, sig); err != nil {
				return err
			}
			return exitStatus(128 + int(sig))
		}
	}
	if all {
		return nil
	}
	return shellError(last)
}

// traps are what a script does on signals.
type traps struct {
	mu     sync.Mutex
	bodies map[syscall.Signal]string // guarded by mu
	came   chan syscall.Signal       // trapped ones that wait to be run
}

// trapsPending bounds the signals that wait; more of them say nothing new.
const trapsPending = 16

// trapping is the shell that is the process and has set traps.
var trapping atomic.Pointer[shell]

// take keeps a signal for the script where it has a trap for it.
func (s *shell) take(sig syscall.Signal) bool {
	s.traps.mu.Lock()
	_, trapped := s.traps.bodies[sig]
	s.traps.mu.Unlock()
	if !trapped {
		return false
	}
	select {
	case s.traps.came <- sig:
	default:
	}
	return true
}

// signalOf reads a signal's name as trap takes it; EXIT and ERR are none.
func signalOf(text string) (syscall.Signal, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return syscall.Signal(n), n > 0 && n < 65
	}
	s := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(text), "SIG"))
	return s, s != 0
}

// trap sets what is done on signals; EXIT and ERR are the interpreter's.
func (s *shell) trap(ctx context.Context, hc interp.HandlerContext, args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	body, names := "-", args
	if len(args) > 1 {
		body, names = args[0], args[1:]
	}
	var rest []string
	for _, name := range names {
		sig, ok := signalOf(name)
		if !ok {
			rest = append(rest, strings.TrimPrefix(name, "SIG"))
			continue
		}
		s.traps.mu.Lock()
		if body == "-" {
			delete(s.traps.bodies, sig)
		} else {
			s.traps.bodies[sig] = body
		}
		s.traps.mu.Unlock()
		if s.whole {
			trapping.Store(s)
		}
	}
	if len(rest) == 0 && len(args) > 0 {
		return nil
	}
	for i, name := range rest {
		if name == "0" {
			rest[i] = "EXIT"
		}
	}
	return hc.Builtin(ctx, append([]string{"trap", "--", body}, rest...))
}

// runTraps runs what signals have come for since the last command; an exit in it ends the shell.
func (s *shell) runTraps(ctx context.Context, hc interp.HandlerContext) error {
	if hc.Env.Get(inSubshell).IsSet() {
		return nil
	}
	for {
		select {
		case sig := <-s.traps.came:
			if err := s.runTrap(ctx, hc, sig); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (s *shell) runTrap(ctx context.Context, hc interp.HandlerContext, sig syscall.Signal) error {
	s.traps.mu.Lock()
	body := s.traps.bodies[sig]
	s.traps.mu.Unlock()
	return hc.Builtin(ctx, []string{"eval", body + "\n:"})
}
