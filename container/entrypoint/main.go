//go:build linux

package entrypoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"helenus/container/process"
)

// ContainerVariable tells the server that the rules of a container hold for its variables and defaults.
const ContainerVariable = "HELENUS_CONTAINER"

// Exit statuses: what Cassandra's launcher and shells give.
const (
	statusCannotStart = 3
	statusCannotRun   = 126
	statusNotFound    = 127
)

// server is the one command that is prepared for; any other runs as it is.
const server = "cassandra"

// Main does what the entrypoint is for and turns into the command; it returns a status only when it can't.
func Main(args []string, errs io.Writer) int {
	args = whole(args)
	env := os.Environ()
	if args[0] == server {
		if os.Getuid() == 0 {
			as, err := adopt(directories(os.Getenv), errs)
			if err != nil {
				fmt.Fprintln(errs, err)
				return statusCannotStart
			}
			if err := as.Become(); err != nil {
				fmt.Fprintln(errs, err)
				return statusCannotStart
			}
			env = set(env, "HOME", as.Home)
		}
		env = set(env, ContainerVariable, "1")
	}
	file, err := process.Find(args[0], os.Getenv("PATH"), "/")
	if err == nil {
		err = syscall.Exec(file, args, env)
	}
	fmt.Fprintf(errs, "docker-entrypoint.sh: %s: %v\n", args[0], err)
	if errors.Is(err, process.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return statusNotFound
	}
	return statusCannotRun
}

// whole puts the server in front of arguments that are options only.
func whole(args []string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return append([]string{server, "-f"}, args...)
	}
	return args
}

// set gives a variable a value in place of those it had.
func set(env []string, name, value string) []string {
	var kept []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, name+"=") {
			kept = append(kept, entry)
		}
	}
	return append(kept, name+"="+value)
}
