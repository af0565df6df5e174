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
			return e.Value(x, value, f)
		}
		e.element(x, path, value)
		return f(e.term)
	})
}

// Value calls f for each term of a value that is not of many cells. Only SASI indexes have other than one.
func (e *Extractor) Value(x *schema.Index, value []byte, f func(term []byte) error) error {
	if x.Class == schema.SASIIndex {
		return e.eachSASITerm(x, value, f)
	}
	e.term = AppendTerm(e.term[:0], x, value)
	return f(e.term)
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

// Key calls f for each term of an index on a part of the primary key.
func (e *Extractor) Key(x *schema.Index, t *schema.Table, p key.Partition, clustering []byte, f func(term []byte) error) (err error) {
	if x.Column.Kind == schema.PartitionKey {
		if e.parts, err = key.SplitPartition(e.parts[:0], p.Key, len(t.PartitionKey)); err != nil {
			return err
		}
		return e.Value(x, e.parts[x.Column.Position], f)
	}
	var value []byte
	for _, c := range t.Clustering[:x.Column.Position+1] {
		if value, clustering, err = key.DecodeClustering(c.Type, c.Descending, clustering); err != nil {
			return err
		}
	}
	return e.Value(x, value, f)
}
