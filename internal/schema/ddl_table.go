package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// withTable returns the schema with a table added or replaced.
func (s *Schema) withTable(t *Table) *Schema {
	k := *s.Keyspace(t.Keyspace)
	k.Tables = maps.Clone(k.Tables)
	if k.Tables == nil {
		k.Tables = map[string]*Table{}
	}
	k.Tables[t.Name] = t.Seal()
	return s.WithKeyspace(&k)
}

// nextDataID is one above every id in use or used before.
func (s *Schema) nextDataID() DataID { return s.LastDataID + 1 }

func createTable(s *Schema, x *cql.CreateTable, f Facts) (Result, error) {
	ks, err := qualified(x.Table, f)
	if err != nil {
		return Result{}, err
	}
	if err := writable(ks); err != nil {
		return Result{}, err
	}
	k := s.Keyspace(ks)
	if k == nil {
		return Result{}, cassandra.Invalidf("Keyspace '%s' doesn't exist", ks)
	}
	name := x.Table.Name
	if k.Tables[name] != nil {
		if x.IfNotExists {
			return unchanged(s)
		}
		return Result{}, &cassandra.Error{Code: cassandra.CodeAlreadyExists, Message: fmt.Sprintf("Cannot add already existing table \"%s\" to keyspace \"%s\"", name, ks), Keyspace: ks, Table: name}
	}
	t := &Table{ID: f.NewID, DataID: s.nextDataID(), Keyspace: ks, Name: name, NextColumnID: 1, CompactStorage: x.CompactStorage}
	if err := s.defineColumns(t, x); err != nil {
		return Result{}, err
	}
	if !isName(name) {
		return Result{}, cassandra.Configf("%s.%s: Table name must not be empty, more than 48 characters long, or contain non-alphanumeric-underscore characters (got \"%s\")", ks, name, name)
	}
	t.Options = DefaultOptions()
	if err := t.Options.set(x.Properties); err != nil {
		return Result{}, err
	}
	if t.Seal(); t.IsCounter() && t.Options.DefaultTimeToLive > 0 {
		return Result{}, cassandra.Invalidf("Cannot set default_time_to_live on a table with counters")
	}
	next := s.withTable(t)
	next.LastDataID = t.DataID
	return Result{Schema: next, Change: "CREATED", Target: "TABLE", Keyspace: ks, Name: name}, nil
}

// definition is a table's columns while they are checked.
type definition struct {
	table   string
	types   map[string]*cqltype.Type
	static  map[string]bool
	order   []string
	key     cql.PrimaryKey
	hasKey  bool
	inKey   map[string]bool
	reverse map[string]bool
}

func (s *Schema) defineColumns(t *Table, x *cql.CreateTable) error {
	d := definition{table: t.Name, types: map[string]*cqltype.Type{}, static: map[string]bool{}, inKey: map[string]bool{}, reverse: map[string]bool{}}
	keys := len(x.Keys)
	if keys > 0 {
		d.key, d.hasKey = x.Keys[0], true
	}
	for _, c := range x.Columns {
		if c.Masked {
			return cassandra.Invalidf("Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml")
		}
		if d.types[c.Name] != nil {
			return cassandra.Invalidf("Duplicate column '%s' declaration for table '%s'", c.Name, t.Name)
		}
		of, err := s.ResolveType(t.Keyspace, c.Type)
		if err != nil {
			return err
		}
		d.types[c.Name], d.static[c.Name] = of, c.Static
		d.order = append(d.order, c.Name)
		if c.PrimaryKey {
			keys++
			d.key, d.hasKey = cql.PrimaryKey{Partition: []string{c.Name}}, true
		}
	}
	if keys > 1 {
		return cassandra.Invalidf("Multiple PRIMARY KEY specified for table '%s' (exactly one required)", t.Name)
	}
	if !d.hasKey {
		return cassandra.Invalidf("No PRIMARY KEY specifed for table '%s' (exactly one required)", t.Name)
	}
	if err := d.checkKey(); err != nil {
		return err
	}
	if err := d.checkOrder(x.Order); err != nil {
		return err
	}
	return d.build(t)
}

func (d *definition) checkKey() error {
	seen := map[string]bool{}
	for _, name := range slices.Concat(d.key.Partition, d.key.Clustering) {
		of := d.types[name]
		switch {
		case of == nil:
			return cassandra.Invalidf("Unknown column '%s' referenced in PRIMARY KEY for table '%s'", name, d.table)
		case seen[name]:
			return cassandra.Invalidf("Duplicate column '%s' in PRIMARY KEY clause for table '%s'", name, d.table)
		case d.static[name]:
			return cassandra.Invalidf("Static column '%s' cannot be part of the PRIMARY KEY", name)
		case of.Kind == cqltype.KindCounter:
			return cassandra.Invalidf("counter type is not supported for PRIMARY KEY column '%s'", name)
		case of.IsCollection() && !of.Frozen:
			return cassandra.Invalidf("Invalid non-frozen collection type %s for PRIMARY KEY column '%s'", of, name)
		case of.Kind == cqltype.KindUDT && !of.Frozen:
			return cassandra.Invalidf("Invalid non-frozen user-defined type \"%s.%s\" for PRIMARY KEY column '%s'", of.Keyspace, of.Name, name)
		case hasDuration(of):
			return cassandra.Invalidf("duration type is not supported for PRIMARY KEY column '%s'", name)
		}
		seen[name] = true
	}
	d.inKey = seen
	return nil
}

