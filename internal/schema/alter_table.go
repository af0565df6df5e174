package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
)

func (x *execution) alterTable(q *cql.AlterTable) (Outcome, error) {
	name, err := x.qualify(q.Table)
	if err != nil {
		return Outcome{}, err
	}
	if err := CheckModifiable(name.Keyspace, "ALTER", "table "+name.Keyspace+"."+name.Name); err != nil {
		return Outcome{}, err
	}
	if q, err = x.guardAlteration(q); err != nil {
		return Outcome{}, err
	}
	old := x.schema.Table(name.Keyspace, name.Name)
	if old == nil {
		if q.IfExists {
			return Outcome{}, nil
		}
		return Outcome{}, cassandra.Invalidf("Table '%s.%s' doesn't exist", name.Keyspace, name.Name)
	}
	if old.IsView() {
		return Outcome{}, cassandra.Invalidf("Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead")
	}
	if q.Add != nil || q.Drop != nil || q.Rename != nil {
		if err := x.guard.Feature(guardrail.AlterTable, ""); err != nil {
			return Outcome{}, err
		}
	}
	k := x.schema.Keyspace(name.Keyspace)
	a := alteration{t: old.clone(), q: q, facts: x.facts, userTypes: k.Types, views: k.ViewsOf(old.ID)}
	if x.facts.Mask != nil {
		a.mask = func(def cql.ColumnDef, ct *cqltype.Type) (*Mask, error) {
			return x.mask(name.Keyspace, name.Name, def, ct)
		}
	}
	if err := a.run(); err != nil {
		return Outcome{}, err
	}
	if q.Add != nil {
		if err := x.guard.Number(guardrail.ColumnsPerTable, int64(len(a.t.Columns())), a.t.Name); err != nil {
			return Outcome{}, err
		}
	}
	if len(q.Properties) > 0 {
		if err := x.guardCompression(&a.t.Options); err != nil {
			return Outcome{}, err
		}
	}
	edits := []Edit{putTable(a.t.Seal())}
	for _, view := range a.views {
		if view != k.Tables[view.Name] {
			edits = append(edits, putTable(view))
		}
	}
	return x.updated("TABLE", name.Keyspace, name.Name, edits...)
}

// clone copies a table so that its column lists and maps may be changed; columns themselves stay shared.
func (t *Table) clone() *Table {
	n := *t
	n.PartitionKey, n.Clustering = slices.Clone(t.PartitionKey), slices.Clone(t.Clustering)
	n.Static, n.Regular = slices.Clone(t.Static), slices.Clone(t.Regular)
	n.Dropped, n.Indexes = maps.Clone(t.Dropped), slices.Clone(t.Indexes)
	return &n
}

type alteration struct {
	t         *Table // the table to be; not sealed, so Column sees the old columns
	q         *cql.AlterTable
	facts     Facts
	userTypes map[string]*cqltype.Type
	// mask makes a column's mask; nil: the node does not mask any.
	mask  func(cql.ColumnDef, *cqltype.Type) (*Mask, error)
	views []*Table // of the table, as they are to be
}

func (a *alteration) run() error {
	q := a.q
	switch {
	case q.AlterType != nil:
		return cassandra.Invalidf("Altering column types is no longer supported")
	case q.AlterMask != nil:
		return a.alterMask()
	case q.DropCompact:
		if !a.t.CompactStorage {
			return cassandra.Invalidf("Cannot DROP COMPACT STORAGE on table without COMPACT STORAGE")
		}
		return cassandra.Invalidf("DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.")
	case q.Add != nil:
		for _, c := range q.Add {
			if err := a.add(c); err != nil {
				return err
			}
		}
		return nil
	case q.Drop != nil:
		for _, name := range q.Drop {
			if err := a.drop(name); err != nil {
				return err
			}
		}
		return nil
	case q.Rename != nil:
		return a.rename()
	}
	return a.options()
}

func (a *alteration) has(name string) bool { return named(a.t.Columns(), name) != nil }

// takes says whether a column, hidden or not, has the name.
func (a *alteration) takes(name string) bool {
	return a.has(name) || named(a.t.HiddenColumns(), name) != nil
}

