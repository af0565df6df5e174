//go:build linux

package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDockerfile builds the image by docker build and compares it with that of helenus image build. No registry is asked: what the Dockerfile
// knows as Go is here the image under test with a command go that hands out the program it holds, since the compiler is not what is tested.
func TestDockerfile(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"Dockerfile": {"FROM " + imageName + "\nCOPY go /usr/local/bin/go\n", 0o644},
		"go":         {"#!/bin/sh\n[ \"$1\" = build ] && shift && while [ \"$1\" != -o ]; do shift; done && cp /usr/local/bin/helenus \"$2\"\n", 0o755},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	build := []string{"DOCKER_BUILDKIT=0"} // the builder that every engine has
	command(t, dir, build, "docker", "build", "-q", "-t", "golang:test", ".")
	t.Cleanup(func() { command(t, "", nil, "docker", "rmi", "golang:test") })
	root := strings.TrimSpace(command(t, "", nil, "go", "list", "-m", "-f", "{{.Dir}}"))
	const name = "cassandra-by-dockerfile"
	command(t, root, build, "docker", "build", "-q", "-t", name, "--build-arg", "GO_VERSION=test", "-f", "deploy/Dockerfile", ".")
	t.Cleanup(func() { command(t, "", nil, "docker", "rmi", name) })
	for _, format := range []string{
		"{{json .Config.Env}}", "{{json .Config.Entrypoint}}", "{{json .Config.Cmd}}", "{{json .Config.ExposedPorts}}", "{{json .Config.Volumes}}",
		"{{json .Config.Healthcheck}}", "{{json .Config.Labels}}", "{{.Config.WorkingDir}}", "{{.Config.User}}",
	} {
		if got, want := docker(t, "image", "inspect", "-f", format, name), docker(t, "image", "inspect", "-f", format, imageName); got != want {
			t.Errorf("%s is %s\nwant %s", format, got, want)
		}
	}
	const list = `find / -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o \( ! -path /usr/local/bin/helenus -a ! -type d \) -exec stat -c '%n %A %u %g %s' {} + | sort; stat -c '%n %A %u %g' /tmp /root /etc/cassandra /var/lib/cassandra /var/log/cassandra`
	if got, want := docker(t, "run", "--rm", name, "sh", "-c", list), docker(t, "run", "--rm", imageName, "sh", "-c", list); got != want {
		t.Errorf("files:\n%s\nwant\n%s", got, want)
	}
}

// command runs a program that must succeed and returns its output.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
