//go:build !windows

package shell

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helenus/test/server"
)

// TestDevRing: helenus dev -n 3 runs three nodes; one is killed, started again, paused and cut off by name while the others go on; Ctrl-C ends
// them all.
func TestDevRing(t *testing.T) {
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	dir, first := t.TempDir(), server.FreeHost()
	server.FreeHost() // the two after it
	server.FreeHost()
	cmd := exec.Command(binary, "dev", "-n", "3", "--wait", "--data", dir, "--listen", first)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Signal(os.Interrupt) })
	dev := func(status int, says string, args ...string) {
		t.Helper()
		if r := run(t, "", binary, append(append([]string{"dev"}, args...), "--data", dir)...); r.status != status || !strings.Contains(r.err, says) {
			t.Errorf("dev %v: status %d, %s", args, r.status, r.err)
		}
	}
	members := func(up, down int) {
		t.Helper()
		deadline := time.Now().Add(30 * time.Second)
		for {
			r := run(t, "", binary, "nodetool", "-h", first, "status")
			if strings.Count(r.out, "\nUN ") == up && strings.Count(r.out, "\nDN ") == down {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("want %d up and %d down: %s%s", up, down, r.out, r.err)
			}
			<-time.After(50 * time.Millisecond)
		}
	}
	for started := false; !started; {
		select {
		case err := <-ended:
			t.Fatalf("%v: %s", err, out.String())
		case <-time.After(50 * time.Millisecond):
			_, err := os.Stat(filepath.Join(dir, "ring", "ring.json"))
			started = err == nil
		}
	}
	members(3, 0)
	dev(0, "", "kill", "node2")
	members(2, 1)
	dev(1, "node2 does not run", "pause", "node2")
	dev(0, "", "start", "node2")
	members(3, 0)
	dev(0, "", "pause", "node3")
	members(2, 1)
	dev(0, "", "resume", "node3")
	members(3, 0)
	dev(0, "", "partition", "node3")
	members(2, 1)
	dev(0, "", "stop", "node1") // the cut outlives a restart, of either side
	dev(0, "", "kill", "node3")
	for _, n := range []string{"node1", "node3"} {
		startWhenEnded(t, binary, dir, n)
	}
	members(2, 1)
	dev(0, "", "heal", "node3")
	members(3, 0)
	dev(2, "allowed: node1, node2, node3", "stop", "node4")
	if r := run(t, "", binary, "dev", "-n", "2", "--data", dir, "--listen", first); r.status != 1 || !strings.Contains(r.err, "runs already") {
		t.Errorf("a second one: status %d, %s", r.status, r.err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Ctrl-C: %v: %s", err, out.String())
	}
	dev(1, "no helenus dev -n N runs", "kill", "node1")
	// the same data at other addresses: the nodes find each other
	moved := server.FreeHost()
	server.FreeHost()
	server.FreeHost()
	if r := run(t, "", binary, "dev", "-n", "3", "--data", dir, "--listen", moved); r.status != 0 || !strings.Contains(r.out, "test entry.") {
		t.Errorf("again: status %d, %s%s", r.status, r.out, r.err)
	}
}

// startWhenEnded starts a node of helenus dev -n 3 as soon as its process is gone.
func startWhenEnded(t *testing.T, binary, dir, name string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		r := run(t, "", binary, "dev", "start", name, "--data", dir)
		if r.status == 0 {
			return
		}
		if time.Now().After(deadline) || !strings.Contains(r.err, "runs") {
			t.Fatalf("start %s: %s", name, r.err)
		}
		<-time.After(50 * time.Millisecond)
	}
}
