package topology

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/ring"
	"helenus/internal/storage"
)

// Records: the ranges, and the epoch through which they are known, 8 bytes.
const (
	keptRecord    = "topology/kept"
	throughRecord = "topology/kept-through"
)

// Kept are the ranges, by keyspace, that this node replicated until the keyspace's replication was altered. No rows moved then, so it may hold
// the only copy of some: they stay until an operator says that the others were repaired (nodetool cleanup). It is told of changes from the
// moment on at which the metadata is opened: some are read from the metadata's log again then, of which the process before may not have come to
// remember what it lost by them.
type Kept struct {
	self   ring.HostID
	store  *storage.Store
	logger *slog.Logger
	seen   atomic.Uint64 // the last epoch that Changed was told of

	mu      sync.Mutex
	ranges  map[string][]key.TokenRange // guarded by mu
	through uint64                      // guarded by mu: changes up to this epoch are in ranges, or were cleaned up after
}

// OpenKept reads them.
func OpenKept(s *storage.Store, self uuid.UUID, logger *slog.Logger) (*Kept, error) {
	k := &Kept{self: ring.HostID(self), store: s, logger: logger}
	records, err := s.Metas(keptRecord)
	if err != nil {
		return nil, err
	}
	if raw := records[throughRecord]; len(raw) == 8 {
		k.through = binary.BigEndian.Uint64(raw)
	}
	if raw := records[keptRecord]; raw != nil {
		if err := json.Unmarshal(raw, &k.ranges); err != nil {
			return nil, fmt.Errorf("record %s: %w", keptRecord, err)
		}
	}
	return k, nil
}

// of returns those of a keyspace.
func (k *Kept) of(keyspace string) []key.TokenRange {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ranges[keyspace]
}

// change makes a change durable that accounts for the state of an epoch.
func (k *Kept) change(epoch uint64, by func(map[string][]key.TokenRange)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := maps.Clone(k.ranges)
	if next == nil {
		next = map[string][]key.TokenRange{}
	}
	by(next)
	raw, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if len(next) == 0 {
		raw = nil
	}
	through := max(k.through, epoch)
	if err := k.store.SetMetas(map[string][]byte{keptRecord: raw, throughRecord: binary.BigEndian.AppendUint64(nil, through)}); err != nil {
		return err
	}
	k.ranges, k.through = next, through
	return nil
}

// Changed is told of every change of the state. Ranges that this node loses by a change of replication are kept.
func (k *Kept) Changed(u metadata.Update) {
	before, after := &u.Before, &u.State
	defer k.seen.Store(after.Epoch)
	if after.Cluster == uuid.Nil { // this node has given up its cluster: another's epochs have nothing to do with those that are known
		if err := k.forget(); err != nil {
			k.logger.Error("forget what was kept for a cluster that was given up", "error", err)
		}
		return
	}
	k.mu.Lock()
	known := after.Epoch <= k.through
	k.mu.Unlock()
	if known || before.Schema == after.Schema || before.Ring == nil {
		return
	}
	lost := map[string][]key.TokenRange{}
	for _, keyspace := range stored(before.Schema) {
		now := after.Schema.Keyspace(keyspace.Name)
		if now == nil || maps.Equal(now.Replication, keyspace.Replication) {
			continue
		}
		theirs := foreign(before, keyspace, k.self)
		if ranges := without(foreign(before, now, k.self), theirs); len(ranges) > 0 {
			lost[keyspace.Name] = ranges
		}
	}
	if len(lost) == 0 {
		return
	}
	err := k.change(after.Epoch, func(all map[string][]key.TokenRange) {
		for name, ranges := range lost {
			all[name] = append(without(all[name], ranges), ranges...)
		}
	})
	if err != nil {
		k.logger.Error("remember what this node alone may have", "error", err)
	}
}

// forget forgets everything.
func (k *Kept) forget() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ranges, k.through = nil, 0
	return k.store.SetMetas(map[string][]byte{keptRecord: nil, throughRecord: nil})
}

// forgetOwned forgets ranges that this node replicates again, and those of keyspaces that are gone.
func (k *Kept) forgetOwned(s *metadata.State) error {
	k.mu.Lock()
	none := len(k.ranges) == 0
	k.mu.Unlock()
	if none {
		return nil
	}
	return k.change(s.Epoch, func(all map[string][]key.TokenRange) {
		for name, ranges := range all {
			delete(all, name)
			if keyspace := s.Schema.Keyspace(name); keyspace != nil {
				if left := without(ranges, owned(s, keyspace, k.self)); len(left) > 0 {
					all[name] = left
				}
			}
		}
	})
}

// without returns what of some ranges is in none of the others.
func without(ranges, others []key.TokenRange) (left []key.TokenRange) {
	left = append(left, ranges...)
	for _, o := range others {
		var next []key.TokenRange
		for _, r := range left {
			if o.Last < r.First || o.First > r.Last {
				next = append(next, r)
				continue
			}
			if r.First < o.First {
				next = append(next, key.TokenRange{First: r.First, Last: o.First - 1})
			}
			if r.Last > o.Last {
				next = append(next, key.TokenRange{First: o.Last + 1, Last: r.Last})
			}
		}
		left = next
	}
	return left
}
