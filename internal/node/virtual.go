package node

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/cluster/metadata"
	"helenus/internal/schema"
	"helenus/internal/stats"
	"helenus/internal/storage"
	"helenus/internal/system"
)

// views are what system_views shows of this node's work.
func (n *Member) views() system.Views {
	return system.Views{
		Table: n.tableCounts, Files: n.tableFiles, Monotonic: n.options.Runtime.Monotonic, Pools: n.pools, Caches: n.caches, Running: n.queries, Hints: n.pendingHints, Snapshots: n.snapshots,
		Streams: n.streams, Repairs: n.commands.list, Tasks: n.engineTasks, Traffic: n.peerTraffic, Logs: n.log.Lines, ForgetLogs: n.log.Forget, Checks: n.checks, Batches: n.batches,
	}
}

func (n *Member) tableCounts(t *schema.Table) *system.TableCounts {
	c := &system.TableCounts{}
	if x := n.executor.KnownTimes(t); x != nil {
		c.CoordinatorReads, c.CoordinatorScans, c.CoordinatorWrites = &x.Reads, &x.Scans, &x.Writes
	}
	if x := n.store.KnownStats(t.DataID); x != nil {
		c.LocalReads, c.LocalScans, c.LocalWrites, c.Rows, c.Tombstones = &x.Reads, &x.Scans, &x.Writes, &x.Rows, &x.Tombstones
	}
	return c
}

func (n *Member) tableFiles(t *schema.Table) (bytes, largest int64, err error) {
	size, err := n.store.TableFiles(t.DataID)
	return size.Bytes, size.FileBytes, err
}

// poolLimits are how much of a kind of work is done at a time, where there is such a bound.
var poolLimits = map[string]int{"CompactionExecutor": 1, "MemtableFlushWriter": 1, "HintsDispatcher": 1, "Repair-Task": 1}

func (n *Member) pools() (all []system.Pool) {
	var r nodetool.Report
	n.addStages(&r)
	for _, p := range r.Pools {
		all = append(all, system.Pool{Name: p.Name, Active: int(p.Active), Limit: poolLimits[p.Name], Pending: int(p.Pending), EverBlocked: p.Blocked, Completed: p.Completed})
	}
	if server := n.clientWork.Load(); server != nil {
		requests := system.Pool{Name: "Native-Transport-Requests", Active: int(server.Active.Load()), EverBlocked: server.Overloaded.Load()}
		for i := range server.Latencies {
			requests.Completed += server.Latencies[i].Count()
		}
		all = append(all, requests)
	}
	return all
}

// cacheRates remember what the block cache had answered a while ago.
type cacheRates struct {
	mu     sync.Mutex
	before [2]cacheCount // guarded by mu: the older first
}

type cacheCount struct {
	at             time.Duration
	hits, requests int64
}

func (c *cacheRates) note(s *storage.Store, at time.Duration) {
	m := s.Metrics().BlockCache
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = [2]cacheCount{c.before[1], {at, m.Hits, m.Hits + m.Misses}}
}

// rates are hits and requests a second since the older of the counts.
func (c *cacheRates) rates(now cacheCount) (hits, requests float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.before[0]
	seconds := max((now.at - old.at).Seconds(), 1)
	return float64(now.hits-old.hits) / seconds, float64(now.requests-old.requests) / seconds
}

// caches are those that answer reads: Pebble's blocks, which stand for Cassandra's chunks.
func (n *Member) caches() []system.Cache {
	m := n.store.Metrics().BlockCache
	c := system.Cache{
		Name: "chunks", Capacity: budgets(n.options.Memory, n.options.MemoryMax).cache, Bytes: m.Size, Entries: int(m.Count), Hits: m.Hits, Requests: m.Hits + m.Misses,
	}
	c.HitsPerSecond, c.PerSecond = n.cacheRates.rates(cacheCount{n.options.Runtime.Monotonic(), m.Hits, m.Hits + m.Misses})
	return []system.Cache{c}
}

