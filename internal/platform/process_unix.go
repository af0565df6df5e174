//go:build !windows

package platform

import (
	"os"
	"syscall"
)

// Terminate asks a process to end in order.
func Terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// Pause stops a process where it is, Resume lets it go on.
func Pause(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// Resume: see Pause.
func Resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
