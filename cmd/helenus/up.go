package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"helenus/container/engine"
	"helenus/container/image"
	"helenus/container/up"
	"helenus/internal/config"
)

// upFlags are what helenus up asks for; what is not given stays as the cluster has it.
type upFlags struct {
	options              up.Options
	memory, port, binary string
	print                string
	wait, swarm          bool
	stack                up.Stack
	within               time.Duration
}

// clusterName is the name of a cluster that is given none.
const clusterName = "helenus"

func newUpCommand() *cobra.Command {
	var f upFlags
	c := &cobra.Command{
		Use:   "up",
		Short: "make a cluster of containers on this machine, or bring one to what is asked for",
		Long: `Make a cluster of containers through the Docker engine: network, volumes, health checks, and the image, which is made from this program.
Where the cluster is there already, what is missing or stopped is started, what has other settings is replaced one container at a time,
and nodes that are more join one after another. What is not given stays as it is.`,
		Args: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("print") && len(args) == 1 { // --print compose, beside --print=compose
				return nil
			}
			return cobra.NoArgs(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				f.print = args[0]
			}
			if err := f.read(c); err != nil {
				return usageError{err}
			}
			switch {
			case f.swarm && f.print != "":
				return up.PrintStack(c.OutOrStdout(), f.stack)
			case f.swarm:
				return onCluster(c, f.stack.Name, func(ctx context.Context, cluster *up.Cluster) error {
					cluster.Program, cluster.Within = f.program, f.within
					return cluster.UpStack(ctx, f.stack, f.wait)
				})
			}
			if f.print != "" {
				return up.Compose(c.OutOrStdout(), f.options, f.program)
			}
			return onCluster(c, f.options.Name, func(ctx context.Context, cluster *up.Cluster) error {
				cluster.Program, cluster.Within = f.program, f.within
				return cluster.Up(ctx, f.options, f.wait)
			})
		},
	}
	flags := c.Flags()
	flags.IntVarP(&f.options.Nodes, "nodes", "n", 0, "number of nodes; default: as many as there are, or "+strconv.Itoa(up.DefaultNodes))
	nameFlag(c, &f.options.Name)
	flags.StringVar(&f.memory, "memory", "", "limit of each container, such as 512M; 0: none, the default")
	flags.StringVar(&f.port, "port", "9042", "port of this machine for the CQL port of the first node, [ADDRESS:]PORT; with commas, of the first nodes; 0: none")
	flags.StringVar(&f.options.Data, "data", "", "volumes, or a directory of the host with one for each node in it; default: volumes")
	flags.StringVar(&f.options.Image, "image", "", "image to run; default: one made from this program, or the database's own")
	flags.StringVar(&f.options.Engine, "engine", "", "database to run: helenus, cassandra or scylla; default: helenus")
	flags.BoolVar(&f.wait, "wait", true, "return when all nodes answer and see each other; --wait=false: when they are started")
	withinFlag(c, &f.within)
	flags.StringVar(&f.binary, "binary", "", "static Linux program to make the image from, for a cluster that is there, too; default: this one, for a new cluster")
	flags.BoolVar(&f.swarm, "swarm", false, "make a service of the Docker Swarm that this engine manages: a node on each host that has the label cassandra=true")
	flags.StringVar(&f.print, "print", "", "compose: print a compose file that makes the same cluster, and do nothing; with --swarm a stack file")
	flags.Lookup("print").NoOptDefVal = printAny
	return c
}

// read checks the flags and completes the options.
func (f *upFlags) read(c *cobra.Command) error {
	var errs []error
	if c.Flags().Changed("nodes") && f.options.Nodes < 1 {
		errs = append(errs, fmt.Errorf("-n is %d; allowed: 1 to %d", f.options.Nodes, up.NodesMax))
	}
	if c.Flags().Changed("memory") {
		bytes, err := config.ParseSize(f.memory)
		if err != nil {
			errs = append(errs, fmt.Errorf("--memory: %w; allowed: 512M, 1GiB, 0 for no limit and the like", err))
		}
		f.options.Memory = &bytes
	}
	if c.Flags().Changed("port") && !f.swarm {
		ports, err := up.ParsePorts(f.port)
		if err != nil {
			errs = append(errs, fmt.Errorf("--port: %w", err))
		}
		f.options.Ports = ports
	}
	file := "compose"
	if f.swarm {
		file = "stack"
		f.readStack(c)
		errs = append(errs, f.notForStacks(c)...)
	}
	if f.print != "" && f.print != printAny && f.print != file {
		errs = append(errs, fmt.Errorf("--print is %q; allowed: %s", f.print, file))
	}
	if f.binary != "" && f.options.Engine != "" && f.options.Engine != up.Helenus {
		errs = append(errs, fmt.Errorf("--binary goes with --engine helenus, not with %s", f.options.Engine))
	}
	if f.swarm {
		return errors.Join(append(errs, f.stack.Check())...)
	}
	if err := errors.Join(append(errs, f.options.Check())...); err != nil {
		return err
	}
	if f.binary != "" && f.options.Image == "" {
		p, err := f.program()
		if err != nil {
			return fmt.Errorf("--binary: %w", err)
		}
		f.options.Image = up.OwnImage(p)
	}
	return nil
}

// printAny is the value of --print without one.
const printAny = "any"

