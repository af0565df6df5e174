package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"helenus/internal/config"
)

// Exit statuses of Cassandra's: of a machine that is not fit, of a start that failed, of a wrong configuration.
const (
	exitMachine       = 1
	exitStartup       = 3
	exitConfiguration = 100
)

// newCassandraCommand is what the program does under the name cassandra: helenus start with Cassandra's exit statuses.
func newCassandraCommand() *cobra.Command {
	var l launch
	c := &cobra.Command{
		Use:   "cassandra",
		Short: "run a node as Cassandra's launcher does",
		RunE: func(c *cobra.Command, args []string) error {
			if l.version {
				return printRelease(c)
			}
			if len(args) > 0 {
				return startFault(usageError{fmt.Errorf("%q is no option; cassandra takes -f -R -p FILE -v -Dname=value -H FILE -E FILE", args[0])})
			}
			settings, err := l.settings(c.Flags())
			if err != nil {
				return startFault(usageError{err})
			}
			if err := l.writePid(); err != nil {
				return startFault(err)
			}
			defer l.removePid()
			return startFault(run(c.Context(), settings, l.cut, c.OutOrStdout(), nil))
		},
	}
	l.flags(c.Flags())
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return startFault(usageError{err}) })
	return c
}

// startFault says why a node ended as the last line of the log, and returns Cassandra's exit status for it.
func startFault(err error) error {
	var status exitStatus
	if err == nil || errors.As(err, &status) {
		return err
	}
	cause := strings.ReplaceAll(err.Error(), "\n", "; ")
	fmt.Fprintf(os.Stderr, "Exception encountered during startup: %s\n", cause)
	return exitStatus(statusOf(err))
}

func statusOf(err error) int {
	var file *config.FileError
	var usage usageError
	switch {
	case errors.As(err, &file):
		return exitStartup
	case errors.As(err, &usage):
		return exitConfiguration
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EADDRNOTAVAIL):
		return exitMachine
	}
	return exitStartup
}
