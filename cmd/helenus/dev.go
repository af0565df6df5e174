package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"helenus/client"
	"helenus/client/shell"
	"helenus/internal/config"
	"helenus/internal/node"
)

// tutorial is what helenus dev runs when nobody sits at a terminal.
const tutorial = `create keyspace if not exists mykeyspace with replication = {'class':'SimpleStrategy','replication_factor':1};
use mykeyspace;
create table if not exists posts (id int primary key, title varchar, content text, created_at timestamp);
insert into posts (id,title,content,created_at) values (1,'test','test entry.',dateof(now()));
select * from posts;
`

func newDevCommand() *cobra.Command {
	flags := map[string]string{"commitlog-sync": "batch", "memory": ""}
	count, wait := 1, false
	c := &cobra.Command{
		Use:   "dev",
		Short: "a node, or with -n N a cluster, on this machine with a CQL prompt; without a terminal, a short script",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			given := givenFlags(c.Flags())
			for name, value := range flags {
				if _, ok := given[name]; !ok {
					given[name] = value
				}
			}
			settings, err := config.Load(config.Sources{Flags: given})
			if err != nil {
				return usageError{err}
			}
			if wait && count == 1 {
				return usageError{errors.New("--wait goes with -n")}
			}
			if count > 1 {
				for _, single := range []string{"port", "http"} {
					if c.Flags().Changed(single) {
						return usageError{fmt.Errorf("--%s goes with one node: those of -n differ by their addresses alone", single)}
					}
				}
				args := []string{"--commitlog-sync", given["commitlog-sync"], "--memory", given["memory"]}
				return runRing(c.Context(), filepath.Join(settings.DataDir(), ringDir), settings.Listen(), count, wait, args)
			}
			log, err := devLog(settings.DataDir())
			if err != nil {
				return err
			}
			defer log.Close()
			fmt.Printf("Node on %s:%d, data in %s, log in %s\n", settings.Listen(), settings.Port(), settings.DataDir(), log.Name())
			return run(c.Context(), settings, nil, log, devShell)
		},
	}
	if home, err := os.UserHomeDir(); err == nil {
		flags["data"] = filepath.Join(home, ".helenus", "dev")
	}
	for _, name := range []string{"data", "listen", "port", "commitlog-sync", "memory", "http"} {
		for _, f := range config.Flags() {
			switch {
			case f.Name != name:
			case name == "data": // the commands below need it too
				c.PersistentFlags().String(f.Name, f.Default, f.About)
			default:
				c.Flags().String(f.Name, f.Default, f.About)
			}
		}
	}
	if data := flags["data"]; data != "" {
		c.PersistentFlags().Lookup("data").DefValue = data
	}
	c.Flags().IntVarP(&count, "nodes", "n", 1, "nodes, at the address of --listen and those after it, each a process of its own")
	c.Flags().BoolVar(&wait, "wait", false, "with -n: no prompt; run until Ctrl-C")
	c.AddCommand(newRingCommands(flags["data"])...)
	return c
}

// devLog keeps the node's log out of the prompt's way.
func devLog(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory %s: %w", dir, err)
	}
	return os.OpenFile(filepath.Join(dir, "helenus.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// devShell runs a prompt on the node, or the tutorial.
func devShell(ctx context.Context, n *node.Node) error {
	return shellOn(ctx, n.Address().String(), nil)
}

// shellOn runs a prompt on the node at an address, or the tutorial; others are tried when that node is gone.
func shellOn(ctx context.Context, address string, others []string) error {
	interactive := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	s, err := shell.Open(ctx, shell.Options{
		Connect: client.Options{Addr: address}, Others: others, Out: os.Stdout, Err: os.Stderr, Color: interactive, HistoryFile: historyFile(),
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if interactive {
		return s.Interact(ctx)
	}
	for _, line := range strings.Split(strings.TrimSpace(tutorial), "\n") {
		fmt.Println("cqlsh> " + line)
		if failures, err := s.RunText(ctx, line); err != nil {
			return err
		} else if failures > 0 {
			return fmt.Errorf("the script failed")
		}
	}
	return nil
}
