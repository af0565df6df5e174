package drivers

import (
	"bufio"
	"bytes"
	"context"
	"flag"
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
	walk(t, 18, "", filepath.Join(bin, "python"), "testdata/python/walk.py", node.Host)
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

// TestJavaDriver walks, then uses the object mapper, the builders, vectors, traces, every version of the protocol and more, over TLS.
func TestJavaDriver(t *testing.T) {
	node := server.Start(t, server.Options{})
	authority := server.NewAuthority(t)
	host := server.FreeHost()
	secured := server.Start(t, server.Options{
		Host: host, Args: []string{"--sasi-indexes=true", "--materialized-views=true", "--user-defined-functions=true"},
		Env: encrypted(authority.Sign(t, host, "").PEM(t, "node.pem"), ""),
	})
	maven(t, 72, "testdata/java", "helenus.All", node.Host, secured.Host, authority.File)
}

// TestSpringData starts an application on Spring Boot twice: its repositories, reactive ones too, and templates over a schema that Spring makes.
func TestSpringData(t *testing.T) {
	node := server.Start(t, server.Options{Args: []string{"--sasi-indexes=true"}})
	maven(t, 18, "testdata/spring", "helenus.spring.App", node.Host)
}

// TestZipkin has Zipkin's storage make its schema, with SASI indexes, keep traces and find them.
func TestZipkin(t *testing.T) {
	node := server.Start(t, server.Options{Args: []string{"--sasi-indexes=true"}})
	maven(t, 8, "testdata/zipkin", "helenus.Traces", node.Host)
}

// janusGraph is off by default since Maven fetches much for it.
var janusGraph = flag.Bool("janusgraph", false, "run JanusGraph")

// TestJanusGraph keeps a graph on a node: go test ./test/drivers -run TestJanusGraph -janusgraph.
func TestJanusGraph(t *testing.T) {
	if !*janusGraph {
		t.Skip("-janusgraph runs it")
	}
	node := server.Start(t, server.Options{})
	maven(t, 11, "testdata/janusgraph", "helenus.Graph", node.Host)
}

// TestRustDriver compiles ScyllaDB's driver once; later runs find what was compiled.
func TestRustDriver(t *testing.T) {
	target := os.Getenv("HELENUS_TEST_RUST")
	if target == "" {
		t.Skip("go run ./test -only drivers found no Rust of 1.88 or later")
	}
	node := server.Start(t, server.Options{Args: []string{"--materialized-views=true"}})
	// Cargo writes Cargo.lock beside the project.
	project := t.TempDir()
	if err := os.CopyFS(project, os.DirFS("testdata/rust")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CARGO_TARGET_DIR", target)
	walk(t, 18, project, "cargo", "run", "-q", "--", node.Host)
}

// maven compiles a project and runs a class of it.
func maven(t *testing.T, atLeast int, project, class string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("mvn"); err != nil {
		t.Fatal("Maven is missing; go run ./test -only drivers installs it")
	}
	// Maven writes target/ beside the project, which must not be the source tree.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(project)); err != nil {
		t.Fatal(err)
	}
	walk(t, atLeast, dir, "mvn", "-q", "-B", "compile", "org.codehaus.mojo:exec-maven-plugin:3.5.0:java",
		"-Dexec.mainClass="+class, "-Dexec.args="+strings.Join(args, " "), "-Dexec.cleanupDaemonThreads=false")
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
		line := strings.TrimPrefix(lines.Text(), "\x1b[0m") // Maven sets the colours back, whatever it is told
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
