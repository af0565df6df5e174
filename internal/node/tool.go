package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"runtime/metrics"
	"strconv"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/admin"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/cluster/topology"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// listenTool opens nodetool's port: wherever CQL clients are served when that is all addresses or a loopback one, else on 127.0.0.1, which
// several nodes of one machine share: the first one has it.
func (n *Node) listenTool(ctx context.Context) error {
	host := "127.0.0.1"
	if a := n.places.native.Addr(); a.IsLoopback() || a.IsUnspecified() {
		host = a.String()
	}
	address := net.JoinHostPort(host, strconv.Itoa(n.options.ToolPort))
	tool, err := admin.ListenTool(ctx, n.options.Network, address, admin.Control{Report: n.report, Verbs: n.verbs(), Ready: n.ready.Load}, n.options.Logger)
	switch {
	case err != nil && n.places.native.Addr().IsUnspecified():
		return fmt.Errorf("%w; give it another port by --nodetool-port or HELENUS_NODETOOL_PORT", err)
	case err != nil:
		n.options.Logger.Warn("nodetool can't reach this node; give it another port by --nodetool-port or HELENUS_NODETOOL_PORT", "error", err)
		return nil
	}
	n.tool = tool
	return nil
}

// report tells what this node knows of the cluster and of itself.
func (n *Node) report(verb string, a nodetool.Arguments) (*nodetool.Report, error) {
	s := n.metadata.State()
	status := n.repairer.Status()
	r := &nodetool.Report{
		Cluster: n.options.ClusterName, Partitioner: "org.apache.cassandra.dht.Murmur3Partitioner", Self: n.identity.HostID.String(), Version: Version,
		Release: cassandra.ReleaseVersion, Uptime: int64(n.options.Runtime.Now().Sub(n.started).Seconds()), Generation: n.started.Unix(), Native: n.ready.Load(), Mode: n.mode(), Alone: n.drained.Load(),
		HeapBytes: heapBytes(), LimitBytes: debug.SetMemoryLimit(-1), Hints: map[string]int{}, Repairs: n.coord.Repaired.Load(), Differs: n.coord.DigestMismatches.Load(),
		Epoch: s.Epoch, Schema: s.Schema.Version().String(),
		Handoff: !n.hints.Off.Load(), HandoffPaused: n.hints.Paused.Load(), TraceProbability: n.executor.TraceProbability(), LogLevel: n.logLevel(),
		RepairedRanges: status.Ranges, WaitingRanges: status.Waiting, RepairedThrough: max(status.Oldest, 0), Repairing: status.Running, RepairedShare: n.repairedOfAll(s),
		Timeouts: map[string]int64{},
	}
	r.CIDRGroups, r.AddressGroups = n.addressGroups(verb, a)
	r.Seeds = n.seedsNow()
	for name, d := range n.coord.Timeouts() {
		r.Timeouts[name] = d.Milliseconds()
	}
	n.addEngine(r)
	if n.serves.Load() {
		r.Exceptions = n.server.Stats.Panics.Load()
	}
	for i := range s.Members {
		r.Nodes = append(r.Nodes, n.toolNode(&s.Members[i]))
	}
	for _, k := range s.Schema.Keyspaces() {
		if !k.Virtual {
			r.Keyspaces = append(r.Keyspaces, nodetool.Keyspace{Name: k.Name, Replication: k.Replication})
		}
	}
	for host, count := range n.hints.Waiting() {
		r.Hints[host.String()] = count
	}
	voters, leader := n.metadata.Voters()
	for _, v := range voters {
		if m := s.Numbered(v); m != nil {
			r.Voters = append(r.Voters, m.Host.String())
		}
	}
	if m := s.Numbered(leader); m != nil {
		r.Leader = m.Host.String()
	}
	if o := s.Operation; o != nil {
		r.Operation = &nodetool.Operation{ID: o.ID.String(), Kind: string(o.Kind), Host: o.Host.String(), Step: int(o.Step)}
		if of, done, total, bytes := n.topology.Fetching(); of == o.ID {
			r.Fetched, r.Fetching, r.FetchedBytes = done, total, bytes
		}
	}
	if s.Ring != nil {
		for _, x := range topology.Absences(s, n.view()) {
			r.Absent = append(r.Absent, nodetool.Absent{
				Host: x.Host.String(), Address: x.Address, Rack: x.Rack, Seconds: int64(x.For.Seconds()), RemovedAfter: int64(n.options.AbsentNodeRemoval.Seconds()), Kept: x.Kept,
			})
		}
	}
	snapshots, err := n.store.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, x := range snapshots {
		r.Snapshots = append(r.Snapshots, nodetool.Snapshot{Tag: x.Tag, Bytes: x.Bytes, Made: x.Made.UnixMilli()})
	}
	if err := n.addStatistics(r, s, &a); err != nil {
		return nil, err
	}
	if a.Keyspace != "" && s.Schema.Keyspace(a.Keyspace) == nil {
		return nil, unknownKeyspace(verb, a.Keyspace)
	}
	if a.View != "" {
		if r.ViewBuilds, err = n.viewReport(a.Keyspace, a.View); err != nil {
			return nil, err
		}
	}
	if s.Ring == nil { // no cluster yet
		return r, nil
	}
	k := ownedKeyspace(s, a.Keyspace)
	if a.Ranges && k != nil {
		r.Ranges = toolRanges(s, k)
	}
	if k != nil {
		r.Owns = map[string]float64{}
		for host, share := range s.Ring.Placement(k.Replication).Ownership() {
			r.Owns[uuid.UUID(host).String()] = share
		}
	}
	if a.Key == "" {
		return r, nil
	}
	r.Endpoints, err = n.endpoints(s, k, a)
	return r, err
}

