package node

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"helenus/internal/key"
	"helenus/internal/storage"
)

// identity is what makes a node itself across restarts and changes of address.
type identity struct {
	HostID      uuid.UUID `json:"host_id"`
	ClusterName string    `json:"cluster_name"`
	Datacenter  string    `json:"datacenter"`
	Rack        string    `json:"rack"`
	// Tokens are those of a node of 0.1.0; since then the metadata has them.
	Tokens []key.Token `json:"tokens,omitempty"`
	// Generation is the number of starts.
	Generation uint64 `json:"generation"`
}

const identityRecord = "node/identity"

// loadIdentity reads the identity or makes one, and counts this start, synced, before any socket opens.
func loadIdentity(s *storage.Store, o Options) (identity, error) {
	var id identity
	raw, err := s.Meta(identityRecord)
	if err != nil {
		return id, err
	}
	if raw == nil {
		id = identity{HostID: uuid.New(), ClusterName: o.ClusterName, Datacenter: o.Datacenter, Rack: o.Rack}
	} else if err := json.Unmarshal(raw, &id); err != nil {
		return id, fmt.Errorf("read the node's identity: %w", err)
	}
	switch {
	case id.ClusterName != o.ClusterName:
		return id, fmt.Errorf("Saved cluster name %s != configured name %s: the data in %s belongs to another cluster", id.ClusterName, o.ClusterName, o.DataDir)
	case id.Datacenter != o.Datacenter:
		return id, fmt.Errorf("Cannot start node if snitch's data center (%s) differs from previous data center (%s)", o.Datacenter, id.Datacenter)
	case id.Rack != o.Rack:
		return id, fmt.Errorf("Cannot start node if snitch's rack (%s) differs from previous rack (%s)", o.Rack, id.Rack)
	}
	id.Generation++
	if raw, err = json.Marshal(id); err != nil {
		return id, err
	}
	return id, s.SetMeta(identityRecord, raw)
}
