//go:build linux

package userland

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// signalNamed reads TERM, SIGTERM or 15.
func signalNamed(text string) (syscall.Signal, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < 65 {
		return syscall.Signal(n), nil
	}
	name := strings.ToUpper(text)
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if s := unix.SignalNum(name); s != 0 {
		return s, nil
	}
	return 0, usageError(text + " is no signal; kill -l shows them")
}

func runKill(ctx context.Context, c *Call) error {
	sig, args := syscall.SIGTERM, c.Args
	if len(args) > 0 && (args[0] == "-l" || args[0] == "--list") {
		var names []string
		for n := syscall.Signal(1); n < 32; n++ {
			names = append(names, strings.TrimPrefix(unix.SignalName(n), "SIG"))
		}
		c.printf("%s\n", strings.Join(names, " "))
		return nil
	}
	var err error
	switch {
	case len(args) > 1 && (args[0] == "-s" || args[0] == "-n"):
		sig, err = signalNamed(args[1])
		args = args[2:]
	case len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && args[0] != "--":
		sig, err = signalNamed(args[0][1:])
		args = args[1:]
	}
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return usageError("a pid is missing")
	}
	failed := false
	for _, arg := range args {
		pid, err := strconv.Atoi(arg)
		if err != nil {
			c.complain(errors.New(arg + " is no pid; jobs of this shell have none"))
			failed = true
			continue
		}
		if pid == os.Getpid() && killSelf(ctx, sig) {
			continue
		}
		if err := syscall.Kill(pid, sig); err != nil {
			c.complain(errors.New("(" + arg + ") - " + err.Error()))
			failed = true
		}
	}
	if failed {
		return status(1)
	}
	return nil
}

// killSelf gives a signal to the process that runs the script, before the next command as other shells do: to its trap, or else it waits for
// the end. It says whether that was all.
func killSelf(ctx context.Context, sig syscall.Signal) bool {
	if sh := trapping.Load(); sh != nil && sh.take(sig) {
		return true
	}
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT:
		if syscall.Kill(os.Getpid(), sig) == nil {
			<-ctx.Done()
			return true
		}
	}
	return false
}

// processInfo is what /proc tells of a process.
type processInfo struct {
	pid, parent, uid int
	residentKiB      int
	name, command    string
}

// allProcesses returns the processes of the container by pid.
func allProcesses() ([]processInfo, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var all []processInfo
	for _, dir := range dirs {
		raw, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil {
			continue // it ended meanwhile
		}
		var p processInfo
		p.pid, _ = strconv.Atoi(filepath.Base(dir))
		for _, line := range strings.Split(string(raw), "\n") {
			name, value, _ := strings.Cut(line, ":")
			fields := strings.Fields(value)
			if len(fields) == 0 {
				continue
			}
			switch name {
			case "Name":
				p.name = fields[0]
			case "PPid":
				p.parent, _ = strconv.Atoi(fields[0])
			case "Uid":
				p.uid, _ = strconv.Atoi(fields[1])
			case "VmRSS":
				p.residentKiB, _ = strconv.Atoi(fields[0])
			}
		}
		if line, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil {
			p.command = strings.TrimSpace(string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
		if p.command == "" {
			p.command = "[" + p.name + "]"
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b processInfo) int { return a.pid - b.pid })
	return all, nil
}

func runProcesses(_ context.Context, c *Call) error {
	for _, arg := range c.Args {
		if strings.Trim(arg, "-auxefwA") != "" {
			return usageError("unknown option " + arg)
		}
	}
	all, err := allProcesses()
	if err != nil {
		return err
	}
	c.printf("%-10s %7s %7s %9s %s\n", "USER", "PID", "PPID", "RSS", "COMMAND")
	for _, p := range all {
		c.printf("%-10s %7d %7d %9d %s\n", userName(p.uid), p.pid, p.parent, p.residentKiB, p.command)
	}
	return nil
}

func runProcessGrep(_ context.Context, c *Call) error {
	o, operands, err := c.parse("fx", map[string]byte{"full": 'f', "exact": 'x'})
	if err != nil {
		return err
	}
	if len(operands) != 1 {
		return usageError("one pattern is needed")
	}
	pattern := operands[0]
	if o.has('x') {
		pattern = "^(?:" + pattern + ")$"
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return usageError(err.Error())
	}
	all, err := allProcesses()
	if err != nil {
		return err
	}
	found := false
	for _, p := range all {
		subject := p.name
		if o.has('f') {
			subject = p.command
		}
		if p.pid != os.Getpid() && re.MatchString(subject) {
			found = true
			c.printf("%d\n", p.pid)
		}
	}
	if !found {
		return status(1)
	}
	return nil
}
