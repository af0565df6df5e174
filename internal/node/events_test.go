package node

import (
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

// eventLog is clients that write down what they are told.
type eventLog []string

func (l *eventLog) SchemaChanged(c protocol.SchemaChange) {
	*l = append(*l, c.Change+" "+c.Target+" "+c.Keyspace)
}
func (l *eventLog) TopologyChanged(change string, node netip.AddrPort) {
	*l = append(*l, change+" "+node.String())
}
func (l *eventLog) StatusChanged(change string, node netip.AddrPort) {
	*l = append(*l, change+" "+node.String())
}

// TestEvents guards what drivers are told of nodes that come, go and move, and of a schema that comes whole.
func TestEvents(t *testing.T) {
	peer := func(host byte, native string) metadata.Member {
		return metadata.Member{Host: uuid.UUID{host}, Native: native, Status: metadata.Normal}
	}
	self, old := peer(1, "10.0.0.1:9042"), peer(2, "10.0.0.2:9042")
	var log eventLog
	var clients Clients = &log
	n := &Member{identity: identity{HostID: self.Host}, options: Options{Logger: slog.New(slog.DiscardHandler)}}
	now := metadata.State{Schema: schema.Empty, Members: []metadata.Member{self, old}}
	becomes := func(s *schema.Schema, members ...metadata.Member) {
		before := now
		now = metadata.State{Schema: s, Members: members}
		n.tellClients(metadata.Update{Before: before, State: now})
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(log, want) {
			t.Errorf("%s: %q, want %q", what, log, want)
		}
		log = nil
	}
	n.clients.Store(&clients)
	n.told.meet(&now, self.Host)
	n.ready.Store(true)

	n.peerChanged(&old, true)
	expect("a member from before, first seen now", "UP 10.0.0.2:9042")
	fresh := peer(3, "10.0.0.3:9042")
	becomes(now.Schema, self, old, fresh)
	expect("a member that does not serve yet")
	n.peerChanged(&fresh, true)
	expect("it serves", "NEW_NODE 10.0.0.3:9042", "UP 10.0.0.3:9042")
	n.peerChanged(&fresh, false)
	n.peerChanged(&fresh, true)
	expect("it was away", "DOWN 10.0.0.3:9042", "UP 10.0.0.3:9042")

	moved := peer(3, "10.0.0.30:9042")
	becomes(now.Schema, self, old, moved)
	expect("it moved", "REMOVED_NODE 10.0.0.3:9042", "NEW_NODE 10.0.0.30:9042", "UP 10.0.0.30:9042")
	moved.Native = "10.0.0.31:9042"
	n.peerChanged(&fresh, false)
	log = nil
	n.peerChanged(&moved, true)
	expect("it moved, and said so itself", "REMOVED_NODE 10.0.0.3:9042", "NEW_NODE 10.0.0.31:9042", "UP 10.0.0.31:9042")
	becomes(now.Schema, self, old, moved)
	expect("the cluster hears of it too")
	becomes(now.Schema, self, old)
	expect("it left", "REMOVED_NODE 10.0.0.31:9042")

	whole := schema.Empty.WithKeyspace(&schema.Keyspace{Name: "ks", Replication: map[string]string{"class": "SimpleStrategy"}})
	becomes(whole, self)
	expect("a whole state", "CREATED KEYSPACE ks", "REMOVED_NODE 10.0.0.2:9042")
}
