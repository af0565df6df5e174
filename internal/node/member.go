package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/cluster/liveness"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cluster/topology"
	"helenus/internal/coordinator"
	"helenus/internal/exec"
	"helenus/internal/hint"
	"helenus/internal/key"
	"helenus/internal/lease"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/repair"
	"helenus/internal/replica"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
	"helenus/internal/trace"
	"helenus/internal/transport"
	"helenus/internal/udf"
)

// Member is a node as the other nodes know it: its data, its part in the cluster and what executes statements. Everything in it runs on
// Options.Runtime, so that a simulator can run many of them.
type Member struct {
	options  Options
	started  time.Time
	places   places
	seeds    seeds
	forming  *topology.Forming
	identity identity
	store    *storage.Store
	metadata *metadata.Group
	links    atomic.Pointer[Links]
	monitor  *liveness.Monitor
	topology *topology.Manager
	hints    *hint.Keeper
	marks    *repair.Marks
	repairer *repair.Repairer
	replica  *replica.Server
	local    *replica.Local
	coord    *coordinator.Coordinator
	executor *exec.Executor
	traces   *system.Traces
	// log keeps the latest lines of the log.
	log *logLines
	// clientWork counts the requests of clients; nil before they are served.
	clientWork atomic.Pointer[transport.Stats]
	cacheRates cacheRates
	commands   repairCommands
	tracer     *trace.Recorder
	// functions are the user's; nil until they are opened.
	functions *udf.Engine
	loads     loads
	disk      diskUsage
	founded   bool // this start formed the cluster
	// timestamps are this node's, reserving keeps some of them ready.
	timestamps *exec.Clock
	reserving  *platform.Periodic
	apart      sync.Map // host ids whose clocks are known to be wrong, or this one's
	clients    atomic.Pointer[Clients]
	told       told
	// open is true once other nodes' messages are served, ready once clients are.
	open, ready atomic.Bool
	// ending is true once the node was told to stop.
	ending atomic.Bool
	// drained is true once the node has taken leave of the others and only its data are open; leave has it do so once.
	drained atomic.Bool
	leave   sync.Once
	// expulsion has OnExpelled be told once.
	expulsion sync.Once
	repairs   atomic.Int64 // commands of nodetool
}

// Links carry messages between nodes: a rpc.Transport.
type Links interface {
	coordinator.Messenger
	Ask(ctx context.Context, to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration) ([]byte, error)
	Send(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, lost func())
	// Greet asks who is at an address, whichever cluster it belongs to.
	Greet(ctx context.Context, address string) (*rpc.Hello, error)
	// Learn is told where a host is; Of and AddressOf return what is known of that.
	Learn(rpc.Home)
	Of(host uuid.UUID) (rpc.Home, bool)
	AddressOf(host uuid.UUID, fallback string) string
	// Drop ends this node's connections to a host or an address; the next call makes new ones.
	Drop(to rpc.Peer)
	// Block cuts an address off, or lets it through again.
	Block(address string, cut bool)
	// Traffic counts messages.
	Traffic() *rpc.Traffic
	Close() error
}

// Clients are told of what changes: a transport.Server.
type Clients interface {
	SchemaChanged(protocol.SchemaChange)
	TopologyChanged(change string, node netip.AddrPort)
	StatusChanged(change string, node netip.AddrPort)
}

// StartMember opens a node's data and begins to speak to other nodes. It belongs to a cluster once Join returns. What was opened before an
// error is closed again.
func StartMember(ctx context.Context, o Options) (*Member, error) {
	if o.StoragePort == 0 {
		o.StoragePort = StoragePort
	}
	if o.ToolPort == 0 {
		o.ToolPort = nodetool.Port
	}
	if o.Connect == nil {
		o.Connect = func(ctx context.Context, ro rpc.Options) (Links, error) { return rpc.Listen(ctx, ro) }
	}
	n := &Member{options: o, started: o.Runtime.Now()}
	if err := n.start(ctx); err != nil {
		return nil, errors.Join(err, n.release())
	}
	return n, nil
}

