package schema

import (
	"strconv"

	"helenus/internal/cqltype"
)

// IsStaticCompact says whether the table is WITH COMPACT STORAGE and without clustering columns. Cassandra keeps the columns of such a table as static ones.
func (t *Table) IsStaticCompact() bool { return t.CompactStorage && len(t.Clustering) == 0 }

// HiddenColumns are those that Cassandra's storage has in a table WITH COMPACT STORAGE beside the columns of its statement. No statement reads or writes them and
// nothing is stored in them, but their names are taken, and drivers look for them in system_schema.columns. A clustering column comes first. They have no ID.
// Source: Cassandra 5.0, CreateTableStatement.
func (t *Table) HiddenColumns() []*Column {
	switch {
	case t.IsStaticCompact():
		value := cqltype.Blob
		if t.IsCounter() {
			value = cqltype.Counter
		}
		return []*Column{
			{Name: t.unusedName("column", 1), Type: cqltype.Text, Kind: Clustering},
			{Name: t.unusedName("value", 0), Type: value, Kind: Regular, Position: -1},
		}
	case t.CompactStorage && len(t.Regular) == 0:
		return []*Column{{Name: t.unusedName("value", 0), Type: cqltype.Empty, Kind: Regular, Position: -1}}
	}
	return nil
}

// unusedName is a word with the lowest number, and without for 0, that makes it a name that no column has or, before it was dropped, had.
func (t *Table) unusedName(word string, number int) string {
	for ; ; number++ {
		name := word
		if number > 0 {
			name += strconv.Itoa(number)
		}
		if _, dropped := t.Dropped[name]; !dropped && named(t.Columns(), name) == nil {
			return name
		}
	}
}

// ShownKind is what the tables of system_schema show for the kind of a column that is not hidden.
func (t *Table) ShownKind(k ColumnKind) ColumnKind {
	if k == Regular && t.IsStaticCompact() {
		return Static
	}
	return k
}
