package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"helenus/internal/admin"
	"helenus/internal/auth"
	"helenus/internal/exec"
	"helenus/internal/guardrail"
	"helenus/internal/key"
	"helenus/internal/lease"
	"helenus/internal/platform"
	"helenus/internal/rpc"
	"helenus/internal/transport"
	"helenus/internal/udf"
)

// Options are what a node is started with; package config fills them.
type Options struct {
	DataDir string
	// LockWait is how long to wait for another process that has the data directory.
	LockWait time.Duration
	Addresses
	Port        int    // for CQL clients
	StoragePort int    // for other nodes; default 7000
	ToolPort    int    // for nodetool; default nodetool.Port
	HTTP        string // address of the admin server; empty: none
	ClusterName string
	Datacenter  string
	Rack        string
	NumTokens   int
	Seeds       []string // addresses or names, with or without a port
	// InitialNodes is how many empty nodes are started together with the same seeds: none forms a cluster before that many see each other. 0
	// or 1: the first of the seeds forms it.
	InitialNodes int
	// InitialTokens are taken instead of NumTokens ones that the cluster chooses, when the node joins.
	InitialTokens []key.Token
	// Replace is the host id or the address of a dead member whose place this node takes, or ReplaceAuto; empty: none.
	Replace string
	// AbsentNodeRemoval is how long a member may be absent before the others remove it; 0: for ever.
	AbsentNodeRemoval time.Duration
	// AcceptLoss lets it take over ranges of which too few replicas are left to be sure of every acknowledged write.
	AcceptLoss  bool
	Memory      int64 // bytes; 0: found out
	MemoryMax   int64 // bytes; bounds what is found out; 0: nothing does
	Periodic    bool  // commitlog_sync
	SyncPeriod  time.Duration
	FrameBytes  int
	Connections int
	// AddressConnections is the most connections of one client address; 0: seven eighths of them all.
	AddressConnections int
	NoHints            bool              // for nodes that are down; nodetool can change it
	Settings           map[string]string // by cassandra.yaml's names
	// Policy is what clients have to log in for, and what permissions are good for.
	Policy auth.Policy
	// ClientTLS, when not nil, is the TLS that clients speak: on Port, or on SecurePort where that is given; then Port is plain. ClientTLSOptional
	// lets them choose on Port.
	ClientTLS         *tls.Config
	ClientTLSOptional bool
	SecurePort        int
	// Superuser and SuperuserPassword are those of a new cluster's first superuser; empty: the default ones.
	Superuser, SuperuserPassword string
	// Views says whether materialized views can be made.
	Views bool
	// Functions are the settings of user functions; how much memory they may take follows from Memory.
	Functions udf.Options
	// Masking lets columns be masked.
	Masking bool
	// Guardrails are the limits for roles that are no superusers; nil: the default ones. Batch are those of batches, for everybody.
	Guardrails *guardrail.Limits
	Batch      exec.BatchLimits
	// Reads are the thresholds of reads, for everybody; zero: none.
	Reads exec.ReadLimits
	// NoDefaultIndex is true where CREATE INDEX has to say which kind, NoUse where USE is not taken.
	NoDefaultIndex, NoUse bool
	// SASI says whether SASI indexes can be made.
	SASI bool
	// PatrolPeriod, RepairPeriod and RepairMargin: see packages storage and repair; zero: their defaults.
	PatrolPeriod, RepairPeriod, RepairMargin time.Duration
	Runtime                                  platform.Runtime
	Network                                  platform.Network
	// Cut are addresses of nodes, host:port, that the connection to is cut, for tests of partitions.
	Cut []string
	// Names resolves addresses that are names; nil: all are IP addresses.
	Names platform.Names
	// JoinToken is a secret that all nodes of the cluster have; empty: there is none.
	JoinToken string
	// TLS, when not nil, secures what nodes say to each other: rpc.Secure.
	TLS *tls.Config
	// Compression says which messages to other nodes are compressed; default: those to other datacenters.
	Compression rpc.Compression
	// AcceptUnsafeMount lets the data directory be on a mount that loses acknowledged writes.
	AcceptUnsafeMount bool
	// FS is where the data directory lives; nil: the machine's files.
	FS vfs.FS
	// Lease, when not nil, is the part of this machine in the data directory's lease. Start finds that out itself for the machine's files.
	Lease *lease.Options
	// Connect joins this node to the others; nil: rpc.Listen.
	Connect func(context.Context, rpc.Options) (Links, error)
	// Strained says whether the process has no memory left to begin anything with; Start finds that out itself. nil: it never is.
	Strained func() bool
	Logger   *slog.Logger
	// Level, when not nil, is what Logger logs; nodetool can change it.
	Level *slog.LevelVar
	// Hash makes the hash of a password for a client; nil: at once. Start sets it.
	Hash func(ctx context.Context, client netip.AddrPort, password string) (string, error)
	// Initialize carries out what a new cluster begins with; nil: nothing. address is where it reaches this node, before any other client
	// does, with a login that is good for that alone; done names the parts that are carried out already, and each that follows is reported to finished.
	Initialize func(ctx context.Context, at InitialAccess, done []string, finished func(part string) error) error
	// OnLeft is told when this node was taken out of the ring on request; nil: nobody is. It must not wait for the node's end.
	OnLeft func()
	// OnExpelled is told, once, that the cluster has given this node up: it must stop serving. nil: OnFatal is told.
	OnExpelled func(error)
	// OnFatal is told of a failure that the process must not survive.
	OnFatal func(error)
}

