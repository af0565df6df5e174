package node

import (
	"net/netip"

	"helenus/internal/cluster/metadata"
	"helenus/internal/protocol"
)

// tellClients passes changes of the schema and of the ring on to clients that registered for them.
func (n *Member) tellClients(u metadata.Update) {
	clients := *n.clients.Load()
	if e := u.Event; e != nil {
		clients.SchemaChanged(protocol.SchemaChange{Change: e.Change, Target: e.Target, Keyspace: e.Keyspace, Name: e.Name})
	}
	for i := range u.Before.Members {
		m := &u.Before.Members[i]
		if m.Host != n.identity.HostID && m.Status != metadata.Joining && u.State.Member(m.Host) == nil {
			if native, err := netip.ParseAddrPort(m.Native); err == nil {
				clients.TopologyChanged("REMOVED_NODE", native)
			}
		}
	}
}

// peerChanged passes on that another node began or ceased to serve clients. One that is seen for the first time is also new.
func (n *Member) peerChanged(m *metadata.Member, up, first bool) {
	told := n.clients.Load()
	if told == nil || !n.ready.Load() {
		return
	}
	clients := *told
	native, err := netip.ParseAddrPort(m.Native)
	if err != nil {
		return
	}
	n.options.Logger.Info("a node changed", "node", m.Address, "up", up)
	if !up {
		clients.StatusChanged("DOWN", native)
		return
	}
	if first {
		clients.TopologyChanged("NEW_NODE", native)
	}
	clients.StatusChanged("UP", native)
}
