package main

import (
	"io"
	"os"
	"os/exec"

	"helenus/internal/udf"
	"helenus/internal/udf/worker"
)

// runScripts is what the process does that a node starts for functions in JavaScript and WebAssembly.
func runScripts(args []string) (ran bool) {
	if len(args) != 2 || args[1] != worker.Argument {
		return false
	}
	worker.Main(os.Stdin, os.Stdout, os.Exit)
	return true
}

// scriptProcess is such a process, as the node sees it.
type scriptProcess struct {
	cmd *exec.Cmd
	io.Reader
	io.Writer
}

// startScripts starts this program again to run scripts. It gets nothing of the node's: no environment, no files, no directory.
func startScripts() (udf.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &scriptProcess{cmd: exec.Command(self, worker.Argument)}
	p.cmd.Env = []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}
	p.cmd.Dir = string(os.PathSeparator)
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.Reader, p.Writer = out, in
	if err := startChild(p.cmd); err != nil {
		return nil, err
	}
	return p, nil
}

// Kill ends the process; that it has ended already is fine.
func (p *scriptProcess) Kill() { _ = p.cmd.Process.Kill() }

// Wait collects it. What it ended with says nothing: it was killed.
func (p *scriptProcess) Wait() { _ = waitChild(p.cmd) }
