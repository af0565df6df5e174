package schema

import (
	"maps"
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// fieldsMax is the largest number of fields: the field index is a two-byte path.
const fieldsMax = 32767

// reservedTypeNames may not name a user type.
var reservedTypeNames = map[string]bool{"byte": true, "complex": true, "enum": true, "date": true, "interval": true, "macaddr": true, "bitstring": true}

func (x *execution) createType(q *cql.CreateType) (Outcome, error) {
	if q.Type.Keyspace == "" && cqltype.Native(q.Type.Name) != nil || reservedTypeNames[q.Type.Name] {
		return Outcome{}, cassandra.Syntaxf("Invalid (reserved) user type name %s", q.Type.Name)
	}
	name, err := x.qualify(q.Type)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "CREATE", "keyspace "+name.Keyspace); err != nil {
		return Outcome{}, err
	}
	if err := x.guardType(name.Name, len(q.Fields), q.Fields...); err != nil {
		return Outcome{}, err
	}
	k, err := x.keyspace(name.Keyspace)
	if err != nil {
		return Outcome{}, err
	}
	if k.Types[name.Name] != nil {
		if q.IfNotExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("A user type with name '%s' already exists", name.Name)
	}
	names, types := make([]string, 0, len(q.Fields)), make([]*cqltype.Type, 0, len(q.Fields))
	for _, f := range q.Fields {
		if slices.Contains(names, f.Name) {
			return Outcome{}, cassandra.Invalidf("Duplicate field name '%s' in type '%s'", f.Name, name.Name)
		}
		t, err := fieldType(f, k)
		if err != nil {
			return Outcome{}, err
		}
		names, types = append(names, f.Name), append(types, t)
	}
	if len(names) > fieldsMax {
		return Outcome{}, cassandra.Invalidf("A user type can't have more than %d fields", fieldsMax)
	}
	return x.created("TYPE", name.Keyspace, name.Name, putType(cqltype.NewUDT(name.Keyspace, name.Name, names, types, false)))
}

func fieldType(f cql.ColumnDef, k *Keyspace) (*cqltype.Type, error) {
	t, err := resolve(f.Type, k.Name, k.Types, false)
	switch {
	case err != nil:
		return nil, err
	case t.Kind == cqltype.KindCounter:
		return nil, cassandra.Invalidf("A user type cannot contain counters")
	case t.Kind == cqltype.KindUDT && t.IsMultiCell():
		return nil, cassandra.Invalidf("A user type cannot contain non-frozen UDTs")
	}
	return t, nil
}

func (x *execution) alterType(q *cql.AlterType) (Outcome, error) {
	name, err := x.qualify(q.Type)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "ALTER", "keyspace "+name.Keyspace); err != nil {
		return Outcome{}, err
	}
	k := x.schema.Keyspace(name.Keyspace)
	if k == nil || k.Types[name.Name] == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Type %s.%s doesn't exist", name.Keyspace, name.Name)
	}
	next := *k.Types[name.Name]
	next.FieldNames, next.Elems = slices.Clone(next.FieldNames), slices.Clone(next.Elems)
	switch {
	case q.Alter != nil:
		return Outcome{}, cassandra.Invalidf("Altering field types is no longer supported")
	case q.Add != nil:
		err = addField(k, &next, q)
	default:
		err = renameFields(&next, q)
	}
	if err == nil && q.Add != nil {
		err = x.guardType(name.Name, len(next.Elems), *q.Add)
	}
	if err != nil {
		return Outcome{}, err
	}
	return x.updated("TYPE", name.Keyspace, name.Name, propagate(k, &next)...)
}

func addField(k *Keyspace, next *cqltype.Type, q *cql.AlterType) error {
	full := qualified(next.Keyspace, next.Name)
	if slices.Contains(next.FieldNames, q.Add.Name) {
		if q.IfNotExists {
			return nil
		}
		return cassandra.Invalidf("Cannot add field %s to type %s: a field with name %s already exists", q.Add.Name, full, q.Add.Name)
	}
	t, err := fieldType(*q.Add, k)
	if err != nil {
		return err
	}
	if mentions(t, next.Keyspace, next.Name) {
		return cassandra.Invalidf("Cannot add new field %s of type %s to user type %s as it would create a circular reference",
			q.Add.Name, strings.ReplaceAll(t.String(), cqltype.QuoteName(next.Name), full), full)
	}
	var inKeys []string
	for _, table := range sortedTables(k) {
		for _, c := range table.PartitionKey {
			if mentions(c.Type, next.Keyspace, next.Name) {
				inKeys = append(inKeys, qualified(table.Keyspace, table.Name))
				break
			}
		}
	}
	if len(inKeys) > 0 {
		return cassandra.Invalidf("Cannot add new field %s of type %s to user type %s as the type is being used in partition key by the following tables: %s", q.Add.Name, t, full, strings.Join(inKeys, ", "))
	}
	next.FieldNames, next.Elems = append(next.FieldNames, q.Add.Name), append(next.Elems, t)
	return nil
}

