package node

import (
	"maps"
	"slices"
	"strings"

	"helenus/client/nodetool"
	"helenus/internal/cluster/metadata"
	"helenus/internal/exec"
	"helenus/internal/repair"
	"helenus/internal/ring"
	"helenus/internal/rpc"
	"helenus/internal/schema"
	"helenus/internal/stats"
)

// addStatistics puts into a report what is asked for.
func (n *Node) addStatistics(r *nodetool.Report, s *metadata.State, a *nodetool.Arguments) error {
	switch a.Statistics {
	case nodetool.StatisticsTables:
		return n.addTables(r, s, a)
	case nodetool.StatisticsWork:
		n.addWork(r)
	}
	return nil
}

func times(h *stats.Histogram) nodetool.Times {
	t := nodetool.Times{Count: h.Count(), Sum: int64(h.Sum())}
	for _, d := range h.Percentiles(nodetool.Percentiles...) {
		t.Percentiles = append(t.Percentiles, int64(d))
	}
	return t
}

// addTables adds the tables that are named, keyspace or keyspace.table, or all; or all others.
func (n *Node) addTables(r *nodetool.Report, s *metadata.State, a *nodetool.Arguments) error {
	names := a.Tables
	found := map[string]bool{}
	for _, k := range s.Schema.Keyspaces() {
		for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
			t := k.Tables[name]
			if t.System || t.Virtual {
				continue
			}
			full := k.Name + "." + t.Name
			named := slices.Contains(names, k.Name) || slices.Contains(names, full)
			found[k.Name], found[full] = true, true
			if len(names) > 0 && named == a.Others {
				continue
			}
			r.AllTables++
			size, err := n.store.TableSize(t.DataID)
			if err != nil {
				return err
			}
			counts := n.store.TableStats(t.DataID)
			r.Tables = append(r.Tables, nodetool.Table{
				Keyspace: k.Name, Name: t.Name, Files: size.Files, FileBytes: size.FileBytes, Bytes: size.Bytes, Partitions: size.Partitions, Reads: times(&counts.Reads), Writes: times(&counts.Writes),
				Repaired: n.repairedShare(s, k, t),
			})
		}
	}
	for _, name := range names {
		keyspace, _, table := strings.Cut(name, ".")
		switch k := s.Schema.Keyspace(keyspace); {
		case k == nil:
			return &nodetool.Error{Text: "Unknown keyspace: " + keyspace, Usage: true}
		case table && !found[name]:
			return &nodetool.Error{Text: "Unknown table " + name, Usage: true}
		}
	}
	return nil
}

// repairedShare is the share of a table's tokens on this node that were ever repaired.
func (n *Node) repairedShare(s *metadata.State, k *schema.Keyspace, t *schema.Table) float64 {
	if s.Ring == nil {
		return 0
	}
	self := ring.HostID(n.identity.HostID)
	var all, repaired float64
	for _, x := range s.Ring.Placement(k.Replication).Ranges() {
		if !slices.ContainsFunc(x.Replicas, func(r *ring.Node) bool { return r.ID == self }) {
			continue
		}
		width := float64(x.Last) - float64(x.First) + 1
		all += width
		if n.marks.Through(t.DataID, x.TokenRange) != repair.Never {
			repaired += width
		}
	}
	if all == 0 {
		return 0
	}
	return repaired / all
}

// repairedOfAll is the mean of repairedShare over all tables; without tables there is nothing to repair.
func (n *Node) repairedOfAll(s *metadata.State) float64 {
	sum, tables := 0.0, 0
	for _, k := range s.Schema.Keyspaces() {
		for _, t := range k.Tables {
			if !t.System && !t.Virtual {
				sum, tables = sum+n.repairedShare(s, k, t), tables+1
			}
		}
	}
	if tables == 0 {
		return 1
	}
	return sum / float64(tables)
}

// addEngine adds what the storage engine does.
func (n *Node) addEngine(r *nodetool.Report) {
	m := n.store.Metrics()
	r.Compaction = nodetool.Compaction{Concurrent: 1, Pending: m.Compact.NumInProgress, Completed: m.Compact.Count, Aborted: m.Compact.CancelledCount + m.Compact.FailedCount}
	for i := range m.Levels {
		r.Compaction.Bytes += int64(m.Levels[i].TableBytesRead)
	}
	r.Cache = nodetool.Cache{
		Entries: m.BlockCache.Count, Bytes: m.BlockCache.Size, Capacity: budgets(n.options.Memory, n.options.MemoryMax).cache, Hits: m.BlockCache.Hits, Misses: m.BlockCache.Misses,
	}
}

