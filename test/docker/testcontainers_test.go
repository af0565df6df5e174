//go:build linux

package docker

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// testcontainersWithin bounds a walk, downloads included.
const testcontainersWithin = 10 * time.Minute

// settings are testcontainers' own. They keep it from pulling its container that removes others, since the walks remove theirs, and say where
// the engine's ports are: where this is itself a container with an engine inside, it would look for them on its gateway.
var settings = []string{"TESTCONTAINERS_RYUK_DISABLED=true", "TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1"}

// TestTestcontainersGo runs the tests of test/testcontainers, a module of its own.
func TestTestcontainersGo(t *testing.T) {
	walkWith(t, 4, "../testcontainers", "go", "test", "-count=1", "-v", ".")
}

// TestTestcontainersJava runs the checks of the Java program there.
func TestTestcontainersJava(t *testing.T) {
	if _, err := exec.LookPath("mvn"); err != nil {
		t.Fatal("Maven is missing; go run ./test -only docker installs it")
	}
	// Maven writes target/ beside the project, which must not be the source tree.
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS("../testcontainers/testdata/java")); err != nil {
		t.Fatal(err)
	}
	walkWith(t, 6, project, "mvn", "-q", "-B", "compile", "org.codehaus.mojo:exec-maven-plugin:3.5.0:java",
		"-Dexec.mainClass=helenus.Containers", "-Dexec.cleanupDaemonThreads=false")
}

// colour is what Maven writes around its output, also where there is no terminal.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// walkWith runs a program and turns each line that says how a check ended into a subtest; fewer than atLeast is a failure, too.
func walkWith(t *testing.T, atLeast int, dir, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testcontainersWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), settings...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	checks := 0
	for line := range strings.Lines(colour.ReplaceAllString(string(out), "")) {
		line = strings.TrimSpace(line)
		for prefix, ok := range map[string]bool{"ok ": true, "not ok ": false, "--- PASS: ": true, "--- FAIL: ": false, "--- SKIP: ": false} {
			if what, found := strings.CutPrefix(line, prefix); found && !strings.Contains(what, "helenus/test/") {
				checks++
				what, _, _ = strings.Cut(what, " (") // go test says how long it took
				t.Run(what, func(t *testing.T) {
					if !ok {
						t.Error(line)
					}
				})
			}
		}
	}
	if err != nil || checks < atLeast || t.Failed() {
		t.Errorf("%s: %v; %d checks, want at least %d\n%s%s", name, err, checks, atLeast, out, stderr.Bytes())
	}
}
