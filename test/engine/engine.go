//go:build linux

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"helenus/test/server"
)

// ImageName is the image's under test, as in commands and compose files that are to work unchanged.
const ImageName = "cassandra"

// The engine's death signal goes by the thread that started it: the process's first one, which lives as long as the process.
func init() { runtime.LockOSThread() }

// BuildImage makes the image by the command that users have.
func BuildImage() error {
	if err := OwnsName(); err != nil {
		return err
	}
	binary, err := server.Binary()
	if err != nil {
		return err
	}
	if out, err := exec.Command(binary, "image", "build", "-t", ImageName).CombinedOutput(); err != nil {
		return fmt.Errorf("helenus image build: %w\n%s", err, out)
	}
	return nil
}

// OwnsName refuses to replace another image of the name.
func OwnsName() error {
	out, err := exec.Command("docker", "image", "inspect", "-f", `{{index .Config.Labels "org.opencontainers.image.title"}}`, ImageName).Output()
	if err == nil && strings.TrimSpace(string(out)) != "Helenus" {
		return fmt.Errorf("the engine has another image %s: remove it (docker rmi %[1]s), or stop the engine so that the tests start their own", ImageName)
	}
	return nil
}

// Main runs a package's tests with an engine, after prepare, and ends the process.
func Main(m *testing.M, prepare func() error) {
	code, err := with(func() (int, error) {
		if err := prepare(); err != nil {
			return 1, err
		}
		return m.Run(), nil
	})
	server.RemoveBinary()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// with calls f with an engine that docker reaches: the one that runs, else one of its own, which it ends. Only one process has it at a time,
// since names of containers and the bridge's addresses are the engine's.
func with(f func() (int, error)) (int, error) {
	release, err := take(os.Getenv("DOCKER_HOST"))
	if err != nil {
		return 1, err
	}
	defer release()
	if exec.Command("docker", "version").Run() == nil {
		return f()
	}
	if _, err := exec.LookPath("dockerd"); err != nil || os.Getuid() != 0 {
		return 1, errors.New("no Docker engine runs, and none can be started: go run ./test -only docker installs one on Debian, as root")
	}
	e, err := start()
	if err != nil {
		return 1, err
	}
	code, err := f()
	return code, errors.Join(err, e.stop())
}

// engine is a dockerd of the tests' own.
type engine struct {
	dir  string
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// engineWithin bounds how long an engine may take to start or end.
const engineWithin = time.Minute

func start() (*engine, error) {
	dir, err := os.MkdirTemp("", "helenus-docker-")
	if err != nil {
		return nil, err
	}
	e := &engine{dir: dir, done: make(chan struct{})}
	if e.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	socket := "unix://" + filepath.Join(dir, "docker.sock")
	e.cmd = exec.Command("dockerd", "--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"), "--pidfile", filepath.Join(dir, "pid"), "--host", socket)
	e.cmd.Stdout, e.cmd.Stderr = e.log, e.log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // should the tests be killed
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = e.cmd.Wait() // its log says why it ended
		close(e.done)
	}()
	if err := os.Setenv("DOCKER_HOST", socket); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineWithin)
	defer cancel()
	for exec.CommandContext(ctx, "docker", "version").Run() != nil {
		select {
		case <-e.done:
			return nil, fmt.Errorf("dockerd ended:\n%s", e.tail())
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("dockerd does not answer after %s:\n%s", engineWithin, e.tail()), e.stop())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return e, nil
}

func (e *engine) tail() string {
	raw, err := os.ReadFile(e.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-4000):])
}

// stop ends the engine, which ends its containers, and removes what it had.
func (e *engine) stop() error {
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-e.done:
	case <-time.After(engineWithin):
		return fmt.Errorf("dockerd has not ended %s after SIGTERM; pid %d, log %s", engineWithin, e.cmd.Process.Pid, e.log.Name())
	}
	return errors.Join(e.log.Close(), os.RemoveAll(e.dir))
}