func (n *Member) queries() (all []system.Query) {
	for _, q := range n.executor.Running() {
		all = append(all, system.Query{Thread: fmt.Sprintf("Native-Transport-Requests-%d", q.Number), Running: q.For, Task: q.Task})
	}
	return all
}

func (n *Member) pendingHints() (all []system.PendingHints) {
	pending, err := n.hints.Pending()
	if err != nil {
		n.options.Logger.Warn("the hints that wait could not be listed", "error", err)
		return nil
	}
	for _, p := range pending {
		one := system.PendingHints{Host: p.Host, Files: 1, Oldest: p.Oldest, Newest: p.Newest, Status: "DOWN"}
		if n.monitor.Live(p.Host) {
			one.Status = "UP"
		}
		if m := n.metadata.State().Member(p.Host); m != nil {
			one.Address, one.Datacenter, one.Rack = addressOf(m), m.Datacenter, m.Rack
		}
		all = append(all, one)
	}
	return all
}

// addressOf is where other nodes reach a member; invalid when it is a name.
func addressOf(m *metadata.Member) netip.AddrPort {
	a, err := netip.ParseAddrPort(m.Address)
	if err != nil {
		return netip.AddrPort{}
	}
	return a
}

func (n *Member) snapshots() (all []system.Snapshot, err error) {
	found, err := n.store.Snapshots()
	for _, s := range found {
		all = append(all, system.Snapshot{Name: s.Tag, Made: s.Made, Bytes: s.Bytes})
	}
	return all, err
}

// operationNames are what Cassandra's streams are called that do the same.
var operationNames = map[metadata.OperationKind]string{metadata.Join: "Bootstrap", metadata.Replace: "Bootstrap", metadata.Leave: "Unbootstrap", metadata.Remove: "Restore replica count"}

func (n *Member) streams() []system.Stream {
	m := n.topology.Movement()
	if m.Operation == uuid.Nil {
		return nil
	}
	one := system.Stream{ID: m.Operation, Operation: "Bootstrap", Peers: m.From, Received: m.Bytes, Ranges: m.Total, RangesDone: m.Done, Began: m.Began, Updated: m.At}
	if o := n.metadata.State().Operation; o != nil && o.ID == m.Operation {
		one.Operation = operationNames[o.Kind]
	}
	return []system.Stream{one}
}

// engineTasks are compactions and builds of indexes. Of a compaction the engine tells how much it has written only for all together, and one runs at a time.
func (n *Member) engineTasks() (all []system.Task) {
	s := n.metadata.Schema()
	running := n.store.Compactions()
	for _, c := range running {
		t := s.TableByDataID(c.Table)
		if t == nil {
			continue // what is not a table's, or is no more
		}
		task := system.Task{
			ID: uuid.NewSHA1(n.identity.HostID, fmt.Appendf(nil, "compaction %d %d", n.started.UnixNano(), c.Job)), Keyspace: t.Keyspace, Table: t.Name, Kind: "compaction", Unit: "bytes",
			Files: c.Files, Total: c.Bytes, Directory: n.options.DataDir,
		}
		if len(running) == 1 {
			task.Done = n.store.Metrics().Compact.InProgressBytes
		}
		all = append(all, task)
	}
	for id, b := range n.store.IndexBuilds() {
		if b.Built {
			continue
		}
		if t, x := indexOf(s, id); x != nil {
			all = append(all, system.Task{
				ID: uuid.NewSHA1(n.identity.HostID, fmt.Appendf(nil, "index %d", id)), Keyspace: t.Keyspace, Table: t.Name, Kind: "secondary index build", Unit: "rows", Done: b.Rows, Directory: n.options.DataDir,
			})
		}
	}
	return all
}

func indexOf(s *schema.Schema, id schema.DataID) (*schema.Table, *schema.Index) {
	for _, k := range s.Keyspaces() {
		for _, t := range k.Tables {
			for _, x := range t.Indexes {
				if x.DataID == id {
					return t, x
				}
			}
		}
	}
	return nil, nil
}

