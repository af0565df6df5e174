package schema

import (
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
)

// legacyTable is the name of the classic index where a class is asked for.
const legacyTable = "legacy_local_table"

// createIndex is CREATE INDEX, with checks in Cassandra's order.
// Source: Cassandra 5.0, CreateIndexStatement.
func (x *execution) createIndex(q *cql.CreateIndex) (Outcome, error) {
	name, err := x.qualify(q.Table)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "ALTER", "table "+name.Keyspace+"."+name.Name); err != nil {
		return Outcome{}, err
	}
	if x.facts.NoDefaultIndex && !q.Custom && q.Using == "" {
		return Outcome{}, cassandra.Invalidf("Must specify index implementation via USING")
	}
	properties, err := readProperties(q.Properties, "options")
	if err != nil {
		return Outcome{}, err
	}
	options, err := properties.mapping("options")
	if err != nil {
		return Outcome{}, err
	}
	index := &Index{Name: q.Index, Custom: q.Custom || q.Using != "" && !strings.EqualFold(q.Using, legacyTable)}
	if err := index.takeOptions(q.Using, options); err != nil {
		return Outcome{}, err
	}
	if err := x.guard.Feature(guardrail.SecondaryIndexes, ""); err != nil {
		return Outcome{}, err
	}
	if index.isSASI() && !x.facts.SASI {
		return Outcome{}, cassandra.Invalidf(sasiDisabled)
	}
	k, err := x.keyspace(name.Keyspace)
	if err != nil {
		return Outcome{}, err
	}
	t := k.Tables[name.Name]
	if t == nil {
		return Outcome{}, cassandra.Invalidf("Table '%s' doesn't exist", name.Name)
	}
	if q.Index != "" {
		if old, _ := k.FindIndex(q.Index); old != nil {
			if q.IfNotExists {
				return Outcome{Warnings: index.usageWarnings()}, nil
			}
			return Outcome{}, cassandra.Invalidf("Index '%s' already exists", q.Index)
		}
	}
	if t.IsCounter() {
		return Outcome{}, cassandra.Invalidf("Secondary indexes on counter tables aren't supported")
	}
	if t.IsView() {
		return Outcome{}, cassandra.Invalidf("Secondary indexes on materialized views aren't supported")
	}
	if err := x.guard.Number(guardrail.SecondaryIndexesPerTable, int64(len(t.Indexes))+1, strings.TrimSpace(q.Index+" on table "+t.Name)); err != nil {
		return Outcome{}, err
	}
	targets, err := index.takeTargets(t, q.Targets)
	if err != nil {
		return Outcome{}, err
	}
	if index.Name == "" {
		index.Name = k.newIndexName(t.Name, q.Targets)
	}
	for _, old := range t.Indexes {
		if old.equalButForName(index) {
			if q.IfNotExists {
				return Outcome{Warnings: index.usageWarnings()}, nil
			}
			return Outcome{}, cassandra.Invalidf("Index %s is a duplicate of existing index %s", index.Name, old.Name)
		}
	}
	if !isWordName(index.Name, len(index.Name)) {
		return Outcome{}, cassandra.Configf("Illegal index name %s", index.Name)
	}
	if err := index.checkClass(t, targets); err != nil {
		return Outcome{Warnings: vectorWarnings(t)}, err
	}
	index.DataID = x.schema.NextDataID() | indexDataID
	next := t.clone()
	next.Indexes = withIndex(next.Indexes, index)
	out, err := x.outcome("UPDATED", "TABLE", t.Keyspace, t.Name, putTable(next.Seal()))
	out.Warnings = index.warnings(next)
	return out, err
}

// takeOptions takes in USING and WITH OPTIONS.
func (x *Index) takeOptions(class string, options map[string]string) error {
	if !x.Custom {
		if len(options) > 0 {
			return cassandra.Invalidf("Cannot specify options for a non-CUSTOM index")
		}
		return nil
	}
	for _, reserved := range [...]string{classNameOption, targetOption} {
		if _, ok := options[reserved]; ok {
			return cassandra.Invalidf("Cannot specify %s as a CUSTOM option", reserved)
		}
	}
	if class == "" {
		class = legacyTable
	}
	x.Options = map[string]string{classNameOption: class}
	for name, value := range options {
		x.Options[name] = value
	}
	return nil
}

