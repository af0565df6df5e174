package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"helenus/container/engine"
	"helenus/container/image"
)

// imageFlags say which program goes into an image.
type imageFlags struct{ platform, binary string }

func (f *imageFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.platform, "platform", "", "linux/amd64 or linux/arm64; default: the program's")
	c.Flags().StringVar(&f.binary, "binary", "", "static Linux program to put in; default: this one")
}

// program reads the program, which must be for the platform where one is named.
func (f *imageFlags) program() (*image.Program, error) {
	arch := ""
	if f.platform != "" {
		var err error
		if arch, err = image.ParsePlatform(f.platform); err != nil {
			return nil, usageError{fmt.Errorf("--%w", err)}
		}
	}
	if f.binary == "" {
		return image.OwnProgram(arch)
	}
	p, err := image.ReadProgram(f.binary, arch)
	if err == nil && arch != "" && p.Arch != arch {
		err = fmt.Errorf("%s is for linux/%s, the image for linux/%s; build one for it: %s", f.binary, p.Arch, arch, image.HowToBuild(arch))
	}
	return p, err
}

func newImageCommand() *cobra.Command {
	c := &cobra.Command{Use: "image", Short: "make the container image"}
	c.AddCommand(newImageBuildCommand(), newImageRootCommand())
	return c
}

func newImageBuildCommand() *cobra.Command {
	var f imageFlags
	var names []string
	var out string
	c := &cobra.Command{
		Use:   "build -t NAME",
		Short: "make the image from this program and load it into Docker, or write it to a file",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if len(names) == 0 {
				return usageError{errors.New("-t NAME is missing: the image's name, such as -t cassandra")}
			}
			p, err := f.program()
			if err != nil {
				return err
			}
			switch out {
			case "":
				return loadImage(c, p, names)
			case "-":
				return image.Archive(c.OutOrStdout(), p, names)
			}
			return writeImage(out, p, names)
		},
	}
	f.add(c)
	c.Flags().StringArrayVarP(&names, "tag", "t", nil, "name of the image, with or without a tag; may be given several times")
	c.Flags().StringVarP(&out, "output", "o", "", "write an archive for docker load to this file, - for standard output; no Docker is needed")
	return c
}

func writeImage(name string, p *image.Program, names []string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(image.Archive(f, p, names), f.Close())
}

func loadImage(c *cobra.Command, p *image.Program, names []string) error {
	ctx := c.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	api, err := engine.Connect(ctx)
	if err != nil {
		return fmt.Errorf("%w; or write the image to a file by -o and docker load it where Docker runs", err)
	}
	if err := image.Load(ctx, api, p, names); err != nil {
		return errors.Join(err, api.Close())
	}
	for _, name := range names {
		if _, err := io.WriteString(c.OutOrStdout(), name+" for linux/"+p.Arch+"\n"); err != nil {
			return err
		}
	}
	return api.Close()
}

func newImageRootCommand() *cobra.Command {
	var f imageFlags
	c := &cobra.Command{
		Use:   "rootfs DIRECTORY",
		Short: "write the image's files to a directory, for a Dockerfile; as root",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := f.program()
			if err != nil {
				return err
			}
			return image.Directory(args[0], p)
		},
	}
	f.add(c)
	return c
}
