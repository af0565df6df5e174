package main

import (
	"os"
	"os/exec"
	"syscall"
)

// detach keeps Ctrl-C in the prompt from the node's process.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// alive says whether a process is there: nil when it is. FindProcess has looked already.
func alive(p *os.Process) error { return p.Release() }
