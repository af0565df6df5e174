package plan

import (
	"helenus/internal/guardrail"
	"helenus/internal/schema"
)

// cellOverhead is what Cassandra counts of a cell beside path and value: timestamp, time to live and the time of its deletion.
const cellOverhead = 8 + 4 + 8

// guardCell asks about the value of a column that is one cell.
// Source: Cassandra 5.0, UpdateParameters.addCell and the Setters of collections.
func (w *cellWriter) guardCell(value []byte) error {
	g, c := w.env.Guard, w.column
	frozen := c.Type.IsCollection()
	if frozen {
		if parts, err := c.Type.Elements(value); err == nil {
			if err := g.Number(guardrail.ItemsPerCollection, int64(len(parts)/len(c.Type.Elems)), c.Name); err != nil {
				return err
			}
		}
	}
	if err := g.Number(guardrail.ColumnValueSize, int64(len(value)), c.Name); err != nil || !frozen {
		return err
	}
	return g.Number(guardrail.CollectionSize, int64(len(value)+cellOverhead), c.Name)
}

// guardElements asks about the elements that an assignment has made. What is in the collection already is not counted.
func (w *cellWriter) guardElements(a assignment, made []element) error {
	g, c := w.env.Guard, w.column
	if o, ok := a.(*overwrite); ok {
		a = o.with
	}
	whole := false
	switch a.(type) {
	case *listAppend, *setAdd, *mapPut:
		whole = len(made) > 0
	}
	if whole {
		if err := g.Number(guardrail.ItemsPerCollection, int64(len(made)), c.Name); err != nil {
			return err
		}
	}
	size := int64(0)
	for i := range made {
		e := &made[i]
		if e.tombstone {
			continue
		}
		if err := g.Number(guardrail.ColumnValueSize, int64(len(e.value)), c.Name); err != nil {
			return err
		}
		if err := g.Number(guardrail.ColumnValueSize, int64(len(e.path)), c.Name); err != nil {
			return err
		}
		size += int64(len(e.path) + len(e.value) + cellOverhead)
	}
	if !whole {
		return nil
	}
	return g.Number(guardrail.CollectionSize, size, c.Name)
}

// guardProduct asks about the keys that IN multiplies to.
func guardProduct(env *Env, partitions, clusterings int) error {
	if env.Guard == nil {
		return nil
	}
	if partitions > 1 {
		if err := env.Guard.Number(guardrail.InSelectCartesianProduct, int64(partitions), "partition key"); err != nil {
			return err
		}
	}
	if clusterings > 1 {
		return env.Guard.Number(guardrail.InSelectCartesianProduct, int64(clusterings), "clustering key")
	}
	return nil
}

// GuardTimestamp asks about USING TIMESTAMP.
func (m *Modify) GuardTimestamp(env *Env) error {
	if m.timestamp == nil {
		return nil
	}
	timestamp, err := timestampOf(m.timestamp, env)
	if err != nil {
		return err
	}
	return env.Guard.Timestamp(timestamp, env.Millis*1000, m.Table.Name)
}

// GuardKeys asks about the partitions and rows that a SELECT names with IN.
func (p *Select) GuardKeys(env *Env, partitions, slices int) error {
	if p.InPartitions() {
		if err := guardProduct(env, partitions, 0); err != nil {
			return err
		}
		if err := env.Guard.Number(guardrail.PartitionKeysInSelect, int64(partitions), p.Table.Name); err != nil {
			return err
		}
	}
	for _, r := range p.where.clusters {
		if r != nil && r.isIn() {
			return guardProduct(env, 0, slices)
		}
	}
	return nil
}

// Filtering says whether ALLOW FILTERING is there.
func (p *Select) Filtering() bool { return p.allowFiltering }

// ByIndexAlone says whether an index is asked without a partition key, or for a range of them.
func (p *Select) ByIndexAlone() bool { return (p.access.indexed || p.near != nil) && !p.access.keyed }

// IntersectsMutable says whether rows are filtered by several columns that may change.
// Source: Cassandra 5.0, RowFilter.isMutableIntersection.
func (p *Select) IntersectsMutable() bool {
	mutable := map[*schema.Column]bool{}
	all := 0
	for _, r := range p.access.filters {
		all++
		if c := r.columns[0]; c.Kind == schema.Static || c.Kind == schema.Regular {
			mutable[c] = true
		}
	}
	for c := range mutable {
		if c.Kind == schema.Static && all > 1 {
			return true
		}
	}
	return len(mutable) > 1
}