func renameFields(next *cqltype.Type, q *cql.AlterType) error {
	for _, r := range q.Rename {
		at := slices.Index(next.FieldNames, r[0])
		if at < 0 {
			if q.RenameIf {
				continue
			}
			return cassandra.Invalidf("Unkown field %s in user type %s", r[0], qualified(next.Keyspace, next.Name))
		}
		next.FieldNames[at] = r[1]
	}
	seen := map[string]bool{}
	for _, name := range next.FieldNames {
		if seen[name] {
			return cassandra.Invalidf("Duplicate field name %s in type %s", name, qualified(next.Keyspace, next.Name))
		}
		seen[name] = true
	}
	return nil
}

// propagate returns the edits that put a changed type in its own place and in every type and table made with it.
func propagate(k *Keyspace, next *cqltype.Type) []Edit {
	edits := []Edit{putType(next)}
	for _, name := range slices.Sorted(maps.Keys(k.Types)) {
		if u := k.Types[name]; u.Name != next.Name && mentions(u, next.Keyspace, next.Name) {
			edits = append(edits, putType(replaceType(u, next)))
		}
	}
	for _, old := range sortedTables(k) {
		if t := old.withType(next); t != old {
			edits = append(edits, putTable(t))
		}
	}
	for _, old := range k.SortedFunctions() {
		if f := old.withType(next); f != old {
			edits = append(edits, Edit{Kind: PutFunction, In: k.Name, Function: f})
		}
	}
	for _, old := range k.SortedAggregates() {
		if a := old.withType(next); a != old {
			edits = append(edits, Edit{Kind: PutAggregate, In: k.Name, Aggregate: a})
		}
	}
	return edits
}

// withType returns the table with a changed user type in all its columns, or t itself when none uses it.
func (t *Table) withType(next *cqltype.Type) *Table {
	n := t.clone()
	changed := false
	for _, list := range [...][]*Column{n.PartitionKey, n.Clustering, n.Static, n.Regular} {
		for i, c := range list {
			if ct := replaceType(c.Type, next); ct != c.Type {
				column := *c
				column.Type, column.Mask = ct, c.Mask.withType(next)
				list[i], changed = &column, true
			}
		}
	}
	if !changed {
		return t
	}
	return n.Seal()
}

func sortedTables(k *Keyspace) []*Table {
	all := make([]*Table, 0, len(k.Tables))
	for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
		all = append(all, k.Tables[name])
	}
	return all
}

func (x *execution) dropType(q *cql.DropType) (Outcome, error) {
	name, err := x.qualify(q.Type)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "DROP", "keyspace "+name.Keyspace); err != nil {
		return Outcome{}, err
	}
	k := x.schema.Keyspace(name.Keyspace)
	if k == nil || k.Types[name.Name] == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Type '%s.%s' doesn't exist", name.Keyspace, name.Name)
	}
	if err := checkUnused(k, name.Name); err != nil {
		return Outcome{}, err
	}
	return x.outcome("DROPPED", "TYPE", name.Keyspace, name.Name, Edit{Kind: DropType, In: name.Keyspace, Name: name.Name})
}

func checkUnused(k *Keyspace, name string) error {
	var types, tables []string
	for _, other := range slices.Sorted(maps.Keys(k.Types)) {
		if other != name && mentions(k.Types[other], k.Name, name) {
			types = append(types, other)
		}
	}
	for _, t := range sortedTables(k) {
		if slices.ContainsFunc(t.Columns(), func(c *Column) bool { return mentions(c.Type, k.Name, name) }) {
			tables = append(tables, t.Name)
		}
	}
	if users := k.mentionedBy(name); len(users) > 0 {
		return cassandra.Invalidf("Cannot drop user type '%s.%s' as it is still used by functions %s", k.Name, name, strings.Join(users, ", "))
	}
	if len(types) > 0 {
		return cassandra.Invalidf("Cannot drop user type '%s.%s' as it is still used by user types %s", k.Name, name, strings.Join(types, ", "))
	}
	if len(tables) > 0 {
		return cassandra.Invalidf("Cannot drop user type '%s.%s' as it is still used by tables %s", k.Name, name, strings.Join(tables, ", "))
	}
	return nil
}
