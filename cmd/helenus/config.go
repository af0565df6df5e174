package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newConfigCommand() *cobra.Command {
	var l launch
	explain := false
	c := &cobra.Command{
		Use:   "config",
		Short: "check the settings that a node would start with; --explain shows each value and where it comes from",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := l.settings(c.Flags())
			if err != nil && !explain {
				return usageError{err}
			}
			out := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			if explain {
				fmt.Fprintln(out, "SETTING\tCASSANDRA.YAML\tVALUE\tSOURCE")
				for _, e := range s.Explain() {
					fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", e.Setting, e.Yaml, e.Text, e.Source)
				}
			}
			for _, w := range s.Warnings {
				fmt.Fprintf(out, "warning: %s\n", w)
			}
			if flushErr := out.Flush(); flushErr != nil {
				return flushErr
			}
			if err != nil {
				return usageError{err}
			}
			return nil
		},
	}
	l.flags(c.Flags())
	c.Flags().BoolVar(&explain, "explain", false, "show each value and where it comes from")
	return c
}