// InitialAccess is how what a cluster begins with is carried out.
type InitialAccess struct {
	Address string // host:port
	// User and Password log in as a superuser; empty where nobody logs in.
	User, Password string
}

// Node is a running node: a member of a cluster, and the servers that clients and operators reach it through.
type Node struct {
	*Member
	server *transport.Server
	admin  *admin.Server
	tool   *admin.Tool
	logins *transport.Logins
	window *platform.Periodic // of the latencies that percentiles remember
	binary sync.Mutex         // held while the CQL server is opened or closed
	// serves is set once server is there: nodetool may ask before.
	serves atomic.Bool
	// draining is set once Drain was called.
	draining   atomic.Bool
	startLevel slog.Level
	limits     transport.Limits // of clients
	// alone asks whether the node is to join another cluster, while it is one by itself; stopAlone ends that.
	alone     *platform.Jobs
	stopAlone context.CancelFunc
}

// latencyWindow is how long percentiles of requests remember, at least.
const latencyWindow = 5 * time.Minute

// Start starts a node and returns when it serves clients.
func Start(ctx context.Context, o Options) (*Node, error) {
	budget := budgets(o.Memory, o.MemoryMax)
	debug.SetMemoryLimit(budget.process)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(budget.garbage)
	}
	o.Strained = budget.strain(platform.SystemClock{})
	if o.FS == nil {
		var err error
		if o.Lease, err = checkFiles(o.DataDir, o.AcceptUnsafeMount, o.Logger); err != nil {
			return nil, err
		}
	}
	logins := transport.NewLogins(platform.SystemClock{})
	o.Hash = func(ctx context.Context, client netip.AddrPort, password string) (hash string, err error) {
		err = logins.Do(ctx, client.Addr(), func() (err error) {
			hash, err = auth.HashPassword(password)
			return err
		})
		return hash, err
	}
	m, err := StartMember(ctx, o)
	if err != nil {
		return nil, err
	}
	n := &Node{Member: m, logins: logins}
	if o.Level != nil {
		n.startLevel = o.Level.Level()
	}
	if err := n.listen(ctx, budget); err != nil {
		return nil, errors.Join(err, n.release(ctx))
	}
	return n, nil
}

