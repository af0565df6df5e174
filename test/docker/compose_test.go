//go:build linux

package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// compose runs docker compose, or the docker-compose that Debian has, in a directory, on the file there unless the arguments name another.
func compose(t *testing.T, dir string, args ...string) string {
	t.Helper()
	program := []string{"docker-compose"}
	if exec.Command("docker", "compose", "version").Run() == nil {
		program = []string{"docker", "compose"}
	} else if _, err := exec.LookPath(program[0]); err != nil {
		t.Fatal("docker compose is missing; go run ./test -only docker installs it")
	}
	return command(t, dir, nil, program[0], append(program[1:], args...)...)
}

// composed writes a compose file to a directory whose name is the project's, and removes at the end what it makes.
func composed(t *testing.T, project, text string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), project)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docker-compose.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { compose(t, dir, "down", "-v", "-t", "10") })
	return dir
}

// Comments of a compose file in testdata say how many nodes a service's first container is to see, how it is scaled, and what keyspace comes of it.
var (
	nodesComment    = regexp.MustCompile(`(?m)^# nodes: (\d+) in (\w+)$`)
	scaleComment    = regexp.MustCompile(`(?m)^# scale: (.+)$`)
	keyspaceComment = regexp.MustCompile(`(?m)^# keyspace: (\w+)$`)
)

// TestCompose runs the forms of compose files that people have. Each makes one cluster.
func TestCompose(t *testing.T) {
	files, err := filepath.Glob("testdata/compose/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no compose files", err)
	}
	for _, file := range files {
		form := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(form, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := nodesComment.FindStringSubmatch(string(raw))
			if want == nil {
				t.Fatalf("%s does not say how many nodes it makes", file)
			}
			dir := composed(t, "form"+strings.ReplaceAll(form, "-", ""), string(raw))
			args := []string{"up", "-d"}
			if scale := scaleComment.FindStringSubmatch(string(raw)); scale != nil {
				args = append(args, "--scale", scale[1])
			}
			began := time.Now()
			compose(t, dir, args...)
			container := strings.Fields(compose(t, dir, "ps", "-q", want[2]))[0]
			ready(t, container)
			see(t, container, number(t, want[1]))
			if keyspace := keyspaceComment.FindStringSubmatch(string(raw)); keyspace != nil {
				await(t, func() (bool, string) {
					r := try(t, "", "exec", container, "cqlsh", "-e", "DESCRIBE KEYSPACE "+keyspace[1])
					return r.status == 0, r.err
				})
			}
			t.Logf("%s nodes after %.1f s", want[1], time.Since(began).Seconds())
		})
	}
}

// see waits until a container's node sees that many nodes up, and no others.
func see(t *testing.T, container string, want int) {
	t.Helper()
	await(t, func() (bool, string) {
		status := docker(t, "exec", container, "nodetool", "status")
		return strings.Count(status, "\nUN  ") == want && strings.Count(status, "rack1") == want, status
	})
}

// await asks until the answer is yes; what is said otherwise explains why it never was.
func await(t *testing.T, ask func() (bool, string)) {
	t.Helper()
	for deadline := time.Now().Add(readyWithin); ; {
		yes, why := ask()
		if yes {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not after %s:\n%s", readyWithin, why)
		}
	}
}

// TestPrintedCompose starts the file that helenus up prints. What it makes is the cluster that helenus up would have made: there is nothing left for up to do,
// and the other commands know it.
func TestPrintedCompose(t *testing.T) {
	const name = "printed"
	for _, flags := range [][]string{{"-n", "3", "--memory", "128M"}, {"-n", "2", "--engine", "cassandra"}} {
		flags = append(flags, "--name", name, "--image", imageName, "--port", freePort(t))
		dir := composed(t, name, helenus(t, append([]string{"up", "--print", "compose"}, flags...)...))
		compose(t, dir, "up", "-d")
		before := docker(t, "ps", "--no-trunc", "-q", "--filter", "label=helenus.cluster="+name)
		if out := helenus(t, append([]string{"up"}, flags...)...); strings.Contains(out, "created") || strings.Contains(out, "removed") {
			t.Errorf("up had something to do:\n%s", out)
		}
		if after := docker(t, "ps", "--no-trunc", "-q", "--filter", "label=helenus.cluster="+name); after != before {
			t.Errorf("other containers:\n%s\n%s", before, after)
		}
		see(t, "printed-1", number(t, flags[1]))
		if out := helenus(t, "ps", "--name", name); strings.Count(out, "running") != number(t, flags[1]) {
			t.Error(out)
		}
		compose(t, dir, "down", "-v")
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
