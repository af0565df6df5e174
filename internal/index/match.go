package index

import (
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Matcher checks partitions and rows against a query by indexes: all of its ranges have to hold.
type Matcher struct {
	table     *schema.Table
	partition []row.IndexRange // on the partition key and static columns
	rows      []row.IndexRange
	extract   Extractor
}

// NewMatcher returns the matcher of a query on a table.
func NewMatcher(t *schema.Table, query []row.IndexRange) *Matcher {
	m := &Matcher{table: t}
	for _, q := range query {
		if OfPartition(q.Index) {
			m.partition = append(m.partition, q)
		} else {
			m.rows = append(m.rows, q)
		}
	}
	return m
}

// AsksRows says whether something is asked of rows, so that a partition alone is no answer.
func (m *Matcher) AsksRows() bool { return len(m.rows) > 0 }

// Partition says whether a partition with a static row is what is asked for.
func (m *Matcher) Partition(p key.Partition, static *row.View) (bool, error) {
	for i := range m.partition {
		q := &m.partition[i]
		if q.Index.Column.Kind == schema.PartitionKey {
			if ok, err := m.key(q, p, nil); err != nil || !ok {
				return false, err
			}
		} else if !m.cell(q, static) {
			return false, nil
		}
	}
	return true, nil
}

// Row says whether a row of such a partition is.
func (m *Matcher) Row(clustering []byte, v *row.View) (bool, error) {
	for i := range m.rows {
		q := &m.rows[i]
		if q.Index.Column.Kind == schema.Clustering {
			if ok, err := m.key(q, key.Partition{}, clustering); err != nil || !ok {
				return false, err
			}
		} else if !m.cell(q, v) {
			return false, nil
		}
	}
	return true, nil
}

// key says whether a part of the primary key has a term that is asked for.
func (m *Matcher) key(q *row.IndexRange, p key.Partition, clustering []byte) (found bool, err error) {
	err = m.extract.Key(q.Index, m.table, p, clustering, func(term []byte) error {
		found = found || q.Contains(term)
		return nil
	})
	return found, err
}

// cell says whether a column has a term that is asked for.
func (m *Matcher) cell(q *row.IndexRange, v *row.View) bool {
	c, ok := v.Cell(q.Index.Column.ID)
	if !ok {
		return false
	}
	if q.Nearest != nil { // which of them are the nearest, the reader finds out
		return true
	}
	e := &m.extract
	if !c.Complex {
		return e.asked(q, c.Value)
	}
	for i := range c.Elements {
		e.element(q.Index, c.Elements[i].Path, c.Elements[i].Value)
		if q.Contains(e.term) {
			return true
		}
	}
	return false
}

// asked says whether a value has a term that is asked for.
func (e *Extractor) asked(q *row.IndexRange, value []byte) (found bool) {
	_ = e.Value(q.Index, value, func(term []byte) error {
		found = found || q.Contains(term)
		return nil
	})
	return found
}

// Value says whether a column's whole value, as a row shows it, has a term in ranges.
func Value(x *schema.Index, ranges []key.Range, value []byte) bool {
	q := row.IndexRange{Index: x, Ranges: ranges}
	var e Extractor
	if x.Part == schema.IndexSimple || x.Part == schema.IndexFull {
		return e.asked(&q, value)
	}
	t := x.Column.Type
	elems, err := t.Elements(value)
	if err != nil {
		return false
	}
	for i := 0; i+len(t.Elems) <= len(elems); i += len(t.Elems) {
		e.element(x, elems[i], elems[i+len(t.Elems)-1])
		if q.Contains(e.term) {
			return true
		}
	}
	return false
}
