//go:build linux

package docker

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostDirectory makes a directory as a user's on the host, whatever user the server of a container is.
func hostDirectory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "helenus-data-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func owner(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

// TestHostDirectory guards that data on the host outlive the container, and that the directory is given to the server.
func TestHostDirectory(t *testing.T) {
	dir := hostDirectory(t)
	start(t, "host-directory", "-v", dir+":/var/lib/cassandra", imageName)
	ready(t, "host-directory")
	if uid := owner(t, dir); uid != 999 {
		t.Errorf("the directory belongs to uid %d", uid)
	}
	cql(t, "host-directory", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}; CREATE TABLE k.t (id int PRIMARY KEY, v text); INSERT INTO k.t (id, v) VALUES (1, 'kept')")
	docker(t, "rm", "-f", "host-directory") // as kill -9
	start(t, "host-directory", "-v", dir+":/var/lib/cassandra", imageName)
	ready(t, "host-directory")
	if out := cql(t, "host-directory", "SELECT v FROM k.t"); !strings.Contains(out, "kept") {
		t.Error(out)
	}
	// Tools that root runs leave nothing of root's behind.
	docker(t, "exec", "host-directory", "nodetool", "status")
	if out := docker(t, "exec", "host-directory", "find", "/var/lib/cassandra", "!", "-user", "cassandra"); out != "" {
		t.Errorf("not the server's: %s", out)
	}
}

// TestStop guards the exit status that orchestrators read, and that a stop is no kill.
func TestStop(t *testing.T) {
	start(t, "stopped", imageName)
	ready(t, "stopped")
	began := time.Now()
	docker(t, "stop", "stopped")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("docker stop took %s", took)
	}
	if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", "stopped"); code != "143" {
		t.Errorf("exit status %s, want 143", code)
	}
}

// TestUsers guards the ways in which a container's user and file system are restricted.
func TestUsers(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		uid  string
	}{
		{"any-user", []string{"--user", "1000:50"}, "1000"},
		{"no-group", []string{"--user", "12345:0"}, "12345"},
		{"read-only", []string{"--read-only", "--tmpfs", "/var/lib/cassandra", "--tmpfs", "/tmp"}, "999"},
		{"read-only-user", []string{"--read-only", "--user", "1000:50", "--tmpfs", "/var/lib/cassandra"}, "1000"},
		{"no-rights", []string{"--security-opt", "no-new-privileges"}, "999"},
		{"configuration-read-only", []string{"-v", "/dev/null:/etc/cassandra/jvm-server.options:ro"}, "999"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start(t, test.name, append(test.args, imageName)...)
			ready(t, test.name)
			if log := docker(t, "logs", test.name); strings.Contains(log, "to standard output only") != strings.HasPrefix(test.name, "read-only") || strings.Contains(log, "ERROR") {
				t.Errorf("the log's files, or something else:\n%s", log)
			}
			if uid := docker(t, "exec", test.name, "stat", "-c", "%u", "/proc/1"); uid != test.uid {
				t.Errorf("the server runs as uid %s, want %s", uid, test.uid)
			}
		})
	}
}

// TestRefusedDirectory guards that a directory which nobody can write is named with what to do.
func TestRefusedDirectory(t *testing.T) {
	r := try(t, "", "run", "--rm", "-v", hostDirectory(t)+":/var/lib/cassandra:ro", imageName)
	if r.status != 3 || !strings.Contains(r.err, "/var/lib/cassandra can't be written") || !strings.Contains(r.err, "--user") {
		t.Errorf("status %d\n%s", r.status, r.err)
	}
}

// TestOldPath guards the command line that compose files have had since the entrypoint was at /docker-entrypoint.sh: the shell makes way, so
// that the server gets the signals.
func TestOldPath(t *testing.T) {
	start(t, "old-path", imageName, "bash", "-c", `if [ -z "$(ls -A /var/lib/cassandra/)" ]; then sleep 0.1; fi && /docker-entrypoint.sh cassandra -f`)
	ready(t, "old-path")
	if out := docker(t, "exec", "old-path", "stat", "-c", "%u", "/proc/1"); out != "999" {
		t.Errorf("the first process is of uid %s", out)
	}
	docker(t, "stop", "old-path")
	if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", "old-path"); code != "143" {
		t.Errorf("exit status %s, want 143", code)
	}
}

