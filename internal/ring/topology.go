package ring

import (
	"net/netip"
	"slices"
	"sort"

	"helenus/internal/key"
)

// HostID names a node for good; its address may change.
type HostID [16]byte

// Node is a member of the ring.
type Node struct {
	ID         HostID
	Datacenter string
	Rack       string
	// Address is where clients reach it.
	Address netip.AddrPort
	Tokens  []key.Token
}

// Topology is the ring at one moment.
type Topology struct {
	Nodes []*Node
	// tokens ascending, owners beside them
	tokens []key.Token
	owners []*Node
}

// NewTopology returns the ring of nodes.
func NewTopology(nodes []*Node) *Topology {
	t := &Topology{Nodes: nodes}
	type place struct {
		token key.Token
		owner *Node
	}
	var places []place
	for _, n := range nodes {
		for _, token := range n.Tokens {
			places = append(places, place{token, n})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.token < b.token {
			return -1
		}
		if a.token > b.token {
			return 1
		}
		return slices.Compare(a.owner.ID[:], b.owner.ID[:])
	})
	for _, p := range places {
		t.tokens, t.owners = append(t.tokens, p.token), append(t.owners, p.owner)
	}
	return t
}

// Datacenters returns the names of all datacenters, sorted.
func (t *Topology) Datacenters() []string {
	var all []string
	for _, n := range t.Nodes {
		if !slices.Contains(all, n.Datacenter) {
			all = append(all, n.Datacenter)
		}
	}
	sort.Strings(all)
	return all
}

// first is the index of the owner of token: the first place at or after it, around the ring.
func (t *Topology) first(token key.Token) int {
	i := sort.Search(len(t.tokens), func(i int) bool { return t.tokens[i] >= token })
	if i == len(t.tokens) {
		return 0
	}
	return i
}
