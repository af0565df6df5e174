package helenus

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackageComments wants one package comment a package, in one place.
func TestPackageComments(t *testing.T) {
	comments, seen := map[string]int{}, map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		seen[filepath.Dir(path)] = true
		if f.Doc != nil && (strings.HasPrefix(f.Doc.Text(), "Package ") || strings.HasPrefix(f.Doc.Text(), "Command ")) {
			comments[filepath.Dir(path)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range seen {
		if comments[dir] != 1 {
			t.Errorf("%s has %d package comments, want one", dir, comments[dir])
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// TestLinks wants the files that documents point to.
func TestLinks(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	for _, doc := range documents {
		raw, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s points to %s: %v", doc, m[1], err)
			}
		}
	}
}

// worldCalls reach for the machine; inside the database only these places may.
var worldCalls = regexp.MustCompile(`\b(time\.(Now|Sleep|After|NewTimer|NewTicker|AfterFunc|Tick)|net\.(Listen|Dial)|os\.(Open|Create|ReadFile|WriteFile))\(`)

// mayTouchTheWorld are packages and files that own a piece of the machine, with the reason.
var mayTouchTheWorld = []string{
	"internal/platform/",             // its home
	"internal/transport/",            // deadlines of sockets
	"internal/admin/",                // deadlines of sockets
	"internal/udf/worker/",           // a process of its own, ended from outside
	"internal/config/",               // reads cassandra.yaml before anything is wired
	"internal/storage/sync.go",       // the log's timer is the disk's, not the data's
	"internal/storage/space.go",      // looks at the disk
	"internal/storage/background.go", // compactions are the engine's own work, in real time
}

// TestWorldIsPassedIn keeps clocks, sockets and files out of what decides.
func TestWorldIsPassedIn(t *testing.T) {
	inLines(t, "internal", func(path string, number int, code string) {
		if worldCalls.MatchString(code) && !slices.ContainsFunc(mayTouchTheWorld, func(allowed string) bool { return strings.HasPrefix(path, allowed) }) {
			t.Errorf("%s:%d: %s; take a platform.Clock, platform.Network or vfs.FS instead", path, number, strings.TrimSpace(code))
		}
	})
}

// ownWaits start goroutines and wait for them at channels, as no simulated code may.
var ownWaits = regexp.MustCompile(`\bgo func\b|\bgo [a-z]+[.(]|<-|\bchan\b|\bselect \{|sync\.(WaitGroup|NewCond|Cond)|context\.With(Timeout|Deadline)|\brand\.`)

// TestSimulatedCodeWaitsAtGates keeps everything that the simulator runs under its control: tasks, waits and chance come from
// platform.Runtime.
func TestSimulatedCodeWaitsAtGates(t *testing.T) {
	for _, dir := range []string{"internal/cluster", "internal/coordinator", "internal/hint", "internal/replica"} {
		inLines(t, dir, func(path string, number int, code string) {
			if ownWaits.MatchString(code) {
				t.Errorf("%s:%d: %s; use platform.Runtime's tasks, gates and numbers instead", path, number, strings.TrimSpace(code))
			}
		})
	}
}

// inLines calls f with each line of the Go files under dir that are no tests, without its comment.
func inLines(t *testing.T, dir string, f func(path string, number int, code string)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(raw), "\n") {
			code, _, _ := strings.Cut(line, "//")
			f(filepath.ToSlash(path), i+1, code)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