// listen joins the cluster, has it begin with what it is to begin with, then opens the ports.
func (n *Node) listen(ctx context.Context, budget budget) (err error) {
	o := &n.options
	if err := n.listenTool(ctx); err != nil { // before joining, which may take long and be watched
		return err
	}
	if err := n.Join(ctx); err != nil {
		return err
	}
	o.Logger.Info(fmt.Sprintf("Node /%s state jump to NORMAL", n.places.toldNode))
	if err := n.ensureSuperuser(ctx); err != nil {
		return err
	}
	n.limits = budget.limits(o, o.Strained)
	if err := n.initialize(ctx, n.limits); err != nil {
		return err
	}
	secure := ""
	if o.ClientTLS != nil && o.SecurePort != 0 && o.SecurePort != o.Port {
		secure = netip.AddrPortFrom(n.places.native.Addr(), uint16(o.SecurePort)).String()
	}
	n.server, err = transport.Listen(ctx, transport.Options{
		Network: o.Network, Address: n.places.native.String(), Handler: handler{n.executor}, Logger: o.Logger, Limits: n.limits, Logins: n.logins,
		TLS: o.ClientTLS, TLSOptional: o.ClientTLSOptional, SecureAddress: secure,
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
	n.window = platform.Every(o.Runtime, latencyWindow, n.rotate)
	n.clientWork.Store(&n.server.Stats)
	n.serves.Store(true)
	n.server.Serve()
	n.Serve(n.server)
	if n.admin != nil {
		n.admin.SetReady(true)
	}
	o.Logger.Info(fmt.Sprintf("Starting listening for CQL clients on /%s (%s)...", n.places.native, n.encryption(secure)))
	if secure != "" {
		o.Logger.Info(fmt.Sprintf("Starting listening for CQL clients on /%s (encrypted)...", secure))
	}
	o.Logger.Info("Startup complete")
	if n.founded {
		o.Logger.Info(fmt.Sprintf("Created default superuser role '%s'", n.firstSuperuser())) // scripts wait for it, whether a login is asked for or not
	}
	if !o.Policy.Authenticates && !n.places.native.Addr().IsLoopback() {
		o.Logger.Warn("whoever reaches the CQL port may do everything: nobody has to log in; see authenticator, or CASSANDRA_PASSWORD, in docs/security.md", "address", n.places.native)
	}
	if len(o.Seeds) > 0 {
		var alone context.Context
		alone, n.stopAlone = context.WithCancel(context.WithoutCancel(ctx))
		n.alone = platform.NewJobs(o.Runtime)
		n.alone.Go(func() { n.regroup(alone) })
	}
	debug.FreeOSMemory() // what replaying the log took is not needed again
	return nil
}

// rotate has percentiles and rates forget what is old.
func (n *Node) rotate() {
	now := n.options.Runtime.Monotonic()
	n.server.Stats.Latencies.Rotate(now)
	n.executor.Rotate(now)
	n.cacheRates.note(n.store, now)
}

// encryption is what Cassandra's log says of the port for clients; secure is another one, if there is.
func (n *Node) encryption(secure string) string {
	switch o := &n.options; {
	case o.ClientTLS == nil || secure != "":
		return "unencrypted"
	case o.ClientTLSOptional:
		return "optionally encrypted"
	}
	return "encrypted"
}

// Address is where clients are told that they reach the node.
func (n *Node) Address() netip.AddrPort { return n.places.toldNative }

// Stop drains: it stops accepting, lets requests finish, flushes and closes. When ctx ends first, requests are cut.
func (n *Node) Stop(ctx context.Context) error {
	n.serving(false)
	n.stay()
	log := n.options.Logger
	log.Info("DRAINING: starting drain process")
	log.Info("Stop listening for CQL clients")
	log.Info("Announcing shutdown")
	err := n.release(ctx)
	log.Info("DRAINED")
	return err
}

// stay ends the looking for another cluster.
func (n *Node) stay() {
	if n.alone != nil {
		n.stopAlone()
		n.alone.Wait()
	}
}

// release closes what Start has opened, last first.
func (n *Node) release(ctx context.Context) error {
	var errs []error
	n.stay()
	if n.window != nil {
		n.window.Stop()
	}
	if n.server != nil {
		n.binary.Lock()
		errs = append(errs, n.server.Drain(ctx))
		n.binary.Unlock()
	}
	if n.admin != nil {
		errs = append(errs, n.admin.Close(ctx))
	}
	if n.tool != nil {
		errs = append(errs, n.tool.Close())
	}
	return errors.Join(append(errs, n.Member.Stop())...)
}
