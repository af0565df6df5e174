package image

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is one of no use, for what does not run it.
func program() *Program {
	return &Program{Arch: "amd64", Built: time.Unix(0, 0), content: []byte("program")}
}

// parts returns the files of an archive.
func parts(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(raw)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if all[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestArchive(t *testing.T) {
	var one, two bytes.Buffer
	for _, out := range []*bytes.Buffer{&one, &two} {
		if err := Archive(out, program(), []string{"cassandra", "localhost:5000/db:5.0"}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two archives of one program differ")
	}
	all := parts(t, one.Bytes())
	var manifest []manifestItem
	if err := json.Unmarshal(all["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	if got := manifest[0].RepoTags; !slices.Equal(got, []string{"cassandra:latest", "localhost:5000/db:5.0"}) {
		t.Errorf("tags %q", got)
	}
	var config configFile
	if err := json.Unmarshal(all[manifest[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	if layer := all[manifest[0].Layers[0]]; config.RootFS.DiffIDs[0] != "sha256:"+digest(layer) || len(layer) == 0 {
		t.Error("the configuration does not name the layer")
	}
}

// TestTree guards that every link leads to a file, every file has its directory before it, and what users edit is there.
func TestTree(t *testing.T) {
	entries, err := tree([]byte("program"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]entry{}
	resolve := func(name string) (entry, bool) {
		for range 8 {
			// the longest prefix that is a link is replaced
			at := name
			for at != "." && seen[at].link == "" {
				at = path.Dir(at)
			}
			if at == "." {
				break
			}
			target := seen[at].link
			if !path.IsAbs(target) {
				target = path.Join("/", path.Dir(at), target)
			}
			name = strings.TrimPrefix(target, "/") + strings.TrimPrefix(name, at)
		}
		e, ok := seen[name]
		return e, ok
	}
	for _, e := range entries {
		if dir := path.Dir(e.path); dir != "." && !seen[dir].mode.IsDir() {
			t.Errorf("%s stands before its directory", e.path)
		}
		seen[e.path] = e
	}
	for _, e := range entries {
		if _, ok := resolve(e.path); !ok {
			t.Errorf("%s leads nowhere: %s", e.path, e.link)
		}
	}
	for _, name := range []string{"bin/sh", "bin/bash", "usr/bin/cqlsh", "opt/cassandra/bin/nodetool", "docker-entrypoint.sh", "usr/local/bin/docker-entrypoint.sh", "usr/bin/gosu"} {
		if e, ok := resolve(name); !ok || string(e.content) != "program" {
			t.Errorf("%s is not the program", name)
		}
	}
	yaml := strings.Split(string(seen["etc/cassandra/cassandra.yaml"].content), "\n")
	for _, line := range []string{
		"authenticator: AllowAllAuthenticator", "authorizer: AllowAllAuthorizer", "cluster_name: 'Test Cluster'", "endpoint_snitch: SimpleSnitch", "num_tokens: 16",
		"listen_address: localhost", "rpc_address: localhost", "# broadcast_rpc_address: 1.2.3.4", `          - seeds: "127.0.0.1:7000"`,
	} {
		if !slices.Contains(yaml, line) {
			t.Errorf("cassandra.yaml lacks the line %q, which scripts replace", line)
		}
	}
}

// TestDockerfile guards that deploy/Dockerfile says what the image has.
func TestDockerfile(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, line := range strings.Split(strings.ReplaceAll(string(raw), "\\\n", " "), "\n") {
		if word, rest, ok := strings.Cut(line, " "); ok {
			got[word] = strings.Join(strings.Fields(rest), " ")
		}
	}
	s := DefaultSettings()
	list := func(all []string) string {
		raw, _ := json.Marshal(all)
		return strings.ReplaceAll(string(raw), `","`, `", "`)
	}
	var ports, labels []string
	for port := range s.ExposedPorts {
		ports = append(ports, strings.TrimSuffix(port, "/tcp"))
	}
	for name, value := range s.Labels {
		labels = append(labels, name+"="+value)
	}
	slices.Sort(ports)
	slices.Sort(labels)
	slices.Reverse(labels)
	h := s.Healthcheck
	for word, want := range map[string]string{
		"ENV": strings.Join(s.Env, " "), "ENTRYPOINT": list(s.Entrypoint), "CMD": list(s.Cmd), "WORKDIR": s.WorkingDir, "EXPOSE": strings.Join(ports, " "), "LABEL": strings.Join(labels, " "),
		"VOLUME":      strings.Join(slices.Collect(maps.Keys(s.Volumes)), " "),
		"HEALTHCHECK": fmt.Sprintf("--interval=%.0fs --timeout=%.0fs --start-period=%.0fm --retries=%d CMD %s", h.Interval.Seconds(), h.Timeout.Seconds(), h.StartPeriod.Minutes(), h.Retries, list(h.Test[1:])),
	} {
		if got[word] != want {
			t.Errorf("%s is %q\nwant %q", word, got[word], want)
		}
	}
}

// TestPrograms guards which programs are taken, and that one still runs without what is left out of it.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(\"runs\") }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := func(goos, arch string) string {
		out := filepath.Join(dir, goos+arch)
		cmd := exec.Command("go", "build", "-o", out, source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return out
	}
	if _, err := ReadProgram(build("windows", "amd64"), "amd64"); err == nil || !strings.Contains(err.Error(), "GOOS=linux GOARCH=amd64 go build") {
		t.Errorf("a program for Windows: %v", err)
	}
	if _, err := ReadProgram(forRISC(t, build("linux", "amd64")), ""); err == nil || !strings.Contains(err.Error(), "EM_RISCV") {
		t.Errorf("a program for another machine: %v", err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		name := build("linux", arch)
		p, err := ReadProgram(name, "")
		if err != nil || p.Arch != arch {
			t.Fatalf("%s: %+v, %v", arch, p, err)
		}
		whole, err := os.Stat(name)
		if err != nil || int64(len(p.content)) >= whole.Size() {
			t.Errorf("%s: %d of %d bytes are kept, %v", arch, len(p.content), whole.Size(), err)
		}
		if runtime.GOOS != "linux" || arch != runtime.GOARCH {
			continue
		}
		kept := filepath.Join(dir, "kept")
		if err := os.WriteFile(kept, p.content, 0o700); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(kept).CombinedOutput(); err != nil || string(out) != "runs\n" {
			t.Errorf("%q, %v", out, err)
		}
	}
}

// forRISC returns a copy of a program whose header names another machine.
func forRISC(t *testing.T, program string) string {
	t.Helper()
	raw, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	raw[0x12], raw[0x13] = byte(elf.EM_RISCV), 0
	other := program + "-risc"
	if err := os.WriteFile(other, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return other
}
