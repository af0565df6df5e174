package main

import (
	"github.com/spf13/cobra"

	"helenus/container/volume"
	"helenus/internal/node"
)

// newVolumeDriverCommand serves Azure Files shares to Docker as volumes. Its flags are read by package volume: they are those of the program whose
// name it can be started under, with one dash or two.
func newVolumeDriverCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "volume-driver",
		Short:              "Docker's volume driver azurefile, and its installation",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if status := volume.Main(args, node.Version, c.OutOrStdout(), c.ErrOrStderr()); status != 0 {
				return exitStatus(status)
			}
			return nil
		},
	}
}
