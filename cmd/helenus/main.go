// Command helenus is a Cassandra-compatible database in one binary. Started under the name cassandra, cqlsh or nodetool it behaves as that
// program.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"helenus/internal/node"
)

func main() {
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

// argsFor returns the arguments with the command that the program's name stands for.
func argsFor(args []string) []string {
	switch strings.TrimSuffix(filepath.Base(args[0]), ".exe") {
	case "cassandra":
		return append([]string{"start"}, args[1:]...)
	case "cqlsh":
		return append([]string{"cqlsh"}, args[1:]...)
	case "nodetool":
		return append([]string{"nodetool"}, args[1:]...)
	}
	return args[1:]
}

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
	root.AddCommand(newStartCommand(), newDevCommand(), newCqlshCommand(), newNodetoolCommand(), newVersionCommand())
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
