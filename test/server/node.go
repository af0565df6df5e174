package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Options say how a node is started. The zero value is a node with an empty data directory on a free loopback address.
type Options struct {
	DataDir string   // default: a directory of the test's
	Host    string   // default: a free address in 127.0.0.0/8
	Args    []string // further flags of helenus start
	Env     []string // KEY=value, added to the test's own
	// Prefix is a command that runs the node's, such as one that enters a control group first.
	Prefix []string
	// ReadyWithin bounds the wait for the line that says the node is up; default one minute.
	ReadyWithin time.Duration
}

// Node is a running helenus process.
type Node struct {
	Host string
	Addr string // host:port of CQL
	Pid  int
	// Ready is the time from process start to the line that says so.
	Ready time.Duration

	options Options
	cmd     *exec.Cmd
	log     *logTail
	done    chan struct{}
	err     error // after done
}

// readyLine is what Cassandra's image and its users wait for.
const readyLine = "Startup complete"

// nextHost hands out addresses so that nodes of one test process never meet; the pid keeps test processes apart.
var nextHost atomic.Uint32

// FreeHost returns an address in 127.0.0.0/8 whose CQL port is free.
func FreeHost() string {
	for {
		n := nextHost.Add(1)
		host := fmt.Sprintf("127.%d.%d.%d", 1+os.Getpid()%200, 1+(os.Getpid()/200)%200, 1+n%250)
		l, err := net.Listen("tcp", net.JoinHostPort(host, "9042"))
		if err == nil {
			l.Close()
			return host
		}
	}
}

// Start runs a node, waits until it is ready, and ends it with the test.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	n, err := TryStart(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TryStart is Start for nodes that may refuse to start; the error holds the process's output.
func TryStart(t testing.TB, o Options) (*Node, error) {
	t.Helper()
	binary, err := Binary()
	if err != nil {
		return nil, err
	}
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	if o.Host == "" {
		o.Host = FreeHost()
	}
	if o.ReadyWithin == 0 {
		o.ReadyWithin = time.Minute
	}
	n := &Node{Host: o.Host, Addr: net.JoinHostPort(o.Host, "9042"), options: o, log: &logTail{}, done: make(chan struct{})}
	args := append([]string{"start", "--data", o.DataDir, "--listen", o.Host, "--port", "9042"}, o.Args...)
	command := append(append([]string(nil), o.Prefix...), append([]string{binary}, args...)...)
	n.cmd = exec.Command(command[0], command[1:]...)
	n.cmd.Env = append(os.Environ(), o.Env...)
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	n.cmd.Stdout, n.cmd.Stderr = in, in
	began := time.Now()
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	in.Close()
	n.Pid = n.cmd.Process.Pid
	ready := make(chan struct{})
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		n.log.follow(out, readyLine, ready)
	}()
	go func() {
		n.err = n.cmd.Wait()
		<-followed // whoever is told of the end finds all that was said
		close(n.done)
	}()
	t.Cleanup(n.Kill)
	select {
	case <-ready:
		n.Ready = time.Since(began)
		return n, nil
	case <-n.done:
		return nil, fmt.Errorf("helenus start ended before it was ready: %v\n%s", n.err, n.log.String())
	case <-time.After(o.ReadyWithin):
		n.Kill()
		return nil, fmt.Errorf("helenus start was not ready in %s\n%s", o.ReadyWithin, n.log.String())
	}
}

// Again starts a node on the same data and address after this one has ended.
func (n *Node) Again(t testing.TB) *Node {
	t.Helper()
	return Start(t, n.options)
}

// Kill ends the process as kill -9 does and waits for it.
func (n *Node) Kill() {
	if err := n.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("kill %d: %v", n.Pid, err))
	}
	<-n.done
}

// Stop sends SIGTERM and returns how the process ended; nil is exit status 0.
func (n *Node) Stop(within time.Duration) error {
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-n.done:
		return n.err
	case <-time.After(within):
		n.Kill()
		return fmt.Errorf("still running %s after SIGTERM\n%s", within, n.log.String())
	}
}

// Signal sends a signal to the process.
func (n *Node) Signal(s os.Signal) error { return n.cmd.Process.Signal(s) }

// Wait returns when the process has ended, with its error.
func (n *Node) Wait(within time.Duration) error {
	select {
	case <-n.done:
		return n.err
	case <-time.After(within):
		return fmt.Errorf("still running after %s", within)
	}
}

// Running says whether the process is there.
func (n *Node) Running() bool {
	select {
	case <-n.done:
		return false
	default:
		return true
	}
}

// DataDir returns the node's data directory.
func (n *Node) DataDir() string { return n.options.DataDir }

// Log returns what the node printed, the last mebibyte of it.
func (n *Node) Log() string { return n.log.String() }

const logBytesMax = 1 << 20

// logTail keeps the end of a process's output.
type logTail struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *logTail) follow(out io.ReadCloser, until string, seen chan<- struct{}) {
	defer out.Close()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		l.mu.Lock()
		l.text.WriteString(line)
		if over := l.text.Len() - logBytesMax; over > 0 {
			l.text.Next(over)
		}
		l.mu.Unlock()
		if seen != nil && strings.Contains(line, until) {
			close(seen)
			seen = nil
		}
		if err != nil {
			return
		}
	}
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