func (d *definition) checkOrder(order []cql.Ordering) error {
	if len(order) == 0 {
		return nil
	}
	var strangers []string
	for _, o := range order {
		if !slices.Contains(d.key.Clustering, o.Column) {
			strangers = append(strangers, o.Column)
		}
		d.reverse[o.Column] = o.Descending
	}
	if strangers != nil {
		return cassandra.Invalidf("Only clustering key columns can be defined in CLUSTERING ORDER directive: [%s] are not clustering columns", strings.Join(strangers, ", "))
	}
	last := -1
	for _, o := range order {
		at := slices.Index(d.key.Clustering, o.Column)
		if at < last {
			return cassandra.Invalidf("The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns (%s must appear before %s)", o.Column, d.key.Clustering[last])
		}
		last = at
	}
	for i, name := range d.key.Clustering[:last+1] {
		if _, ok := d.reverse[name]; !ok {
			return cassandra.Invalidf("Missing CLUSTERING ORDER for column %s", d.key.Clustering[i])
		}
	}
	return nil
}

func (d *definition) build(t *Table) error {
	add := func(name string, kind ColumnKind, position int) *Column {
		c := &Column{ID: t.NextColumnID, Name: name, Type: d.types[name], Kind: kind, Position: position, Descending: d.reverse[name]}
		t.NextColumnID++
		return c
	}
	for i, name := range d.key.Partition {
		t.PartitionKey = append(t.PartitionKey, add(name, PartitionKey, i))
	}
	for i, name := range d.key.Clustering {
		t.Clustering = append(t.Clustering, add(name, Clustering, i))
	}
	slices.Sort(d.order)
	for _, name := range d.order {
		switch {
		case d.inKey[name]:
		case d.static[name]:
			t.Static = append(t.Static, add(name, Static, -1))
		default:
			t.Regular = append(t.Regular, add(name, Regular, -1))
		}
	}
	if t.CompactStorage && len(t.Regular) == 0 && len(t.Clustering) == 0 {
		return cassandra.Invalidf("No definition found that is not part of the PRIMARY KEY")
	}
	return t.checkColumns()
}

// checkColumns checks what must hold of a table's columns together, also after ALTER.
func (t *Table) checkColumns() error {
	if len(t.Static) > 0 && len(t.Clustering) == 0 {
		return cassandra.Invalidf("Static columns are only useful (and thus allowed) if the table has at least one clustering column")
	}
	counters := 0
	values := slices.Concat(t.Static, t.Regular)
	for _, c := range values {
		if c.Type.Kind == cqltype.KindCounter {
			counters++
		}
	}
	if counters > 0 && counters < len(values) {
		return cassandra.Invalidf("Cannot mix counter and non counter columns in the same table")
	}
	return nil
}

// userTable returns a table that may be changed; nil when it does not exist.
func userTable(s *Schema, n cql.Name, f Facts) (ks string, t *Table, err error) {
	if ks, err = qualified(n, f); err != nil {
		return ks, nil, err
	}
	return ks, s.Table(ks, n.Name), writable(ks)
}

func dropTable(s *Schema, x *cql.DropTable, f Facts) (Result, error) {
	ks, t, err := userTable(s, x.Table, f)
	if err != nil {
		return Result{}, err
	}
	if t == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Table '%s.%s' doesn't exist", ks, x.Table.Name)
	}
	k := *s.Keyspace(ks)
	k.Tables = maps.Clone(k.Tables)
	delete(k.Tables, t.Name)
	return Result{Schema: s.WithKeyspace(&k), Change: "DROPPED", Target: "TABLE", Keyspace: ks, Name: t.Name}, nil
}

// truncate gives the table a new data id: rows under the old one vanish at once.
func truncate(s *Schema, x *cql.Truncate, f Facts) (Result, error) {
	ks, err := qualified(x.Table, f)
	if err != nil {
		return Result{}, err
	}
	t, err := s.MustTable(ks, x.Table.Name)
	if err != nil {
		return Result{}, err
	}
	if t.Virtual {
		return Result{}, cassandra.Invalidf("Truncation is not supported by table %s.%s", ks, t.Name)
	}
	if err := writable(ks); err != nil {
		return Result{}, err
	}
	next := *t
	next.DataID = s.nextDataID()
	r := Result{Schema: s.withTable(&next)}
	r.Schema.LastDataID = next.DataID
	return r, nil
}

// MustTable returns a table or the error that a statement on a missing one gets.
func (s *Schema) MustTable(keyspace, name string) (*Table, error) {
	k := s.Keyspace(keyspace)
	if k == nil {
		return nil, cassandra.Invalidf("keyspace %s does not exist", keyspace)
	}
	t := k.Tables[name]
	if t == nil {
		return nil, cassandra.Invalidf("table %s does not exist", name)
	}
	return t, nil
}
