//go:build linux

package docker

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"helenus/test/engine"
	"helenus/test/server"
)

// helenus runs a command that must succeed and returns what it prints.
func helenus(t *testing.T, args ...string) string {
	t.Helper()
	out, err := tryHelenus(t, args...)
	if err != nil {
		t.Fatalf("helenus %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func tryHelenus(t *testing.T, args ...string) (string, error) {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	return string(out), err
}

// upCluster returns the name of a cluster of which there is nothing, and removes it at the end.
func upCluster(t *testing.T, name string) {
	t.Helper()
	remove := func() {
		binary, err := server.Binary()
		if err != nil {
			t.Error(err)
			return
		}
		// The test's own context is done by now.
		if out, err := exec.Command(binary, "down", "--volumes", "--name", name).CombinedOutput(); err != nil {
			t.Errorf("helenus down: %v\n%s", err, out)
		}
	}
	remove()
	t.Cleanup(remove)
}

// freePort is a port of this machine that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// seesUp is how many nodes a container's node sees up.
func seesUp(t *testing.T, container string) int {
	t.Helper()
	return strings.Count(docker(t, "exec", container, "nodetool", "status"), "\nUN  ")
}

// TestUp takes a cluster through its life: three nodes, four, two, other settings, a killed node, down and up again. Nothing written is lost.
func TestUp(t *testing.T) {
	const name = "life"
	upCluster(t, name)
	port := freePort(t)
	out := helenus(t, "up", "-n", "3", "--name", name, "--image", imageName, "--port", port)
	if !strings.Contains(out, "3 nodes of life up in ") || !strings.Contains(out, "CQL on 127.0.0.1:"+port) {
		t.Error(out)
	}
	for i := 1; i <= 3; i++ {
		if n := seesUp(t, fmt.Sprint("life-", i)); n != 3 {
			t.Fatalf("life-%d sees %d nodes", i, n)
		}
	}
	cql(t, "life-1", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':3}; CREATE TABLE k.t (id int PRIMARY KEY, v text)")
	var inserts strings.Builder
	inserts.WriteString("CONSISTENCY QUORUM;\n")
	const rows = 100
	for i := range rows {
		fmt.Fprintf(&inserts, "INSERT INTO k.t (id, v) VALUES (%d, 'v%[1]d');\n", i)
	}
	helenus(t, "cqlsh", "127.0.0.1", port, "-e", inserts.String())
	all := func(container string) {
		t.Helper()
		if out := cql(t, container, "CONSISTENCY QUORUM; SELECT count(*) FROM k.t"); !strings.Contains(out, fmt.Sprintf("\n   %d\n", rows)) {
			t.Errorf("through %s:\n%s", container, out)
		}
	}
	all("life-3")

	t.Run("again", func(t *testing.T) {
		before := docker(t, "ps", "--no-trunc", "-q", "--filter", "label=helenus.cluster="+name)
		for _, word := range []string{"created", "starting", "removed"} {
			if out := helenus(t, "up", "--name", name); strings.Contains(out, word) {
				t.Errorf("%s in\n%s", word, out)
			}
		}
		if after := docker(t, "ps", "--no-trunc", "-q", "--filter", "label=helenus.cluster="+name); after != before {
			t.Errorf("other containers:\n%s\n%s", before, after)
		}
	})
	t.Run("ps", func(t *testing.T) {
		lines := strings.Split(helenus(t, "ps", "--name", name), "\n")
		if len(lines) != 5 || strings.Join(strings.Fields(lines[0]), " ") != "NODE STATE HEALTH ADDRESS CQL MEMORY" {
			t.Fatalf("%q", lines)
		}
		if f := strings.Fields(lines[1]); f[0] != "life-1" || f[1] != "running" || net.ParseIP(f[3]) == nil || f[4] != "127.0.0.1:"+port || f[6] != "MiB" {
			t.Errorf("%q", f)
		}
		if f := strings.Fields(lines[3]); f[0] != "life-3" || f[4] != "-" {
			t.Errorf("%q", f)
		}
	})
	t.Run("logs", func(t *testing.T) {
		if out := helenus(t, "logs", "--name", name); !strings.Contains(out, "life-3 | INFO") || strings.Count(out, "Startup complete") != 3 {
			t.Error(out)
		}
		if out := helenus(t, "logs", "--name", name, "--tail", "1", "2"); strings.Contains(out, "|") || strings.Count(out, "\n") != 1 {
			t.Error(out)
		}
		if out, err := tryHelenus(t, "logs", "--name", name, "9"); err == nil || !strings.Contains(out, `no node "9"; allowed: life-1, life-2, life-3`) {
			t.Error(out, err)
		}
	})
	t.Run("scale", func(t *testing.T) {
		helenus(t, "scale", "4", "--name", name)
		if n := seesUp(t, "life-4"); n != 4 {
			t.Fatalf("%d nodes", n)
		}
		if out, err := tryHelenus(t, "scale", "2", "--name", name); err == nil || !strings.Contains(out, "keyspace k wants 3 replicas, and only 2 nodes would be left") {
			t.Fatalf("%v\n%s", err, out)
		}
		cql(t, "life-1", "ALTER KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':2}")
		helenus(t, "scale", "2", "--name", name)
		if n := seesUp(t, "life-2"); n != 2 {
			t.Errorf("%d nodes", n)
		}
		if left := docker(t, "volume", "ls", "-q", "--filter", "label=helenus.cluster="+name); left != "life-1\nlife-2" {
			t.Errorf("volumes:\n%s", left)
		}
		all("life-1")
	})
	t.Run("repair", func(t *testing.T) {
		docker(t, "kill", "life-2")
		docker(t, "rm", "-f", "life-1")
		helenus(t, "up", "--name", name)
		all("life-2")
	})
	t.Run("settings", func(t *testing.T) {
		helenus(t, "up", "--name", name, "--memory", "128M")
		for _, node := range []string{"life-1", "life-2"} {
			if got := docker(t, "inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", node); got != "134217728 134217728" {
				t.Errorf("%s: %s", node, got)
			}
		}
		all("life-1")
	})
	t.Run("down", func(t *testing.T) {
		if out := helenus(t, "down", "--name", name); !strings.Contains(out, "2 volumes stay") {
			t.Error(out)
		}
		helenus(t, "up", "--name", name)
		if n := seesUp(t, "life-1"); n != 2 {
			t.Errorf("%d nodes", n)
		}
		all("life-2")
		helenus(t, "down", "--volumes", "--name", name)
		for _, kind := range [][]string{{"ps", "-aq"}, {"volume", "ls", "-q"}, {"network", "ls", "-q"}} {
			if left := docker(t, append(kind, "--filter", "label=helenus.cluster="+name)...); left != "" {
				t.Errorf("docker %s: %s", kind[0], left)
			}
		}
		if out := helenus(t, "down", "--name", name); !strings.Contains(out, "nothing of cluster life") {
			t.Error(out)
		}
	})
}

// TestUpInterrupted ends helenus up by Ctrl-C at different lines; the next up or down goes on from there.
func TestUpInterrupted(t *testing.T) {
	const name = "cut"
	upCluster(t, name)
	for _, at := range []string{"cut-1          created", "cut-2          starting", "cut-1          waiting"} {
		out := interrupt(t, at, "up", "-n", "3", "--name", name, "--image", imageName, "--port", "0")
		if !strings.Contains(out, "interrupted; helenus up --name cut goes on") {
			t.Errorf("at %q:\n%s", at, out)
		}
		helenus(t, "up", "--name", name)
		if n := seesUp(t, "cut-3"); n != 3 {
			t.Fatalf("cut at %q: %d nodes", at, n)
		}
		helenus(t, "down", "--volumes", "--name", name)
	}
	helenus(t, "up", "-n", "3", "--name", name, "--image", imageName, "--port", "0")
	cql(t, "cut-1", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':2}; CREATE TABLE k.t (id int PRIMARY KEY); INSERT INTO k.t (id) VALUES (1)")
	if out := interrupt(t, "cut-3          leaving", "scale", "2", "--name", name); !strings.Contains(out, "interrupted; helenus scale 2 --name cut goes on") {
		t.Error(out)
	}
	helenus(t, "scale", "2", "--name", name)
	if n := seesUp(t, "cut-1"); n != 2 {
		t.Errorf("%d nodes", n)
	}
	if out := cql(t, "cut-2", "CONSISTENCY ALL; SELECT id FROM k.t"); !strings.Contains(out, "(1 rows)") {
		t.Error(out)
	}
	helenus(t, "down", "--volumes", "--name", name)
	interrupt(t, "cut-3          starting", "up", "-n", "3", "--name", name, "--image", imageName, "--port", "0")
	helenus(t, "down", "--volumes", "--name", name)
	if left := docker(t, "ps", "-aq", "--filter", "label=helenus.cluster="+name); left != "" {
		t.Error(left)
	}
}

// interrupt runs helenus, sends it what Ctrl-C sends as soon as it has printed a text, and returns all that it printed.
func interrupt(t *testing.T, at string, args ...string) string {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, args...)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		in.Close()
		ended <- err
	}()
	var shown bytes.Buffer
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		shown.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), at) {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
	}
	if err := <-ended; err == nil {
		t.Errorf("ended well:\n%s", shown.String())
	}
	return shown.String()
}

