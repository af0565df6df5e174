//go:build linux

package swarm

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"helenus/test/server"
)

var (
	hostCount = flag.Int("hosts", 3, "how many hosts the Swarm has; scenarios that need five are skipped with fewer")
	rounds    = flag.Int("rounds", 1, "how often a stack is deployed anew")
)

// imageName is what the stack file names.
const imageName = "helenus"

// The hosts' network: a bridge of this machine, host k at 10.94.0.k.
const (
	bridgeName    = "helenus-swarm"
	bridgeAddress = nobody + "/24"
	tempName      = "helenus-swarm-"
	nobody        = "10.94.0.254" // nothing is served there: who asks for a name is told so at once
)

// host is one machine of the Swarm: a network namespace with an engine in it.
type host struct {
	number  int
	name    string
	address string
	dir     string
	engine  *exec.Cmd
	done    chan struct{} // closed when the engine has ended
}

// lab are all hosts; the first manages the Swarm.
var lab []*host

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := withHosts(m.Run)
	server.RemoveBinary()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// withHosts calls f with a Swarm, and takes it down again.
func withHosts(f func() int) (code int, err error) {
	if os.Getuid() != 0 {
		return 1, errors.New("hosts of a Swarm are network namespaces, which only root makes")
	}
	began := time.Now()
	turn, err := net.Listen("unix", "@helenus-test-swarm") // the names of networks are the machine's
	if err != nil {
		return 1, fmt.Errorf("another process has a Swarm on this machine: %w", err)
	}
	defer turn.Close()
	dir, err := os.MkdirTemp("", tempName)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, takeDown(), os.RemoveAll(dir)) }()
	if err := errors.Join(takeDown(), makeBridge()); err != nil {
		return 1, err
	}
	binary, err := server.Binary()
	if err != nil {
		return 1, err
	}
	image := filepath.Join(dir, "image.tar")
	if _, err := run(binary, "image", "build", "-t", imageName, "-o", image); err != nil {
		return 1, err
	}
	for k := 1; k <= *hostCount; k++ {
		h := &host{number: k, name: fmt.Sprintf("swarm-%d", k), address: fmt.Sprintf("10.94.0.%d", k), dir: filepath.Join(dir, strconv.Itoa(k))}
		lab = append(lab, h)
		if err := errors.Join(h.connect(), h.boot()); err != nil {
			return 1, err
		}
	}
	for _, h := range lab {
		if err := h.await(); err != nil {
			return 1, err
		}
	}
	if err := errors.Join(loadAll(image), makeSwarm()); err != nil {
		return 1, err
	}
	fmt.Printf("a Swarm of %d hosts after %.1f s\n", len(lab), time.Since(began).Seconds())
	return f(), nil
}

// run runs a command and returns its output, or an error that holds it.
func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimRight(string(out), "\n"), nil
}