func (n *Member) peerTraffic() (all []system.PeerTraffic) {
	links := n.links.Load()
	if links == nil {
		return nil
	}
	traffic, state := (*links).Traffic(), n.metadata.State()
	traffic.Forget(func(host uuid.UUID) bool { return state.Member(host) != nil })
	for host, p := range traffic.Peers() {
		m := state.Member(host)
		if m == nil || host == n.identity.HostID || !addressOf(m).IsValid() {
			continue
		}
		all = append(all, system.PeerTraffic{
			Address: addressOf(m), Datacenter: m.Datacenter, Rack: m.Rack,
			Received: p.Received.Count.Load(), ReceivedBytes: p.Received.Bytes.Load(), Processed: p.Processed.Count.Load(), ProcessedBytes: p.Processed.Bytes.Load(),
			Expired: p.Expired.Count.Load(), ExpiredBytes: p.Expired.Bytes.Load(), Failed: p.Failed.Count.Load(), FailedBytes: p.Failed.Bytes.Load(),
			Scheduled: p.Scheduled.Count.Load(), ScheduledBytes: p.Scheduled.Bytes.Load(), UsingBytes: p.Scheduled.Bytes.Load(), Corrupt: p.Corrupt.Load(),
			Sent: p.Sent.Count.Load(), SentBytes: p.Sent.Bytes.Load(), SentExpired: p.TimedOut.Count.Load(), SentExpiredBytes: p.TimedOut.Bytes.Load(),
			Overloaded: p.Overloaded.Count.Load(), OverloadedBytes: p.Overloaded.Bytes.Load(), SentFailed: p.Lost.Count.Load(), SentFailedBytes: p.Lost.Bytes.Load(),
			PendingBytes: p.Pending.Load(), Connections: p.Open.Load(), Attempts: p.Attempts.Load(), Successes: p.Successes.Load(),
		})
	}
	slices.SortFunc(all, func(a, b system.PeerTraffic) int { return a.Address.Compare(b.Address) })
	return all
}

// cqlMetrics are those of system_views.cql_metrics.
func (n *Member) cqlMetrics() map[string]float64 {
	c := &n.executor.Counts
	prepared, regular := float64(c.Prepared.Load()), float64(c.Regular.Load())
	ratio := 0.0
	if prepared > 0 {
		ratio = prepared / (prepared + regular)
	}
	return map[string]float64{
		"prepared_statements_count": float64(n.executor.Prepared()), "prepared_statements_evicted": float64(c.Evicted.Load()), "prepared_statements_executed": prepared,
		"prepared_statements_ratio": ratio, "regular_statements_executed": regular,
	}
}

func (n *Member) batches() map[string]*stats.Sizes {
	c := &n.executor.Counts
	return map[string]*stats.Sizes{"counter": &c.Counter, "logged": &c.Logged, "unlogged": &c.Unlogged}
}

func (n *Member) checks() *stats.Histogram { return &n.executor.Counts.Checks }

// settings are the configuration in effect, by cassandra.yaml's names: what the node was started with, and what it always does.
func (n *Member) settings() map[string]string {
	all := maps.Clone(n.options.Settings)
	if all == nil {
		all = map[string]string{}
	}
	names := map[string]string{"read": "read_request_timeout", "range": "range_request_timeout", "write": "write_request_timeout", "counterwrite": "counter_write_request_timeout", "cascontention": "cas_contention_timeout"}
	for verb, d := range n.coord.Timeouts() {
		millis := fmt.Sprint(d.Milliseconds())
		all[names[verb]], all[names[verb]+"_in_ms"] = millis+"ms", millis
	}
	all["hinted_handoff_enabled"] = fmt.Sprint(!n.hints.Off.Load())
	for name, value := range fixedSettings {
		all[name] = cmp.Or(all[name], value)
	}
	return all
}

// fixedSettings are what the node does whatever it is told; each is another package's constant.
var fixedSettings = map[string]string{
	"batch_size_warn_threshold": "5KiB", "batch_size_fail_threshold": "50KiB", "unlogged_batch_across_partitions_warn_threshold": "10", "max_hint_window": "3h", "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
	"trace_type_query_ttl": "1d", "concurrent_compactors": "1",
}