// TestUpData guards nodes with directories of the host, which are never removed.
func TestUpData(t *testing.T) {
	const name = "dirs"
	upCluster(t, name)
	dir := hostDirectory(t)
	helenus(t, "up", "-n", "2", "--name", name, "--image", imageName, "--port", "0", "--data", dir)
	cql(t, "dirs-1", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':2}")
	if out := helenus(t, "down", "--volumes", "--name", name); !strings.Contains(out, "its data in "+dir+" are kept") {
		t.Error(out)
	}
	if uid := owner(t, filepath.Join(dir, "dirs-2")); uid != 999 {
		t.Errorf("the directory belongs to uid %d", uid)
	}
	helenus(t, "up", "-n", "2", "--name", name, "--image", imageName, "--port", "0", "--data", dir)
	if out := cql(t, "dirs-2", "DESCRIBE KEYSPACES"); !strings.Contains(out, "k ") {
		t.Error(out)
	}
}

// TestUpOtherEngine starts the nodes as those of the official image have to be, one after another by the first as seed. The image is the one under test.
func TestUpOtherEngine(t *testing.T) {
	const name = "official"
	upCluster(t, name)
	out := helenus(t, "up", "-n", "2", "--name", name, "--engine", "cassandra", "--image", imageName, "--port", "0")
	if strings.Index(out, "official-1     ready") > strings.Index(out, "official-2     starting") {
		t.Error(out)
	}
	if n := seesUp(t, "official-2"); n != 2 {
		t.Errorf("%d nodes", n)
	}
	if out, err := tryHelenus(t, "up", "--name", name, "--engine", "helenus"); err == nil || !strings.Contains(out, "cluster official runs cassandra") {
		t.Error(out, err)
	}
}

// TestUpErrors guards what is said when something can't be done.
func TestUpErrors(t *testing.T) {
	docker(t, "network", "create", "taken")
	t.Cleanup(func() { command(t, "", nil, "docker", "network", "rm", "taken") })
	upCluster(t, "wrong")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"up", "--name", "wrong", "--image", "registry.invalid/cassandra"}, []string{"pull registry.invalid/cassandra: ", "docker load -i image.tar"}},
		{[]string{"up", "--name", "wrong", "--engine", "scylla", "--image", "registry.invalid/scylla"}, []string{"pull registry.invalid/scylla: ", "docker load -i image.tar"}},
		{[]string{"up", "--name", "taken"}, []string{"the network taken is not one of helenus up", "--name"}},
		{[]string{"up", "--name", "wrong", "-n", "1", "--image", imageName, "--port", fmt.Sprint(port)}, []string{"start wrong-1", "--port names another port"}},
		{[]string{"up", "-n", "0"}, []string{"-n is 0; allowed: 1 to 50"}},
		{[]string{"up", "--memory", "much"}, []string{"--memory", "512M"}},
		{[]string{"up", "--port", "cql"}, []string{"--port", "1 to 65535"}},
		{[]string{"up", "--engine", "postgres"}, []string{"allowed: helenus, cassandra, scylla"}},
		{[]string{"up", "--print", "stack"}, []string{"allowed: compose"}},
		{[]string{"scale", "many"}, []string{`"many" is no number of nodes; allowed: 1 to 50`}},
		{[]string{"scale", "2", "--name", "nobody"}, []string{"cluster nobody", "helenus ps"}},
		{[]string{"logs", "--name", "nobody"}, []string{"cluster nobody", "helenus ps"}},
	} {
		out, err := tryHelenus(t, test.args...)
		if err == nil {
			t.Errorf("%q ended well:\n%s", test.args, out)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q: %q is missing in\n%s", test.args, want, out)
			}
		}
	}
	if left := docker(t, "ps", "-q", "--filter", "label=helenus.cluster=wrong"); left != "" {
		t.Error("something runs")
	}
	t.Run("no engine", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", "unix:///no/such/docker.sock")
		for _, verb := range [][]string{{"up"}, {"ps"}, {"logs"}, {"scale", "3"}, {"down"}} {
			out, err := tryHelenus(t, verb...)
			if err == nil || !strings.Contains(out, "Docker does not answer at unix:///no/such/docker.sock") || !strings.Contains(out, "systemctl start docker") || !strings.Contains(out, "helenus dev -n 3") {
				t.Errorf("%s: %v\n%s", verb[0], err, out)
			}
		}
	})
}

