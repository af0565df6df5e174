//go:build linux

package process

import (
	"os/exec"
	"sync"
)

var (
	// startMu keeps a reaper from looking between a child's start and its entry in children.
	startMu sync.Mutex
	// children are the pids that somebody waits for; guarded by startMu.
	children = map[int]bool{}
	// ended tells of entries that leave children.
	ended = sync.NewCond(&startMu)
)

// Start starts a command whose end Wait will collect, so that Reap leaves it alone.
func Start(cmd *exec.Cmd) error {
	startMu.Lock()
	defer startMu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	children[cmd.Process.Pid] = true
	return nil
}

// Wait is cmd.Wait for a command of Start.
func Wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	startMu.Lock()
	defer startMu.Unlock()
	delete(children, cmd.Process.Pid)
	ended.Broadcast()
	return err
}

// Drain returns when no child of Start is left uncollected.
func Drain() {
	startMu.Lock()
	defer startMu.Unlock()
	for len(children) > 0 {
		ended.Wait()
	}
}
