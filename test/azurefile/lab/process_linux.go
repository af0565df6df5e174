package lab

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// process is a program with all that it starts. It ends with whoever started it, even when that is killed: then the pipe to its keeper closes.
type process struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
	log  string
}

// keeper starts the program, waits for the pipe's end, and kills what it has started: the program's process group, if it has made one of its own, and
// the one that it was started in, the keeper among it.
const keeper = `"$@" </dev/null & cat >/dev/null; kill -KILL -$! $! 2>/dev/null; wait; kill -KILL 0`

func startProcess(log string, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command("sh", append([]string{"-c", keeper, "sh", name}, args...)...), log: log}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.pipe, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, nil
}

// kill ends the program at once, and waits for its end.
func (p *process) kill() error {
	if err := p.pipe.Close(); err != nil {
		return err
	}
	_ = p.cmd.Wait() // it says that the keeper was killed
	return nil
}

// tail is the end of its output, for messages.
func (p *process) tail() string { return tail(p.log) }

func tail(file string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-3000):])
}

// run runs a command to its end.
func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
