package node

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/lease"
)

// localLocks are files on a share that another host has mounted, too, and whose locks neither sees of the other.
type localLocks struct{ vfs.FS }

func (localLocks) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// leased are options of a node on such a share.
func leased(t *testing.T, dir, host string) Options {
	o := clusterOptions(t)
	o.DataDir, o.FS = dir, localLocks{vfs.Default}
	o.Lease = &lease.Options{Host: host, Boot: host, Device: 1, Every: 50 * time.Millisecond, Valid: 20 * time.Second, Silent: 30 * time.Second}
	return o
}

// TestTwoNodesOnOneDirectory guards that a second node is refused the data of a node that lives, that it gets them once that one has ended, and that a node ends when another has them.
func TestTwoNodesOnOneDirectory(t *testing.T) {
	dir := t.TempDir()
	a, b := leased(t, dir, "one"), leased(t, dir, "two")
	first := startNode(t, a)
	query(t, first.Node, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	var held *lease.HeldError
	for deadline := time.Now().Add(time.Minute); held == nil || !strings.Contains(held.Holder, first.HostID().String()); { // it says who it is at its next renewal
		n, err := Start(t.Context(), b)
		if n != nil || !errors.As(err, &held) || time.Now().After(deadline) {
			t.Fatalf("the second node: %v, %v", n, err)
		}
	}
	if !strings.Contains(held.Error(), "on host one (node "+first.HostID().String()+" at "+a.Native) {
		t.Error(held)
	}
	query(t, first.Node, "CREATE TABLE k.t (p int PRIMARY KEY)")
	host := first.HostID()
	first.stop(t)

	// The second node is a process of its own, since a loss ends its process.
	said, second := secondNode(t, dir)
	if line := said(); line != "serves "+host.String() {
		t.Fatal(line)
	}

	// A third host comes, as one that has not seen the second for long.
	raw, err := os.ReadFile(filepath.Join(dir, lease.FilePrefix+"2"))
	if err != nil {
		t.Fatal(err)
	}
	next := strings.Replace(strings.Replace(string(raw), `"number":2`, `"number":3`, 1), `"host":"two"`, `"host":"six"`, 1)
	for _, name := range []string{lease.FilePrefix + "3", lease.FileName} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(next), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if line := said(); !strings.HasPrefix(line, "ends: ") || !strings.Contains(line, "the lease of data directory "+dir+" is lost") || !strings.Contains(line, "on host six (node "+host.String()) {
		t.Error(line)
	}
	var exit *exec.ExitError
	if err := second.Wait(); !errors.As(err, &exit) || exit.ExitCode() != lostStatus {
		t.Errorf("the second node: %v", err)
	}
}

const (
	secondDir  = "HELENUS_TEST_SECOND_NODE" // where the process that it names is the second node, and nothing else
	lostStatus = 9
)

// secondNode starts the test again as the node of another host; said returns its lines.
func secondNode(t *testing.T, dir string) (said func() string, process *exec.Cmd) {
	t.Helper()
	process = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecondNode$")
	process.Env = append(os.Environ(), secondDir+"="+dir)
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	return func() string {
		lines.Scan()
		return lines.Text()
	}, process
}

// TestSecondNode is the process of TestTwoNodesOnOneDirectory: it serves, writing all the time, until it has lost its lease. What was given back is not waited for.
func TestSecondNode(t *testing.T) {
	dir := os.Getenv(secondDir)
	if dir == "" {
		return
	}
	o := leased(t, dir, "two")
	var once sync.Once
	o.OnFatal = func(err error) {
		once.Do(func() {
			fmt.Println("ends:", err)
			os.Exit(lostStatus)
		})
	}
	began := time.Now()
	n, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Fatalf("what was given back was waited for: %s", took)
	}
	fmt.Println("serves", n.HostID())
	for p := 0; ; p++ {
		query(t, n, fmt.Sprintf("INSERT INTO k.t (p) VALUES (%d)", p))
	}
}
