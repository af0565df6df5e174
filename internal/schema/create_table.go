package schema

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

func (x *execution) createTable(q *cql.CreateTable) (Outcome, error) {
	name, err := x.qualify(q.Table)
	if err != nil {
		return Outcome{}, err
	}
	key, err := primaryKey(q)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "CREATE", "all tables in "+name.Keyspace); err != nil {
		return Outcome{}, err
	}
	if q, err = x.guardTable(q); err != nil {
		return Outcome{}, err
	}
	k, err := x.keyspace(name.Keyspace)
	if err != nil {
		return Outcome{}, err
	}
	if k.Tables[name.Name] != nil {
		if q.IfNotExists {
			return Outcome{}, nil
		}
		return Outcome{}, alreadyExists(name.Keyspace, name.Name, "Cannot add already existing table \"%s\" to keyspace \"%s\"", name.Name, name.Keyspace)
	}
	t, err := buildTable(name.Keyspace, q, key, k.Types, func(def cql.ColumnDef, ct *cqltype.Type) (*Mask, error) {
		return x.mask(name.Keyspace, name.Name, def, ct)
	})
	if err != nil {
		return Outcome{}, err
	}
	if err := checkTableName(name.Keyspace, name.Name); err != nil {
		return Outcome{}, err
	}
	if err := x.guardCompression(&t.Options); err != nil {
		return Outcome{}, err
	}
	if t.ID == uuid.Nil {
		t.ID = x.facts.TableID
	}
	if old := x.schema.TableByID(t.ID); old != nil {
		return Outcome{}, alreadyExists(name.Keyspace, name.Name, "Cannot add already existing table \"%s\" to keyspace \"%s\"", name.Name, name.Keyspace)
	}
	t.DataID = x.schema.NextDataID()
	return x.created("TABLE", name.Keyspace, name.Name, putTable(t))
}

// primaryKey returns the one primary key of a CREATE TABLE.
func primaryKey(q *cql.CreateTable) (cql.PrimaryKey, error) {
	name := q.Table.Name
	keys := q.Keys
	seen := map[string]bool{}
	for _, c := range q.Columns {
		if seen[c.Name] {
			return cql.PrimaryKey{}, cassandra.Invalidf("Duplicate column '%s' declaration for table '%s'", c.Name, name)
		}
		seen[c.Name] = true
		if c.PrimaryKey {
			keys = append(keys[:len(keys):len(keys)], cql.PrimaryKey{Partition: []string{c.Name}})
		}
	}
	if len(keys) == 0 {
		return cql.PrimaryKey{}, cassandra.Invalidf("No PRIMARY KEY specifed for table '%s' (exactly one required)", name)
	}
	if len(keys) > 1 {
		return cql.PrimaryKey{}, cassandra.Invalidf("Multiple PRIMARY KEY specified for table '%s' (exactly one required)", name)
	}
	return keys[0], nil
}

// builder collects a new table.
type builder struct {
	q      *cql.CreateTable
	t      *Table
	types  map[string]*cqltype.Type // of the columns not placed yet
	static map[string]bool
}

// SystemTable makes a table of a system keyspace from the statement that Cassandra would describe it with.
func SystemTable(keyspace string, q *cql.CreateTable, virtual bool) (*Table, error) {
	key, err := primaryKey(q)
	if err != nil {
		return nil, err
	}
	t, err := buildTable(keyspace, q, key, nil, func(cql.ColumnDef, *cqltype.Type) (*Mask, error) { return nil, nil })
	if err != nil {
		return nil, err
	}
	t.ID, t.System, t.Virtual, t.DataID = SystemTableID(keyspace, t.Name), true, virtual, systemDataIDs[keyspace+"."+t.Name]
	return t, nil
}

// buildTable makes the table of a CREATE TABLE: sealed, with column ids, without table id (unless WITH id names one) and data id.
func buildTable(keyspace string, q *cql.CreateTable, key cql.PrimaryKey, userTypes map[string]*cqltype.Type, mask func(cql.ColumnDef, *cqltype.Type) (*Mask, error)) (*Table, error) {
	b := builder{
		q: q, types: map[string]*cqltype.Type{}, static: map[string]bool{},
		t: &Table{Keyspace: keyspace, Name: q.Table.Name, CompactStorage: q.CompactStorage, NextColumnID: 1},
	}
	var err error
	if b.t.Options, b.t.ID, err = newOptions(q.Properties); err != nil {
		return nil, err
	}
	masks := map[string]*Mask{}
	for _, c := range q.Columns {
		if b.types[c.Name], err = columnType(c, keyspace, userTypes); err != nil {
			return nil, err
		}
		if masks[c.Name], err = mask(c, b.types[c.Name]); err != nil {
			return nil, err
		}
		b.static[c.Name] = c.Static
	}
	if err := b.keys(key); err != nil {
		return nil, err
	}
	if err := b.others(); err != nil {
		return nil, err
	}
	if err := b.order(); err != nil {
		return nil, err
	}
	for _, c := range b.t.Columns() {
		c.Mask = masks[c.Name]
	}
	return b.t.Seal(), nil
}

func columnType(c cql.ColumnDef, keyspace string, userTypes map[string]*cqltype.Type) (*cqltype.Type, error) {
	t, err := resolve(c.Type, keyspace, userTypes, false)
	if err != nil {
		return nil, err
	}
	if t.Kind == cqltype.KindUDT && t.IsMultiCell() {
		for _, e := range t.Elems {
			if e.IsMultiCell() {
				return nil, cassandra.Invalidf("Non-frozen UDTs with nested non-frozen collections are not supported")
			}
		}
	}
	return t, nil
}

