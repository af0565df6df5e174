//go:build linux

package docker

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"helenus/test/engine"
	"helenus/test/server"
)

func TestSize(t *testing.T) {
	size, err := strconv.Atoi(docker(t, "image", "inspect", "-f", "{{.Size}}", imageName))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(size)/1e6)
	if size > imageBytesMax {
		t.Errorf("the image has %d bytes; at most %d", size, imageBytesMax)
	}
}

// TestOtherPlatform guards the image for the machine that the tests do not run on.
func TestOtherPlatform(t *testing.T) {
	helenus, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(helenus, "image", "build", "-t", "other", "--platform", "linux/arm64").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "GOARCH=arm64 go build") {
		t.Errorf("without a program for it: %v\n%s", err, out)
	}
	dir := t.TempDir()
	program, archive := filepath.Join(dir, "helenus"), filepath.Join(dir, "image.tar")
	build := exec.Command("go", "build", "-o", program, "helenus/cmd/helenus")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(helenus, "image", "build", "-t", "cassandra-arm64", "--platform", "linux/arm64", "--binary", program, "-o", archive).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(archive)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > imageBytesMax {
		t.Errorf("the image has %d bytes; at most %d", info.Size(), imageBytesMax)
	}
	docker(t, "load", "-i", archive)
	t.Cleanup(func() { command(t, "", nil, "docker", "rmi", "cassandra-arm64") })
	if arch := docker(t, "image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", "cassandra-arm64"); arch != "linux/arm64" {
		t.Error(arch)
	}
}

// TestOtherCommands guards that what is no server runs as it is, as root.
func TestOtherCommands(t *testing.T) {
	for _, test := range []struct {
		args   []string
		want   string
		status int
	}{
		{[]string{"echo", "Hello World"}, "Hello World\n", 0},
		{[]string{"date", "+%Z"}, "UTC\n", 0},
		{[]string{"bash", "-c", "id"}, "uid=0(root) gid=0(root) groups=0(root)\n", 0},
		{[]string{"gosu", "cassandra", "id"}, "uid=999(cassandra) gid=999(cassandra) groups=999(cassandra)\n", 0},
		{[]string{"nosuchcommand"}, "", 127},
		{[]string{"sh", "-c", "exit 5"}, "", 5},
		{[]string{"cut", "-d:", "-f2", "/etc/shadow"}, "*\n!\n*\n", 0}, // no password is empty, none is known
		{[]string{"ls", "/opt/cassandra/bin"}, "cassandra\ncqlsh\nnodetool\n", 0},
		{[]string{"readlink", "-f", "/docker-entrypoint.sh"}, "/usr/local/bin/helenus\n", 0},
		{[]string{"printenv", "CASSANDRA_CONF", "CASSANDRA_HOME"}, "/etc/cassandra\n/opt/cassandra\n", 0},
		{[]string{"stat", "-c", "%A %U", "/var/lib/cassandra", "/etc/cassandra", "/etc/cassandra/cassandra.yaml"}, "drwxrwxrwt cassandra\ndrwxrwxrwt cassandra\n-rw-rw-rw- cassandra\n", 0},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			r := try(t, "", append([]string{"run", "--rm", imageName}, test.args...)...)
			if r.out != test.want || r.status != test.status {
				t.Errorf("status %d, output %q; want %d, %q\n%s", r.status, r.out, test.status, test.want, r.err)
			}
		})
	}
}

// TestPrompt guards the shell that docker run -it and docker exec -it open.
func TestPrompt(t *testing.T) {
	shown := engine.Typed(t, [][2]string{{"# ", "cd /etc/cassandra && ls *.yaml"}, {"# ", "x=5"}, {"# ", "for i in 1 2; do"}, {"> ", "echo i$i-$x; done"}, {"# ", "exit 0"}}, exec.CommandContext(t.Context(), "docker", "run", "-it", "--rm", imageName, "bash"))
	for _, want := range []string{"\ncassandra.yaml\n", "\ni1-5\ni2-5\n", "/etc/cassandra "} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
}
