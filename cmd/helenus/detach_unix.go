//go:build !windows

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// detach keeps Ctrl-C in the prompt from the node's process.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// alive says whether a process is there: nil when it is.
func alive(p *os.Process) error { return p.Signal(syscall.Signal(0)) }
