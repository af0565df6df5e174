package node

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/admin"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// listenTool opens nodetool's port: on this node's address when that is a loopback one, else on 127.0.0.1. A port that another node of this
// machine has is no reason not to start.
func (n *Node) listenTool(ctx context.Context) error {
	host := "127.0.0.1"
	if n.address.Addr().IsLoopback() {
		host = n.address.Addr().String()
	}
	address := net.JoinHostPort(host, strconv.Itoa(nodetool.Port))
	tool, err := admin.ListenTool(ctx, n.options.Network, address, admin.Control{Report: n.report, Verbs: n.verbs()}, n.options.Logger)
	if err != nil {
		n.options.Logger.Warn("nodetool can't reach this node", "error", err)
		return nil
	}
	n.tool = tool
	return nil
}

// verbs are what nodetool can have done.
func (n *Node) verbs() map[string]admin.Verb {
	return map[string]admin.Verb{
		"flush":   func(context.Context, nodetool.Arguments) error { return n.store.Flush() },
		"compact": func(context.Context, nodetool.Arguments) error { return n.store.Compact() },
		"drain": func(context.Context, nodetool.Arguments) error {
			n.ready.Store(false)
			if n.admin != nil {
				n.admin.SetReady(false)
			}
			return errors.Join(n.server.Drain(context.Background()), n.store.Flush())
		},
		"decommission": func(ctx context.Context, a nodetool.Arguments) error {
			if err := n.topology.Leave(ctx, a.Force); err != nil {
				return err
			}
			n.ready.Store(false)
			return n.server.Drain(context.Background())
		},
		"repair": n.repair,
		"assassinate": func(ctx context.Context, a nodetool.Arguments) error {
			for _, m := range n.metadata.State().Members {
				if host, _, _ := net.SplitHostPort(m.Address); a.Host == m.Host.String() || a.Host == host || a.Host == m.Address {
					return n.topology.Assassinate(ctx, m.Host)
				}
			}
			return fmt.Errorf("%s is no member", a.Host)
		},
		"enablehandoff":  func(context.Context, nodetool.Arguments) error { n.hints.Off.Store(false); return nil },
		"disablehandoff": func(context.Context, nodetool.Arguments) error { n.hints.Off.Store(true); return nil },
		"settraceprobability": func(_ context.Context, a nodetool.Arguments) error {
			if !(a.Probability >= 0 && a.Probability <= 1) {
				return fmt.Errorf("trace probability must be between 0 and 1, not %g", a.Probability)
			}
			n.executor.SetTraceProbability(a.Probability)
			return nil
		},
		"snapshot": func(_ context.Context, a nodetool.Arguments) error { return n.store.MakeSnapshot(a.Tag) },
		"clearsnapshot": func(_ context.Context, a nodetool.Arguments) error {
			if !a.All {
				return n.store.DropSnapshot(a.Tag)
			}
			all, err := n.store.Snapshots()
			for _, s := range all {
				err = errors.Join(err, n.store.DropSnapshot(s.Tag))
			}
			return err
		},
		"rescue":    n.rescue,
		"cleanup":   func(context.Context, nodetool.Arguments) error { return n.topology.Cleanup() },
		"partition": func(_ context.Context, a nodetool.Arguments) error { (*n.links.Load()).Block(a.Host, true); return nil },
		"heal": func(_ context.Context, a nodetool.Arguments) error {
			(*n.links.Load()).Block(a.Host, false)
			return nil
		},
		"removenode": func(ctx context.Context, a nodetool.Arguments) error {
			host, err := uuid.Parse(a.Host)
			if err != nil {
				return fmt.Errorf("%q is no host id: %w", a.Host, err)
			}
			return n.topology.Remove(ctx, host, a.Force)
		},
	}
}

