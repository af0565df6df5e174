package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

func alterTable(s *Schema, x *cql.AlterTable, f Facts) (Result, error) {
	ks, old, err := userTable(s, x.Table, f)
	if err != nil {
		return Result{}, err
	}
	if old == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Table '%s.%s' doesn't exist", ks, x.Table.Name)
	}
	t := *old
	t.Static, t.Regular = slices.Clone(t.Static), slices.Clone(t.Regular)
	switch {
	case x.Add != nil:
		err = t.addColumns(s, x)
	case x.Drop != nil:
		err = t.dropColumns(x, f)
	case x.Rename != nil:
		err = t.renameColumns(x)
	case x.Properties != nil:
		if err = t.Options.set(x.Properties); err == nil && t.IsCounter() && t.Options.DefaultTimeToLive > 0 {
			err = cassandra.Invalidf("Cannot set default_time_to_live on a table with counters")
		}
	case x.AlterType != nil:
		err = cassandra.Invalidf("Altering column types is no longer supported")
	case x.Masking:
		err = cassandra.Invalidf("Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml")
	case x.DropCompact:
		err = cassandra.Invalidf("DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.")
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Schema: s.withTable(&t), Change: "UPDATED", Target: "TABLE", Keyspace: ks, Name: t.Name}, nil
}

func (t *Table) addColumns(s *Schema, x *cql.AlterTable) error {
	for _, c := range x.Add {
		if c.Masked {
			return cassandra.Invalidf("Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml")
		}
		if t.Column(c.Name) != nil || slices.ContainsFunc(t.Columns(), func(o *Column) bool { return o.Name == c.Name }) {
			if x.IfNotExists {
				continue
			}
			return cassandra.Invalidf("Column with name '%s' already exists", c.Name)
		}
		of, err := s.ResolveType(t.Keyspace, c.Type)
		if err != nil {
			return err
		}
		if c.Static && len(t.Clustering) == 0 {
			return cassandra.Invalidf("Static columns are only useful (and thus allowed) if the table has at least one clustering column")
		}
		if (of.Kind == cqltype.KindCounter) != t.IsCounter() && len(t.Static)+len(t.Regular) > 0 {
			if t.IsCounter() {
				return cassandra.Invalidf("Cannot have a non counter column ('%s') in a counter table", c.Name)
			}
			return cassandra.Invalidf("Cannot have a counter column ('%s') in a non counter table", c.Name)
		}
		if d, ok := t.Dropped[c.Name]; ok {
			if err := checkReadded(t, d, of, c); err != nil {
				return err
			}
		}
		kind := Regular
		if c.Static {
			kind = Static
		}
		column := &Column{ID: t.NextColumnID, Name: c.Name, Type: of, Kind: kind, Position: -1}
		t.NextColumnID++
		if c.Static {
			t.Static = insertByName(t.Static, column)
		} else {
			t.Regular = insertByName(t.Regular, column)
		}
	}
	return nil
}

// checkReadded refuses to add a dropped column with a type that could not read its old cells; they stay hidden here all the same.
func checkReadded(t *Table, d DroppedColumn, of *cqltype.Type, c cql.ColumnDef) error {
	if d.Type.Kind == cqltype.KindCounter {
		return cassandra.Invalidf("Cannot re-add previously dropped counter column %s", c.Name)
	}
	if !compatible(of, d.Type) {
		return cassandra.Invalidf("Cannot re-add previously dropped column '%s' of type %s, incompatible with previous type %s", c.Name, of, d.Type)
	}
	if (d.Kind == Static) != c.Static {
		kind := map[bool]string{true: "static", false: "regular"}
		return cassandra.Invalidf("Cannot re-add previously dropped column '%s' of kind %s, incompatible with previous kind %s", c.Name, strings.ToUpper(kind[c.Static]), strings.ToUpper(kind[d.Kind == Static]))
	}
	return nil
}

// compatible says whether values of the old type are values of the new.
func compatible(to, from *cqltype.Type) bool {
	if to.Equal(from) || to.Kind == cqltype.KindBlob && !from.IsMultiCell() {
		return true
	}
	switch {
	case to.Kind == cqltype.KindText:
		return from.Kind == cqltype.KindASCII
	case to.Kind == cqltype.KindVarint:
		return from.Kind == cqltype.KindInt || from.Kind == cqltype.KindBigint || from.Kind == cqltype.KindTimestamp
	case to.Kind == cqltype.KindBigint:
		return from.Kind == cqltype.KindTimestamp
	case to.Kind == cqltype.KindTimestamp:
		return from.Kind == cqltype.KindBigint
	case to.Kind == cqltype.KindUUID:
		return from.Kind == cqltype.KindTimeUUID
	}
	return to.Kind == cqltype.KindUDT && from.Kind == cqltype.KindUDT && to.Name == from.Name
}

func insertByName(columns []*Column, c *Column) []*Column {
	at, _ := slices.BinarySearchFunc(columns, c.Name, func(o *Column, name string) int { return strings.Compare(o.Name, name) })
	return slices.Insert(columns, at, c)
}

func (t *Table) dropColumns(x *cql.AlterTable, f Facts) error {
	t.Dropped = maps.Clone(t.Dropped)
	if t.Dropped == nil {
		t.Dropped = map[string]DroppedColumn{}
	}
	for _, name := range x.Drop {
		c := t.Column(name)
		if c == nil {
			if x.DropIf {
				continue
			}
			return cassandra.Invalidf("Column %s was not found in table '%s'", name, t.Keyspace+"."+t.Name)
		}
		if c.Kind == PartitionKey || c.Kind == Clustering {
			return cassandra.Invalidf("Cannot drop PRIMARY KEY column %s", name)
		}
		t.Dropped[name] = DroppedColumn{Name: name, ID: c.ID, Type: c.Type, Kind: c.Kind, DroppedAt: f.Now}
		same := func(o *Column) bool { return o.Name == name }
		t.Static, t.Regular = slices.DeleteFunc(t.Static, same), slices.DeleteFunc(t.Regular, same)
	}
	return nil
}

func (t *Table) renameColumns(x *cql.AlterTable) error {
	t.PartitionKey, t.Clustering = slices.Clone(t.PartitionKey), slices.Clone(t.Clustering)
	for _, r := range x.Rename {
		c := t.Column(r[0])
		if c == nil {
			if x.RenameIf {
				continue
			}
			return cassandra.Invalidf("Column %s was not found in table '%s'", r[0], t.Keyspace+"."+t.Name)
		}
		if c.Kind != PartitionKey && c.Kind != Clustering {
			return cassandra.Invalidf("Cannot rename non PRIMARY KEY column %s", r[0])
		}
		if t.Column(r[1]) != nil {
			return cassandra.Invalidf("Cannot rename column %s to %s in table '%s'; another column with that name already exists", r[0], r[1], t.Keyspace+"."+t.Name)
		}
		renamed := *c
		renamed.Name = r[1]
		if c.Kind == PartitionKey {
			t.PartitionKey[c.Position] = &renamed
		} else {
			t.Clustering[c.Position] = &renamed
		}
	}
	return nil
}
