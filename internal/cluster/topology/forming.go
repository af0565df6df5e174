package topology

import (
	"bytes"
	"sync"

	"github.com/google/uuid"
)

// Forming is how nodes that were started together agree who forms their cluster. Each is told how many they are and sees others through its
// seeds; the one with the lowest host id forms the cluster once that many see each other and all name it. A node names one at a time, so two
// can be named by enough others only when twice as many nodes were started.
type Forming struct {
	self  uuid.UUID
	count int

	mu    sync.Mutex
	named uuid.UUID // guarded by mu: who is to form the cluster; uuid.Nil while too few are seen
}

// NewForming is for a node that waits for count empty ones, itself among them; 1 or less: for none.
func NewForming(self uuid.UUID, count int) *Forming { return &Forming{self: self, count: count} }

// tell adds to an answer what others must know of this node.
func (f *Forming) tell(a *admission) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a.Host, a.InitialNodes, a.Named = f.self, f.count, f.named
}

// look takes what other nodes answered in one round and says whether this node forms the cluster. seen counts those that wait like this one,
// itself among them.
func (f *Forming) look(answers map[uuid.UUID]admission) (forms bool, seen int) {
	lowest, named := f.self, 0
	seen = 1
	for host, a := range answers {
		if host == f.self || a.Cluster != uuid.Nil || a.InitialNodes != f.count {
			continue
		}
		seen++
		if a.Named == f.self {
			named++
		}
		if bytes.Compare(host[:], lowest[:]) < 0 {
			lowest = host
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.named = uuid.Nil; seen >= f.count {
		f.named = lowest
	}
	return f.named == f.self && named >= f.count-1, seen
}
