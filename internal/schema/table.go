package schema

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// TableID names a table for good: a table dropped and made again has another one.
type TableID = uuid.UUID

// DataID is a table's or an index's number in storage keys. TRUNCATE and DROP retire it; it is never used again.
type DataID uint32

// systemDataIDs are those of the tables of system keyspaces that are stored, like a user's: from the highest down, so that no other table gets them.
var systemDataIDs = map[string]DataID{"system_traces.sessions": indexDataID - 2, "system_traces.events": indexDataID - 3}

// indexDataID is the bit that the data ids of indexes have and those of tables have not.
const indexDataID DataID = 1 << 31

// IsIndex says whether an index has the id.
func (d DataID) IsIndex() bool { return d&indexDataID != 0 }

// Table is a table's definition. Immutable.
type Table struct {
	ID       TableID
	DataID   DataID
	Keyspace string
	Name     string

	PartitionKey []*Column // in order
	Clustering   []*Column // in order
	Static       []*Column // in order of name: see CompareColumnNames
	Regular      []*Column // in order of name; a counter table's are all counters

	// Indexes are in order of name.
	Indexes []*Index

	// Dropped are the columns dropped, by name, for system_schema.dropped_columns.
	Dropped map[string]DroppedColumn
	// NextColumnID is the id that the next added column gets.
	NextColumnID uint32

	// View is set for a materialized view.
	View *View

	Options TableOptions
	// Virtual tables are of a virtual keyspace: made of code, and no schema change may touch them.
	Virtual bool
	// System tables are answered by package system and hold no stored data; all virtual tables are.
	System bool
	// CompactStorage marks a table made WITH COMPACT STORAGE.
	CompactStorage bool

	byName map[string]*Column
}

// ColumnKind is a column's role.
type ColumnKind uint8

const (
	PartitionKey ColumnKind = iota
	Clustering
	Static
	Regular
)

func (k ColumnKind) String() string {
	return [...]string{"partition_key", "clustering", "static", "regular"}[k]
}

// Column is a column's definition. Immutable.
type Column struct {
	// ID is unique in its table for good and starts at 1: a column dropped and added again gets a new one, so that data
	// of the old one stays hidden. Cells are stored under it.
	ID   uint32
	Name string
	Type *cqltype.Type
	Kind ColumnKind
	// Position is the place among the partition key or clustering columns; -1 for the others.
	Position int
	// Descending is true for a clustering column in reversed order.
	Descending bool
	// Mask hides the values from roles without permission to see them; nil: the column is not masked.
	Mask *Mask
}

// DroppedColumn remembers a dropped column.
type DroppedColumn struct {
	Name      string
	ID        uint32
	Type      *cqltype.Type
	Kind      ColumnKind
	DroppedAt time.Time
}

// Column returns a column by its exact name, or nil.
func (t *Table) Column(name string) *Column { return t.byName[name] }

// UndefinedColumn is the error for a name that is no column's.
func (t *Table) UndefinedColumn(name string) error {
	return cassandra.Invalidf("Undefined column name %s in table %s.%s", cqltype.QuoteName(name), t.Keyspace, t.Name)
}

// NeedsValues says whether a row without values is no row, as in tables WITH COMPACT STORAGE that can have values.
func (t *Table) NeedsValues() bool { return t.CompactStorage && len(t.Regular) > 0 }

// Columns returns all columns in the order of SELECT *: partition key, clustering, static, regular.
func (t *Table) Columns() []*Column {
	all := make([]*Column, 0, len(t.PartitionKey)+len(t.Clustering)+len(t.Static)+len(t.Regular))
	all = append(all, t.PartitionKey...)
	all = append(all, t.Clustering...)
	all = append(all, t.Static...)
	return append(all, t.Regular...)
}

// HasColumnID says whether the table has a column of that id now.
func (t *Table) HasColumnID(id uint32) bool {
	return slices.ContainsFunc(t.Columns(), func(c *Column) bool { return c.ID == id })
}

// DroppedColumns returns the dropped columns in order of name.
func (t *Table) DroppedColumns() []DroppedColumn {
	all := make([]DroppedColumn, 0, len(t.Dropped))
	for _, name := range slices.Sorted(maps.Keys(t.Dropped)) {
		all = append(all, t.Dropped[name])
	}
	return all
}

// IsCounter is true for a table of counters, and stays so when all of them are dropped.
func (t *Table) IsCounter() bool {
	for _, list := range [...][]*Column{t.Regular, t.Static} {
		if len(list) > 0 {
			return list[0].Type.Kind == cqltype.KindCounter
		}
	}
	for _, d := range t.Dropped {
		if d.Type.Kind == cqltype.KindCounter {
			return true
		}
	}
	return false
}

// Stored says whether the table has rows of its own; those of all others are made up when they are read.
func (t *Table) Stored() bool { return !t.Virtual && (!t.System || t.DataID != 0) }

// DataIDs are the table's and those of its indexes.
func (t *Table) DataIDs() []DataID {
	ids := []DataID{t.DataID}
	for _, x := range t.Indexes {
		ids = append(ids, x.DataID)
	}
	return ids
}

// Index returns an index by its exact name, or nil.
func (t *Table) Index(name string) *Index {
	for _, x := range t.Indexes {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// Seal fills in what is derived from the exported fields. Whoever builds a Table calls it once, before sharing it.
func (t *Table) Seal() *Table {
	t.byName = make(map[string]*Column)
	for _, c := range t.Columns() {
		t.byName[c.Name] = c
	}
	for i, x := range t.Indexes {
		t.Indexes[i] = x.on(t)
	}
	return t
}

// TableOptions are a table's WITH options, already checked; maps are as DESCRIBE shows them.
type TableOptions struct {
	AdditionalWritePolicy   string
	AllowAutoSnapshot       bool
	BloomFilterFPChance     float64
	Caching                 map[string]string
	CDC                     bool
	Comment                 string
	Compaction              map[string]string
	Compression             map[string]string
	CRCCheckChance          float64
	DefaultTimeToLive       int32 // seconds
	Extensions              map[string][]byte
	GCGraceSeconds          int32
	IncrementalBackups      bool
	MaxIndexInterval        int32
	MemtableFlushPeriodInMs int32
	Memtable                string
	MinIndexInterval        int32
	ReadRepair              string
	SpeculativeRetry        string
}
