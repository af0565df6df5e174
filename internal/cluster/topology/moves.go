package topology

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/ring"
	"helenus/internal/schema"
)

// keyspaceMoves are the ranges of one keyspace that an operation moves.
type keyspaceMoves struct {
	keyspace *schema.Keyspace
	moves    []ring.Move
}

// movesOf returns what the operation under way moves.
func movesOf(s *metadata.State) []keyspaceMoves {
	if s.Next == nil {
		return nil
	}
	var all []keyspaceMoves
	for _, k := range stored(s.Schema) {
		if moves := ring.Moves(s.Ring.Placement(k.Replication), s.Next.Placement(k.Replication)); len(moves) > 0 {
			all = append(all, keyspaceMoves{k, moves})
		}
	}
	return all
}

// stored returns the keyspaces whose rows are replicated.
func stored(s *schema.Schema) []*schema.Keyspace {
	return slices.DeleteFunc(s.Keyspaces(), func(k *schema.Keyspace) bool { return len(tablesOf(k)) == 0 })
}

// tablesOf returns a keyspace's tables with rows of their own, by name.
func tablesOf(k *schema.Keyspace) []*schema.Table {
	var all []*schema.Table
	for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
		if t := k.Tables[name]; !t.System && !t.Virtual {
			all = append(all, t)
		}
	}
	return all
}

// covered refuses to take a dead member's place when too few replicas are left of some range to be sure of every acknowledged write, unless
// that loss is accepted.
func covered(s *metadata.State, o *metadata.Operation) error {
	if o.AcceptLoss {
		return nil
	}
	dead := o.Host
	if o.Kind == metadata.Replace {
		dead = o.Replaced
	}
	planned := *s
	planned.Operation = o
	planned.Rings()
	for _, k := range movesOf(&planned) {
		for _, move := range k.moves {
			if left := len(move.Old) - 1; ring.Has(move.Old, ring.HostID(dead)) && left < len(move.Old)/2+1 {
				return fmt.Errorf("keyspace %s has %d replicas of some ranges, and without host %s no majority of them is left: what only that node had would be lost; restart it, or accept that loss: nodetool removenode --force, or start with --replace and --accept-loss", k.keyspace.Name, len(move.Old), dead)
			}
		}
	}
	return nil
}

// gaining returns the members that an operation gives ranges to.
func gaining(all []keyspaceMoves) []uuid.UUID {
	var hosts []uuid.UUID
	for _, k := range all {
		for _, m := range k.moves {
			for _, n := range m.New {
				if h := uuid.UUID(n.ID); !ring.Has(m.Old, n.ID) && !slices.Contains(hosts, h) {
					hosts = append(hosts, h)
				}
			}
		}
	}
	return hosts
}

// piece is a range of one table that this node fetches.
type piece struct {
	table  *schema.Table
	tokens key.TokenRange
	from   []*ring.Node
}

// pieces returns what a node has to fetch.
func pieces(all []keyspaceMoves, self ring.HostID) []piece {
	var mine []piece
	for _, k := range all {
		for _, m := range k.moves {
			if !ring.Has(m.New, self) || ring.Has(m.Old, self) {
				continue
			}
			for _, t := range tablesOf(k.keyspace) {
				mine = append(mine, piece{t, m.TokenRange, m.Old})
			}
		}
	}
	return mine
}

// foreign returns the ranges of a keyspace that a node does not replicate, owned those that it does.
func foreign(s *metadata.State, k *schema.Keyspace, self ring.HostID) []key.TokenRange {
	return rangesOf(s, k, func(replicas []*ring.Node) bool { return !ring.Has(replicas, self) })
}

func owned(s *metadata.State, k *schema.Keyspace, self ring.HostID) []key.TokenRange {
	return rangesOf(s, k, func(replicas []*ring.Node) bool { return ring.Has(replicas, self) })
}

func rangesOf(s *metadata.State, k *schema.Keyspace, wanted func(replicas []*ring.Node) bool) []key.TokenRange {
	var out []key.TokenRange
	for _, x := range s.Ring.Placement(k.Replication).Ranges() {
		if !wanted(x.Replicas) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Last+1 == x.First {
			out[n-1].Last = x.Last
			continue
		}
		out = append(out, x.TokenRange)
	}
	return out
}

// Partners are the other members that replicate something a member replicates, in the order of their host ids.
func Partners(s *metadata.State, host uuid.UUID) (all []uuid.UUID) {
	if s.Ring == nil {
		return nil
	}
	for _, k := range stored(s.Schema) {
		for _, r := range s.Ring.Placement(k.Replication).Ranges() {
			if !ring.Has(r.Replicas, ring.HostID(host)) {
				continue
			}
			for _, n := range r.Replicas {
				if id := uuid.UUID(n.ID); id != host && !slices.Contains(all, id) {
					all = append(all, id)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return all
}