func (n *Member) start(ctx context.Context) (err error) {
	o := &n.options
	n.log = newLogLines(o.Logger.Handler())
	o.Logger = slog.New(n.log)
	if n.places, err = o.resolve(ctx); err != nil {
		return err
	}
	sync := storage.SyncBatch
	if o.Periodic {
		sync = storage.SyncPeriodic
	}
	budget := budgets(o.Memory, o.MemoryMax)
	n.store, err = storage.Open(storage.Options{
		Dir: o.DataDir, LockWait: o.LockWait, Lease: n.lease(), Waiting: ctx, FS: o.FS, Runtime: o.Runtime, Sync: sync, SyncPeriod: o.SyncPeriod, CacheBytes: budget.cache, MemTableBytes: budget.memTable, CentroidBytes: budget.centroids,
		PurgeBefore: n.purgeBefore, PatrolPeriod: o.PatrolPeriod, Logger: o.Logger, OnFatal: o.OnFatal,
	})
	if err != nil {
		return err
	}
	if n.identity, err = loadIdentity(n.store, *o); err != nil {
		return err
	}
	n.store.Describe(fmt.Sprintf("node %s at %s", n.identity.HostID, n.places.toldNode))
	if err := n.openClock(); err != nil {
		return err
	}
	if err := n.startCluster(ctx, &budget); err != nil {
		return err
	}
	tables := system.New(system.Options{
		Schema: n.metadata.Schema, Roles: n.metadata.Roles, Clock: o.Runtime, Local: n.self, Peers: n.peers, ClusterName: o.ClusterName, HelenusVersion: Version,
		Clients: n.sessions, Properties: n.properties,
		Views: n.views(), Metrics: n.cqlMetrics, Settings: n.settings,
		IndexBuilt: func(id schema.DataID) bool { return n.store.IndexBuilds()[id].Built },
		ViewStatus: n.viewStatus,
		ViewBuild:  func(id schema.DataID) system.ViewBuild { return viewBuild(n.store.IndexBuilds()[id]) },
	})
	functions := o.Functions
	functions.Clock, functions.Logger, functions.BytesMax, functions.SharedMax = o.Runtime, o.Logger, budget.function, budget.functions
	n.functions = udf.New(functions)
	n.executor, err = exec.NewExecutor(exec.Options{
		Functions: n.functions, Views: o.Views, Masking: o.Masking, Guardrails: o.Guardrails, Batch: o.Batch, Reads: o.Reads, DiskOf: n.diskOf, NoDefaultIndex: o.NoDefaultIndex, NoUse: o.NoUse, SASI: o.SASI,
		Metadata: n.metadata, Coordinator: n.coord, System: tables, Clock: o.Runtime, Timestamps: n.timestamps, Facts: n.facts, ClusterName: o.ClusterName, Tracer: n.tracer, Logger: o.Logger,
		PreparedBytesMax: budget.prepared, PageBytes: budget.page, ResultBytesMax: budget.result, GatheredMax: budget.gathered, Strained: o.Strained,
		Login:     exec.Login{Policy: o.Policy, Datacenter: n.identity.Datacenter, Datacenters: n.datacenters, Hash: o.Hash},
		Ownership: n.ownership, PagingKey: func() []byte { return n.metadata.State().PagingKey },
	})
	if err != nil {
		return err
	}
	n.metadata.Subscribe(func(u metadata.Update) {
		if u.Before.Roles != u.State.Roles {
			n.executor.RolesChanged()
		}
	})
	return nil
}

// lease is how the node holds its data directory where other hosts may have it; when it is lost the process ends as it is: what it would still write is another's.
func (n *Member) lease() *lease.Options {
	if n.options.Lease == nil {
		return nil
	}
	o := *n.options.Lease
	o.OnLost = n.options.OnFatal
	return &o
}

// Serve says that clients are served from now on; they are told of changes. nil: nobody is.
func (n *Member) Serve(clients Clients) {
	if clients != nil {
		n.clients.Store(&clients)
		n.metadata.Subscribe(n.tellClients)
		n.told.meet(n.metadata.State(), n.identity.HostID)
	}
	n.ready.Store(true)
}

// Connect begins a session of a client.
func (n *Member) Connect(client netip.AddrPort, version protocol.Version, options map[string]string) *exec.Session {
	return n.executor.Connect(client, version, options)
}

// State returns what is true of the cluster, as far as this node knows.
func (n *Member) State() *metadata.State { return n.metadata.State() }