// named returns the column of a name, or nil.
func named(all []*Column, name string) *Column {
	for _, c := range all {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (a *alteration) add(def cql.ColumnDef) error {
	if def.Mask != nil && a.mask == nil {
		return errMasking
	}
	ct, err := columnType(def, a.t.Keyspace, a.userTypes)
	if err != nil {
		return err
	}
	switch {
	case a.takes(def.Name):
		if a.q.IfNotExists {
			return nil
		}
		return cassandra.Invalidf("Column with name '%s' already exists", def.Name)
	case a.t.CompactStorage:
		return cassandra.Invalidf("Cannot add new column to a COMPACT STORAGE table")
	case def.Static && len(a.t.Clustering) == 0:
		return cassandra.Invalidf("Static columns are only useful (and thus allowed) if the table has at least one clustering column")
	}
	if err := a.checkReturn(def, ct); err != nil {
		return err
	}
	if counters := a.t.IsCounter(); counters != (ct.Kind == cqltype.KindCounter) {
		if counters {
			return cassandra.Configf("%s.%s: Cannot have a non counter column (\"%s\") in a counter table", a.t.Keyspace, a.t.Name, def.Name)
		}
		return cassandra.Configf("%s.%s: Cannot have a counter column (\"%s\") in a non counter table", a.t.Keyspace, a.t.Name, def.Name)
	}
	kind := Regular
	if def.Static {
		kind = Static
	}
	c := a.t.newColumn(def.Name, ct, kind, -1)
	if def.Mask != nil {
		if c.Mask, err = a.mask(def, ct); err != nil {
			return err
		}
	}
	if def.Static {
		a.t.Static = inserted(a.t.Static, c)
	} else {
		a.t.Regular = inserted(a.t.Regular, c)
		for i, view := range a.views {
			if view.View.AllColumns {
				a.views[i] = view.widened(c)
			}
		}
	}
	return nil
}

func inserted(all []*Column, c *Column) []*Column {
	at, _ := slices.BinarySearchFunc(all, c.Name, func(c *Column, name string) int { return CompareColumnNames(c.Name, name) })
	return slices.Insert(all, at, c)
}

// checkReturn refuses to bring a dropped column back as something else. Its old data would stay hidden, but Cassandra refuses and
// so do we: what works here must work there.
func (a *alteration) checkReturn(def cql.ColumnDef, ct *cqltype.Type) error {
	old, ok := a.t.Dropped[def.Name]
	kind := Regular
	if def.Static {
		kind = Static
	}
	switch {
	case !ok:
		return nil
	case !readableAs(old.Type, ct):
		return cassandra.Invalidf("Cannot re-add previously dropped column '%s' of type %s, incompatible with previous type %s", def.Name, ct, old.Type)
	case old.Kind != kind:
		return cassandra.Invalidf("Cannot re-add previously dropped column '%s' of kind %s, incompatible with previous kind %s", def.Name, enumName(kind), enumName(old.Kind))
	case a.t.IsCounter():
		return cassandra.Invalidf("Cannot re-add previously dropped counter column %s", def.Name)
	}
	return nil
}

func enumName(k ColumnKind) string {
	if k == Static {
		return "STATIC"
	}
	return "REGULAR"
}

// readableAs says whether values of one type are values of another.
func readableAs(from, to *cqltype.Type) bool {
	if from.Equal(to) {
		return true
	}
	if from.IsMultiCell() || to.IsMultiCell() {
		return false
	}
	switch to.Kind {
	case cqltype.KindBlob:
		return true
	case cqltype.KindText:
		return from.Kind == cqltype.KindASCII
	case cqltype.KindVarint:
		return from.Kind == cqltype.KindInt || from.Kind == cqltype.KindBigint
	case cqltype.KindBigint:
		return from.Kind == cqltype.KindTimestamp
	case cqltype.KindUUID:
		return from.Kind == cqltype.KindTimeUUID
	}
	return false
}

func (a *alteration) drop(name string) error {
	c := named(append(a.t.Columns(), a.t.HiddenColumns()...), name)
	switch {
	case c == nil && a.q.DropIf:
		return nil
	case c == nil:
		return cassandra.Invalidf("Column %s was not found in table '%s'", name, qualified(a.t.Keyspace, a.t.Name))
	case c.Position >= 0:
		return cassandra.Invalidf("Cannot drop PRIMARY KEY column %s", name)
	case c.Type.Kind == cqltype.KindUDT && c.Type.IsMultiCell():
		return cassandra.Invalidf("Cannot drop non-frozen column %s of user type %s", name, c.Type)
	case a.t.CompactStorage && (len(a.t.Clustering) > 0 || c.ID == 0): // Cassandra fails at hidden ones
		return cassandra.Invalidf("Cannot drop columns from a COMPACT STORAGE table")
	}
	if on := a.t.indexesOn(c); len(on) > 0 {
		return cassandra.Invalidf("Cannot drop column %s because it has dependent secondary indexes (%s)", name, strings.Join(on, ", "))
	}
	if len(a.views) > 0 {
		return cassandra.Invalidf("Cannot drop column %s on base table %s with materialized views", name, a.t.Name)
	}
	same := func(o *Column) bool { return o == c }
	a.t.Static, a.t.Regular = slices.DeleteFunc(a.t.Static, same), slices.DeleteFunc(a.t.Regular, same)
	at, err := a.droppedAt()
	if err != nil {
		return err
	}
	if a.t.Dropped == nil {
		a.t.Dropped = map[string]DroppedColumn{}
	}
	a.t.Dropped[name] = DroppedColumn{Name: name, ID: c.ID, Type: withoutUDT(c.Type), Kind: c.Kind, DroppedAt: at}
	return nil
}

func (a *alteration) droppedAt() (time.Time, error) {
	if a.q.DropAt == nil {
		return a.facts.Now, nil
	}
	c, ok := a.q.DropAt.(*cql.Constant)
	if !ok {
		return time.Time{}, cassandra.Invalidf("Bind variables are not allowed in ALTER TABLE statements")
	}
	micros, err := strconv.ParseInt(c.Text, 10, 64)
	if err != nil {
		return time.Time{}, cassandra.Invalidf("Invalid timestamp value: %s", c.Text)
	}
	return time.UnixMicro(micros), nil
}

// withoutUDT puts tuples in the place of user types, which a dropped column must not hold on to.
func withoutUDT(t *cqltype.Type) *cqltype.Type {
	if !mentionsKind(t, cqltype.KindUDT) {
		return t
	}
	elems := make([]*cqltype.Type, len(t.Elems))
	for i, e := range t.Elems {
		elems[i] = withoutUDT(e)
	}
	if t.Kind == cqltype.KindUDT {
		return cqltype.TupleOf(elems...)
	}
	n := *t
	n.Elems = elems
	return &n
}

func (a *alteration) rename() error {
	for _, r := range a.q.Rename {
		from, to := r[0], r[1]
		list, at := a.keyColumn(from)
		switch {
		case list == nil && !a.has(from) && a.q.RenameIf:
			continue
		case list == nil && !a.has(from):
			return a.t.UndefinedColumn(from)
		case list == nil:
			return cassandra.Invalidf("Cannot rename non PRIMARY KEY column %s", from)
		case a.takes(to):
			return cassandra.Invalidf("Cannot rename column %s to %s in table '%s'; another column with that name already exists", from, to, qualified(a.t.Keyspace, a.t.Name))
		}
		if on := a.t.indexesOn(list[at]); len(on) > 0 {
			return cassandra.Invalidf("Can't rename column %s because it has dependent secondary indexes (%s)", from, strings.Join(on, ", "))
		}
		renamed := *list[at]
		renamed.Name = to
		list[at] = &renamed
		for i, view := range a.views {
			next, err := view.renamed(from, to)
			if err != nil {
				return err
			}
			a.views[i] = next
		}
	}
	return nil
}

// keyColumn returns where among the partition key or clustering columns a name stands; nil when it does not.
func (a *alteration) keyColumn(name string) ([]*Column, int) {
	for _, list := range [...][]*Column{a.t.PartitionKey, a.t.Clustering} {
		for i, c := range list {
			if c.Name == name {
				return list, i
			}
		}
	}
	return nil, 0
}

func (a *alteration) options() error {
	next, err := alterOptions(a.t.Options, a.q.Properties)
	if err != nil {
		return err
	}
	if next.DefaultTimeToLive > 0 && a.t.IsCounter() {
		return cassandra.Invalidf("Cannot set default_time_to_live on a table with counters")
	}
	if len(a.views) > 0 && next.GCGraceSeconds == 0 {
		return cassandra.Invalidf("Cannot alter gc_grace_seconds of the base table of a materialized view to 0, %s", undelivered)
	}
	a.t.Options = next
	return nil
}
