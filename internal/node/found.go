package node

import (
	"crypto/rand"
	"fmt"
	"net/netip"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/ring"
)

// pagingKeyBytes is the length of the key that signs paging states.
const pagingKeyBytes = 32

// found makes a cluster of this node alone.
func (n *Node) found() error {
	f := metadata.Founding{Cluster: uuid.New(), PagingKey: make([]byte, pagingKeyBytes)}
	if _, err := rand.Read(f.PagingKey); err != nil {
		return fmt.Errorf("make a key for paging states: %w", err)
	}
	self := n.member()
	self.Status, self.Tokens = metadata.Normal, n.firstTokens()
	return n.metadata.Found(f, self)
}

// member is this node as others know it, without what the cluster gives it.
func (n *Node) member() metadata.Member {
	id := &n.identity
	return metadata.Member{
		Host: id.HostID, Address: netip.AddrPortFrom(n.address.Addr(), uint16(n.storagePort())).String(), Native: n.address.String(),
		Datacenter: id.Datacenter, Rack: id.Rack, Release: cassandra.ReleaseVersion, Generation: id.Generation, NumTokens: n.options.NumTokens,
	}
}

// firstTokens are the tokens of a cluster's first node.
func (n *Node) firstTokens() []key.Token {
	if t := n.identity.Tokens; len(t) > 0 {
		return t
	}
	self := &ring.Node{ID: ring.HostID(n.identity.HostID), Datacenter: n.identity.Datacenter, Rack: n.identity.Rack}
	return ring.Allocate(nil, self, n.options.NumTokens)
}

func (n *Node) storagePort() int { return StoragePort }
