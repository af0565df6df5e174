package node

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// told is what clients know of the other nodes: from events, or from system.peers before there were any.
type told struct {
	mu    sync.Mutex
	nodes map[uuid.UUID]toldNode // guarded by mu
}

type toldNode struct {
	native string // host:port
	up     bool
}

// knows notes what clients are told of a node and returns what they were told before; t.mu is held.
func (t *told) knows(host uuid.UUID, now toldNode) (before toldNode, ok bool) {
	before, ok = t.nodes[host]
	if t.nodes == nil {
		t.nodes = map[uuid.UUID]toldNode{}
	}
	t.nodes[host] = now
	return before, ok
}

// meet notes the members that clients will find in system.peers: they are not new to anybody.
func (t *told) meet(s *metadata.State, self uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range s.Members {
		m := &s.Members[i]
		if _, ok := t.nodes[m.Host]; !ok && m.Host != self && m.Status != metadata.Joining {
			t.knows(m.Host, toldNode{native: m.Native})
		}
	}
}

// tellClients passes changes of the schema and of the ring on to clients that registered for them.
func (n *Member) tellClients(u metadata.Update) {
	clients := *n.clients.Load()
	changes := []schema.Event{}
	if u.Event != nil {
		changes = append(changes, *u.Event)
	} else { // a whole state that came from the leader
		changes = schema.Differences(u.Before.Schema, u.State.Schema)
	}
	for _, e := range changes {
		clients.SchemaChanged(protocol.SchemaChange{Change: e.Change, Target: e.Target, Keyspace: e.Keyspace, Name: e.Name, Args: e.Args})
	}
	n.told.mu.Lock()
	defer n.told.mu.Unlock()
	for i := range u.Before.Members {
		before := &u.Before.Members[i]
		known, ok := n.told.nodes[before.Host]
		m := u.State.Member(before.Host)
		switch {
		case before.Host == n.identity.HostID:
		case m == nil && ok:
			delete(n.told.nodes, before.Host)
			tell(clients.TopologyChanged, "REMOVED_NODE", known.native)
		case m == nil && before.Status != metadata.Joining: // never seen at work, but in system.peers
			tell(clients.TopologyChanged, "REMOVED_NODE", before.Native)
		case !ok:
		case m.Native != before.Native && m.Native != known.native:
			n.told.knows(m.Host, toldNode{m.Native, known.up})
			moved(clients, known.native, m.Native)
			if known.up {
				tell(clients.StatusChanged, "UP", m.Native)
			}
		}
	}
}

// peerChanged passes on that another node began or ceased to serve clients. One that is not known yet is also new, one that comes back at
// another address has moved.
func (n *Member) peerChanged(m *metadata.Member, up bool) {
	n.told.mu.Lock()
	defer n.told.mu.Unlock()
	before, known := n.told.knows(m.Host, toldNode{m.Native, up})
	to := n.clients.Load()
	if to == nil || !n.ready.Load() {
		return
	}
	clients := *to
	switch {
	case !known:
		tell(clients.TopologyChanged, "NEW_NODE", m.Native)
	case before.native != m.Native:
		moved(clients, before.native, m.Native)
	}
	status := "DOWN"
	if up {
		status = "UP"
	}
	n.options.Logger.Info(fmt.Sprintf("InetAddress /%s is now %s", m.Address, status))
	tell(clients.StatusChanged, status, m.Native)
}

// moved tells of a node that clients reach at another address now, in the words that drivers know.
func moved(clients Clients, from, to string) {
	tell(clients.TopologyChanged, "REMOVED_NODE", from)
	tell(clients.TopologyChanged, "NEW_NODE", to)
}

// tell tells of a node whose address can be read.
func tell(event func(change string, node netip.AddrPort), change, native string) {
	if node, err := netip.ParseAddrPort(native); err == nil {
		event(change, node)
	}
}