// repair makes the replicas of this node's ranges the same: of one table, of a keyspace or of all.
func (n *Member) repair(ctx context.Context, a nodetool.Arguments) error {
	s := n.metadata.State()
	if a.Keyspace != "" && s.Schema.Keyspace(a.Keyspace) == nil {
		return fmt.Errorf("keyspace %q does not exist", a.Keyspace)
	}
	if a.Table != "" && s.Schema.Table(a.Keyspace, a.Table) == nil {
		return fmt.Errorf("table %s.%s does not exist", a.Keyspace, a.Table)
	}
	for _, k := range s.Schema.Keyspaces() {
		if a.Keyspace != "" && k.Name != a.Keyspace {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
			t := k.Tables[name]
			if t.System || t.Virtual || a.Table != "" && t.Name != a.Table {
				continue
			}
			bytes, before := n.repairer.Status().Bytes, n.coord.Repaired.Load()
			if err := n.repairer.Repair(ctx, t, nil); err != nil {
				return fmt.Errorf("repair of %s.%s: %w", k.Name, t.Name, err)
			}
			n.options.Logger.Info("repaired", "table", k.Name+"."+t.Name, "bytes", n.repairer.Status().Bytes-bytes, "replicas written to", n.coord.Repaired.Load()-before)
		}
	}
	return nil
}

// report tells what this node knows of the cluster and of itself.
func (n *Node) report(a nodetool.Arguments) (*nodetool.Report, error) {
	s := n.metadata.State()
	r := &nodetool.Report{
		Cluster: n.options.ClusterName, Partitioner: "org.apache.cassandra.dht.Murmur3Partitioner", Self: n.identity.HostID.String(), Version: Version,
		Release: cassandra.ReleaseVersion, Uptime: int64(n.options.Runtime.Now().Sub(n.started).Seconds()), Generation: n.started.Unix(), Native: n.ready.Load(),
		HeapBytes: heapBytes(), LimitBytes: debug.SetMemoryLimit(-1), Hints: map[string]int{}, Repairs: n.coord.Repaired.Load(), Differs: n.coord.DigestMismatches.Load(),
		Epoch: s.Epoch, Schema: s.Schema.Version().String(),
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
		r.Operation = fmt.Sprintf("%s of %s, step %d", o.Kind, o.Host, o.Step)
		_, r.Fetched, r.Fetching, r.FetchedBytes = n.topology.Fetching()
	}
	snapshots, err := n.store.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, x := range snapshots {
		r.Snapshots = append(r.Snapshots, nodetool.Snapshot{Tag: x.Tag, Bytes: x.Bytes, Made: x.Made.Unix()})
	}
	r.Handoff, r.TraceProbability = !n.hints.Off.Load(), n.executor.TraceProbability()
	status := n.repairer.Status()
	r.RepairedRanges, r.WaitingRanges, r.RepairedThrough, r.Repairing = status.Ranges, status.Waiting, max(status.Oldest, 0), status.Running
	k, err := ownedKeyspace(s, a.Keyspace)
	if err != nil {
		return nil, err
	}
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
		State: names[m.Status], Load: v.Load,
	}
	for _, t := range m.Tokens {
		node.Tokens = append(node.Tokens, strconv.FormatInt(int64(t), 10))
	}
	return node
}

// ownedKeyspace returns the keyspace whose ownership is asked for: the one named, or any when all have the same replication; nil when they
// have not.
func ownedKeyspace(s *metadata.State, name string) (*schema.Keyspace, error) {
	if name != "" {
		if k := s.Schema.Keyspace(name); k != nil && !k.Virtual {
			return k, nil
		}
		return nil, fmt.Errorf("keyspace %q does not exist", name)
	}
	var one *schema.Keyspace
	for _, k := range s.Schema.Keyspaces() {
		if !holdsRows(k) {
			continue
		}
		if one != nil && fmt.Sprint(one.Replication) != fmt.Sprint(k.Replication) {
			return nil, nil
		}
		one = k
	}
	if one == nil { // nothing is replicated yet: the ring itself
		one = &schema.Keyspace{Replication: map[string]string{"class": "SimpleStrategy", "replication_factor": "1"}}
	}
	return one, nil
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
		return nil, fmt.Errorf("table %s.%s does not exist", a.Keyspace, a.Table)
	}
	raw, err := partitionKey(t, a.Key)
	if err != nil {
		return nil, fmt.Errorf("the key %q: %w", a.Key, err)
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
