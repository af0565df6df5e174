package exec

import (
	"errors"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/guardrail"
	"helenus/internal/key"
	"helenus/internal/plan"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// guard asks whether a request is too much. It is nil for superusers, and for everybody where nobody logs in.
//
// Budget: where nobody logs in, a comparison; nothing is allocated.
func (x *execution) guard() *guardrail.Guard {
	if x.session.role == "" {
		return nil
	}
	if id := x.session.identity(); id.subject == nil || id.subject.Superuser {
		return nil
	}
	return &x.rails
}

// guardPlan is the error of a statement that can't be planned, as it is where ALLOW FILTERING would be no help.
func (x *execution) guardPlan(err error) error {
	var e *cassandra.Error
	if x.guard().Forbids(guardrail.AllowFiltering) && errors.As(err, &e) && e.Message == plan.NeedsFiltering {
		return cassandra.Invalidf("%s", plan.FilteringForbidden)
	}
	return err
}

// guardSelect asks about a SELECT before anything is evaluated.
// Source: Cassandra 5.0, SelectStatement, for the order.
func (x *execution) guardSelect(q *plan.Select) error {
	g := x.env.Guard
	if g == nil {
		return nil
	}
	if q.Grouped() {
		if err := g.Feature(guardrail.GroupBy, ""); err != nil {
			return err
		}
	}
	if q.Filtering() {
		if err := g.Feature(guardrail.AllowFiltering, ""); err != nil {
			return err
		}
	}
	if _, err := g.Values(guardrail.ReadConsistencyLevels, x.params.Consistency.String()); err != nil {
		return err
	}
	if x.reconciles(q.Table) && q.IntersectsMutable() {
		if err := g.Feature(guardrail.IntersectFilteringQuery, ""); err != nil {
			return err
		}
	}
	if q.ByIndexAlone() {
		return g.Feature(guardrail.NonPartitionRestrictedIndexQuery, "")
	}
	return nil
}

// reconciles says whether answers of several replicas are put together for a read.
func (x *execution) reconciles(t *schema.Table) bool {
	switch x.params.Consistency {
	case cassandra.One, cassandra.LocalOne:
		return false
	}
	k := x.executor.options.Metadata.Schema().Keyspace(t.Keyspace)
	return k != nil && !k.Virtual && k.ReplicationFactor() > 1
}

// guardKeys asks about the keys that a SELECT names, and about its pages; limit is the statement's, 0 for none.
func (x *execution) guardKeys(q *plan.Select, cmd *row.Command, limit int) error {
	g := x.env.Guard
	if g == nil {
		return nil
	}
	if err := q.GuardKeys(&x.env, len(cmd.Partitions), len(cmd.Slices)); err != nil {
		return err
	}
	size := int(x.params.PageSize)
	if size <= 0 || !q.IsAggregate() && limit > 0 && limit <= size {
		return nil // there is one page
	}
	return g.Number(guardrail.PageSize, int64(size), q.Table.Name)
}

// guardModify asks about an INSERT, UPDATE or DELETE. What it writes is asked about where that is bound.
// Source: Cassandra 5.0, ModificationStatement, for the order.
func (x *execution) guardModify(m *plan.Modify) error {
	if x.env.Guard == nil {
		return nil
	}
	if err := x.guardUserTimestamp(m); err != nil {
		return err
	}
	if err := x.guardWriteLevels(); err != nil {
		return err
	}
	return m.GuardTimestamp(&x.env)
}

// guardBatch is guardModify for the statements of a batch.
func (x *execution) guardBatch(items []plan.BatchItem) error {
	if x.env.Guard == nil {
		return nil
	}
	for i := range items {
		if err := x.guardUserTimestamp(items[i].Modify); err != nil {
			return err
		}
	}
	if err := x.guardWriteLevels(); err != nil {
		return err
	}
	for i := range items {
		if err := items[i].Modify.GuardTimestamp(items[i].Env); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) guardUserTimestamp(m *plan.Modify) error {
	if !m.HasCustomTimestamp() {
		return nil
	}
	return x.env.Guard.Feature(guardrail.UserTimestamps, "")
}

// guardWriteLevels asks about the consistency levels of a write: the serial one counts, too, whether there are conditions or not.
func (x *execution) guardWriteLevels() error {
	levels := []string{x.params.Consistency.String()}
	if serial := x.params.Serial; serial != x.params.Consistency {
		levels = append(levels, serial.String())
	}
	_, err := x.env.Guard.Values(guardrail.WriteConsistencyLevels, levels...)
	return err
}

// guardDisks asks about the disks of the replicas that what was bound goes to.
func (x *execution) guardDisks() error {
	if !x.guardsDisks() {
		return nil
	}
	for i := range x.bound.Mutations {
		m := &x.bound.Mutations[i]
		if err := x.guardDisk(m.Table, m.Partition.Token); err != nil {
			return err
		}
	}
	for i := range x.bound.Increments {
		n := &x.bound.Increments[i]
		if err := x.guardDisk(n.Table, n.Partition.Token); err != nil {
			return err
		}
	}
	return nil
}

func (x *execution) guardsDisks() bool {
	o := &x.executor.options
	return x.env.Guard != nil && o.DiskOf != nil && o.Guardrails.Disks()
}

// guardDisk asks about a write to a partition, replica by replica: the first whose disk is full refuses it.
// Source: Cassandra 5.0, ModificationStatement.validateDiskUsage.
func (x *execution) guardDisk(t *schema.Table, token key.Token) error {
	if !x.guardsDisks() {
		return nil
	}
	var refused error
	err := x.executor.options.Coordinator.EachReplica(t, token, func(host uuid.UUID) {
		if refused == nil {
			refused = x.env.Guard.Disk(x.executor.options.DiskOf(host))
		}
	})
	if err != nil {
		return err
	}
	return refused
}
