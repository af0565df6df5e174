//go:build linux

package article

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"helenus/test/article/page"
	"helenus/test/engine"
)

func TestMain(m *testing.M) { engine.Main(m, engine.OwnsName) }

// TestWalk types the page's commands in its order and compares what a reader sees. Nothing is left behind.
func TestWalk(t *testing.T) {
	all := blocks(t, english)
	w := walk{dir: project(t), names: found(all, containerName)}
	w.refuseTaken(t)
	before := w.things(t)
	t.Cleanup(func() { w.remove(t, all) })
	for _, b := range all {
		switch b.Kind {
		case "azurecli", page.AzureFile:
			continue
		case "powershell": // its variables hold for the lines that follow
			b.Lines = []string{inShell(strings.Join(b.Lines, " && "))}
		}
		for i, line := range b.Lines {
			var prints []string
			if i == len(b.Lines)-1 {
				prints = b.Prints
			}
			if !w.run(t, b, line, prints) {
				t.FailNow() // what follows builds on it
			}
		}
	}
	if after := w.things(t); after != before {
		t.Errorf("left behind:\n%s\nbefore:\n%s", after, before)
	}
	for _, made := range []string{"helenus", "helenus-linux", "cassandra.tar"} {
		if err := os.Remove(filepath.Join(w.dir, made)); err != nil {
			t.Error(err)
		}
	}
	links, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if l.Type() != os.ModeSymlink {
			t.Errorf("left behind: %s", l.Name())
		}
	}
}

// walk is a reader at a terminal in the project's folder.
type walk struct {
	dir   string
	names []string // of containers on the page
}

// project makes a folder that has the project in it, and where what the commands make is in nobody's way.
func project(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "cmd", "internal", "client", "container", "deploy"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lookAgainWithin bounds how long a reader looks again at something that has not happened yet.
const lookAgainWithin = time.Minute

// run runs a command and reports whether the reader sees what the page shows. What only looks is repeated, as a reader does while a node joins;
// so is what came before the node answered.
func (w *walk) run(t *testing.T, b page.Block, line string, prints []string) bool {
	t.Helper()
	began := time.Now()
	for again := 0; ; again++ {
		shown, failed := w.enter(t, line, prints)
		got, want := w.mask(shown), w.mask(strings.Join(prints, "\n"))
		right := failed == (b.Kind == "sh fails")
		if right && (prints == nil || got == want) {
			t.Logf("%6d ms  %s", time.Since(began).Milliseconds(), line)
			if again > 0 {
				t.Logf("           the %d. time", again+1)
			}
			return true
		}
		early := failed && !right && strings.Contains(shown, "Unable to connect to any servers")
		if !early && !page.Looks.MatchString(line) || time.Since(began) > lookAgainWithin {
			t.Errorf("line %d: %s\nfailed: %t; prints\n%s\nand the page shows\n%s", b.Line, line, failed, got, want)
			return false
		}
	}
}

// enter runs a command once, at a terminal if it wants one.
func (w *walk) enter(t *testing.T, line string, prints []string) (shown string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
	// With -trimpath a build is the same wherever the folder is, so that it comes from the cache.
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), "GOFLAGS=-trimpath")
	if strings.Contains(line, " -it ") {
		return engine.Typed(t, typed(prints), cmd), false
	}
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), err != nil
}

// inShell writes PowerShell in this machine's words.
func inShell(line string) string {
	line = strings.ReplaceAll(line, "; ", " && ")
	line = setVariable.ReplaceAllString(line, "export $1=$2")
	return strings.ReplaceAll(line, `.\helenus.exe`, "./helenus")
}

var setVariable = regexp.MustCompile(`\$env:(\w+) = "?(\w*)"?`)

// prompt begins a line that the reader types.
var prompt = regexp.MustCompile(`^(cqlsh(?::\w+)?> )(.+)$`)

// typed are the prompts and what is typed behind each.
func typed(prints []string) [][2]string {
	var dialogue [][2]string
	for _, line := range prints {
		if m := prompt.FindStringSubmatch(line); m != nil {
			dialogue = append(dialogue, [2]string{m[1], m[2]})
		}
	}
	return dialogue
}

// mask returns what can be compared. Of a list of containers those that are not the page's are left out.
func (w *walk) mask(text string) string {
	containers := strings.HasPrefix(text, "CONTAINER ID")
	lines := strings.Split(page.Mask(text), "\n")
	if containers {
		lines = slices.DeleteFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, "CONTAINER ") && !strings.HasPrefix(l, "CONTAINER ID") && !slices.Contains(w.names, l[strings.LastIndexByte(l, ' ')+1:])
		})
	}
	return strings.Join(lines, "\n")
}

// What the page gives names to.
var (
	containerName = regexp.MustCompile(`--name (\S+) .*cassandra\b`)
	networkName   = regexp.MustCompile(`network create (\S+)`)
	volumeName    = regexp.MustCompile(`-v ([\w-]+):`)
)

// found are the names in commands of the page for Docker.
func found(all []page.Block, pattern *regexp.Regexp) []string {
	var names []string
	for _, b := range all {
		for _, line := range b.Lines {
			if m := pattern.FindStringSubmatch(line); m != nil && strings.HasPrefix(line, "docker ") && !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// refuseTaken ends the test when the engine has somebody's containers under the page's names.
func (w *walk) refuseTaken(t *testing.T) {
	t.Helper()
	for _, name := range w.names {
		if exec.Command("docker", "inspect", name).Run() == nil {
			t.Fatalf("the engine has a container %s already: remove it, or stop the engine so that the tests start their own", name)
		}
	}
}

// things lists what an engine has that can be left behind.
func (w *walk) things(t *testing.T) string {
	t.Helper()
	var all []string
	for _, list := range [][]string{{"ps", "-a", "--format", "container {{.ID}} {{.Names}}"}, {"volume", "ls", "--format", "volume {{.Name}}"}, {"network", "ls", "--format", "network {{.ID}} {{.Name}}"}} {
		out, err := exec.Command("docker", list...).CombinedOutput()
		if err != nil {
			t.Fatalf("docker %s: %v\n%s", strings.Join(list, " "), err, out)
		}
		all = append(all, string(out))
	}
	return strings.Join(all, "")
}

// remove clears away what a walk that broke off has left.
func (w *walk) remove(t *testing.T, all []page.Block) {
	if !t.Failed() {
		return
	}
	for _, name := range w.names {
		// Logs, and what is not there, are for the reader only.
		logs, _ := exec.Command("docker", "logs", name).CombinedOutput()
		t.Logf("log of %s:\n%s", name, logs)
		_ = exec.Command("docker", "rm", "-f", "-v", name).Run()
	}
	for _, name := range found(all, volumeName) {
		_ = exec.Command("docker", "volume", "rm", name).Run()
	}
	for _, name := range found(all, networkName) {
		_ = exec.Command("docker", "network", "rm", name).Run()
	}
	_ = exec.Command("docker", "run", "--rm", "-v", w.dir+":/here", engine.ImageName, "rm", "-r", "-f", "/here/cassandra-data").Run()
}
