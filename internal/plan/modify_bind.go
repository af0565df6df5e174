package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
)

// bindAll writes every partition and row that the statement names.
func (m *Modify) bindAll(env *Env, current *Current, b *Bound) error {
	partitions, err := m.where.partitions(env)
	if err != nil {
		return err
	}
	if m.Kind == Delete && m.where.isRange() {
		return m.bindRanges(env, partitions, b)
	}
	rows, err := m.where.rows(env)
	if err != nil {
		return err
	}
	if err := guardProduct(env, len(partitions), len(rows)); err != nil {
		return err
	}
	if err := m.begin(&b.writer, env); err != nil {
		return err
	}
	for _, p := range partitions {
		if len(m.where.clustering) == 0 && len(m.Table.Clustering) > 0 {
			if err := m.bindPartition(p, current, b); err != nil {
				return err
			}
			continue
		}
		for _, clustering := range rows {
			if err := m.bindOne(p, clustering, current, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindPartition writes a partition of which no row is named: its static columns, or its deletion.
func (m *Modify) bindPartition(p key.Partition, current *Current, b *Bound) error {
	if m.Kind == Delete && m.static == nil && m.regular == nil {
		b.part(m.Table, p).delete(b.wideDeletion())
		return nil
	}
	if m.Kind == Delete && m.regular != nil {
		return errRangeOfColumns
	}
	return m.bindStatic(p, current, b)
}

// bindOne writes one row, and the static columns beside it.
func (m *Modify) bindOne(p key.Partition, clustering []byte, current *Current, b *Bound) error {
	if err := m.checkCompact(clustering); err != nil {
		return err
	}
	w := &b.writer
	switch {
	case m.Kind == Delete && m.regular == nil && m.static == nil && len(m.Table.Clustering) == 0:
		b.part(m.Table, p).delete(b.wideDeletion())
		return nil
	case m.IsCounter() && m.Kind == Update:
		if m.regular != nil {
			if err := m.increment(p, clustering, m.regular, false, b); err != nil {
				return err
			}
		}
		return m.bindStatic(p, current, b)
	case m.regular != nil || m.Kind != Delete || m.static == nil:
		w.Builder.Reset(nil)
		if m.Kind == Insert && !m.Table.NeedsValues() {
			w.Liveness(w.timestamp, w.ttl, w.now)
		}
		if m.Kind == Delete && m.regular == nil {
			w.Delete(w.deletionAt(0))
		}
		w.current = current.row(p, clustering)
		if err := w.columns(m.regular); err != nil {
			return err
		}
		delta := w.Finish()
		if row.IsEmpty(delta) {
			break
		}
		mutation := b.mutation(m.Table, p)
		mutation.Rows = append(mutation.Rows, row.RowDelta{Clustering: clustering, Delta: delta})
	}
	return m.bindStatic(p, current, b)
}

// checkCompact refuses what a table WITH COMPACT STORAGE has no place for: an empty clustering value where the key has no other, and a row without values.
// Source: Cassandra 5.0, UpdateParameters.newRow and UpdateStatement.addUpdateForKey.
func (m *Modify) checkCompact(clustering []byte) error {
	t := m.Table
	switch {
	case !t.CompactStorage:
		return nil
	case len(t.Clustering) == 1 && key.BeginsEmpty(clustering):
		return cassandra.Invalidf("Invalid empty or null value for column %s", t.Clustering[0].Name)
	case m.Kind == Insert && len(m.regular) == 0 && len(t.Regular) > 0:
		return cassandra.Invalidf("Column %s is mandatory for this COMPACT STORAGE table", t.Regular[0].Name)
	}
	return nil
}

// bindStatic writes the static columns of a partition, if the statement has any.
func (m *Modify) bindStatic(p key.Partition, current *Current, b *Bound) error {
	if m.static == nil {
		return nil
	}
	if m.IsCounter() && m.Kind == Update {
		return m.increment(p, nil, m.static, true, b)
	}
	w := &b.writer
	w.Builder.Reset(nil)
	w.current = current.static(p)
	if err := w.columns(m.static); err != nil {
		return err
	}
	delta := w.Finish()
	if row.IsEmpty(delta) {
		return nil
	}
	mutation := b.mutation(m.Table, p)
	if mutation.Static == nil {
		mutation.Static = delta
		return nil
	}
	merged, err := row.Merge(nil, mutation.Static, delta)
	mutation.Static = merged
	return err
}

// increment notes what one row's counters grow by.
func (m *Modify) increment(p key.Partition, clustering []byte, columns columnWrites, static bool, b *Bound) error {
	w := &b.writer
	n := Increment{Table: m.Table, Partition: p, Static: static, Clustering: clustering, Timestamp: w.timestamp}
	for i := range columns {
		w.increment, w.column = 0, columns[i].column
		for _, a := range columns[i].all {
			if err := a.apply(w); err != nil {
				return err
			}
		}
		n.Columns, n.Deltas = append(n.Columns, w.column.ID), append(n.Deltas, w.increment)
	}
	b.Increments = append(b.Increments, n)
	return nil
}

var errRangeOfColumns = cassandra.Invalidf("Range deletions are not supported for specific columns")

// bindRanges deletes ranges of rows.
func (m *Modify) bindRanges(env *Env, partitions []key.Partition, b *Bound) error {
	ranges, err := m.where.ranges(env)
	if err == nil && (m.regular != nil || m.static != nil) {
		err = errRangeOfColumns
	}
	if err != nil || len(ranges) == 0 {
		return err
	}
	if err := m.begin(&b.writer, env); err != nil {
		return err
	}
	for _, p := range partitions {
		h := b.part(m.Table, p)
		for _, r := range ranges {
			h.ranges = append(h.ranges, row.RangeTombstone{Range: r, Deletion: b.wideDeletion()})
		}
	}
	return nil
}
