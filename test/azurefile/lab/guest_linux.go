package lab

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed init.sh
var initScript []byte

// memory of the guest, which also holds what its engine has.
const memory = "2G"

// prepare writes what the guest starts from.
func (l *Lab) prepare(shared []string) error {
	modules := filepath.Join(l.dir, "modules", "lib", "modules")
	if err := os.MkdirAll(modules, 0o755); err != nil {
		return err
	}
	kernels, err := filepath.Glob("/usr/lib/uml/modules/*")
	if err != nil {
		return err
	}
	for _, k := range kernels {
		if err := os.Symlink(k, filepath.Join(modules, filepath.Base(k))); err != nil {
			return err
		}
	}
	for _, name := range []string{"client.key", "host.key"} {
		if err := run("dropbearkey", "-t", "ed25519", "-f", l.file(name)); err != nil {
			return err
		}
	}
	out, err := exec.Command("dropbearkey", "-y", "-f", l.file("client.key")).Output()
	if err != nil {
		return fmt.Errorf("dropbearkey: %w", err)
	}
	public := ""
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "ssh-") {
			public = line + "\n"
		}
	}
	env := fmt.Sprintf("host=%s\nguest=%s\naccount=%s\nshared='%s'\n", l.network.host, l.network.guest, Account, strings.Join(shared, " "))
	for name, content := range map[string]string{"client.pub": public, "env": env} {
		if err := os.WriteFile(l.file(name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(l.file("init.sh"), initScript, 0o700)
}

// Boot starts the guest.
func (l *Lab) Boot() error {
	if err := os.Remove(l.file("ready")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var limit syscall.Rlimit // each file that the guest has open is one of ours
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		limit.Cur = limit.Max
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			return err
		}
	}
	var err error
	l.guest, err = startProcess(l.file("guest.log"), "linux.uml", "mem="+memory, "umid="+l.network.tap, "uml_dir="+l.file("uml")+"/", "rootfstype=hostfs", "rootflags=/", "ro",
		"init="+l.file("init.sh"), "vec0:transport=tap,ifname="+l.network.tap+",depth=64,gro=1", "quiet", "con0=null,fd:1", "con=null", "ssl=null")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		if _, err := os.Stat(l.file("ready")); err == nil {
			if _, err := l.Exec(ctx, "true"); err == nil {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the guest does not answer:\n%s", l.guest.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Crash ends the guest as a loss of power does: nothing is flushed.
func (l *Lab) Crash() error { return l.guest.kill() }

// Exec runs a script in the guest and returns what it prints; the error holds that, too.
func (l *Lab) Exec(ctx context.Context, script string) (string, error) {
	cmd := exec.CommandContext(ctx, "dbclient", "-y", "-y", "-T", "-i", l.file("client.key"), "root@"+l.network.guest,
		"export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"+script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("in the guest: %s: %w\n%s%s", script, err, &out, noise(&errs))
	}
	return out.String(), nil
}

// noise drops what the ssh client says of itself.
func noise(errs io.Reader) string {
	raw, err := io.ReadAll(errs)
	if err != nil {
		return err.Error()
	}
	var kept []string
	for _, line := range strings.Split(string(raw), "\n") {
		if !strings.Contains(line, "hostkey check") && !strings.HasPrefix(line, "Host '") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// StartEngine starts the guest's Docker engine and returns once it answers.
func (l *Lab) StartEngine() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	if _, err := l.Exec(ctx, "setsid dockerd -H unix:///var/run/docker.sock -H tcp://"+l.network.guest+":2375 --tls=false >>/var/log/dockerd.log 2>&1 </dev/null & echo $! >/run/dockerd.pid"); err != nil {
		return err
	}
	for {
		if _, err := l.Docker(ctx, "version"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := l.Exec(context.Background(), "tail -50 /var/log/dockerd.log") // for the reader only
			return fmt.Errorf("the engine does not answer:\n%s", log)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// StopEngine ends it as its service manager does, and waits for its end.
func (l *Lab) StopEngine() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	_, err := l.Exec(ctx, "p=$(cat /run/dockerd.pid); kill $p; while kill -0 $p 2>/dev/null; do sleep 0.1; done")
	return err
}

// Docker runs a command of Docker's against the guest's engine and returns what it prints, without the last line end.
func (l *Lab) Docker(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST=tcp://"+l.network.guest+":2375", "DOCKER_CONTEXT=")
	out, err := cmd.CombinedOutput()
	text := strings.TrimRight(string(out), "\n")
	if err != nil {
		return text, fmt.Errorf("docker %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return text, nil
}
