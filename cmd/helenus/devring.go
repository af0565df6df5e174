package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"helenus/client"
	"helenus/client/nodetool"
	"helenus/internal/platform"
)

// devNode is a node of helenus dev -n N: a process of its own.
type devNode struct {
	Name string   `json:"name"` // node1, node2, …
	Host string   `json:"host"`
	Pid  int      `json:"pid"`
	Args []string `json:"args"`
	Log  string   `json:"log"`
	// Cut is true while the node is cut off from the others.
	Cut bool `json:"cut,omitempty"`
}

// between is where the other nodes reach it.
func (n *devNode) between() string { return net.JoinHostPort(n.Host, devStoragePort) }

// devRing is the cluster that a helenus dev -n N runs; other calls of helenus dev find it by its file.
type devRing struct {
	Dir   string     `json:"dir"`
	Nodes []*devNode `json:"nodes"`
}

// ringDir, in the directory of helenus dev, holds the nodes of a cluster, and ringFile there what runs.
const (
	ringDir  = "ring"
	ringFile = "ring.json"

	// every node has the same ports, whatever the environment says
	devPort, devStoragePort = "9042", "7000"
)

// devNodesMax is how many nodes one machine is asked for at most.
const devNodesMax = 50

// startRing starts the nodes one after the other, so that each joins those before it.
func startRing(ctx context.Context, dir, first string, count int, args []string) (*devRing, error) {
	if count > devNodesMax {
		return nil, usageError{fmt.Errorf("-n is %d; allowed: 1 to %d", count, devNodesMax)}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory %s: %w", dir, err)
	}
	address, err := netip.ParseAddr(first)
	if err != nil {
		return nil, usageError{err}
	}
	r := &devRing{Dir: dir}
	for i := range count {
		name := "node" + strconv.Itoa(i+1)
		host := address.String()
		address = address.Next()
		n := &devNode{Name: name, Host: host, Log: filepath.Join(dir, name+".log")}
		n.Args = append([]string{"start", "--data", filepath.Join(dir, name), "--listen", host, "--port", devPort, "--storage-port", devStoragePort, "--seeds", first}, args...)
		r.Nodes = append(r.Nodes, n)
		fmt.Printf("%s on %s:"+devPort+", data in %s, log in %s\n", name, host, filepath.Join(dir, name), n.Log)
		if err := n.start(ctx, nil); err != nil {
			return r, err
		}
	}
	return r, errors.Join(r.save(), r.allUp(ctx))
}

// allUp returns once every node sees every other one.
func (r *devRing) allUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, devReadyWithin)
	defer cancel()
	for _, n := range r.Nodes {
		for {
			report, err := nodetool.Ask(ctx, net.JoinHostPort(n.Host, strconv.Itoa(nodetool.Port)), "status", nodetool.Arguments{})
			if err != nil {
				return err
			}
			up := 0
			for _, member := range report.Nodes {
				if member.Up {
					up++
				}
			}
			if up >= len(r.Nodes) {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s sees %d of %d nodes: %w", n.Name, up, len(r.Nodes), ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

func (r *devRing) save() error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.Dir, ringFile), raw, 0o600)
}

func loadRing(dir string) (*devRing, error) {
	raw, err := os.ReadFile(filepath.Join(dir, ringFile))
	if err != nil {
		return nil, fmt.Errorf("no helenus dev -n N runs in %s: %w", dir, err)
	}
	var r devRing
	return &r, json.Unmarshal(raw, &r)
}

// devReadyWithin bounds how long a node may take to serve clients.
const devReadyWithin = 2 * time.Minute

