package plan

import (
	"slices"

	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Row is one row as selectors and filters see it: a value for each column of the table, filled in as the walk goes from partition to
// static row to row. Values alias what the walk handed out unless Keep copied them.
type Row struct {
	table *schema.Table
	// slots maps a column's id to its place in values and cells.
	slots  []int
	values [][]byte
	cells  []*row.Cell // nil for keys and for what is absent
	Token  key.Token
	parts  [][]byte
	// need tells which slots are wanted; the others are not decoded.
	need []bool
}

// newRow returns a row of a table; need tells which columns, by their place in Table.Columns, are to be filled in.
func newRow(t *schema.Table, need []bool) *Row {
	r := &Row{table: t, need: need}
	columns := t.Columns()
	r.slots = make([]int, t.NextColumnID)
	for i := range r.slots {
		r.slots[i] = -1
	}
	for i, c := range columns {
		r.slots[c.ID] = i
	}
	r.values, r.cells = make([][]byte, len(columns)), make([]*row.Cell, len(columns))
	return r
}

// Has says whether the table has a column of that id.
func (r *Row) Has(column uint32) bool { return int(column) < len(r.slots) && r.slots[column] >= 0 }

// SetPartition fills in the partition key.
func (r *Row) SetPartition(p key.Partition) error {
	var err error
	r.Token = p.Token
	if r.parts, err = key.SplitPartition(r.parts[:0], p.Key, len(r.table.PartitionKey)); err != nil {
		return err
	}
	copy(r.values, r.parts)
	return nil
}

// SetStatic fills in the static columns from a view of the static row.
func (r *Row) SetStatic(v *row.View) error {
	from := len(r.table.PartitionKey) + len(r.table.Clustering)
	return r.set(v, from, from+len(r.table.Static))
}

// SetRow fills in the clustering and regular columns. A nil view is a partition without rows: they become null.
func (r *Row) SetRow(clustering []byte, v *row.View) error {
	at := len(r.table.PartitionKey)
	for _, c := range r.table.Clustering {
		r.values[at] = nil
		if v != nil && len(clustering) > 0 {
			value, rest, err := key.DecodeClustering(c.Type, c.Descending, clustering)
			if err != nil {
				return err
			}
			r.values[at], clustering = value, rest
		}
		at++
	}
	return r.set(v, at+len(r.table.Static), len(r.values))
}

func (r *Row) set(v *row.View, from, to int) error {
	clear(r.values[from:to])
	clear(r.cells[from:to])
	if v == nil {
		return nil
	}
	cells := v.Cells()
	for i := range cells {
		c := &cells[i]
		if int(c.Column) >= len(r.slots) {
			continue // of a column added after this plan was made
		}
		at := r.slots[c.Column]
		if at < from || at >= to || !r.need[at] {
			continue
		}
		r.cells[at] = c
		if !c.Complex {
			r.values[at] = c.Value
			continue
		}
		r.values[at] = collect(r.columnAt(at).Type, c)
	}
	return nil
}

func (r *Row) columnAt(slot int) *schema.Column {
	n := len(r.table.PartitionKey) + len(r.table.Clustering)
	if slot -= n; slot < len(r.table.Static) {
		return r.table.Static[slot]
	}
	return r.table.Regular[slot-len(r.table.Static)]
}

// collect serializes the elements of a multi-cell column as one value, in the order of their type.
func collect(t *cqltype.Type, c *row.Cell) []byte {
	switch t.Kind {
	case cqltype.KindList:
		elems := make([][]byte, len(c.Elements))
		for i := range c.Elements {
			elems[i] = c.Elements[i].Value
		}
		return t.Join(elems)
	case cqltype.KindUDT:
		fields := make([][]byte, len(t.Elems))
		for i := range c.Elements {
			e := &c.Elements[i]
			if len(e.Path) == 2 {
				if n := int(e.Path[0])<<8 | int(e.Path[1]); n < len(fields) {
					fields[n] = e.Value
				}
			}
		}
		return t.Join(fields)
	}
	sortCellElements(t, c.Elements)
	elems := make([][]byte, 0, 2*len(c.Elements))
	for i := range c.Elements {
		elems = append(elems, c.Elements[i].Path)
		if t.Kind == cqltype.KindMap {
			elems = append(elems, c.Elements[i].Value)
		}
	}
	return t.Join(elems)
}

// sortCellElements puts the elements of a set or map in the order of their type; a list's paths are in order already.
func sortCellElements(t *cqltype.Type, elems []row.Element) {
	if t.Kind == cqltype.KindSet || t.Kind == cqltype.KindMap {
		slices.SortFunc(elems, func(a, b row.Element) int { return t.Elems[0].Compare(a.Path, b.Path) })
	}
}

// Bytes is about what a copy of the row holds.
func (r *Row) Bytes() int {
	n := 256
	for _, v := range r.values {
		n += 24 + len(v)
	}
	for _, c := range r.cells {
		if n += 8; c == nil {
			continue
		}
		n += 96 + len(c.Value)
		for i := range c.Elements {
			n += 96 + len(c.Elements[i].Path) + len(c.Elements[i].Value)
		}
	}
	return n
}

// Keep returns a copy that outlives the walk.
func (r *Row) Keep() *Row {
	k := *r
	k.values = make([][]byte, len(r.values))
	k.cells = make([]*row.Cell, len(r.cells))
	for i, v := range r.values {
		k.values[i] = slices.Clone(v)
		if v != nil && k.values[i] == nil {
			k.values[i] = []byte{}
		}
	}
	for i, c := range r.cells {
		if c != nil {
			d := *c
			d.Value = slices.Clone(c.Value)
			d.Elements = slices.Clone(c.Elements)
			for j := range d.Elements {
				d.Elements[j].Path = slices.Clone(d.Elements[j].Path)
				d.Elements[j].Value = slices.Clone(d.Elements[j].Value)
			}
			k.cells[i] = &d
		}
	}
	return &k
}
