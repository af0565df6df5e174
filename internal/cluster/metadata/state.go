package metadata

import (
	"slices"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/ring"
	"helenus/internal/schema"
)

// State is what is true at one epoch. Immutable: a reader takes one and never sees half a change.
type State struct {
	// Epoch counts the changes.
	Epoch uint64
	// Topology is the epoch of the last change of who replicates what.
	Topology uint64
	// Cluster tells clusters apart; zero before this node belongs to one.
	Cluster uuid.UUID
	Schema  *schema.Schema
	// Roles are who may do what.
	Roles *auth.Roles
	// Members in the order of their host ids.
	Members []Member
	// LastNumber is the highest member number ever given.
	LastNumber uint64
	// Removed members must not come back.
	Removed []uuid.UUID
	// Fenced were given up by a rescue: they may still be members, until they are replaced or removed, but nobody speaks to them.
	Fenced []uuid.UUID
	// Operation is under way, or nil.
	Operation *Operation
	// Operations counts those that are over.
	Operations uint64
	// Initial is how far that is what the cluster begins with; nil: nobody has begun with it.
	Initial *Initial
	// PagingKey signs paging states, so that any node can go on from another's.
	PagingKey []byte

	// Ring is the ring as it is; Next as it will be when Operation is over, else nil.
	Ring, Next *ring.Topology
}

// Member returns a member by host id, or nil.
func (s *State) Member(host uuid.UUID) *Member {
	for i := range s.Members {
		if s.Members[i].Host == host {
			return &s.Members[i]
		}
	}
	return nil
}

// Numbered returns a member by number, or nil.
func (s *State) Numbered(number uint64) *Member {
	for i := range s.Members {
		if s.Members[i].Number == number {
			return &s.Members[i]
		}
	}
	return nil
}

// IsRemoved says whether a host was a member once and must not come back.
func (s *State) IsRemoved(host uuid.UUID) bool { return slices.Contains(s.Removed, host) }

// Effects follow from a change: they are carried out after it is durable.
type Effects struct {
	// Retired are the data ids that no table and no index has any more.
	Retired []schema.DataID
	Event   *schema.Event
}

// Step applies a delta. ok is false when something else came first: then nothing changes. It is deterministic.
func (s State) Step(d *Delta) (next State, effects Effects, ok bool) {
	if d.Basis != s.Epoch {
		return s, Effects{}, false
	}
	next = s
	next.Epoch++
	if d.Found != nil {
		next.Cluster, next.PagingKey = d.Found.Cluster, d.Found.PagingKey
	}
	if !d.Schema.IsEmpty() {
		next.Schema = s.Schema.Apply(d.Schema)
	}
	next.Roles = s.Roles.Apply(&d.Roles)
	if len(d.Put)+len(d.Drop) > 0 {
		next.Members = d.members(s.Members)
		for i := range next.Members {
			next.LastNumber = max(next.LastNumber, next.Members[i].Number)
		}
		next.Removed = append(slices.Clone(s.Removed), d.Drop...)
	}
	if d.Operation != nil {
		next.Operation = d.Operation
	}
	if d.Initial != nil {
		next.Initial = d.Initial
	}
	if d.EndOperation {
		next.Operation = nil
		next.Operations++
	}
	if d.moves(&s, &next) {
		next.Topology = next.Epoch
	}
	next.Rings()
	return next, Effects{Retired: retired(s.Schema, next.Schema), Event: d.Event}, true
}

// Rings works out the rings of a state whose members or operation were changed.
func (s *State) Rings() { s.Ring, s.Next = rings(s.Members, s.Operation) }

// retired returns the data ids of before that after does not have.
func retired(before, after *schema.Schema) []schema.DataID {
	if before == after {
		return nil
	}
	kept := map[schema.DataID]bool{}
	for _, k := range after.Keyspaces() {
		for _, t := range k.Tables {
			for _, id := range t.DataIDs() {
				kept[id] = true
			}
		}
	}
	var gone []schema.DataID
	for _, k := range before.Keyspaces() {
		for _, t := range k.Tables {
			for _, id := range t.DataIDs() {
				if !kept[id] {
					gone = append(gone, id)
				}
			}
		}
	}
	return gone
}
