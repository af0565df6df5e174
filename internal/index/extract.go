package index

import (
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// OfPartition says whether an index's entries are of whole partitions and not of rows: it is on a part of the partition key or a static column.
func OfPartition(x *schema.Index) bool {
	return x.Column.Kind == schema.PartitionKey || x.Column.Kind == schema.Static
}

// Extractor finds terms; it is reused, and the terms that it hands out are valid until the next one.
type Extractor struct {
	term  []byte
	parts [][]byte
}

// Cells calls f for each term that the live cells of an encoded row, or of a change of one, give an index on a static or regular column.
func (e *Extractor) Cells(x *schema.Index, encoded []byte, f func(term []byte) error) error {
	id := x.Column.ID
	return row.EachCell(encoded, func(column uint32, path, value []byte) error {
		if column != id {
			return nil
		}
		if path == nil {
			e.term = AppendTerm(e.term[:0], x, value)
		} else {
			e.element(x, path, value)
		}
		return f(e.term)
	})
}

// element makes the term of an element of a column of many cells.
func (e *Extractor) element(x *schema.Index, path, value []byte) {
	switch {
	case x.Part == schema.IndexEntries:
		e.term = AppendEntry(e.term[:0], x, path, value)
	case x.Part == schema.IndexKeys || x.Column.Type.Kind == cqltype.KindSet:
		e.term = AppendTerm(e.term[:0], x, path)
	default:
		e.term = AppendTerm(e.term[:0], x, value)
	}
}

// Key returns the term of an index on a part of the primary key.
func (e *Extractor) Key(x *schema.Index, t *schema.Table, p key.Partition, clustering []byte) (term []byte, err error) {
	if x.Column.Kind == schema.PartitionKey {
		if e.parts, err = key.SplitPartition(e.parts[:0], p.Key, len(t.PartitionKey)); err != nil {
			return nil, err
		}
		e.term = AppendTerm(e.term[:0], x, e.parts[x.Column.Position])
		return e.term, nil
	}
	var value []byte
	for _, c := range t.Clustering[:x.Column.Position+1] {
		if value, clustering, err = key.DecodeClustering(c.Type, c.Descending, clustering); err != nil {
			return nil, err
		}
	}
	e.term = AppendTerm(e.term[:0], x, value)
	return e.term, nil
}