// runAll runs commands until one fails.
func runAll(commands ...string) error {
	for _, c := range commands {
		words := strings.Fields(c)
		if _, err := run(words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}

func makeBridge() error {
	return runAll("ip link add "+bridgeName+" type bridge", "ip link set "+bridgeName+" up", "ip addr add "+bridgeAddress+" dev "+bridgeName,
		"iptables -I FORWARD -i "+bridgeName+" -o "+bridgeName+" -j ACCEPT")
}

// takeDown removes hosts, also those that an earlier run has left.
func takeDown() error {
	for _, h := range lab {
		h.kill()
	}
	lab = nil
	end(bridgeName+"-", filepath.Join(os.TempDir(), tempName))
	var errs []error
	names, err := filepath.Glob("/run/netns/" + bridgeName + "-*")
	for _, n := range names {
		_, err := run("ip", "netns", "del", filepath.Base(n))
		errs = append(errs, err)
	}
	if _, err := os.Stat("/sys/class/net/" + bridgeName); err == nil {
		errs = append(errs, runAll("iptables -D FORWARD -i "+bridgeName+" -o "+bridgeName+" -j ACCEPT", "ip link del "+bridgeName))
	}
	return errors.Join(append(errs, err)...)
}

// space is the name of the host's network namespace, cable of its end at the bridge.
func (h *host) space() string { return fmt.Sprintf("%s-%d", bridgeName, h.number) }
func (h *host) cable() string { return fmt.Sprintf("hel-swarm-%d", h.number) }

// connect makes the host's network. It has no way out: nothing is pulled, no name is asked of the world.
func (h *host) connect() error {
	in := "ip -n " + h.space() + " "
	return runAll("ip netns add "+h.space(), "ip link add "+h.cable()+" type veth peer name eth0 netns "+h.space(), "ip link set "+h.cable()+" master "+bridgeName+" up",
		in+"link set lo up", in+"addr add "+h.address+"/24 dev eth0", in+"link set eth0 up")
}

// boot starts the host's engine. It has a /run and a host name of its own, and its containers a control group.
func (h *host) boot() error {
	if err := errors.Join(os.MkdirAll(h.dir, 0o755), os.RemoveAll(filepath.Join(h.dir, "exec"))); err != nil { // what a machine loses with its power
		return err
	}
	names := "127.0.0.1 localhost\n"
	for k := 1; k <= *hostCount; k++ { // as in a network of machines, whose names are known
		names += fmt.Sprintf("10.94.0.%d swarm-%[1]d\n", k)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "hosts"), []byte(names), 0o644); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(h.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	script := fmt.Sprintf("hostname %s && mount -t tmpfs tmpfs /run && mount --bind %[2]s/hosts /etc/hosts && rm -f %[2]s/pid && exec dockerd --data-root %[2]s/data --exec-root %[2]s/exec --pidfile %[2]s/pid "+
		"-H unix://%[2]s/docker.sock -H unix:///run/docker.sock --cgroup-parent /%[3]s --bip 10.95.%[4]d.1/24 --userland-proxy=false --dns %[5]s", h.name, h.dir, h.space(), h.number, nobody)
	h.engine = exec.Command("nsenter", "--net=/run/netns/"+h.space(), "unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", script)
	// An image that is there is taken as it is: no registry can be asked.
	h.engine.Env = append(os.Environ(), "DOCKER_SERVICE_PREFER_OFFLINE_IMAGE=1")
	h.engine.Stdout, h.engine.Stderr = log, log
	h.engine.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := h.engine.Start(); err != nil {
		return err
	}
	h.done = make(chan struct{})
	go func(c *exec.Cmd, done chan struct{}) {
		_ = c.Wait() // the log says why it ended
		close(done)
	}(h.engine, h.done)
	return nil
}

// engineWithin bounds how long an engine may take to start.
const engineWithin = time.Minute

// await returns once the engine answers.
func (h *host) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), engineWithin)
	defer cancel()
	for exec.CommandContext(ctx, "docker", "-H", h.socket(), "version").Run() != nil {
		select {
		case <-h.done:
			return fmt.Errorf("the engine of %s has ended:\n%s", h.name, h.tail())
		case <-ctx.Done():
			return fmt.Errorf("the engine of %s does not answer after %s:\n%s", h.name, engineWithin, h.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

func (h *host) tail() string {
	raw, err := os.ReadFile(filepath.Join(h.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-4000):])
}

func (h *host) socket() string { return "unix://" + h.dir + "/docker.sock" }

// loadAll puts the image into all engines.
func loadAll(image string) error {
	for _, h := range lab {
		if _, err := h.try("load", "-q", "-i", image); err != nil {
			return err
		}
	}
	return nil
}

func makeSwarm() error {
	if _, err := lab[0].try("swarm", "init", "--advertise-addr", lab[0].address); err != nil {
		return err
	}
	token, err := lab[0].try("swarm", "join-token", "-q", "worker")
	if err != nil {
		return err
	}
	for _, h := range lab[1:] {
		if _, err := h.try("swarm", "join", "--token", token, "--advertise-addr", h.address, lab[0].address+":2377"); err != nil {
			return err
		}
	}
	for _, h := range lab {
		if _, err := lab[0].try("node", "update", "--label-add", "cassandra=true", h.name); err != nil {
			return err
		}
	}
	return nil
}

// try runs docker against the host's engine.
func (h *host) try(args ...string) (string, error) {
	return run("docker", append([]string{"-H", h.socket()}, args...)...)
}

// docker is try for a command that must succeed.
func (h *host) docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := h.try(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// cut takes the host off the network, heal brings it back.
func (h *host) cut() error  { return runAll("ip link set " + h.cable() + " down") }
func (h *host) heal() error { return runAll("ip link set " + h.cable() + " up") }

// kill ends the engine and all its containers at once, as a loss of power does.
func (h *host) kill() {
	if h.engine == nil {
		return
	}
	_ = syscall.Kill(-h.engine.Process.Pid, syscall.SIGKILL) // it may have ended
	<-h.done
	h.engine = nil
	end(h.space()+"/", h.dir+"/")
}

// end kills processes until there are none: those of a control group, and those that name a folder, as an engine's helpers do.
func end(group, folder string) {
	for range 100 { // what is being started while they are killed is killed after
		pids := processes(group, folder)
		if len(pids) == 0 {
			break
		}
		for _, pid := range pids {
			endOne(pid)
		}
	}
}

// endOne kills a process and returns once it is over, or does not end for a second.
func endOne(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // it has ended
	}
	defer unix.Close(fd)
	_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)                                                     // it may have ended
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Second.Milliseconds())) // who waits for it looks again
}

// processes are those that end kills.
func processes(group, folder string) (pids []int) {
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" || !strings.Contains(path, "/"+group) {
			return nil // groups come and go
		}
		raw, _ := os.ReadFile(path)
		for _, f := range strings.Fields(string(raw)) {
			if pid, err := strconv.Atoi(f); err == nil {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range all {
		raw, _ := os.ReadFile(file)
		if bytes.Contains(raw, []byte(folder)) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid != os.Getpid() {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