// takeTargets resolves and checks the targets; the first is the index's.
func (x *Index) takeTargets(t *Table, targets []cql.IndexTarget) ([]*Column, error) {
	columns := make([]*Column, len(targets))
	parts := make([]IndexPart, len(targets))
	for i, target := range targets {
		c := t.Column(target.Column)
		if c == nil {
			return nil, t.UndefinedColumn(target.Column)
		}
		columns[i] = c
		switch target.Part {
		case "keys":
			parts[i] = IndexKeys
		case "values":
			parts[i] = IndexValues
		case "entries":
			parts[i] = IndexEntries
		case "full":
			parts[i] = IndexFull
		default:
			if c.Type.IsCollection() {
				parts[i] = IndexValues
			}
		}
	}
	switch {
	case len(targets) == 0 && !x.Custom:
		return nil, cassandra.Invalidf("Only CUSTOM indexes can be created without specifying a target column")
	case len(targets) > 1 && !x.Custom:
		return nil, cassandra.Invalidf("Only CUSTOM indexes support multiple columns")
	}
	for i, c := range columns {
		if slices.Contains(columns[:i], c) {
			return nil, cassandra.Invalidf("Duplicate column '%s' in index target list", c.Name)
		}
	}
	for i, c := range columns {
		if err := x.checkTarget(t, c, parts[i]); err != nil {
			return nil, err
		}
	}
	if len(columns) > 0 {
		x.Target, x.Part = columns[0].Name, parts[0]
	}
	return columns, nil
}

func (x *Index) checkTarget(t *Table, c *Column, part IndexPart) error {
	frozen := c.Type.IsCollection() && !c.Type.IsMultiCell()
	switch {
	case x.Custom && !isWordName(c.Name, keyspaceNameMax):
		return cassandra.Invalidf("Column '%s' is longer than the permissible name length of %d characters or contains non-alphanumeric-underscore characters", c.Name, keyspaceNameMax)
	case mentionsKind(c.Type, cqltype.KindDuration):
		return cassandra.Invalidf("Secondary indexes are not supported on %s", durationHolder(c.Type))
	case t.CompactStorage && c.Position >= 0:
		return cassandra.Invalidf("Secondary indexes are not supported on PRIMARY KEY columns in COMPACT STORAGE tables")
	case t.CompactStorage && len(t.Clustering) > 0:
		return cassandra.Invalidf("Secondary indexes are not supported on compact value column of COMPACT STORAGE tables")
	case c.Kind == PartitionKey && len(t.PartitionKey) == 1:
		return cassandra.Invalidf("Cannot create secondary index on the only partition key column %s", cqltype.QuoteName(c.Name))
	case frozen && part != IndexFull:
		return cassandra.Invalidf("Cannot create %s() index on frozen column %s. Frozen collections are immutable and must be fully indexed by using the 'full(%s)' modifier", part, cqltype.QuoteName(c.Name), cqltype.QuoteName(c.Name))
	case !frozen && part == IndexFull:
		return cassandra.Invalidf("full() indexes can only be created on frozen collections")
	case !c.Type.IsCollection() && part != IndexSimple:
		return cassandra.Invalidf("Cannot create %s() index on %s. Non-collection columns only support simple indexes", part, cqltype.QuoteName(c.Name))
	case (part == IndexKeys || part == IndexEntries) && c.Type.Kind != cqltype.KindMap:
		return cassandra.Invalidf("Cannot create index on %s of column %s with non-map type", part, cqltype.QuoteName(c.Name))
	case c.Type.Kind == cqltype.KindUDT && c.Type.IsMultiCell():
		return cassandra.Invalidf("Cannot create index on non-frozen UDT column %s", cqltype.QuoteName(c.Name))
	}
	return nil
}

// durationHolder names what has a duration in it.
func durationHolder(t *cqltype.Type) string {
	switch {
	case t.Kind == cqltype.KindDuration:
		return "duration columns"
	case t.IsCollection():
		return "collections containing durations"
	case t.Kind == cqltype.KindUDT:
		return "UDTs containing durations"
	}
	return "tuples containing durations"
}

// newIndexName makes a name from the table's and the column's that no index of the keyspace has.
func (k *Keyspace) newIndexName(table string, targets []cql.IndexTarget) string {
	base := table + "_"
	if len(targets) == 1 {
		base += targets[0].Column + "_"
	}
	base = strings.Map(func(r rune) rune {
		if r < 0x80 && isWordName(string(r), 1) {
			return r
		}
		return -1
	}, base) + "idx"
	name := base
	for i := 1; ; i++ {
		if old, _ := k.FindIndex(name); old == nil {
			return name
		}
		name = base + "_" + strconv.Itoa(i)
	}
}

// dropIndex is DROP INDEX.
func (x *execution) dropIndex(q *cql.DropIndex) (Outcome, error) {
	name, err := x.qualify(q.Index)
	if err != nil {
		return Outcome{}, err
	}
	var t *Table
	if k := x.schema.Keyspace(name.Keyspace); k != nil {
		_, t = k.FindIndex(name.Name)
	}
	if t == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Index '%s.%s' doesn't exist'", name.Keyspace, name.Name)
	}
	next := t.clone()
	next.Indexes = slices.DeleteFunc(next.Indexes, func(o *Index) bool { return o.Name == name.Name })
	return x.outcome("UPDATED", "TABLE", t.Keyspace, t.Name, putTable(next.Seal()))
}
