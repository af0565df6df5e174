package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"helenus/client/nodetool"
)

// toolVerb is one of nodetool's verbs.
type toolVerb struct {
	name, args, about string
	parse             func(args []string, a *nodetool.Arguments) error
	print             func(r *nodetool.Report, w io.Writer)
}

func quiet(*nodetool.Report, io.Writer) {}

func keyspaceArgument(args []string, a *nodetool.Arguments) error {
	if len(args) > 1 {
		return errors.New("one keyspace at most can be named")
	}
	if len(args) == 1 {
		a.Keyspace = args[0]
	}
	return nil
}

var toolVerbs = []toolVerb{
	{"status", "[keyspace]", "the members: up or down, load, tokens, part of the data", keyspaceArgument, (*nodetool.Report).Status},
	{"ring", "[keyspace]", "the tokens in order and who owns them", keyspaceArgument, (*nodetool.Report).Ring},
	{"info", "", "about this node", nil, (*nodetool.Report).Info},
	{"describecluster", "", "name, schema versions, keyspaces, and who keeps the metadata", nil, (*nodetool.Report).DescribeCluster},
	{"netstats", "", "ranges on their way, hints that wait, read repairs", nil, (*nodetool.Report).NetStats},
	{"getendpoints", "keyspace table key", "the replicas of a partition key", func(args []string, a *nodetool.Arguments) error {
		if len(args) != 3 {
			return errors.New("getendpoints requires keyspace, table and partition key arguments")
		}
		a.Keyspace, a.Table, a.Key = args[0], args[1], args[2]
		return nil
	}, func(r *nodetool.Report, w io.Writer) {
		for _, e := range r.Endpoints {
			fmt.Fprintln(w, e)
		}
	}},
	{"repair", "[keyspace [table...]]", "compare the replicas of this node's ranges and write what they lack", func(args []string, a *nodetool.Arguments) error {
		if len(args) > 2 {
			return errors.New("repair takes a keyspace and one table at most")
		}
		if len(args) > 0 {
			a.Keyspace = args[0]
		}
		if len(args) > 1 {
			a.Table = args[1]
		}
		return nil
	}, func(r *nodetool.Report, w io.Writer) {
		fmt.Fprintf(w, "Repair completed successfully; reads and repairs have written to %d replicas since the start\n", r.Repairs)
	}},
	{"describering", "keyspace", "the ranges of a keyspace and their replicas", func(args []string, a *nodetool.Arguments) error {
		if len(args) != 1 {
			return errors.New("describering requires a keyspace")
		}
		a.Keyspace, a.Ranges = args[0], true
		return nil
	}, (*nodetool.Report).DescribeRing},
	{"repairstatus", "", "how far the repair is that goes on by itself", nil, (*nodetool.Report).RepairStatus},
	{"statushandoff", "", "whether hints are kept for nodes that are down", nil, (*nodetool.Report).HandoffStatus},
	{"enablehandoff", "", "keep hints for nodes that are down", nil, quiet},
	{"disablehandoff", "", "keep no more hints; those that wait are still delivered", nil, quiet},
	{"gettraceprobability", "", "the share of requests that are traced unasked", nil, func(r *nodetool.Report, w io.Writer) {
		fmt.Fprintf(w, "Current trace probability: %s\n", strconv.FormatFloat(r.TraceProbability, 'f', -1, 64))
	}},
	{"settraceprobability", "value", "trace this share of requests, from 0 to 1", func(args []string, a *nodetool.Arguments) (err error) {
		if len(args) == 1 {
			if a.Probability, err = strconv.ParseFloat(args[0], 64); err == nil && a.Probability >= 0 && a.Probability <= 1 {
				return nil
			}
		}
		return errors.New("settraceprobability requires a number between 0 and 1")
	}, quiet},
	{"snapshot", "", "keep the data as it is now in snapshots/TAG of the data directory: links to its files", func(args []string, a *nodetool.Arguments) error {
		if len(args) > 0 {
			return errors.New("a snapshot is of all keyspaces: name none")
		}
		if a.Tag == "" {
			a.Tag = strconv.FormatInt(time.Now().UnixMilli(), 10)
		}
		return nil
	}, (*nodetool.Report).SnapshotMade},
	{"listsnapshots", "", "the snapshots of this node", nil, (*nodetool.Report).ListSnapshots},
	{"clearsnapshot", "", "delete a snapshot, or all", func(args []string, a *nodetool.Arguments) error {
		if len(args) > 0 || (a.Tag == "") == !a.All {
			return errors.New("specify a snapshot's name with --tag, or all of them with --all")
		}
		return nil
	}, quiet},
	{"assassinate", "address", "take a dead node out of the ring at once, without its data; only when removenode can't", func(args []string, a *nodetool.Arguments) error {
		if len(args) != 1 {
			return errors.New("assassinate requires the address or host id of the dead node")
		}
		a.Host = args[0]
		return nil
	}, quiet},
	{"rescue", "host-id,...", "let the metadata go on without nodes that are gone for good and had its majority", func(args []string, a *nodetool.Arguments) error {
		if len(args) != 1 {
			return errors.New("rescue requires the host ids of the lost nodes, separated by commas; nodetool status shows them")
		}
		a.Host = args[0]
		return nil
	}, quiet},
	{"cleanup", "", "delete what this node does not replicate any more", nil, quiet},
	{"version", "", "the release of Cassandra that the node speaks like", nil, func(r *nodetool.Report, w io.Writer) {
		fmt.Fprintf(w, "ReleaseVersion: %s\nHelenus: %s\n", r.Release, r.Version)
	}},
	{"statusbinary", "", "whether CQL clients are served", nil, func(r *nodetool.Report, w io.Writer) {
		if r.Native {
			fmt.Fprintln(w, "running")
		} else {
			fmt.Fprintln(w, "not running")
		}
	}},
	{"flush", "", "write memtables to data files", nil, quiet},
	{"compact", "", "rewrite all data files", nil, quiet},
	{"drain", "", "stop serving clients and write memtables to data files", nil, quiet},
	{"decommission", "", "take this node out of the ring; its data moves to the others first", nil, quiet},
	{"removenode", "host-id", "take a dead node out of the ring; --force accepts that what only it had is lost", func(args []string, a *nodetool.Arguments) error {
		if len(args) != 1 {
			return errors.New("removenode requires the host id of the dead node; nodetool status shows it")
		}
		a.Host = args[0]
		return nil
	}, quiet},
}

