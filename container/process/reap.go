//go:build linux

package process

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
)

// Reap collects ended orphans until ctx is done, when this process is the first of its PID namespace; else it returns at once. Children
// of Start are left to who waits for them; others must not be started beside it.
func Reap(ctx context.Context) {
	if os.Getpid() != 1 {
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	defer signal.Stop(signals)
	for {
		reapZombies()
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
	}
}

func reapZombies() {
	startMu.Lock()
	defer startMu.Unlock()
	for _, pid := range zombies(os.Getpid()) {
		if !children[pid] {
			var status syscall.WaitStatus
			if _, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil); err != nil {
				continue // collected already
			}
		}
	}
}

// zombies returns the ended children of a process that nobody has collected.
func zombies(parent int) []int {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	var found []int
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // gone meanwhile
		}
		// pid (name) state parent …; the name may hold blanks and parentheses
		end := bytes.LastIndexByte(raw, ')')
		fields := bytes.Fields(raw[end+1:])
		if len(fields) < 2 || string(fields[0]) != "Z" || string(fields[1]) != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}
