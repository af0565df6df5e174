package chaos

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"helenus/test/server"
)

// cassandra is the program under the name cassandra, with an environment of its own.
func cassandra(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "cassandra")
	if err := os.Symlink(binary, name); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	return c
}

// container says that the rules of Cassandra's image hold.
const container = "HELENUS_CONTAINER=1"

// TestExitStatuses: each kind of mistake has Cassandra's status, and the last line says what it was.
func TestExitStatuses(t *testing.T) {
	taken, err := net.Listen("tcp", net.JoinHostPort(server.FreeHost(), "9042"))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	host, _, _ := net.SplitHostPort(taken.Addr().String())
	broken := filepath.Join(t.TempDir(), "cassandra.yaml")
	if err := os.WriteFile(broken, []byte("cluster_name: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		env    []string
		args   []string
		status int
		says   string
	}{
		{"version", nil, []string{"-v"}, 0, "5.0"},
		{"wrong value", nil, []string{"-f", "-R", "--commitlog-sync", "fast"}, 100, `--commitlog-sync is "fast"; allowed: batch`},
		{"wrong option", nil, []string{"-Z"}, 100, "-Z"},
		{"authentication", []string{container, "CASSANDRA_AUTHENTICATOR=KerberosAuthenticator"}, []string{"-f"}, 100, "CASSANDRA_AUTHENTICATOR"},
		{"missing file", []string{container, "CASSANDRA_CONF=/nowhere"}, []string{"-f"}, 3, "/nowhere/cassandra.yaml is missing"},
		{"broken file", nil, []string{"-Dcassandra.config=file://" + broken}, 3, broken},
		{"port in use", nil, []string{"--data", t.TempDir(), "--listen", host}, 1, taken.Addr().String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := cassandra(t, c.env, c.args...)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			if got := cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("status %d (%v), want %d\n%s", got, err, c.status, out.String())
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if last := lines[len(lines)-1]; !strings.Contains(last, c.says) {
				t.Errorf("the last line does not say %s: %s", c.says, last)
			}
		})
	}
}

// inOrder are what scripts wait for; each follows the one before it.
var inOrder = []string{
	`(?m)^INFO  \[main\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \w+\.go:\d+ - Cassandra version: 5\.0\.\d+$`,
	`(?m) - Node /127\.[0-9.]+:7000 state jump to NORMAL$`,
	`(?m) - Starting listening for CQL clients on /127\.[0-9.]+:9042 \(unencrypted\)\.\.\.$`,
	`(?m) - Startup complete$`,
	`(?m) - Created default superuser role 'cassandra'$`,
	`(?m) - DRAINING: starting drain process$`,
	`(?m) - Stop listening for CQL clients$`,
	`(?m) - Announcing shutdown$`,
	`(?m) - DRAINED$`,
}

// TestEnds: a container's node that is stopped ends as the JVM would, so that it is started again; a native one ends with 0.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    []string
		signal syscall.Signal
		status int
	}{
		{"SIGTERM in a container", []string{container}, syscall.SIGTERM, 143}, {"SIGINT in a container", []string{container}, syscall.SIGINT, 130}, {"SIGTERM", nil, syscall.SIGTERM, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := server.FreeHost()
			n := server.Start(t, server.Options{Host: host, Env: c.env, Args: []string{"--node-address", host, "--broadcast-address", host, "--broadcast-rpc-address", host, "--seeds", host}})
			if err := n.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if got := statusOf(n.Wait(10 * time.Second)); got != c.status {
				t.Errorf("status %d, want %d\n%s", got, c.status, n.Log())
			}
			log := n.Log()
			for _, want := range inOrder {
				at := regexp.MustCompile(want).FindStringIndex(log)
				if at == nil {
					t.Fatalf("%s is not there, or not in order:\n%s", want, n.Log())
				}
				log = log[at[1]:]
			}
		})
	}
}

func statusOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// TestLeaves: a container's node that was decommissioned ends with 0 by itself, and with 0 again when it is started again.
func TestLeaves(t *testing.T) {
	first := server.Start(t, server.Options{})
	host := server.FreeHost()
	second := server.Start(t, server.Options{Host: host, Env: []string{container}, Args: []string{"--node-address", host, "--broadcast-address", host, "--broadcast-rpc-address", host, "--seeds", first.Host}})
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(binary, "nodetool", "-h", second.Host, "decommission").CombinedOutput(); err != nil {
		t.Fatalf("decommission: %v %s", err, out)
	}
	if err := second.Wait(10 * time.Second); err != nil {
		t.Errorf("%v\n%s", err, second.Log())
	}
	_, err = server.TryStart(t, server.Options{Host: host, DataDir: second.DataDir(), Env: []string{container}, Args: []string{"--node-address", host, "--broadcast-address", host, "--broadcast-rpc-address", host, "--seeds", first.Host}})
	if err == nil || !strings.Contains(err.Error(), "ended before it was ready: <nil>") || !strings.Contains(err.Error(), "empty its data directory") {
		t.Errorf("after it was started again: %v", err)
	}
}

// health asks whether a node is healthy.
func health(t *testing.T, args ...string) error {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(binary, append([]string{"health"}, args...)...).Run()
}

// TestHealth: a node that looks for its peers is alive, so that they can find it by a name, and not ready; one that serves clients is both.
func TestHealth(t *testing.T) {
	host, other := server.FreeHost(), server.FreeHost()
	port := strconv.Itoa(20000 + os.Getpid()%10000)
	args := []string{"--listen", "0.0.0.0", "--node-address", host, "--port", port, "--nodetool-port", strconv.Itoa(10000 + os.Getpid()%10000)}
	if err := health(t, append(args, "--mode", "alive")...); err == nil {
		t.Error("nobody is alive")
	}
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	seeds := []string{"--seeds", host + "," + other, "--initial-nodes", "2"}
	waiting := exec.Command(binary, append(append([]string{"start", "--data", t.TempDir()}, args...), seeds...)...)
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = waiting.Process.Kill()
		_ = waiting.Wait()
	}()
	until(t, "alive", func() bool { return health(t, append(args, "--mode", "alive")...) == nil })
	if err := health(t, append(args, seeds...)...); err != nil {
		t.Errorf("with initial nodes, alive is not enough: %v", err)
	}
	if health(t, args...) == nil {
		t.Error("a node that waits for its peers is ready")
	}
	server.Start(t, server.Options{Host: other, Args: seeds})
	until(t, "ready", func() bool { return health(t, args...) == nil })
	out, err := exec.Command(binary, "cqlsh", "127.0.0.1", port, "-e", "SELECT rpc_address, listen_address, broadcast_address FROM system.local").CombinedOutput()
	if err != nil || strings.Count(string(out), host) != 3 {
		t.Errorf("a node that listens everywhere tells clients, instead of %s: %s %v", host, out, err)
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("not %s after 20 seconds", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}