// Decommission takes this node out of the ring and returns when it is no member any more; what waits here for other nodes goes to members
// first. force lets fewer nodes stay than a keyspace has replicas.
func (n *Member) Decommission(ctx context.Context, force bool) error {
	if err := n.hints.HandOff(ctx); err != nil && !force {
		n.hints.TakeBack()
		return fmt.Errorf("%w; nodetool decommission --force leaves without", err)
	}
	if err := n.topology.Leave(ctx, force); err != nil {
		n.hints.TakeBack()
		return err
	}
	return nil
}

// Voters returns the numbers of the members that keep the metadata, and the leader's or 0.
func (n *Member) Voters() (voters []uint64, leader uint64) { return n.metadata.Voters() }

// Remove takes a dead member out of the ring; see topology.Manager.
func (n *Member) Remove(ctx context.Context, host uuid.UUID, acceptLoss bool) error {
	return n.topology.Remove(ctx, host, acceptLoss)
}

// Repair makes the replicas of this node's ranges the same, of all tables.
func (n *Member) Repair(ctx context.Context) error {
	return n.repair(ctx, nodetool.Arguments{}, func(string) {})
}

// HostID is this node's identity.
func (n *Member) HostID() uuid.UUID { return n.identity.HostID }

// Idle says whether nothing waits to be sent to other nodes later.
func (n *Member) Idle() bool { return n.hints.Idle() }

// Waiting tells what waits to be sent later.
func (n *Member) Waiting() string { return fmt.Sprint(n.store.Queues("")) }

// Live says whether a member answers this one.
func (n *Member) Live(host uuid.UUID) bool { return n.monitor.Live(host) }

// Crash closes the files of a node whose tasks are no more, without any of the courtesies of Stop.
func (n *Member) Crash() error { return n.store.Close() }

// purgeBefore bounds the age of what storage may purge: a table's gc_grace_seconds and, with several replicas, what all of them have.
func (n *Member) purgeBefore(id schema.DataID, token key.Token, now int64) int64 {
	if !n.open.Load() {
		return repair.Never // compactions may begin before the schema is loaded
	}
	s := n.metadata.Schema()
	t := s.TableByDataID(id)
	switch {
	case t == nil:
		return repair.Never
	case t.System: // what it holds expires by itself
		return now - int64(t.Options.GCGraceSeconds)
	}
	return min(now-int64(t.Options.GCGraceSeconds), n.repairedThrough(id, key.TokenRange{First: token, Last: token}))
}

// repairedThrough is the moment through which all replicas of a range have the same; a lone replica lets writes that are under way arrive.
func (n *Member) repairedThrough(id schema.DataID, tokens key.TokenRange) int64 {
	s := n.metadata.Schema()
	if t := s.TableByDataID(id); t != nil {
		if t.System {
			return n.options.Runtime.Now().Add(-n.repairer.Margin()).Unix()
		}
		if k := s.Keyspace(t.Keyspace); k != nil && k.ReplicationFactor() < 2 {
			return n.options.Runtime.Now().Add(-n.repairer.Margin()).Unix()
		}
	}
	return n.marks.Through(id, tokens)
}

// followIndexes has the store know the indexes of the schema, from before its first write on.
func (n *Member) followIndexes() error {
	n.metadata.Subscribe(func(u metadata.Update) {
		if u.Before.Schema == u.State.Schema {
			return
		}
		if err := n.store.SetIndexes(u.State.Schema); err != nil {
			n.options.OnFatal(fmt.Errorf("keep the indexes: %w", err))
		}
	})
	return n.store.SetIndexes(n.metadata.Schema())
}

// Stop leaves the cluster to the others, flushes and closes. Clients have to be gone.
func (n *Member) Stop() error {
	n.ready.Store(false)
	return n.release()
}

// release closes what start has opened, last first.
func (n *Member) release() error {
	err := n.stopCluster()
	if n.functions != nil {
		err = errors.Join(err, n.functions.Close())
	}
	if n.reserving != nil {
		n.reserving.Stop()
		n.timestamps.Settle()
	}
	if n.store != nil {
		err = errors.Join(err, n.store.Flush(), n.store.Close())
	}
	if err != nil {
		return fmt.Errorf("stop the node: %w", err)
	}
	return nil
}
