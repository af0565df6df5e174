package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"helenus/internal/admin"
	"helenus/internal/cluster/liveness"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cluster/topology"
	"helenus/internal/coordinator"
	"helenus/internal/exec"
	"helenus/internal/hint"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
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
	Runtime     platform.Runtime
	Network     platform.Network
	Logger      *slog.Logger
	// OnFatal is told of a failure that the process must not survive.
	OnFatal func(error)
}

// Node is a running node.
type Node struct {
	options  Options
	started  time.Time
	address  netip.AddrPort
	identity identity
	store    *storage.Store
	metadata *metadata.Group
	links    atomic.Pointer[rpc.Transport]
	monitor  *liveness.Monitor
	topology *topology.Manager
	hints    *hint.Keeper
	replica  *replica.Server
	local    *replica.Local
	coord    *coordinator.Coordinator
	executor *exec.Executor
	server   *transport.Server
	admin    *admin.Server
	tool     *admin.Tool
	loads    loads
	// open is true once other nodes' messages are served, ready once clients are.
	open, ready atomic.Bool
}

// Start starts a node and returns when it serves clients.
func Start(ctx context.Context, o Options) (*Node, error) {
	if o.StoragePort == 0 {
		o.StoragePort = StoragePort
	}
	n := &Node{options: o, started: o.Runtime.Now()}
	if err := n.start(ctx); err != nil {
		return nil, errors.Join(err, n.release(ctx))
	}
	return n, nil
}

func (n *Node) start(ctx context.Context) (err error) {
	o := &n.options
	if n.address, err = clientAddress(o.Listen, o.Port); err != nil {
		return err
	}
	budget := budgets(o.Memory)
	debug.SetMemoryLimit(budget.process)
	sync := storage.SyncBatch
	if o.Periodic {
		sync = storage.SyncPeriodic
	}
	n.store, err = storage.Open(storage.Options{
		Dir: o.DataDir, Runtime: o.Runtime, Sync: sync, SyncPeriod: o.SyncPeriod, CacheBytes: budget.cache, MemTableBytes: budget.memTable,
		GCGrace: n.gcGrace, Logger: o.Logger, OnFatal: o.OnFatal,
	})
	if err != nil {
		return err
	}
	if n.identity, err = loadIdentity(n.store, *o); err != nil {
		return err
	}
	if err := n.startCluster(ctx); err != nil {
		return err
	}
	traces := &system.Traces{}
	tables := system.New(system.Options{
		Schema: n.metadata.Schema, Clock: o.Runtime, Local: n.self, Peers: n.peers, ClusterName: o.ClusterName, HelenusVersion: Version,
		Clients: n.clients, Settings: func() map[string]string { return o.Settings }, Properties: n.properties, Traces: traces,
	})
	n.executor, err = exec.NewExecutor(exec.Options{
		Metadata: n.metadata, Coordinator: n.coord, System: tables, Clock: o.Runtime, Facts: n.facts, ClusterName: o.ClusterName, Tracer: traces, Logger: o.Logger,
		Ownership: n.ownership, PagingKey: func() []byte { return n.metadata.State().PagingKey },
	})
	if err != nil {
		return err
	}
	if err := n.join(ctx); err != nil {
		return err
	}
	n.server, err = transport.Listen(ctx, transport.Options{
		Network: o.Network, Address: net.JoinHostPort(o.Listen, strconv.Itoa(o.Port)), Handler: handler{n.executor}, Logger: o.Logger,
		Limits: transport.Limits{FrameBytes: o.FrameBytes, Connections: o.Connections, InFlightBytes: budget.process / 4},
	})
	if err != nil {
		return err
	}
	n.metadata.Subscribe(n.tellClients)
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
	n.ready.Store(true)
	if n.admin != nil {
		n.admin.SetReady(true)
	}
	o.Logger.Info(fmt.Sprintf("Starting listening for CQL clients on /%s (unencrypted)...", n.address))
	o.Logger.Info("Startup complete")
	debug.FreeOSMemory() // what replaying the log took is not needed again
	return nil
}

// gcGrace returns a table's gc_grace_seconds by its data id.
func (n *Node) gcGrace(id schema.DataID) int64 {
	const tenDays = 10 * 24 * 3600
	if n.metadata == nil {
		return tenDays // compactions may begin before the schema is loaded
	}
	if t := n.metadata.Schema().TableByDataID(id); t != nil {
		return int64(t.Options.GCGraceSeconds)
	}
	return tenDays
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

// release closes what start has opened, last first.
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
	errs = append(errs, n.stopCluster())
	if n.store != nil {
		errs = append(errs, n.store.Flush(), n.store.Close())
	}
	return errors.Join(errs...)
}