func (b *builder) keys(key cql.PrimaryKey) error {
	named := map[string]bool{}
	place := func(names []string, kind ColumnKind) ([]*Column, error) {
		var all []*Column
		for i, name := range names {
			if named[name] {
				return nil, cassandra.Invalidf("Duplicate column '%s' in PRIMARY KEY clause for table '%s'", name, b.t.Name)
			}
			named[name] = true
			if err := b.checkKey(name); err != nil {
				return nil, err
			}
			all = append(all, b.t.newColumn(name, b.types[name], kind, i))
		}
		return all, nil
	}
	var err error
	if b.t.PartitionKey, err = place(key.Partition, PartitionKey); err != nil {
		return err
	}
	if b.t.Clustering, err = place(key.Clustering, Clustering); err != nil {
		return err
	}
	for name := range named {
		delete(b.types, name)
	}
	return nil
}

func (b *builder) checkKey(name string) error {
	t := b.types[name]
	switch {
	case t == nil:
		return cassandra.Invalidf("Unknown column '%s' referenced in PRIMARY KEY for table '%s'", name, b.t.Name)
	case t.IsMultiCell() && t.IsCollection():
		return cassandra.Invalidf("Invalid non-frozen collection type %s for PRIMARY KEY column '%s'", t, name)
	case t.IsMultiCell():
		return cassandra.Invalidf("Invalid non-frozen user-defined type %s for PRIMARY KEY column '%s'", cqltype.QuoteName(t.Keyspace+"."+t.Name), name)
	case t.Kind == cqltype.KindCounter:
		return cassandra.Invalidf("counter type is not supported for PRIMARY KEY column '%s'", name)
	case mentionsKind(t, cqltype.KindDuration):
		return cassandra.Invalidf("duration type is not supported for PRIMARY KEY column '%s'", name)
	case b.static[name]:
		return cassandra.Invalidf("Static column '%s' cannot be part of the PRIMARY KEY", name)
	}
	return nil
}

// newColumn gives out the next column id.
func (t *Table) newColumn(name string, ct *cqltype.Type, kind ColumnKind, position int) *Column {
	c := &Column{ID: t.NextColumnID, Name: name, Type: ct, Kind: kind, Position: position}
	t.NextColumnID++
	return c
}

// others places the columns that are not in the primary key.
func (b *builder) others() error {
	names := make([]string, 0, len(b.types))
	counters := 0
	for name, t := range b.types {
		names = append(names, name)
		if t.Kind == cqltype.KindCounter {
			counters++
		}
		if b.static[name] && len(b.t.Clustering) == 0 {
			return cassandra.Invalidf("Static columns are only useful (and thus allowed) if the table has at least one clustering column")
		}
	}
	if counters > 0 && counters < len(names) {
		return cassandra.Invalidf("Cannot mix counter and non counter columns in the same table")
	}
	if counters > 0 && b.t.Options.DefaultTimeToLive > 0 {
		return cassandra.Invalidf("Cannot set default_time_to_live on a table with counters")
	}
	slices.SortFunc(names, CompareColumnNames)
	for _, name := range names {
		if b.static[name] {
			b.t.Static = append(b.t.Static, b.t.newColumn(name, b.types[name], Static, -1))
		} else {
			b.t.Regular = append(b.t.Regular, b.t.newColumn(name, b.types[name], Regular, -1))
		}
	}
	if b.t.CompactStorage {
		return b.compact()
	}
	return nil
}

// compact checks what COMPACT STORAGE asks of a table.
func (b *builder) compact() error {
	if len(b.t.Static) > 0 {
		return cassandra.Invalidf("Static columns are not supported in COMPACT STORAGE tables")
	}
	for _, c := range b.t.Regular {
		if c.Type.IsMultiCell() {
			return cassandra.Invalidf("Non-frozen collections and UDTs are not supported with COMPACT STORAGE")
		}
	}
	if len(b.t.Clustering) == 0 && len(b.t.Regular) == 0 {
		return cassandra.Invalidf("No definition found that is not part of the PRIMARY KEY")
	}
	if len(b.t.Clustering) > 0 && len(b.t.Regular) > 1 {
		names := make([]string, len(b.t.Regular))
		for i, c := range b.t.Regular {
			names[i] = c.Name
		}
		return cassandra.Invalidf("COMPACT STORAGE with composite PRIMARY KEY allows no more than one column not part of the PRIMARY KEY (got: %s)", strings.Join(names, ", "))
	}
	return nil
}

// order takes in CLUSTERING ORDER BY.
func (b *builder) order() error {
	at := map[string]int{}
	for i, c := range b.t.Clustering {
		at[c.Name] = i
	}
	var strangers []string
	for _, o := range b.q.Order {
		if _, ok := at[o.Column]; !ok {
			strangers = append(strangers, o.Column)
		}
	}
	if len(strangers) > 0 {
		return cassandra.Invalidf("Only clustering key columns can be defined in CLUSTERING ORDER directive: [%s] are not clustering columns", strings.Join(strangers, ", "))
	}
	for i, o := range b.q.Order {
		if expected := b.t.Clustering[i]; expected.Name != o.Column {
			if !slices.ContainsFunc(b.q.Order, func(other cql.Ordering) bool { return other.Column == expected.Name }) {
				return cassandra.Invalidf("Missing CLUSTERING ORDER for column %s", expected.Name)
			}
			return cassandra.Invalidf("The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns (%s must appear before %s)", expected.Name, o.Column)
		}
		b.t.Clustering[i].Descending = o.Descending
	}
	return nil
}
