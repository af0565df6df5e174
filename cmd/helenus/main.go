// Command helenus is a Cassandra-compatible database in one binary. Started under the name cassandra, cqlsh or nodetool it behaves as that
// program.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"helenus/internal/node"
)

func main() {
	if runScripts(os.Args) {
		return
	}
	if status, ran := runInContainer(os.Args); ran {
		os.Exit(status)
	}
	root := newRoot()
	root.SetArgs(argsFor(os.Args))
	if err := root.Execute(); err != nil {
		var status exitStatus
		if errors.As(err, &status) {
			os.Exit(int(status))
		}
		fmt.Fprintln(os.Stderr, "helenus: "+err.Error())
		var usage usageError
		if errors.As(err, &usage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// exitStatus ends the program without a further message.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError is a wrong flag or value.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (u usageError) Unwrap() error { return u.error }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "helenus",
		Short:         "a Cassandra-compatible database in one binary",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; %s --help shows the flags", err, c.CommandPath())}
	})
	root.AddCommand(newStartCommand(), newCassandraCommand(), newConfigCommand(), newHealthCommand(), newDevCommand(), newCqlshCommand(), newNodetoolCommand(), newImageCommand(), newUpCommand(), newScaleCommand(), newOnHostCommand(), newDownCommand(), newPSCommand(), newLogsCommand(), newVolumeDriverCommand(), newVersionCommand())
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "helenus "+node.Version)
			return err
		},
	}
}
