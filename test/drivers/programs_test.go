package drivers

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helenus/test/server"
)

// programTimeout bounds one walk, Maven's downloads included.
const programTimeout = 10 * time.Minute

func TestPythonDriver(t *testing.T) {
	bin := installed(t, "HELENUS_TEST_PYTHON")
	node := server.Start(t, server.Options{})
	walk(t, 15, "", filepath.Join(bin, "python"), "testdata/python/walk.py", node.Host)
}

// TestOldGoDriver runs the Go driver as it was before it moved to Apache, which most programs in Go still have.
func TestOldGoDriver(t *testing.T) {
	node := server.Start(t, server.Options{})
	walk(t, 15, "testdata/gocql1", "go", "run", ".", node.Host)
}

// TestPythonModels makes tables from classes, as applications on cqlengine do.
func TestPythonModels(t *testing.T) {
	bin := installed(t, "HELENUS_TEST_PYTHON")
	node := server.Start(t, server.Options{})
	walk(t, 38, "", filepath.Join(bin, "python"), "testdata/python/models.py", node.Host)
}

func TestNodeDriver(t *testing.T) {
	modules := installed(t, "HELENUS_TEST_NODE")
	t.Setenv("NODE_PATH", modules)
	node := server.Start(t, server.Options{})
	walk(t, 10, "", "node", "testdata/node/walk.js", node.Host)
}

// TestNodeFeatures uses the driver's mapper, streams and every type, over TLS.
func TestNodeFeatures(t *testing.T) {
	modules := installed(t, "HELENUS_TEST_NODE")
	t.Setenv("NODE_PATH", modules)
	authority := server.NewAuthority(t)
	host := server.FreeHost()
	node := server.Start(t, server.Options{Host: host, Env: encrypted(authority.Sign(t, host, "").PEM(t, "node.pem"), "")})
	walk(t, 16, "", "node", "testdata/node/features.js", node.Host, authority.File)
}

func TestJavaDriver(t *testing.T) {
	if _, err := exec.LookPath("mvn"); err != nil {
		t.Fatal("Maven is missing; go run ./test -only drivers installs it")
	}
	node := server.Start(t, server.Options{})
	// Maven writes target/ beside the project, which must not be the source tree.
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS("testdata/java")); err != nil {
		t.Fatal(err)
	}
	walk(t, 12, project, "mvn", "-q", "-B", "compile", "org.codehaus.mojo:exec-maven-plugin:3.5.0:java",
		"-Dexec.mainClass=helenus.Walk", "-Dexec.args="+node.Host, "-Dexec.cleanupDaemonThreads=false")
}

// installed returns where go run ./test put a language's packages.
func installed(t *testing.T, variable string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Fatalf("%s is not set; go run ./test -only drivers installs the drivers and sets it", variable)
	}
	return dir
}

// walk runs a program and turns each line it prints into a subtest; fewer than atLeast lines is a failure too.
func walk(t *testing.T, atLeast int, dir, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), programTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	checks := 0
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "ok "):
			checks++
			t.Run(strings.TrimPrefix(line, "ok "), func(*testing.T) {})
		case strings.HasPrefix(line, "not ok "):
			checks++
			what, why, _ := strings.Cut(strings.TrimPrefix(line, "not ok "), ": ")
			t.Run(what, func(t *testing.T) { t.Error(why) })
		}
	}
	if err != nil || checks < atLeast {
		t.Errorf("%s: %v; %d checks, want at least %d\n%s%s", name, err, checks, atLeast, out, stderr.Bytes())
	}
}
