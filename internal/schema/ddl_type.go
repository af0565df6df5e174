package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

func typeKeyspace(s *Schema, n cql.Name, f Facts) (*Keyspace, error) {
	ks, err := qualified(n, f)
	if err != nil {
		return nil, err
	}
	if err := writable(ks); err != nil {
		return nil, err
	}
	k := s.Keyspace(ks)
	if k == nil {
		return nil, cassandra.Invalidf("Keyspace '%s' doesn't exist", ks)
	}
	return k, nil
}

// withType returns the schema with a user type added or replaced, also where tables and other types use it.
func (s *Schema) withType(keyspace string, t *cqltype.Type) *Schema {
	k := *s.Keyspace(keyspace)
	types := make(map[string]*cqltype.Type, len(k.Types)+1)
	for name, o := range k.Types {
		types[name] = replaceType(o, t)
	}
	types[t.Name] = t
	k.Types = types
	tables := make(map[string]*Table, len(k.Tables))
	for name, table := range k.Tables {
		tables[name] = table.withReplacedType(t)
	}
	k.Tables = tables
	return s.WithKeyspace(&k)
}

func (t *Table) withReplacedType(to *cqltype.Type) *Table {
	if !slices.ContainsFunc(t.Columns(), func(c *Column) bool { return refersTo(c.Type, to.Keyspace, to.Name) }) {
		return t
	}
	next := *t
	replace := func(columns []*Column) []*Column {
		out := make([]*Column, len(columns))
		for i, c := range columns {
			n := *c
			n.Type = replaceType(c.Type, to)
			out[i] = &n
		}
		return out
	}
	next.PartitionKey, next.Clustering, next.Static, next.Regular = replace(t.PartitionKey), replace(t.Clustering), replace(t.Static), replace(t.Regular)
	return next.Seal()
}

func createType(s *Schema, x *cql.CreateType, f Facts) (Result, error) {
	k, err := typeKeyspace(s, x.Type, f)
	if err != nil {
		return Result{}, err
	}
	if k.Types[x.Type.Name] != nil {
		if x.IfNotExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("A user type with name '%s' already exists", x.Type.Name)
	}
	t := cqltype.NewUDT(k.Name, x.Type.Name, nil, nil, false)
	for _, c := range x.Fields {
		if slices.Contains(t.FieldNames, c.Name) {
			return Result{}, cassandra.Invalidf("Duplicate field name '%s' in type '%s'", c.Name, t.Name)
		}
		of, err := s.fieldType(k.Name, c)
		if err != nil {
			return Result{}, err
		}
		t.FieldNames, t.Elems = append(t.FieldNames, c.Name), append(t.Elems, of)
	}
	return Result{Schema: s.withType(k.Name, t), Change: "CREATED", Target: "TYPE", Keyspace: k.Name, Name: t.Name}, nil
}

func (s *Schema) fieldType(keyspace string, c cql.ColumnDef) (*cqltype.Type, error) {
	of, err := s.ResolveType(keyspace, c.Type)
	if err != nil {
		return nil, err
	}
	if of.Kind == cqltype.KindCounter {
		return nil, cassandra.Invalidf("A user type cannot contain counters")
	}
	if of.Kind == cqltype.KindUDT && !of.Frozen {
		return nil, cassandra.Invalidf("A user type cannot contain non-frozen UDTs")
	}
	return of, nil
}

func alterType(s *Schema, x *cql.AlterType, f Facts) (Result, error) {
	k, err := typeKeyspace(s, x.Type, f)
	if err != nil {
		return Result{}, err
	}
	old := k.Types[x.Type.Name]
	if old == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Type %s.%s doesn't exist", k.Name, x.Type.Name)
	}
	t := *old
	t.FieldNames, t.Elems = slices.Clone(t.FieldNames), slices.Clone(t.Elems)
	switch {
	case x.Add != nil:
		if slices.Contains(t.FieldNames, x.Add.Name) {
			if x.IfNotExists {
				return unchanged(s)
			}
			return Result{}, cassandra.Invalidf("Cannot add field %s to type %s.%s: a field with name %s already exists", x.Add.Name, k.Name, t.Name, x.Add.Name)
		}
		of, err := s.fieldType(k.Name, *x.Add)
		if err != nil {
			return Result{}, err
		}
		if refersTo(of, k.Name, t.Name) {
			return Result{}, cassandra.Invalidf("Cannot add new field %s of type %s to user type %s.%s as it would create a circular reference", x.Add.Name, of, k.Name, t.Name)
		}
		if used := tablesWithKey(k, t.Name); used != nil {
			return Result{}, cassandra.Invalidf("Cannot add new field to user type %s.%s; it is used in the primary key of %s", k.Name, t.Name, strings.Join(used, ", "))
		}
		t.FieldNames, t.Elems = append(t.FieldNames, x.Add.Name), append(t.Elems, of)
	case x.Rename != nil:
		for _, r := range x.Rename {
			at := slices.Index(t.FieldNames, r[0])
			if at < 0 {
				if x.RenameIf {
					continue
				}
				return Result{}, cassandra.Invalidf("Unkown field %s in user type %s.%s", r[0], k.Name, t.Name)
			}
			if slices.Contains(t.FieldNames, r[1]) {
				return Result{}, cassandra.Invalidf("Duplicate field name %s in type %s.%s", r[1], k.Name, t.Name)
			}
			t.FieldNames[at] = r[1]
		}
	default:
		return Result{}, cassandra.Invalidf("Altering field types is no longer supported")
	}
	return Result{Schema: s.withType(k.Name, &t), Change: "UPDATED", Target: "TYPE", Keyspace: k.Name, Name: t.Name}, nil
}

// tablesWithKey returns the tables whose primary key uses a type.
func tablesWithKey(k *Keyspace, name string) []string {
	var used []string
	for _, table := range k.Tables {
		for _, c := range slices.Concat(table.PartitionKey, table.Clustering) {
			if refersTo(c.Type, k.Name, name) {
				used = append(used, table.Name)
				break
			}
		}
	}
	slices.Sort(used)
	return used
}

func dropType(s *Schema, x *cql.DropType, f Facts) (Result, error) {
	k, err := typeKeyspace(s, x.Type, f)
	if err != nil {
		return Result{}, err
	}
	name := x.Type.Name
	if k.Types[name] == nil {
		if x.IfExists {
			return unchanged(s)
		}
		return Result{}, cassandra.Invalidf("Type '%s.%s' doesn't exist", k.Name, name)
	}
	for _, o := range slices.Sorted(maps.Keys(k.Types)) {
		if o != name && refersTo(k.Types[o], k.Name, name) {
			return Result{}, cassandra.Invalidf("Cannot drop user type '%s.%s' as it is still used by user types %s", k.Name, name, o)
		}
	}
	var tables []string
	for _, table := range k.Tables {
		if slices.ContainsFunc(table.Columns(), func(c *Column) bool { return refersTo(c.Type, k.Name, name) }) {
			tables = append(tables, table.Name)
		}
	}
	if tables != nil {
		slices.Sort(tables)
		return Result{}, cassandra.Invalidf("Cannot drop user type '%s.%s' as it is still used by tables %s", k.Name, name, typeNames(tables))
	}
	next := *k
	next.Types = maps.Clone(k.Types)
	delete(next.Types, name)
	return Result{Schema: s.WithKeyspace(&next), Change: "DROPPED", Target: "TYPE", Keyspace: k.Name, Name: name}, nil
}