// TestUpOwnImage guards that up makes the image from the program itself where the engine has none.
func TestUpOwnImage(t *testing.T) {
	const name = "own"
	upCluster(t, name)
	out := helenus(t, "up", "-n", "1", "--name", name, "--port", "0")
	image := docker(t, "inspect", "-f", "{{.Config.Image}}", "own-1")
	t.Cleanup(func() {
		if out, err := exec.Command("docker", "rmi", "-f", image).CombinedOutput(); err != nil {
			t.Errorf("docker rmi: %v\n%s", err, out)
		}
	})
	if !strings.Contains(out, "making "+image) || !strings.HasPrefix(image, "helenus:") {
		t.Errorf("%s\n%s", image, out)
	}
	if docker(t, "image", "inspect", "-f", "{{.Id}}", image) != docker(t, "image", "inspect", "-f", "{{.Id}}", imageName) {
		t.Error("another image than helenus image build makes")
	}
}

// TestUpBoard shows progress on a terminal, where lines change in place.
func TestUpBoard(t *testing.T) {
	upCluster(t, "board")
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	person, program := engine.OpenTerminal(t)
	defer person.Close()
	cmd := exec.CommandContext(t.Context(), binary, "up", "-n", "2", "--name", "board", "--image", imageName, "--port", "0")
	cmd.Env = append(os.Environ(), "TERM=xterm")
	cmd.Stdout, cmd.Stderr = program, program
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	shown, _ := io.ReadAll(person) // ends with an error when the other end closes
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, shown)
	}
	if !strings.Contains(string(shown), "\x1b[3A\r\x1b[Knetwork        created\r\n\r\x1b[Kboard-1        ready\r\n") {
		t.Errorf("%q", shown)
	}
}