// readStack takes what the flags say of a service of a Swarm.
func (f *upFlags) readStack(c *cobra.Command) {
	f.stack = up.DefaultStack()
	f.stack.Name = f.options.Name
	if c.Flags().Changed("nodes") {
		f.stack.Nodes = f.options.Nodes
	} else if f.print == "" {
		f.stack.Nodes = 0 // as many as there are
	}
	if f.options.Image != "" {
		f.stack.Image = f.options.Image
	}
	if f.options.Memory != nil {
		f.stack.Memory = *f.options.Memory
	}
}

// notForStacks finds flags that mean nothing to a service of a Swarm.
func (f *upFlags) notForStacks(c *cobra.Command) (errs []error) {
	for _, name := range []string{"data", "engine", "binary"} {
		if c.Flags().Changed(name) {
			errs = append(errs, fmt.Errorf("--%s does not go with --swarm", name))
		}
	}
	if c.Flags().Changed("port") {
		port, err := strconv.Atoi(f.port)
		if err != nil || port < 0 || port > 65535 {
			errs = append(errs, fmt.Errorf("--port is %q; with --swarm one port of each host is allowed, or 0 for none", f.port))
		}
		f.stack.Port = port
	}
	return errs
}

func (f *upFlags) program() (*image.Program, error) {
	return (&imageFlags{binary: f.binary}).program()
}

// withinDefault is the default of --wait-timeout.
const withinDefault = 10 * time.Minute

func withinFlag(c *cobra.Command, within *time.Duration) {
	c.Flags().DurationVar(within, "wait-timeout", withinDefault, "how long to wait for a node that starts or joins")
}

func nameFlag(c *cobra.Command, name *string) {
	c.Flags().StringVar(name, "name", clusterName, "name of the cluster, with which those of its containers, volumes and network begin")
}

func newScaleCommand() *cobra.Command {
	var name string
	var force bool
	var within time.Duration
	c := &cobra.Command{
		Use:   "scale N",
		Short: "make a cluster of containers, or a service of a Swarm, larger or smaller: nodes hand their data over before they go",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			count, err := strconv.Atoi(args[0])
			if err != nil || count < 1 || count > up.NodesMax {
				return usageError{fmt.Errorf("%q is no number of nodes; allowed: 1 to %d", args[0], up.NodesMax)}
			}
			return onCluster(c, name, func(ctx context.Context, cluster *up.Cluster) error {
				cluster.Within = within
				stack, err := cluster.IsStack(ctx)
				switch {
				case err != nil:
					return err
				case stack:
					return cluster.ScaleStack(ctx, count, force)
				}
				return cluster.Scale(ctx, count, force)
			})
		},
	}
	nameFlag(c, &name)
	withinFlag(c, &within)
	c.Flags().BoolVar(&force, "force", false, "also when fewer nodes are left than a keyspace wants replicas")
	return c
}

// newOnHostCommand is what a job of a Swarm runs for helenus scale, on the host of a task.
func newOnHostCommand() *cobra.Command {
	return &cobra.Command{
		Use:    up.OnHostCommand,
		Hidden: true,
		// The command's own options are not this one's.
		DisableFlagParsing: true,
		Args:               cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return onCluster(c, "", func(ctx context.Context, cluster *up.Cluster) error {
				var out bytes.Buffer
				err := cluster.Do(ctx, &out, args)
				_, printErr := c.OutOrStdout().Write(out.Bytes())
				return errors.Join(err, printErr)
			})
		},
	}
}

func newDownCommand() *cobra.Command {
	var name string
	var volumes bool
	c := &cobra.Command{
		Use:   "down",
		Short: "stop and remove a cluster of containers; its data stay",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return onCluster(c, name, func(ctx context.Context, cluster *up.Cluster) error { return cluster.Down(ctx, volumes) })
		},
	}
	nameFlag(c, &name)
	c.Flags().BoolVar(&volumes, "volumes", false, "remove the data, too")
	return c
}

func newPSCommand() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "ps",
		Short: "list the nodes of clusters of containers",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return onCluster(c, name, func(ctx context.Context, cluster *up.Cluster) error {
				return up.PS(ctx, cluster.API, name, c.OutOrStdout())
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "name of one cluster; default: all")
	return c
}

func newLogsCommand() *cobra.Command {
	var name, tail string
	var follow bool
	c := &cobra.Command{
		Use:   "logs [NODE]",
		Short: "show what a node of a cluster of containers has logged, or all of them",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			node := ""
			if len(args) > 0 {
				node = args[0]
			}
			return onCluster(c, name, func(ctx context.Context, cluster *up.Cluster) error {
				return cluster.Logs(ctx, node, follow, tail, c.OutOrStdout())
			})
		},
	}
	nameFlag(c, &name)
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is logged, until Ctrl-C")
	c.Flags().StringVar(&tail, "tail", "all", "how many lines of each node")
	return c
}

// onCluster calls f with a cluster on the engine that runs, and ends it at Ctrl-C.
func onCluster(c *cobra.Command, name string, f func(context.Context, *up.Cluster) error) error {
	ctx := c.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	api, err := engine.Connect(ctx)
	if err != nil {
		return fmt.Errorf("%w; without Docker, helenus dev -n %d runs a cluster on this machine", err, up.DefaultNodes)
	}
	cluster := &up.Cluster{API: api, Name: name, Progress: up.NewProgress(c.OutOrStdout(), isBoard()), Program: (&imageFlags{}).program}
	return errors.Join(f(ctx, cluster), api.Close())
}

// isBoard says whether progress is shown on a terminal that can change lines.
func isBoard() bool {
	return term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb" && canMoveCursor()
}
