package schema

import (
	"slices"
	"strings"

	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// View is what makes a table a materialized view: the table holds what another one, its base, does, under another key. Its columns have the ids that
// they have in the base. Immutable.
type View struct {
	// Base is the base table's id, BaseName its name; both are in one keyspace.
	Base     TableID
	BaseName string
	// AllColumns is true for SELECT *: columns that the base gets are the view's, too.
	AllColumns bool
	// Where is the definition's WHERE, Filter what it asks of the base's key.
	Where  string
	Filter []ViewTest
	// Claim is the id of the column of the view's key that is not of the base's, or 0. A row of such a view is there as long as it has a live cell
	// of this column: see package view.
	Claim uint32
}

// ViewTest is one restriction of a view's WHERE: of one column of the base's key, or of several by a tuple. What is set of it has to hold.
type ViewTest struct {
	// Columns are the ids of the columns.
	Columns []uint32 `json:"columns"`
	// AnyOf, when Listed, are the values that are allowed, one for each column.
	AnyOf  [][][]byte `json:"any_of,omitempty"`
	Listed bool       `json:"listed,omitempty"`
	// Low and High bound the values of the first columns.
	Low, High *ViewBound `json:",omitempty"`
	// Holds are elements that a collection must have, Keys keys that a map must have.
	Holds [][]byte `json:"holds,omitempty"`
	Keys  [][]byte `json:"keys,omitempty"`
}

// ViewBound is one end of the values that a ViewTest allows.
type ViewBound struct {
	Values    [][]byte `json:"values"`
	Inclusive bool     `json:"inclusive,omitempty"`
}

// viewDataID is the bit that the data ids of views have and those of other tables have not.
const viewDataID DataID = 1 << 30

// IsView says whether a view has the id.
func (d DataID) IsView() bool { return d&(indexDataID|viewDataID) == viewDataID }

// IsView says whether the table is a materialized view.
func (t *Table) IsView() bool { return t.View != nil }

// ClaimColumn is the id of the column whose live cell makes a row be there, or 0 where any cell does: see View.
func (t *Table) ClaimColumn() uint32 {
	if t.View == nil {
		return 0
	}
	return t.View.Claim
}

// ViewsOf are the views of a table in order of name.
func (k *Keyspace) ViewsOf(base TableID) []*Table {
	var all []*Table
	for _, t := range k.Tables {
		if t.View != nil && t.View.Base == base {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// SortedViews are the views in the order of DESCRIBE: by name, without regard to case.
func (k *Keyspace) SortedViews() []*Table {
	all := slices.DeleteFunc(sortedTables(k), func(t *Table) bool { return t.View == nil })
	slices.SortStableFunc(all, func(a, b *Table) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

// BaseOf returns the table that a view is of, or nil.
func (s *Schema) BaseOf(view *Table) *Table {
	if view.View == nil {
		return nil
	}
	return s.tables[view.View.Base]
}

// describeView is the part of a view's definition before its options.
func (t *Table) describeView(b *strings.Builder, internals bool) {
	columns := "*"
	if !t.View.AllColumns {
		columns = strings.Join(names(simpleFirst(t)), ", ")
	}
	key := strings.Join(names(t.PartitionKey), ", ")
	if len(t.PartitionKey) > 1 {
		key = "(" + key + ")"
	}
	key = strings.Join(append([]string{key}, names(t.Clustering)...), ", ")
	b.WriteString("CREATE MATERIALIZED VIEW " + qualified(t.Keyspace, t.Name) + " AS\n    SELECT " + columns + "\n    FROM " + qualified(t.Keyspace, t.View.BaseName) +
		"\n    WHERE " + t.View.Where + "\n    PRIMARY KEY (" + key + ")\n WITH ")
	if internals {
		b.WriteString("ID = " + t.ID.String() + "\n    AND ")
	}
	t.describeOrder(b)
}

// renamed is a view whose base calls a column otherwise now.
func (t *Table) renamed(from, to string) (*Table, error) {
	n := t.clone()
	for _, list := range [...][]*Column{n.PartitionKey, n.Clustering} {
		for i, c := range list {
			if c.Name == from {
				r := *c
				r.Name = to
				list[i] = &r
			}
		}
	}
	where, err := cql.ParseWhere(t.View.Where)
	if err != nil {
		return nil, err
	}
	for i := range where {
		for j, name := range where[i].Columns {
			if name == from {
				where[i].Columns[j] = to
			}
		}
	}
	v := *t.View
	v.Where = cql.WhereText(where)
	n.View = &v
	return n.Seal(), nil
}

// widened is a view that has a new column of its base.
func (t *Table) widened(c *Column) *Table {
	n := t.clone()
	n.Regular = inserted(n.Regular, c)
	n.NextColumnID = max(n.NextColumnID, c.ID+1)
	return n.Seal()
}

// viewColumn is a column of the base as one of the view.
func viewColumn(c *Column, kind ColumnKind, position int) *Column {
	return &Column{ID: c.ID, Name: c.Name, Type: c.Type, Kind: kind, Position: position, Mask: c.Mask}
}

// hashOrder sorts names as a set of Cassandra's holds them, for messages that list them.
// Source: Java's HashSet and ByteBuffer.hashCode.
func hashOrder(all []string) []string {
	size := 16
	for 3*size/4 < len(all) {
		size *= 2
	}
	bucket := func(name string) int {
		h := int32(1)
		for i := len(name) - 1; i >= 0; i-- {
			h = 31*h + int32(int8(name[i]))
		}
		return int((uint32(h) ^ uint32(h)>>16) & uint32(size-1))
	}
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b string) int { return bucket(a) - bucket(b) })
	return out
}

// multiCellText is what Cassandra's message calls a type of many cells.
func multiCellText(t *cqltype.Type) string {
	if t.IsCollection() {
		return "collection"
	}
	return "user-defined"
}