// unknownKeyspace says in the words of a verb that a keyspace does not exist.
func unknownKeyspace(verb, name string) error {
	switch verb {
	case "status", "ring":
		return &nodetool.Error{Text: "The keyspace " + name + ", does not exist", Usage: true}
	case "describering":
		return &nodetool.Error{Text: "No such keyspace: " + name}
	}
	return &nodetool.Error{Text: "Keyspace [" + name + "] does not exist.", Usage: true}
}

// toolRanges are the ranges of a keyspace as Cassandra shows them: without their start, with their end.
func toolRanges(s *metadata.State, k *schema.Keyspace) (all []nodetool.Range) {
	placed := s.Ring.Placement(k.Replication).Ranges()
	if n := len(placed); n > 1 && placed[n-1].Last == key.MaxToken { // the ring has no ends: the last goes on with the first
		placed = placed[:n-1]
	}
	for i, x := range placed {
		before := placed[(i+len(placed)-1)%len(placed)].Last
		r := nodetool.Range{Start: strconv.FormatInt(int64(before), 10), End: strconv.FormatInt(int64(x.Last), 10)}
		for _, n := range x.Replicas {
			r.Hosts = append(r.Hosts, uuid.UUID(n.ID).String())
		}
		all = append(all, r)
	}
	return all
}

func heapBytes() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

func (n *Node) toolNode(m *metadata.Member) nodetool.Node {
	names := map[metadata.Status]string{metadata.Normal: "Normal", metadata.Joining: "Joining", metadata.Leaving: "Leaving"}
	v, _ := n.monitor.Vital(m.Host)
	node := nodetool.Node{
		Host: m.Host.String(), Address: (*n.links.Load()).AddressOf(m.Host, m.Address), Native: m.Native, Datacenter: m.Datacenter, Rack: m.Rack, Up: n.monitor.Live(m.Host),
		State: names[m.Status], Load: v.Load, Release: m.Release, Generation: max(v.Generation, m.Generation), Epoch: v.Epoch, Ready: v.Ready,
		Doubt: n.monitor.Doubt(m.Host) * nodetool.DoubtMax,
	}
	for _, t := range m.Tokens {
		node.Tokens = append(node.Tokens, strconv.FormatInt(int64(t), 10))
	}
	return node
}

// ownedKeyspace returns the keyspace whose ownership is asked for: the one named, or any when all have the same replication; nil when they
// have not.
func ownedKeyspace(s *metadata.State, name string) *schema.Keyspace {
	if k := s.Schema.Keyspace(name); k != nil && !k.Virtual {
		return k
	}
	var one *schema.Keyspace
	for _, k := range s.Schema.Keyspaces() {
		if !holdsRows(k) {
			continue
		}
		if one != nil && fmt.Sprint(one.Replication) != fmt.Sprint(k.Replication) {
			return nil
		}
		one = k
	}
	if one == nil { // nothing is replicated yet: the ring itself
		one = &schema.Keyspace{Replication: map[string]string{"class": "SimpleStrategy", "replication_factor": "1"}}
	}
	return one
}

// holdsRows says whether a keyspace is a user's.
func holdsRows(k *schema.Keyspace) bool {
	if k.Virtual {
		return false
	}
	for _, t := range k.Tables {
		return !t.System
	}
	return true
}

// endpoints are the replicas of a partition key written as in CQL, or as 0x and hexadecimal digits.
func (n *Node) endpoints(s *metadata.State, k *schema.Keyspace, a nodetool.Arguments) ([]string, error) {
	t := s.Schema.Table(a.Keyspace, a.Table)
	if t == nil {
		return nil, &nodetool.Error{Text: fmt.Sprintf("Unknown table '%s' in keyspace '%s'", a.Table, a.Keyspace), Usage: true}
	}
	raw, err := partitionKey(t, a.Key)
	if err != nil {
		return nil, &nodetool.Error{Text: fmt.Sprintf("the key %q: %v", a.Key, err), Usage: true}
	}
	var all []string
	for _, node := range s.Ring.Replicas(key.TokenOf(raw), k.Replication) {
		if m := s.Member(uuid.UUID(node.ID)); m != nil {
			host, _, err := net.SplitHostPort(m.Address)
			if err != nil {
				return nil, err
			}
			all = append(all, host)
		}
	}
	return all, nil
}

func partitionKey(t *schema.Table, text string) ([]byte, error) {
	if digits, ok := cutHex(text); ok {
		return hex.DecodeString(digits)
	}
	columns := t.PartitionKey
	if len(columns) != 1 {
		return nil, errors.New("of several columns: give it as 0x and hexadecimal digits")
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return columns[0].Type.ParseJSON(quoted)
}

func cutHex(text string) (string, bool) {
	if len(text) > 2 && text[:2] == "0x" {
		return text[2:], true
	}
	return "", false
}