// addMessages adds the messages between nodes by class; large ones go apart from the others.
func (n *Node) addMessages(r *nodetool.Report) {
	traffic := (*n.links.Load()).Traffic()
	add := func(name string, verbs ...rpc.Verb) {
		m := nodetool.Messages{Name: name}
		for _, v := range verbs {
			t := traffic.Of(v)
			m.Pending, m.Completed, m.Dropped = m.Pending+t.Running.Load(), m.Completed+t.Served.Load(), m.Dropped+t.TimedOut.Load()
		}
		r.Messages = append(r.Messages, m)
	}
	add("Large messages", rpc.Registers, rpc.Repaired)
	add("Small messages", rpc.Write, rpc.Read, rpc.Count, rpc.Prepare, rpc.Propose, rpc.Commit, rpc.Batch, rpc.BatchDone)
	add("Gossip messages", rpc.Ping, rpc.Raft, rpc.Admit)
}

// addWork adds what the node is at. Cassandra's names stand for what does the same work here.
func (n *Node) addWork(r *nodetool.Report) {
	n.addMessages(r)
	n.addRequests(r)
	n.addStages(r)
}

// addRequests adds those of clients.
func (n *Node) addRequests(r *nodetool.Report) {
	if !n.serves.Load() {
		return
	}
	server := &n.server.Stats
	requests := nodetool.Pool{Name: "Native-Transport-Requests", Active: server.Active.Load(), Blocked: server.Overloaded.Load()}
	r.Requests = map[string]nodetool.Times{}
	for kind, name := range map[exec.Kind]string{exec.Read: "read", exec.Write: "write", exec.RangeRead: "range", exec.SerialRead: "serial read", exec.Transaction: "transaction", exec.Other: "other"} {
		t := times(&server.Latencies[kind])
		r.Requests[name] = t
		requests.Completed += t.Count
	}
	r.Pools = append(r.Pools, requests)
}

// addStages adds what is done for other nodes and for the node itself.
func (n *Member) addStages(r *nodetool.Report) {
	traffic := (*n.links.Load()).Traffic()
	messages := func(name string, verbs ...rpc.Verb) {
		pool := nodetool.Pool{Name: name}
		for _, v := range verbs {
			t := traffic.Of(v)
			pool.Active, pool.Completed = pool.Active+t.Running.Load(), pool.Completed+t.Served.Load()
		}
		r.Pools = append(r.Pools, pool)
	}
	messages("ReadStage", rpc.Read)
	messages("MutationStage", rpc.Write)
	messages("CounterMutationStage", rpc.Count)
	messages("PaxosStage", rpc.Prepare, rpc.Propose, rpc.Commit)
	messages("BatchlogStage", rpc.Batch, rpc.BatchDone)
	messages("GossipStage", rpc.Ping)
	messages("InternalMetadataStage", rpc.Raft, rpc.Admit)
	messages("AntiEntropyStage", rpc.Repaired, rpc.Registers)
	for _, lost := range []struct {
		name string
		verb rpc.Verb
	}{
		{"READ_REQ", rpc.Read}, {"MUTATION_REQ", rpc.Write}, {"COUNTER_MUTATION_REQ", rpc.Count}, {"PAXOS2_PREPARE_REQ", rpc.Prepare}, {"PAXOS2_PROPOSE_REQ", rpc.Propose},
		{"PAXOS_COMMIT_REQ", rpc.Commit}, {"BATCH_STORE_REQ", rpc.Batch}, {"BATCH_REMOVE_REQ", rpc.BatchDone},
	} {
		r.Dropped = append(r.Dropped, nodetool.Dropped{Name: lost.name, Count: traffic.Of(lost.verb).TimedOut.Load()})
	}
	hints := int64(0)
	for _, count := range n.hints.Waiting() {
		hints += int64(count)
	}
	engine, repairs := n.store.Metrics(), n.repairer.Status()
	repairing := int64(0)
	if repairs.Running != "" {
		repairing = 1
	}
	r.Pools = append(r.Pools,
		nodetool.Pool{Name: "HintsDispatcher", Pending: hints, Completed: n.hints.Delivered.Load()},
		nodetool.Pool{Name: "Repair-Task", Active: repairing, Pending: int64(repairs.Waiting), Completed: repairs.Ranges},
		nodetool.Pool{Name: "MemtableFlushWriter", Active: engine.Flush.NumInProgress, Completed: engine.Flush.Count},
		nodetool.Pool{Name: "CompactionExecutor", Active: engine.Compact.NumInProgress, Completed: engine.Compact.Count},
	)
}
