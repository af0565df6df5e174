//go:build linux

package swarm

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"helenus/test/server"
)

// page is the Swarm sections in English; test/article holds the Japanese ones against it.
const page = "../../docs/article/swarm.md"

// paragraph is a block of commands for one machine, and what the last of them prints; nil: the page does not show it.
type paragraph struct {
	machine       string
	line          int
	lines, prints []string
}

func readPage(t *testing.T) (all []paragraph) {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	kind, open := "", []string(nil)
	for i, line := range strings.Split(string(raw), "\n") {
		fence, ok := strings.CutPrefix(line, "```")
		switch {
		case ok && kind == "":
			kind, open = fence, []string{}
		case ok:
			if machine, typed := strings.CutPrefix(kind, "sh "); typed {
				all = append(all, paragraph{machine: machine, line: i - len(open) + 1, lines: open})
			} else if kind == "text" {
				all[len(all)-1].prints = open
			}
			kind = ""
		case kind != "":
			open = append(open, line)
		}
	}
	return all
}

// Masks hide what differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`SWMTKN-\S+`), "TOKEN"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+0000`), "TIME"},
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d+\.\d+\.\d+\.\d+`), "ADDRESS"},
	{regexp.MustCompile(`[\d.]+ (bytes|KiB|MiB)`), "SIZE"},
	{regexp.MustCompile(`\d+(\.\d+)?%`), "PERCENT"},
	{regexp.MustCompile(`swarm-\d$`), "MACHINE"},
	{regexp.MustCompile(`-{2,}\+?|={2,}`), "-"},
	{regexp.MustCompile(`[ \t]+`), " "},
}

func mask(text string) string {
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		for _, m := range masks {
			line = m.pattern.ReplaceAllString(line, m.with)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.Join(lines, "\n")
}

// sees are commands that only look; a reader looks again while what they show comes about.
var sees = regexp.MustCompile(`^docker (node|service) ls|nodetool|cqlsh`)

// articleWithin bounds how long a reader looks again.
const articleWithin = 2 * time.Minute

// TestArticle types the commands of the page's Swarm sections on the hosts, beginning without a Swarm, and compares what a reader sees.
func TestArticle(t *testing.T) {
	dir := t.TempDir()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "helenus.tar")
	if _, err := run(binary, "image", "build", "-t", imageName, "-o", image); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink(binary, filepath.Join(dir, "helenus")), copyFile("../../deploy/stack.yml", filepath.Join(dir, "stack.yml"))); err != nil {
		t.Fatal(err)
	}
	remove(t)
	for _, h := range lab {
		h.docker(t, "swarm", "leave", "--force")
		h.docker(t, "rmi", "-f", imageName)
	}
	t.Cleanup(func() {
		remove(t)
		for _, h := range lab {
			_, _ = h.try("swarm", "leave", "--force") // it may be in none
		}
		if err := errors.Join(loadAll(image), makeSwarm()); err != nil { // the page does not use all hosts
			t.Error(err)
		}
	})
	machines := map[string]*host{}
	for _, h := range lab {
		machines[h.name] = h
	}
	token := ""
	for _, p := range readPage(t) {
		h := machines[p.machine]
		if h == nil {
			t.Fatalf("%s:%d: there is no machine %q", page, p.line, p.machine)
		}
		for i, line := range p.lines {
			var want []string
			if i == len(p.lines)-1 {
				want = p.prints
			}
			began := time.Now()
			for {
				cmd := exec.CommandContext(t.Context(), "nsenter", "--net=/run/netns/"+h.space(), "bash", "-c", strings.ReplaceAll(line, "TOKEN", token))
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "DOCKER_HOST="+h.socket())
				out, err := cmd.CombinedOutput()
				if strings.Contains(line, "join-token") {
					token = strings.TrimSpace(string(out))
				}
				got := mask(string(out))
				if err == nil && (want == nil || got == mask(strings.Join(want, "\n"))) {
					break
				}
				if !sees.MatchString(line) || time.Since(began) > articleWithin {
					report(t)
					t.Fatalf("%s:%d: on %s: %s\n%v; prints\n%s\nand the page shows\n%s", page, p.line, h.name, line, err, got, strings.Join(want, "\n"))
				}
			}
			t.Logf("%6d ms  %s  %s", time.Since(began).Milliseconds(), h.name, line)
		}
	}
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o644)
}
