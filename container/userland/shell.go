//go:build linux

package userland

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell is one run of bash or sh.
type shell struct {
	call        *Call
	runner      *interp.Runner
	descriptors descriptors
	jobs        jobs
	traps       traps
	processes   bool // background commands are processes with pids
	// alone: nothing runs in the background, so exec may replace the process.
	alone bool
	// whole: the shell is the process, not a command inside another one.
	whole bool
}

// shellArguments are bash's.
type shellArguments struct {
	script      string
	hasScript   bool     // -c
	login       bool     // -l
	interactive bool     // -i
	stdin       bool     // -s
	set         []string // what set takes: -e, -o pipefail
	operands    []string
}

// parseShell reads bash's arguments. Options that only choose which start-up files are read have nothing to choose from here.
func parseShell(args []string) (shellArguments, error) {
	var a shellArguments
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" || arg == "-" {
			args = args[1:]
			break
		}
		if len(arg) < 2 || arg[0] != '-' && arg[0] != '+' {
			break
		}
		args = args[1:]
		switch arg {
		case "--login":
			a.login = true
			continue
		case "--norc", "--noprofile", "--posix":
			continue
		}
		if strings.HasPrefix(arg, "--") {
			return a, usageError("unknown option " + arg)
		}
		for _, letter := range arg[1:] {
			switch letter {
			case 'c':
				a.hasScript = true
			case 'l':
				a.login = true
			case 'i':
				a.interactive = true
			case 's':
				a.stdin = true
			case 'o', 'O':
				if len(args) == 0 {
					return a, usageError(arg + " takes a name")
				}
				if letter == 'o' {
					a.set = append(a.set, arg[:1]+"o", args[0])
				}
				args = args[1:]
			default:
				a.set = append(a.set, arg[:1]+string(letter))
			}
		}
	}
	a.operands = args
	if a.hasScript {
		if len(args) == 0 {
			return a, usageError("-c takes a script")
		}
		a.script, a.operands = args[0], args[1:]
	}
	return a, nil
}

// prompts says whether a command is a shell that a person types into.
func prompts(name string, args []string) bool {
	if name != "bash" && name != "sh" {
		return false
	}
	a, err := parseShell(args)
	return err == nil && !a.hasScript && (a.stdin || len(a.operands) == 0) && (a.interactive || term.IsTerminal(int(os.Stdin.Fd())))
}

func runShell(ctx context.Context, c *Call) error {
	a, err := parseShell(c.Args)
	if err != nil {
		return err
	}
	s := &shell{call: c, alone: true, whole: c.In == os.Stdin && c.Out == os.Stdout}
	s.traps = traps{bodies: map[syscall.Signal]string{}, came: make(chan syscall.Signal, trapsPending)}
	// The script's name is $0.
	name, params := c.Name, a.operands
	var source io.Reader
	switch {
	case a.hasScript:
		source = strings.NewReader(a.script)
		if len(params) > 0 {
			name, params = params[0], params[1:]
		}
	case len(params) > 0 && !a.stdin:
		name, params = params[0], params[1:]
		file, err := os.Open(c.path(name))
		if err != nil {
			c.complain(err)
			if errors.Is(err, fs.ErrNotExist) {
				return status(statusNotFound)
			}
			return status(statusCannotRun)
		}
		defer file.Close()
		source = file
	}
	if err := s.start(append(append(slices.Clone(a.set), "--"), params...)); err != nil {
		return usageError(err.Error())
	}
	defer s.descriptors.close()
	if a.login {
		if err := s.source(ctx, "/etc/profile"); err != nil {
			return err
		}
	}
	if source == nil {
		if prompts(c.Name, c.Args) && s.whole {
			return s.prompt(ctx)
		}
		source = c.stdin()
	}
	return s.run(ctx, name, source)
}

func (s *shell) start(params []string) (err error) {
	c := s.call
	s.runner, err = interp.New(
		interp.Env(expand.ListEnviron(c.Env...)), interp.Dir(c.Dir), interp.StdIO(c.In, c.Out, c.Err), interp.Params(params...),
		interp.CallHandler(s.divert), interp.OpenHandler(s.open),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.exec }),
	)
	return err
}