// start runs the node's process, cut off from some addresses, and returns when it serves clients.
func (n *devNode) start(ctx context.Context, cut []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(n.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	args := n.Args
	if len(cut) > 0 {
		args = append(args[:len(args):len(args)], "--"+cutFlag, strings.Join(cut, ","))
	}
	cmd := exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = log, log
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	n.Pid = cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, devReadyWithin)
	defer cancel()
	for {
		c, err := client.Dial(ctx, client.Options{Addr: net.JoinHostPort(n.Host, devPort)})
		if err == nil {
			return c.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("%s ended before it was ready: %w\n%s", n.Name, err, tailOf(n.Log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", n.Name, ctx.Err(), tailOf(n.Log))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tailOf returns the end of a log.
func tailOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	const most = 2000
	if info, err := f.Stat(); err == nil && info.Size() > most {
		if _, err := f.Seek(-most, io.SeekEnd); err != nil {
			return ""
		}
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	return string(raw)
}

func (n *devNode) process() (*os.Process, error) {
	p, err := os.FindProcess(n.Pid)
	if err == nil {
		err = alive(p)
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not run", n.Name)
	}
	return p, nil
}

// stop ends every node that runs and waits for it.
func (r *devRing) stop() error {
	var errs []error
	for _, n := range r.Nodes {
		if p, err := n.process(); err == nil {
			errs = append(errs, platform.Terminate(p))
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, n := range r.Nodes {
		for ; time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
			if _, err := n.process(); err != nil {
				break
			}
		}
	}
	return errors.Join(append(errs, os.Remove(filepath.Join(r.Dir, ringFile)))...)
}

func (r *devRing) node(name string) (*devNode, error) {
	var names []string
	for _, n := range r.Nodes {
		if n.Name == name || n.Host == name {
			return n, nil
		}
		names = append(names, n.Name)
	}
	return nil, usageError{fmt.Errorf("there is no %s; allowed: %s", name, strings.Join(names, ", "))}
}

// runRing runs a cluster with a prompt on its first node until that ends, or without one until the process is told to end.
func runRing(ctx context.Context, dir, first string, count int, wait bool, args []string) error {
	if r, err := loadRing(dir); err == nil {
		for _, n := range r.Nodes {
			if _, err := n.process(); err == nil {
				return fmt.Errorf("%s of another helenus dev in %s runs already; end that one first", n.Name, dir)
			}
		}
	}
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := startRing(ctx, dir, first, count, args)
	if err != nil {
		if r != nil {
			err = errors.Join(err, r.save(), r.stop())
		}
		return err
	}
	fmt.Println("In another terminal: helenus dev stop|kill|start|pause|resume|partition|heal NODE; helenus nodetool -h " + first + " status")
	if wait {
		<-ctx.Done()
	} else {
		var others []string
		for _, n := range r.Nodes[1:] {
			others = append(others, net.JoinHostPort(n.Host, devPort))
		}
		err = shellOn(ctx, net.JoinHostPort(r.Nodes[0].Host, devPort), others)
	}
	if again, loadErr := loadRing(dir); loadErr == nil {
		r = again // nodes may have been started anew meanwhile
	}
	return errors.Join(err, r.stop())
}

// newRingCommands are what can be done to a node of a running helenus dev -n N.
func newRingCommands(data string) []*cobra.Command {
	var all []*cobra.Command
	for _, v := range []struct {
		name, about string
		do          func(ctx context.Context, r *devRing, n *devNode) error
	}{
		{"stop", "end a node in order", signalNode(platform.Terminate)},
		{"kill", "end a node as kill -9 does", signalNode((*os.Process).Kill)},
		{"pause", "stop a node where it is", signalNode(platform.Pause)},
		{"resume", "let a paused node go on", signalNode(platform.Resume)},
		{"start", "start a node that was stopped or killed", func(ctx context.Context, r *devRing, n *devNode) error {
			if _, err := n.process(); err == nil {
				return fmt.Errorf("%s runs", n.Name)
			}
			return errors.Join(n.start(ctx, r.cutFrom(n)), r.save())
		}},
		{"partition", "cut a node off from the others; clients still reach it", cutNode(true)},
		{"heal", "undo partition", cutNode(false)},
	} {
		all = append(all, &cobra.Command{
			Use: v.name + " NODE", Short: v.about, Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				if f := c.Flags().Lookup("data"); f.Changed {
					data = f.Value.String()
				}
				r, err := loadRing(filepath.Join(data, ringDir))
				if err != nil {
					return err
				}
				n, err := r.node(args[0])
				if err != nil {
					return err
				}
				ctx := c.Context()
				if ctx == nil {
					ctx = context.Background()
				}
				return v.do(ctx, r, n)
			},
		})
	}
	return all
}

func signalNode(send func(*os.Process) error) func(context.Context, *devRing, *devNode) error {
	return func(_ context.Context, _ *devRing, n *devNode) error {
		p, err := n.process()
		if err != nil {
			return err
		}
		return send(p)
	}
}

// cutFrom are the addresses that a node is cut off from.
func (r *devRing) cutFrom(n *devNode) (all []string) {
	for _, other := range r.Nodes {
		if other != n && (n.Cut || other.Cut) {
			all = append(all, other.between())
		}
	}
	return all
}

// cutWithin bounds how long a node may take to cut a connection: one that is paused does not answer.
const cutWithin = 5 * time.Second

// cutNode has a node and all others cut the connections between them, or make them again where neither is cut off. Nodes that do not run are
// told when they are started.
func cutNode(cut bool) func(context.Context, *devRing, *devNode) error {
	return func(ctx context.Context, r *devRing, of *devNode) error {
		of.Cut = cut
		errs := []error{r.save()}
		for _, other := range r.Nodes {
			if other == of {
				continue
			}
			verb := "heal"
			if of.Cut || other.Cut {
				verb = "partition"
			}
			errs = append(errs, of.tell(ctx, verb, other), other.tell(ctx, verb, of))
		}
		return errors.Join(errs...)
	}
}

// tell has a node, if it runs, cut the connection to another or make it again.
func (n *devNode) tell(ctx context.Context, verb string, other *devNode) error {
	if _, err := n.process(); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cutWithin)
	defer cancel()
	if _, err := nodetool.Ask(ctx, net.JoinHostPort(n.Host, strconv.Itoa(nodetool.Port)), verb, nodetool.Arguments{Host: other.between()}); err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	return nil
}
