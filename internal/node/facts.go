package node

import (
	"net/netip"
	"runtime"
	"strconv"

	"github.com/google/uuid"

	"helenus/internal/exec"
	"helenus/internal/schema"
	"helenus/internal/system"
)

// Version is Helenus's own version.
const Version = "0.1.0"

// StoragePort is where nodes will talk to each other.
const StoragePort = 7000

func (n *Node) local() system.Node {
	a := n.address.Addr()
	return system.Node{
		HostID: n.identity.HostID, BroadcastAddress: a, ListenAddress: a, Native: a, StoragePort: StoragePort, NativePort: int(n.address.Port()),
		DataCenter: n.identity.Datacenter, Rack: n.identity.Rack, Tokens: n.identity.Tokens, Generation: int32(n.started.Unix()), SchemaVersion: uuid.UUID{},
	}
}

func (n *Node) facts() schema.Facts {
	return schema.Facts{Datacenters: map[string]int{n.identity.Datacenter: 1}}
}

// ownership is the ring as DESCRIBE CLUSTER shows it: this node owns every range.
func (n *Node) ownership(string) []exec.Ownership {
	all := make([]exec.Ownership, 0, len(n.identity.Tokens))
	self := "/" + netip.AddrPortFrom(n.address.Addr(), StoragePort).String()
	for _, t := range n.identity.Tokens {
		all = append(all, exec.Ownership{Token: strconv.FormatInt(int64(t), 10), Nodes: []string{self}})
	}
	return all
}

func (n *Node) clients() []system.Client {
	var all []system.Client
	for _, s := range n.executor.Sessions() {
		all = append(all, system.Client{Address: s.Client(), ProtocolVersion: int(s.Version()), Options: s.Options(), Keyspace: s.Keyspace(), Requests: s.Requests(), TLS: false})
	}
	return all
}

func (n *Node) properties() map[string]string {
	return map[string]string{
		"helenus.version": Version, "go.version": runtime.Version(), "os.name": runtime.GOOS, "os.arch": runtime.GOARCH,
	}
}

// clientAddress is where clients reach the node.
func clientAddress(host string, port int) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(host)
	return netip.AddrPortFrom(a, uint16(port)), err
}