// TestStartScripts guards scripts that start the server in the background and load something: it still gets the signal, and its exit status is the
// container's.
func TestStartScripts(t *testing.T) {
	for name, script := range map[string]string{
		"script-wait":   `docker-entrypoint.sh cassandra -f & until cqlsh -e "describe cluster" > /dev/null 2>&1; do sleep 0.1; done; echo loaded; wait $!`,
		"script-exec":   `(until cqlsh -e "describe cluster" > /dev/null 2>&1; do sleep 0.1; done; echo loaded) & exec docker-entrypoint.sh cassandra -f`,
		"script-signal": `docker-entrypoint.sh cassandra -f & p=$!; trap 'echo told; kill $p; wait $p; exit $?' TERM; until cqlsh -e "describe cluster" > /dev/null 2>&1; do sleep 0.1; done; echo loaded; wait $p`,
	} {
		t.Run(name, func(t *testing.T) {
			start(t, name, imageName, "bash", "-c", script)
			ready(t, name)
			deadline := time.Now().Add(readyWithin)
			for !strings.Contains(docker(t, "logs", name), "loaded") {
				if time.Now().After(deadline) {
					t.Fatal("the script does not go on")
				}
			}
			docker(t, "stop", name)
			if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", name); code != "143" {
				t.Errorf("exit status %s, want 143", code)
			}
			if log := docker(t, "logs", name); !strings.Contains(log, "DRAINED") || name == "script-signal" && !strings.Contains(log, "told") {
				t.Errorf("no orderly end:\n%s", log)
			}
		})
	}
}

// TestChecks runs the health checks of compose files.
func TestChecks(t *testing.T) {
	start(t, "checked", imageName)
	ready(t, "checked")
	for _, check := range []string{
		`cqlsh -e "describe keyspaces"`, `cqlsh -e "describe cluster"`, `cqlsh -u cassandra -p cassandra -e "SELECT now() FROM system.local"`, `nodetool status | grep -E '^UN'`,
		`nodetool status | awk '/^UN/ {n++} END {exit n != 1}'`, `nodetool statusbinary | grep running`, `nc -z localhost 9042`, `timeout 1 bash -c 'cat < /dev/null > /dev/tcp/localhost/9042'`,
		`[ "$(cqlsh -e 'SELECT bootstrapped FROM system.local' | grep -c COMPLETED)" = 1 ]`, `cat /proc/net/tcp* | awk '{print $2}' | grep -i :2352`, `cqlsh < /dev/null`,
		`tail -n 50 /var/log/cassandra/system.log | grep 'Startup complete'`, `grep -c DEBUG /opt/cassandra/logs/debug.log`, `[ $(nodetool statusgossip) = running ]`, `nodetool info | grep 'Native Transport active: true'`,
		`cqlsh --debug -e "describe cluster" | grep -q 'Connected to'`, `! cqlsh -e "describe keyspace"`,
		`getent hosts $(hostname) && test "$(hostname -i)" = "$(hostname -I | awk '{print $1}')"`,
	} {
		t.Run(check, func(t *testing.T) {
			if r := try(t, "", "exec", "checked", "bash", "-c", check); r.status != 0 {
				t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
			}
		})
	}
	// An option and its value may come as one argument.
	docker(t, "exec", "checked", "cqlsh", "-u cassandra", "-p cassandra", "-e describe keyspaces")
	// Orphans of what runs beside the server are collected: an ended one that is not stays in the list of processes.
	docker(t, "exec", "checked", "sh", "-c", "timeout 5 sleep 0.05 & exit 0")
	docker(t, "exec", "checked", "sh", "-c", "for i in $(seq 100); do pgrep -x sleep > /dev/null || exit 0; sleep 0.05; done; ps; exit 1")
}

// TestOtherContainer guards that tools work from a second container past the entrypoint.
func TestOtherContainer(t *testing.T) {
	start(t, "asked", imageName)
	ready(t, "asked")
	if out := docker(t, "run", "--rm", "--link", "asked:cassandra", "--entrypoint", "nodetool", imageName, "-h", "cassandra", "status"); !strings.Contains(out, "UN  ") {
		t.Error(out)
	}
	if out := docker(t, "run", "--rm", "--link", "asked:cassandra", "--entrypoint", "cqlsh", imageName, "-u", "cassandra", "-p", "cassandra", "-e", "describe keyspaces", "cassandra"); !strings.Contains(out, "system_schema") {
		t.Error(out)
	}
}

