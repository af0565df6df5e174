package rpc

import (
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
)

// Traffic counts messages by verb, and by the node that they come from or go to.
type Traffic struct {
	verbs [verbsMax]VerbTraffic
	peers sync.Map // host id → *PeerTraffic
}

const verbsMax = 32

// VerbTraffic counts messages of one verb.
type VerbTraffic struct {
	Running  atomic.Int64 // being served for other nodes now
	Served   atomic.Int64 // that other nodes sent
	TimedOut atomic.Int64 // sent to other nodes, without an answer in time
}

// Of returns the counts of a verb.
func (t *Traffic) Of(v Verb) *VerbTraffic { return &t.verbs[v%verbsMax] }

// Messages counts messages and the bytes of their bodies.
type Messages struct{ Count, Bytes atomic.Int64 }

func (m *Messages) add(count int, bytes int) {
	m.Count.Add(int64(count))
	m.Bytes.Add(int64(bytes))
}

// PeerTraffic counts the messages from and to one node, since the start.
type PeerTraffic struct {
	// Received came from it; they are Scheduled while they run and Processed then, or Expired when nobody waited for them any more, or Failed.
	Received, Scheduled, Processed, Expired, Failed Messages
	// Corrupt ended a connection of its.
	Corrupt atomic.Int64
	// Sent went to it, replies not counted. Some got no answer in time, were refused since too many waited, or failed otherwise.
	Sent, TimedOut, Overloaded, Lost Messages
	// Pending are the bytes of frames that wait to be written to it.
	Pending atomic.Int64
	// Attempts are connections that were tried to it, Successes those that were made, Open those that are.
	Attempts, Successes, Open atomic.Int64
}

// Peer returns the counts of a node.
func (t *Traffic) Peer(host uuid.UUID) *PeerTraffic {
	if p, ok := t.peers.Load(host); ok {
		return p.(*PeerTraffic)
	}
	p, _ := t.peers.LoadOrStore(host, &PeerTraffic{})
	return p.(*PeerTraffic)
}

// Peers returns the counts of all nodes that were spoken to.
func (t *Traffic) Peers() map[uuid.UUID]*PeerTraffic {
	all := map[uuid.UUID]*PeerTraffic{}
	t.peers.Range(func(host, p any) bool {
		all[host.(uuid.UUID)] = p.(*PeerTraffic)
		return true
	})
	return all
}

// Forget drops the counts of nodes that are not to be kept.
func (t *Traffic) Forget(kept func(uuid.UUID) bool) {
	t.peers.Range(func(host, _ any) bool {
		if !kept(host.(uuid.UUID)) {
			t.peers.Delete(host)
		}
		return true
	})
}
