package metadata

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"helenus/internal/key"
	"helenus/internal/ring"
)

// Status is what a member does in the ring.
type Status string

const (
	// Joining members have no part of the ring yet.
	Joining Status = "joining"
	Normal  Status = "normal"
	Leaving Status = "leaving"
)

// Member is a node that belongs to the cluster.
type Member struct {
	Host uuid.UUID `json:"host"`
	// Number is its id in the Raft group and breaks ties between ballots; it is never used again.
	Number     uint64 `json:"number"`
	Address    string `json:"address"` // host:port for nodes
	Native     string `json:"native"`  // host:port for clients
	Datacenter string `json:"datacenter"`
	Rack       string `json:"rack"`
	Release    string `json:"release"`
	// Generation counts the starts; of two addresses the one of the later start is true.
	Generation uint64      `json:"generation"`
	Status     Status      `json:"status"`
	NumTokens  int         `json:"num_tokens"`
	Tokens     []key.Token `json:"tokens,omitempty"`
	// Wanted are the tokens that the node asks for when it joins; none: the cluster chooses NumTokens.
	Wanted []key.Token `json:"wanted_tokens,omitempty"`
}

// OperationKind is what changes in the ring.
type OperationKind string

const (
	// Join adds Operation.Host with Operation.Tokens.
	Join OperationKind = "join"
	// Leave takes a living member out, Remove a dead one.
	Leave  OperationKind = "leave"
	Remove OperationKind = "remove"
	// Replace gives the tokens of Operation.Replaced, which is dead, to Operation.Host.
	Replace OperationKind = "replace"
)

// Step says where reads and writes go for the ranges that an operation moves.
type Step int

const (
	// WriteBoth writes to the old and the new replicas, reads from the old; the new ones fetch what was written before.
	WriteBoth Step = 1
	// ReadNew writes to both and reads from the new.
	ReadNew Step = 2
)

// Operation is a change of the ring that is under way; there is one at a time.
type Operation struct {
	ID       uuid.UUID     `json:"id"`
	Kind     OperationKind `json:"kind"`
	Host     uuid.UUID     `json:"host"`
	Replaced uuid.UUID     `json:"replaced"`
	Tokens   []key.Token   `json:"tokens,omitempty"`
	Step     Step          `json:"step"`
	// Done are the members that have everything that the operation gives them.
	Done []uuid.UUID `json:"done,omitempty"`
	// AcceptLoss goes on although a range has too few living replicas to be sure of every acknowledged write.
	AcceptLoss bool `json:"accept_loss,omitempty"`
	// Lost are members that died for good while others waited to hear that they know of the operation.
	Lost []uuid.UUID `json:"lost,omitempty"`
}

// HasDone says whether a member has reported.
func (o *Operation) HasDone(host uuid.UUID) bool { return slices.Contains(o.Done, host) }

func (m *Member) node() *ring.Node {
	return &ring.Node{ID: ring.HostID(m.Host), Datacenter: m.Datacenter, Rack: m.Rack, Tokens: m.Tokens}
}

// rings returns the ring as it is and, while an operation moves ranges, as it will be; else nil.
func rings(members []Member, o *Operation) (now, next *ring.Topology) {
	var current, after []*ring.Node
	for i := range members {
		m := &members[i]
		n := m.node()
		owns := m.Status != Joining && len(m.Tokens) > 0
		if owns {
			current = append(current, n)
		}
		if o == nil {
			continue
		}
		switch {
		case m.Host == o.Host && (o.Kind == Join || o.Kind == Replace):
			grown := *n
			grown.Tokens = o.Tokens
			after = append(after, &grown)
		case m.Host == o.Host && (o.Kind == Leave || o.Kind == Remove), m.Host == o.Replaced && o.Kind == Replace:
		case owns:
			after = append(after, n)
		}
	}
	now = ring.NewTopology(current)
	if o != nil {
		next = ring.NewTopology(after)
	}
	return now, next
}

func sortMembers(members []Member) {
	slices.SortFunc(members, func(a, b Member) int { return bytes.Compare(a.Host[:], b.Host[:]) })
}
