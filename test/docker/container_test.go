//go:build linux

package docker

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// start runs a container in the background and removes it, with its volumes, at the end of the test.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	remove(t, name)
	docker(t, append([]string{"run", "-d", "--name", name}, args...)...)
}

// remove removes what is left of a container of that name, and one that will be, with its volumes, at the end of the test.
func remove(t *testing.T, name string) {
	t.Helper()
	gone := func() {
		// The test's own context is done by now.
		if out, err := exec.Command("docker", "rm", "-fv", name).CombinedOutput(); err != nil && !bytes.Contains(out, []byte("No such container")) {
			t.Errorf("docker rm %s: %v\n%s", name, err, out)
		}
	}
	gone()
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := exec.Command("docker", "logs", name).CombinedOutput() // for the reader only
			t.Logf("log of %s:\n%s", name, out)
		}
		gone()
	})
}

// background runs a docker command for a goroutine that can't fail the test itself.
func background(args ...string) error {
	if out, err := exec.Command("docker", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// readyWithin bounds how long a container may take to answer CQL.
const readyWithin = time.Minute

// ready waits until a container's node answers CQL.
func ready(t *testing.T, name string) {
	t.Helper()
	deadline := time.Now().Add(readyWithin)
	for {
		r := try(t, "", "exec", name, "cqlsh", "-e", "SELECT release_version FROM system.local")
		if r.status == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer after %s: %s", name, readyWithin, r.err)
		}
		if state := docker(t, "inspect", "-f", "{{.State.Running}}", name); state != "true" {
			t.Fatalf("%s has ended", name)
		}
	}
}

// healthy waits until a container's health check has passed.
func healthy(t *testing.T, name string) {
	t.Helper()
	deadline := time.Now().Add(readyWithin)
	for docker(t, "inspect", "-f", "{{.State.Health.Status}}", name) != "healthy" {
		if time.Now().After(deadline) {
			t.Fatalf("%s is not healthy after %s: %s", name, readyWithin, docker(t, "inspect", "-f", "{{json .State.Health}}", name))
		}
	}
}

// cql runs statements in a container's node and returns what they print.
func cql(t *testing.T, name, statements string) string {
	t.Helper()
	return docker(t, "exec", name, "cqlsh", "-e", statements)
}
