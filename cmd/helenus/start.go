package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"helenus/internal/cassandra"
	"helenus/internal/config"
)

// cutFlag has a node begin cut off from others, as helenus dev partition left it.
const cutFlag = "cut"

// launch are what Cassandra's launcher takes beside settings.
type launch struct {
	yaml, pidFile string
	properties    []string
	cut           []string // addresses of nodes not to speak to
	version       bool
}

func newStartCommand() *cobra.Command {
	var l launch
	c := &cobra.Command{
		Use:   "start",
		Short: "run a node in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if l.version {
				return printRelease(c)
			}
			settings, err := l.settings(c.Flags())
			if err != nil {
				return usageError{err}
			}
			if err := l.writePid(); err != nil {
				return err
			}
			defer l.removePid()
			return run(c.Context(), settings, l.cut, c.OutOrStdout(), nil)
		},
	}
	l.flags(c.Flags())
	return c
}

// flags are the settings and the launcher's own.
func (l *launch) flags(flags *pflag.FlagSet) {
	for _, f := range config.Flags() {
		flags.String(f.Name, f.Default, f.About)
	}
	flags.StringSliceVar(&l.cut, cutFlag, nil, "addresses of nodes not to speak to")
	if err := flags.MarkHidden(cutFlag); err != nil {
		panic(err) // it is there
	}
	flags.StringVar(&l.yaml, "config", "", "cassandra.yaml to read")
	flags.BoolP("foreground", "f", true, "run in the foreground, as always")
	flags.BoolP("allow-root", "R", true, "run as root, as always")
	flags.StringVarP(&l.pidFile, "pid-file", "p", "", "file to write the process's id to")
	flags.StringArrayVarP(&l.properties, "define", "D", nil, "property as for Cassandra, such as -Dcassandra.replace_address=10.0.0.7")
	flags.StringP("heap-dump", "H", "", "taken as Cassandra takes it; nothing is written there")
	flags.StringP("error-file", "E", "", "taken as Cassandra takes it; nothing is written there")
	flags.BoolVarP(&l.version, "cassandra-version", "v", false, "print the release of Cassandra that the node speaks like")
}

// settings resolves everything.
func (l *launch) settings(flags *pflag.FlagSet) (*config.Settings, error) {
	s := config.Sources{Flags: givenFlags(flags), YamlFile: l.yaml}
	for _, p := range l.properties {
		s.JVM = append(s.JVM, "-D"+strings.TrimSpace(p))
	}
	return config.Load(s)
}

func (l *launch) writePid() error {
	if l.pidFile == "" {
		return nil
	}
	if err := os.WriteFile(l.pidFile, fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		return fmt.Errorf("write the process's id: %w", err)
	}
	return nil
}

// removePid deletes what writePid wrote; that it is gone already is fine.
func (l *launch) removePid() {
	if l.pidFile != "" {
		_ = os.Remove(l.pidFile)
	}
}

func printRelease(c *cobra.Command) error {
	_, err := fmt.Fprintln(c.OutOrStdout(), cassandra.ReleaseVersion)
	return err
}

// givenFlags returns the settings among the flags that were given.
func givenFlags(flags *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	return given
}
