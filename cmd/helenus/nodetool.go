package main

import (
	"context"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"helenus/client/nodetool"
)

// newNodetoolCommand leaves all words to package nodetool: Cassandra's options are not written as ours are.
func newNodetoolCommand() *cobra.Command {
	return &cobra.Command{
		Use: "nodetool [OPTIONS] VERB", Short: "look at a node and its cluster, and change the ring", DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			if status := nodetool.Run(ctx, args, c.OutOrStdout(), c.ErrOrStderr()); status != 0 {
				return exitStatus(status)
			}
			return nil
		},
	}
}
