package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/admin"
	"helenus/internal/platform"
	"helenus/internal/rpc"
	"helenus/internal/transport"
)

// Options are what a node is started with; package config fills them.
type Options struct {
	DataDir     string
	Listen      string // IP address for CQL clients and for other nodes
	Port        int    // for CQL clients
	StoragePort int    // for other nodes; default 7000
	HTTP        string // address of the admin server; empty: none
	ClusterName string
	Datacenter  string
	Rack        string
	NumTokens   int
	Seeds       []string // host or host:port
	// Replace is the host id or the address of a dead member whose place this node takes; empty: none.
	Replace string
	// AcceptLoss lets it take over ranges of which too few replicas are left to be sure of every acknowledged write.
	AcceptLoss  bool
	Memory      int64 // bytes; 0: found out
	Periodic    bool  // commitlog_sync
	SyncPeriod  time.Duration
	FrameBytes  int
	Connections int
	Settings    map[string]string // by cassandra.yaml's names
	// PatrolPeriod, RepairPeriod and RepairMargin: see packages storage and repair; zero: their defaults.
	PatrolPeriod, RepairPeriod, RepairMargin time.Duration
	Runtime                                  platform.Runtime
	Network                                  platform.Network
	// TLS, when not nil, secures what nodes say to each other: rpc.Secure.
	TLS *tls.Config
	// FS is where the data directory lives; nil: the machine's files.
	FS vfs.FS
	// Connect joins this node to the others; nil: rpc.Listen.
	Connect func(context.Context, rpc.Options) (Links, error)
	Logger  *slog.Logger
	// OnFatal is told of a failure that the process must not survive.
	OnFatal func(error)
}

// Node is a running node: a member of a cluster, and the servers that clients and operators reach it through.
type Node struct {
	*Member
	server *transport.Server
	admin  *admin.Server
	tool   *admin.Tool
}

// Start starts a node and returns when it serves clients.
func Start(ctx context.Context, o Options) (*Node, error) {
	budget := budgets(o.Memory)
	debug.SetMemoryLimit(budget.process)
	m, err := StartMember(ctx, o)
	if err != nil {
		return nil, err
	}
	n := &Node{Member: m}
	if err := n.listen(ctx, budget); err != nil {
		return nil, errors.Join(err, n.release(ctx))
	}
	return n, nil
}

// listen joins the cluster, then opens the ports.
func (n *Node) listen(ctx context.Context, budget budget) (err error) {
	o := &n.options
	if err := n.Join(ctx); err != nil {
		return err
	}
	n.server, err = transport.Listen(ctx, transport.Options{
		Network: o.Network, Address: net.JoinHostPort(o.Listen, strconv.Itoa(o.Port)), Handler: handler{n.executor}, Logger: o.Logger,
		Limits: transport.Limits{FrameBytes: o.FrameBytes, Connections: o.Connections, InFlightBytes: budget.process / 4},
	})
	if err != nil {
		return err
	}
	if o.HTTP != "" {
		n.admin, err = admin.Listen(ctx, admin.Options{Network: o.Network, Address: o.HTTP, Logger: o.Logger, Server: n.server, Store: n.store, Prepared: n.executor.Prepared, Version: Version})
		if err != nil {
			return err
		}
	}
	if err := n.listenTool(ctx); err != nil {
		return err
	}
	n.server.Serve()
	n.Serve(n.server)
	if n.admin != nil {
		n.admin.SetReady(true)
	}
	o.Logger.Info(fmt.Sprintf("Starting listening for CQL clients on /%s (unencrypted)...", n.address))
	o.Logger.Info("Startup complete")
	debug.FreeOSMemory() // what replaying the log took is not needed again
	return nil
}

// Address is where clients reach the node.
func (n *Node) Address() netip.AddrPort { return n.address }

// Stop drains: it stops accepting, lets requests finish, flushes and closes. When ctx ends first, requests are cut.
func (n *Node) Stop(ctx context.Context) error {
	if n.admin != nil {
		n.admin.SetReady(false)
	}
	n.ready.Store(false)
	n.options.Logger.Info("draining: finishing requests")
	return n.release(ctx)
}

// release closes what Start has opened, last first.
func (n *Node) release(ctx context.Context) error {
	var errs []error
	if n.server != nil {
		errs = append(errs, n.server.Drain(ctx))
	}
	if n.admin != nil {
		errs = append(errs, n.admin.Close(ctx))
	}
	if n.tool != nil {
		errs = append(errs, n.tool.Close())
	}
	return errors.Join(append(errs, n.Member.Stop())...)
}