func newNodetoolCommand() *cobra.Command {
	var host, port string
	c := &cobra.Command{Use: "nodetool", Short: "look at a node and its cluster, and change the ring"}
	c.PersistentFlags().StringVarP(&host, "host", "h", "127.0.0.1", "address of the node; it answers on its own machine only")
	c.PersistentFlags().StringVarP(&port, "port", "p", strconv.Itoa(nodetool.Port), "port of the node's nodetool service")
	c.PersistentFlags().Bool("help", false, "show the flags")
	for _, v := range toolVerbs {
		var a nodetool.Arguments
		verb := &cobra.Command{
			Use: v.name + " " + v.args, Short: v.about,
			RunE: func(c *cobra.Command, args []string) error {
				if v.parse == nil && len(args) > 0 {
					return usageError{fmt.Errorf("%s takes no arguments", v.name)}
				}
				if v.parse != nil {
					if err := v.parse(args, &a); err != nil {
						return usageError{err}
					}
				}
				r, err := nodetool.Ask(c.Context(), net.JoinHostPort(host, port), v.name, a)
				if err != nil {
					return fmt.Errorf("nodetool: %w", err)
				}
				v.print(r, c.OutOrStdout())
				return nil
			},
		}
		if v.name == "removenode" || v.name == "decommission" {
			verb.Flags().BoolVar(&a.Force, "force", false, "go on although too few nodes or replicas are left")
		}
		if v.name == "snapshot" || v.name == "clearsnapshot" {
			verb.Flags().StringVarP(&a.Tag, "tag", "t", "", "the snapshot's name")
		}
		if v.name == "clearsnapshot" {
			verb.Flags().BoolVar(&a.All, "all", false, "every snapshot")
		}
		c.AddCommand(verb)
	}
	return c
}