// TestCopiedConfiguration guards that a file copied out, edited and copied in again before the start is followed.
func TestCopiedConfiguration(t *testing.T) {
	docker(t, "create", "--name", "copied", imageName)
	t.Cleanup(func() { command(t, "", nil, "docker", "rm", "-fv", "copied") })
	file := filepath.Join(t.TempDir(), "cassandra.yaml")
	docker(t, "cp", "copied:/etc/cassandra/cassandra.yaml", file)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(raw), "cluster_name: 'Test Cluster'", "cluster_name: 'Copied Cluster'", 1)
	if err := os.WriteFile(file, []byte(edited), 0o755); err != nil {
		t.Fatal(err)
	}
	docker(t, "cp", file, "copied:/etc/cassandra/cassandra.yaml")
	docker(t, "start", "copied")
	ready(t, "copied")
	if out := cql(t, "copied", "SELECT cluster_name FROM system.local"); !strings.Contains(out, "Copied Cluster") {
		t.Error(out)
	}
}

// TestTwoNodes joins a second node by nothing but its link, as the article does, and reads through it.
func TestTwoNodes(t *testing.T) {
	start(t, "cassandra-nd1", imageName)
	ready(t, "cassandra-nd1")
	cql(t, "cassandra-nd1", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':2}; CREATE TABLE k.t (id int PRIMARY KEY, v text); INSERT INTO k.t (id, v) VALUES (1, 'through the second')")
	began := time.Now()
	start(t, "cassandra-nd2", "--link", "cassandra-nd1:cassandra", imageName)
	ready(t, "cassandra-nd2")
	t.Logf("second node answers %d ms after docker run", time.Since(began).Milliseconds())
	if out := cql(t, "cassandra-nd2", "SELECT v FROM k.t"); !strings.Contains(out, "through the second") {
		t.Error(out)
	}
	if out := docker(t, "exec", "cassandra-nd1", "nodetool", "status"); strings.Count(out, "\nUN  ") != 2 {
		t.Error(out)
	}
}

// TestInitialFiles guards what a container begins with: files by their names, once, before it is healthy; the image's own shell reads scripts that are
// not executable. A statement that fails ends the container with file and line.
func TestInitialFiles(t *testing.T) {
	dir := hostDirectory(t)
	write := func(name string, mode os.FileMode, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write("1-schema.cql", 0o644, "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}; CREATE TABLE k.t (id int PRIMARY KEY, v text);\n")
	write("2-read.sh", 0o644, "if [ -n \"$CQLSH_HOST\" ]; then export WORD='read and kept'; fi\n")
	write("3-run.sh", 0o755, "#!/bin/bash\nset -euo pipefail\ncqlsh -e \"INSERT INTO k.t (id, v) VALUES (1, '$WORD')\"\n")
	start(t, "initial", "--health-interval", "100ms", "-v", dir+":/docker-entrypoint-initdb.d:ro", imageName)
	healthy(t, "initial") // inside the container the node answers while the files run
	if out := cql(t, "initial", "SELECT v FROM k.t"); !strings.Contains(out, "read and kept") {
		t.Error(out)
	}
	write("4-more.cql", 0o644, "\nINSERT INTO k.nowhere (id) VALUES (1);\n")
	cql(t, "initial", "DROP TABLE k.t")
	docker(t, "restart", "initial") // it is not new any more
	ready(t, "initial")
	r := try(t, "", "run", "--rm", "-v", dir+":/docker-entrypoint-initdb.d:ro", imageName)
	lines := strings.Split(strings.TrimSpace(r.out+r.err), "\n")
	if last := lines[len(lines)-1]; r.status != 3 || !strings.Contains(r.err, "/docker-entrypoint-initdb.d/4-more.cql:2:") {
		t.Errorf("status %d, last line %q\n%s", r.status, last, r.err)
	}
}

// TestHealth guards the health check of the image.
func TestHealth(t *testing.T) {
	start(t, "healthy", "--health-interval", "100ms", imageName)
	healthy(t, "healthy")
	// What runs beside the server sees the server's settings.
	if out := docker(t, "exec", "healthy", "helenus", "config", "--explain"); !strings.Contains(out, "/var/lib/cassandra") {
		t.Errorf("other settings than the server's:\n%s", out)
	}
}
