package node

import (
	"crypto/tls"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/exec"
	"helenus/internal/key"
	"helenus/internal/schema"
	"helenus/internal/system"
)

// Version is Helenus's own version.
const Version = "0.1.0"

// StoragePort is where nodes talk to each other by default.
const StoragePort = 7000

// self is this node as system.local shows it.
func (n *Member) self() system.Node {
	at := &n.places
	node := system.Node{
		HostID: n.identity.HostID, BroadcastAddress: at.toldNode.Addr(), ListenAddress: at.nodes.Addr(), Native: at.toldNative.Addr(),
		StoragePort: n.options.StoragePort, NativePort: n.options.Port,
		DataCenter: n.identity.Datacenter, Rack: n.identity.Rack, Generation: int32(n.started.Unix()), SchemaVersion: uuid.UUID{},
	}
	if m := n.metadata.State().Member(n.identity.HostID); m != nil {
		node.Tokens = m.Tokens
	}
	node.Load, node.Ready = int64(n.store.Metrics().DiskSpaceUsage()), n.ready.Load()
	return node
}

// peers are the other nodes that own a part of the ring, as system.peers shows them.
func (n *Member) peers() []system.Node {
	var all []system.Node
	for _, m := range n.metadata.State().Members {
		if m.Host == n.identity.HostID || m.Status == metadata.Joining {
			continue
		}
		if p, ok := systemNode(n.monitor.Current(&m)); ok {
			p.Release = m.Release
			if v, ok := n.monitor.Vital(m.Host); ok {
				p.Load, p.Ready = v.Load, v.Ready
			}
			all = append(all, p)
		}
	}
	return all
}

func systemNode(m *metadata.Member) (node system.Node, ok bool) {
	internal, err := netip.ParseAddrPort(m.Address)
	if err != nil {
		return node, false
	}
	native, err := netip.ParseAddrPort(m.Native)
	if err != nil {
		return node, false
	}
	return system.Node{
		HostID: m.Host, BroadcastAddress: internal.Addr(), ListenAddress: internal.Addr(), Native: native.Addr(), StoragePort: int(internal.Port()),
		NativePort: int(native.Port()), DataCenter: m.Datacenter, Rack: m.Rack, Tokens: m.Tokens,
	}, true
}

// facts are what schema changes need to know of the cluster.
func (n *Member) facts() schema.Facts {
	nodes := map[string]int{}
	for _, m := range n.metadata.State().Members {
		nodes[m.Datacenter]++
	}
	return schema.Facts{Datacenters: nodes}
}

// ownership is the ring as DESCRIBE CLUSTER shows it: the replicas of each token's range, the owner first.
func (n *Member) ownership(keyspace string) []exec.Ownership {
	state := n.metadata.State()
	k := state.Schema.Keyspace(keyspace)
	if k == nil {
		return nil
	}
	var tokens []key.Token
	addresses := map[[16]byte]string{}
	for _, m := range state.Members {
		tokens = append(tokens, m.Tokens...)
		addresses[m.Host] = "/" + m.Address
	}
	slices.Sort(tokens)
	all := make([]exec.Ownership, 0, len(tokens))
	for _, t := range tokens {
		o := exec.Ownership{Token: strconv.FormatInt(int64(t), 10)}
		for _, replica := range state.Ring.Replicas(t, k.Replication) {
			o.Nodes = append(o.Nodes, addresses[replica.ID])
		}
		all = append(all, o)
	}
	return all
}

func (n *Member) sessions() []system.Client {
	var all []system.Client
	for _, s := range n.executor.Sessions() {
		c := system.Client{Address: s.Client(), ProtocolVersion: int(s.Version()), Options: s.Options(), Keyspace: s.Keyspace(), Requests: s.Requests(), User: s.Role()}
		if t := s.TLS(); t != nil {
			c.TLS, c.Cipher, c.TLSVersion = true, tls.CipherSuiteName(t.CipherSuite), strings.ReplaceAll(tls.VersionName(t.Version), "TLS 1", "TLSv1")
		}
		all = append(all, c)
	}
	return all
}

func (n *Member) properties() map[string]string {
	return map[string]string{
		"helenus.version": Version, "go.version": runtime.Version(), "os.name": runtime.GOOS, "os.arch": runtime.GOARCH,
	}
}
