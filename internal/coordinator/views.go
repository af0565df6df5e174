package coordinator

import (
	"slices"

	"github.com/google/uuid"

	"helenus/internal/view"
)

// ViewTargets returns who is told by this node of a change of a view's row: whether this node itself replicates the row and should have the change in the
// batch of the base's, and which others are to be sent it.
//
// Each replica of the base tells one replica of the view, its pair, so that all of them are told once: itself, when it is one, else the one at its place in
// the list of those that are not replicas of both. Pairs are within a datacenter. A node that is to replicate the view when the operation under way is over is told
// by every replica of the base; one that is to replicate the base tells nobody, for it may not have the rows yet that changes are derived from.
// Source: Cassandra 5.0, ViewUtils.getViewNaturalEndpoint, for the pairs.
func (c *Coordinator) ViewTargets(change *view.Routed) (here bool, others []uuid.UUID) {
	base, err := c.replicas(change.Table, change.Base) // a view and its base are in one keyspace
	if err != nil {
		return false, nil
	}
	rows, err := c.replicas(change.Table, change.Partition.Token)
	if err != nil {
		return false, nil
	}
	if !slices.ContainsFunc(base.old, func(t *target) bool { return t.local }) {
		return false, nil
	}
	to := c.pairs(base.old, rows.old)
	for _, t := range rows.next {
		if !slices.Contains(rows.old, t) {
			to = append(to, t)
		}
	}
	for _, t := range to {
		if t.local {
			here = true
		} else {
			others = append(others, uuid.UUID(t.id))
		}
	}
	return here, others
}

// pairs returns the replicas of a view's row that this node, which replicates its base, tells.
func (c *Coordinator) pairs(base, rows []*target) []*target {
	near := func(all []*target, but []*target) (out []*target) {
		for _, t := range all {
			if t.datacenter == c.options.Datacenter && !slices.ContainsFunc(but, func(o *target) bool { return o.id == t.id }) {
				out = append(out, t)
			}
		}
		return out
	}
	for _, t := range rows {
		if t.local {
			return []*target{t}
		}
	}
	from, to := near(base, rows), near(rows, base)
	i := slices.IndexFunc(from, func(t *target) bool { return t.local })
	switch {
	case i < 0 || i >= len(to):
		return nil
	case i == len(from)-1:
		return to[i:] // there are no more to tell the rest
	}
	return to[i : i+1]
}
