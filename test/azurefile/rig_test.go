//go:build linux

package azurefile

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/test/azurefile/lab"
	"helenus/test/server"
)

// imageName is the image's under test.
const imageName = "cassandra"

// host is the Docker host; shared is a directory that it and this machine see.
var (
	host   *lab.Lab
	shared string
)

func TestMain(m *testing.M) {
	code, err := within(m.Run)
	server.RemoveBinary()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// within makes the host, with engine and image, and ends it after f.
func within(f func() int) (code int, err error) {
	for _, program := range []string{"linux.uml", "smbd", "dropbear", "dbclient", "modprobe", "ip", "iptables", "dockerd"} {
		if _, err := exec.LookPath(program); err != nil || os.Getuid() != 0 {
			return 1, fmt.Errorf("%s is missing, or this is not root: go run ./test -only azurefile installs what is needed on Debian, as root", program)
		}
	}
	if shared, err = os.MkdirTemp("", "helenus-azurefile-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(shared)) }()
	binary, err := server.Binary()
	if err != nil {
		return 1, err
	}
	if out, err := exec.Command("cp", binary, filepath.Join(shared, "helenus")).CombinedOutput(); err != nil {
		return 1, fmt.Errorf("cp: %w\n%s", err, out)
	}
	if out, err := exec.Command(binary, "image", "build", "-t", imageName, "-o", filepath.Join(shared, "cassandra.tar")).CombinedOutput(); err != nil {
		return 1, fmt.Errorf("helenus image build: %w\n%s", err, out)
	}
	if host, err = lab.Start(shared); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, host.Stop()) }()
	if err := prepare(); err != nil {
		return 1, err
	}
	return f(), nil
}

// prepare brings a guest that has booted to where tests begin: an engine with the image, and the driver installed and started.
func prepare() error {
	if err := host.StartEngine(); err != nil {
		return err
	}
	if _, err := host.Docker(context.Background(), "load", "-i", filepath.Join(shared, "cassandra.tar")); err != nil {
		return err
	}
	if err := install(""); err != nil {
		return err
	}
	return startDriver()
}

// Where an installation has its files.
const (
	settingsFile = "/etc/default/azurefile-dockervolumedriver"
	unitFile     = "/etc/systemd/system/azurefile-dockervolumedriver.service"
	jobFile      = "/etc/init/azurefile-dockervolumedriver.conf"
	driverLog    = "/var/log/azurefile.log"
)

// install installs the driver and fills in account and key, as the article does.
func install(option string) error {
	_, err := host.Exec(context.Background(), fmt.Sprintf("rm -f %s && %s/helenus volume-driver install %s && sed -i -e 's|youraccount|%s|' -e 's|yourkey|%s|' %[1]s", settingsFile, shared, option, lab.Account, host.Key()))
	return err
}

// asSystemd starts what a unit says, as systemd does: its EnvironmentFile's variables, its ExecStart's words.
const asSystemd = `set -e
file=$(sed -n 's/^EnvironmentFile=//p' ` + unitFile + `)
command=$(sed -n 's/^ExecStart=//p' ` + unitFile + `)
set -a; . "$file"; set +a
eval "set -- $command"
setsid "$@" >>` + driverLog + ` 2>&1 </dev/null &
echo $! >/run/azurefile.pid`

// asUpstart runs the script of a job, as upstart does.
const asUpstart = `sed -n '/^script$/,/^end script$/p' ` + jobFile + ` | sed '1d;$d' >/run/azurefile.job
setsid sh -e /run/azurefile.job >>` + driverLog + ` 2>&1 </dev/null &
echo $! >/run/azurefile.pid`

func startDriver() error { return startDriverBy(asSystemd) }

// startDriverBy starts the driver and returns when it serves.
func startDriverBy(way string) error {
	_, err := host.Exec(context.Background(), "rm -f /run/docker/plugins/azurefile.sock\n"+way+`
for i in $(seq 600); do [ -S /run/docker/plugins/azurefile.sock ] && exit; sleep 0.1; done
cat `+driverLog+`; exit 1`)
	return err
}

// killDriver ends it as kill -9 or, with TERM, as its service manager does.
func killDriver(t *testing.T, signal string) {
	t.Helper()
	// At the end of a test its own context is done.
	if _, err := host.Exec(context.Background(), "p=$(cat /run/azurefile.pid); kill -"+signal+" $p; while kill -0 $p 2>/dev/null; do sleep 0.05; done"); err != nil {
		t.Fatal(err)
	}
}

// guest runs a script in the guest that must succeed, and returns what it prints.
func guest(t *testing.T, script string) string {
	t.Helper()
	out, err := host.Exec(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(out, "\n")
}

// docker runs a command that must succeed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := host.Docker(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fails runs a command that must fail.
func fails(t *testing.T, args ...string) string {
	t.Helper()
	out, err := host.Docker(t.Context(), args...)
	if err == nil {
		t.Fatalf("docker %s succeeds:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// volume makes a volume and removes it, with its containers gone by then, at the end of the test.
func volume(t *testing.T, name string, options ...string) {
	t.Helper()
	args := []string{"volume", "create", "--name", name, "-d", "azurefile"}
	for _, o := range options {
		args = append(args, "-o", o)
	}
	docker(t, args...)
	t.Cleanup(func() {
		if out, err := host.Docker(context.Background(), "volume", "rm", "-f", name); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// start runs a container in the background and removes it at the end of the test.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			for _, show := range []string{"docker logs " + name + " 2>&1 | tail -40", "tail -40 " + driverLog, "dmesg | tail -20"} {
				out, _ := host.Exec(context.Background(), show) // for the reader only
				t.Logf("%s:\n%s", show, out)
			}
		}
		if out, err := host.Docker(context.Background(), "rm", "-fv", name); err != nil && !strings.Contains(out, "No such container") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	docker(t, append([]string{"run", "-d", "--name", name}, args...)...)
}

// readyWithin bounds how long a node may take to answer; the machine may be busy.
const readyWithin = 3 * time.Minute

// dial connects to the node whose CQL port the host publishes.
func dial(t *testing.T) *client.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyWithin)
	defer cancel()
	for {
		c, err := connect(ctx)
		if err == nil {
			t.Cleanup(func() { c.Close() })
			return c
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no node answers after %s: %v", readyWithin, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func connect(ctx context.Context) (*client.Conn, error) {
	within, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return client.Dial(within, client.Options{Addr: net.JoinHostPort(host.Address(), "9042")})
}

// query runs statements that must succeed.
func query(t *testing.T, c *client.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.Query(t.Context(), statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// until waits for something to come about.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(readyWithin); !f(); <-time.After(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %s", what, readyWithin)
		}
	}
}
