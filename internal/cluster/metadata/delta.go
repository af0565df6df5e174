package metadata

import (
	"slices"

	"github.com/google/uuid"

	"helenus/internal/auth"
	"helenus/internal/schema"
)

// Delta changes a state. All of it takes effect, or nothing.
type Delta struct {
	// ID tells the proposer that this one was applied.
	ID uuid.UUID
	// Basis is the epoch of the state that the delta was computed from.
	Basis  uint64
	Found  *Founding
	Schema schema.Change
	Event  *schema.Event
	Roles  auth.Change
	// Put adds members or takes the place of those with the same host id. Drop removes members for good.
	Put  []Member
	Drop []uuid.UUID
	// Operation begins an operation or is its next step; EndOperation ends it.
	Operation    *Operation
	EndOperation bool
	Initial      *Initial
}

// Initial is the run of what the cluster begins with: scripts and statements that one member carries out, once.
type Initial struct {
	Runner uuid.UUID `json:"runner"`
	// Done are the names of the parts that are carried out.
	Done     []string `json:"done,omitempty"`
	Complete bool     `json:"complete,omitempty"`
}

// Founding is what the first node decides for the cluster.
type Founding struct {
	Cluster   uuid.UUID `json:"cluster"`
	PagingKey []byte    `json:"paging_key"`
}

// IsEmpty is true for a delta that changes nothing.
func (d *Delta) IsEmpty() bool {
	return d.Found == nil && d.Schema.IsEmpty() && d.Roles.IsEmpty() && len(d.Put)+len(d.Drop) == 0 && d.Operation == nil && !d.EndOperation && d.Initial == nil
}

func (d *Delta) members(old []Member) []Member {
	next := make([]Member, 0, len(old)+len(d.Put))
	for _, m := range old {
		replaced := slices.ContainsFunc(d.Put, func(p Member) bool { return p.Host == m.Host })
		if !replaced && !slices.Contains(d.Drop, m.Host) {
			next = append(next, m)
		}
	}
	next = append(next, d.Put...)
	sortMembers(next)
	return next
}

// moves says whether the delta changes who replicates what, or who may ask for it.
func (d *Delta) moves(before, after *State) bool {
	if d.Operation != nil || d.EndOperation || len(d.Drop) > 0 {
		return true
	}
	for _, e := range d.Schema.Edits {
		if e.Kind == schema.PutKeyspace {
			return true
		}
	}
	for _, p := range d.Put {
		old := before.Member(p.Host)
		if old == nil || old != nil && (old.Status != p.Status || !slices.Equal(old.Tokens, p.Tokens)) {
			return true
		}
	}
	return false
}