// source runs a file where there is one.
func (s *shell) source(ctx context.Context, name string) error {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return s.run(ctx, name, file)
}

// run runs a whole script.
func (s *shell) run(ctx context.Context, name string, source io.Reader) error {
	program, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(source, name)
	if err != nil {
		s.call.complain(err)
		return status(2)
	}
	r := rewrite(program)
	s.alone, s.processes = r.alone && s.whole, r.processes
	return s.ending(ctx, s.runner.Run(ctx, program))
}

// ending turns what the interpreter returns into a status.
func (s *shell) ending(ctx context.Context, err error) error {
	var code interp.ExitStatus
	var signal signalled
	switch {
	case err == nil:
		return nil
	case errors.As(err, &code):
		return status(code)
	case errors.As(context.Cause(ctx), &signal):
		return status(128 + int(signal))
	}
	return err
}

// divert sends what the interpreter knows as a builtin, and does not have, to exec.
func (s *shell) divert(_ context.Context, args []string) ([]string, error) {
	switch args[0] {
	case "kill", "umask", "ulimit":
		return append([]string{divertedPrefix + args[0]}, args[1:]...), nil
	case "trap":
		return append([]string{wordTrap}, args[1:]...), nil
	case "wait":
		if s.processes {
			return append([]string{wordWait}, args[1:]...), nil
		}
	case wordLast:
		if interp.IsBuiltin(args[1]) {
			return s.divert(context.Background(), args[1:])
		}
	}
	return args, nil
}

// exec runs what is neither a function nor a builtin, then the traps of signals that came meanwhile.
func (s *shell) exec(ctx context.Context, args []string) error {
	hc := interp.HandlerCtx(ctx)
	err := s.command(ctx, hc, args)
	if trapErr := s.runTraps(ctx, hc); trapErr != nil {
		return trapErr
	}
	return err
}

func (s *shell) command(ctx context.Context, hc interp.HandlerContext, args []string) error {
	c := &Call{Name: s.call.Name, In: hc.Stdin, Out: hc.Stdout, Err: hc.Stderr, Env: environment(hc.Env), Dir: hc.Dir}
	name, diverted := strings.CutPrefix(args[0], divertedPrefix)
	switch {
	case diverted:
		return exitStatus(c.here(ctx, append([]string{name}, args[1:]...)))
	case args[0] == wordOpen:
		return s.openDescriptor(ctx, c, args[1:])
	case args[0] == wordClose:
		s.descriptors.drop(args[1])
		return exitStatus(hc.LastExitStatus)
	case args[0] == wordTrap:
		return s.trap(ctx, hc, args[1:])
	case args[0] == wordWait:
		return s.wait(ctx, hc, c, args[1:])
	case args[0] == wordBackground:
		return s.background(ctx, hc, c, args[1:])
	case args[0] == wordReplace:
		if s.alone && streams(c) {
			return shellError(c.replace(args[1:]))
		}
		return hc.Builtin(ctx, append([]string{"exec"}, args[1:]...))
	case args[0] == wordLast:
		_, own, err := c.locate(args[1])
		if s.alone && err == nil && !own && streams(c) {
			return shellError(c.replace(args[1:]))
		}
		args = args[1:]
	}
	_, own, err := c.locate(args[0])
	if err != nil {
		return shellError(c.cannotRun(err))
	}
	if own && args[0] != "bash" && args[0] != "sh" { // shells have pids, traps and signals of their own
		return exitStatus(c.here(ctx, args))
	}
	return shellError(c.spawn(ctx, args))
}

func exitStatus(code int) error {
	if code == 0 {
		return nil
	}
	return interp.ExitStatus(code)
}

func shellError(err error) error {
	var code status
	if errors.As(err, &code) {
		return exitStatus(int(code))
	}
	return err
}

// environment returns the exported variables.
func environment(env expand.Environ) []string {
	values := map[string]string{}
	env.Each(func(name string, v expand.Variable) bool {
		if v.IsSet() && v.Exported && v.Kind == expand.String {
			values[name] = v.Str
		} else {
			delete(values, name)
		}
		return true
	})
	all := make([]string, 0, len(values))
	for name, value := range values {
		all = append(all, fmt.Sprintf("%s=%s", name, value))
	}
	slices.Sort(all)
	return all
}
