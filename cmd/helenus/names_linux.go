package main

import (
	"context"
	"os"
	"strings"

	"helenus/container/entrypoint"
	"helenus/container/process"
	"helenus/container/userland"
)

// runInContainer runs what only an image has names for: its entrypoint, shell and small commands.
func runInContainer(args []string) (status int, ran bool) {
	switch name := programName(args); {
	case name == "docker-entrypoint.sh":
		return entrypoint.Main(args[1:], os.Stderr), true
	case userland.Has(name):
		return userland.Main(args), true
	}
	joinContainer()
	// The first process of a container collects what health checks leave behind.
	go process.Reap(context.Background())
	return 0, false
}

// joinContainer makes what docker exec and health checks start follow the same rules as the server, where that is the first process of the
// container under the name that its entrypoint gave it. They have the container's variables, but not the one that the entrypoint sets, and may
// not read it there: the server is another user's.
func joinContainer() {
	raw, err := os.ReadFile("/proc/1/cmdline")
	if err != nil || os.Getpid() == 1 || os.Getenv("CASSANDRA_CONF") == "" {
		return
	}
	if name, _, _ := strings.Cut(string(raw), "\x00"); name == "cassandra" {
		if err := os.Setenv(entrypoint.ContainerVariable, "1"); err != nil {
			panic(err) // the name is a constant
		}
	}
}
