package schema

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
)

// ViewFacts are what it takes to make a view. The zero value is a node that has views disabled.
type ViewFacts struct {
	// Restrict works out what a view's WHERE says of its base.
	Restrict func(s *Schema, base *Table, where []cql.Relation) (*ViewRestrictions, error)
}

// ViewRestrictions are what a view's WHERE says.
type ViewRestrictions struct {
	// Restricted are the columns that are mentioned, Values those of them with more than IS NOT NULL.
	Restricted, Values []*Column
	Filter             []ViewTest
}

var (
	// ErrViewBinds refuses bind markers in CREATE MATERIALIZED VIEW, before anything else is looked at.
	ErrViewBinds     = cassandra.Invalidf("Bind variables are not allowed in CREATE MATERIALIZED VIEW statements")
	errViewsDisabled = cassandra.Invalidf("Materialized views are disabled. Enable in cassandra.yaml to use.")
	// warnView comes with every CREATE MATERIALIZED VIEW that is carried out.
	warnView = "Materialized views are experimental and are not recommended for production use."
)

const undelivered = "since this value is used to TTL undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire before being replayed."

// createView is CREATE MATERIALIZED VIEW, with checks in Cassandra's order.
// Source: Cassandra 5.0, CreateViewStatement.
func (x *execution) createView(q *cql.CreateView) (Outcome, error) {
	name, err := x.qualify(q.View)
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case q.Table.Keyspace != "" && q.Table.Keyspace != name.Keyspace:
		return Outcome{}, cassandra.Invalidf("Cannot create a materialized view on a table in a different keyspace")
	case len(q.Markers()) > 0:
		return Outcome{}, ErrViewBinds
	}
	if err := CheckModifiable(name.Keyspace, "ALTER", "table "+name.Keyspace+"."+q.Table.Name); err != nil {
		return Outcome{}, err
	}
	if q.CompactStorage {
		return Outcome{}, cassandra.Syntaxf("COMPACT STORAGE tables are not allowed starting with version 4.0")
	}
	if x.facts.Views.Restrict == nil {
		return Outcome{}, errViewsDisabled
	}
	k, err := x.keyspace(name.Keyspace)
	if err != nil {
		return Outcome{}, err
	}
	base := k.Tables[q.Table.Name]
	old := k.Tables[name.Name]
	switch {
	case base == nil || base.IsView():
		return Outcome{}, cassandra.Invalidf("Base table '%s' doesn't exist", q.Table.Name)
	case old != nil && !old.IsView():
		return Outcome{}, cassandra.Invalidf("Cannot create materialized view '%s' - a table with the same name already exists", name.Name)
	case old != nil && q.IfNotExists:
		return Outcome{Warnings: []string{warnView}}, nil
	case old != nil:
		return Outcome{}, alreadyExists(name.Keyspace, name.Name, "Cannot add already existing table \"%s\" to keyspace \"%s\"", name.Name, name.Keyspace)
	case base.IsCounter():
		return Outcome{}, cassandra.Invalidf("Materialized views are not supported on counter tables")
	case base.System:
		return Outcome{}, cassandra.Invalidf("Materialized views are not supported on system tables")
	case base.CompactStorage && len(base.Clustering) > 0 && len(base.Regular) == 0: // Cassandra makes the view, and then no row can be written any more
		return Outcome{}, cassandra.Invalidf("Materialized views are not supported on tables with COMPACT STORAGE that have key columns only")
	case base.Options.GCGraceSeconds == 0:
		return Outcome{}, cassandra.Invalidf("Cannot create materialized view '%s' for base table '%s' with gc_grace_seconds of 0, %s", name.Name, base.Name, undelivered)
	}
	if err := x.guard.Number(guardrail.MaterializedViewsPerTable, int64(len(k.ViewsOf(base.ID)))+1, name.Name+" on table "+base.Name); err != nil {
		return Outcome{}, err
	}
	b := viewBuilder{base: base, name: name.Name, q: q}
	if err := b.columns(); err != nil {
		return Outcome{}, err
	}
	if err := b.key(); err != nil {
		return Outcome{}, err
	}
	where, err := b.where(x)
	if err != nil {
		return Outcome{}, err
	}
	options, id, err := newOptions(q.Properties)
	if err != nil {
		return Outcome{}, err
	}
	if options.DefaultTimeToLive != 0 {
		return Outcome{}, cassandra.Invalidf("Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same time than the corresponding data in the parent table.")
	}
	if err := checkTableName(name.Keyspace, name.Name); err != nil {
		return Outcome{}, err
	}
	if id == uuid.Nil {
		id = x.facts.TableID
	}
	if x.schema.TableByID(id) != nil {
		return Outcome{}, alreadyExists(name.Keyspace, name.Name, "Cannot add already existing table \"%s\" to keyspace \"%s\"", name.Name, name.Keyspace)
	}
	t := b.table()
	t.ID, t.DataID, t.Options = id, x.schema.NextDataID()|viewDataID, options
	t.View = &View{Base: base.ID, BaseName: base.Name, AllColumns: len(q.Selectors) == 0, Where: cql.WhereText(q.Where), Filter: where.Filter, Claim: b.claim}
	out, err := x.created("TABLE", name.Keyspace, name.Name, putTable(t.Seal()))
	out.Warnings = []string{warnView}
	return out, err
}

// viewBuilder works out the columns of a new view.
type viewBuilder struct {
	base     *Table
	name     string
	q        *cql.CreateView
	selected []*Column // of the base, in its order
	keys     []string  // the view's key
	claim    uint32
}

// columns takes in the SELECT.
func (b *viewBuilder) columns() error {
	chosen := map[string]bool{}
	for _, s := range b.q.Selectors {
		if s.Alias != "" {
			return cassandra.Invalidf("Cannot use aliases when defining a materialized view (got %s)", s.Alias)
		}
		c, ok := s.Expr.(*cql.Column)
		if !ok {
			return cassandra.Invalidf("Can only select columns by name when defining a materialized view (got %s)", cql.ExprText(s.Expr))
		}
		if b.base.Column(c.Name) == nil {
			return b.base.UndefinedColumn(c.Name)
		}
		chosen[c.Name] = true
	}
	for _, c := range b.base.Columns() {
		if len(b.q.Selectors) > 0 && !chosen[c.Name] {
			continue
		}
		if b.base.ShownKind(c.Kind) == Static {
			return cassandra.Invalidf("Cannot include static column '%s' in materialized view '%s'", c.Name, b.name)
		}
		b.selected = append(b.selected, c)
	}
	return nil
}

// key takes in PRIMARY KEY and CLUSTERING ORDER BY.
func (b *viewBuilder) key() error {
	b.keys = append(slices.Clone(b.q.Key.Partition), b.q.Key.Clustering...)
	for i, name := range b.keys {
		c := b.base.Column(name)
		switch {
		case c == nil || !slices.Contains(b.selected, c):
			return cassandra.Invalidf("Unknown column '%s' referenced in PRIMARY KEY for materialized view '%s'", name, b.name)
		case slices.Contains(b.keys[:i], name):
			return cassandra.Invalidf("Duplicate column '%s' in PRIMARY KEY clause for materialized view '%s'", name, b.name)
		case c.Type.IsMultiCell():
			return cassandra.Invalidf("Invalid non-frozen %s type '%s' for PRIMARY KEY column '%s'", multiCellText(c.Type), c.Type.ClassName(), name)
		case mentionsKind(c.Type, cqltype.KindDuration):
			return cassandra.Invalidf("duration type is not supported for PRIMARY KEY column '%s'", name)
		}
	}
	if len(b.q.Order) > 0 {
		ordered := make([]string, len(b.q.Order))
		for i, o := range b.q.Order {
			ordered[i] = o.Column
		}
		if !slices.Equal(ordered, b.q.Key.Clustering) {
			return cassandra.Invalidf("Clustering key columns must exactly match columns in CLUSTERING ORDER BY directive")
		}
	}
	var missing, others []string
	for _, c := range b.base.Columns() {
		in := slices.Contains(b.keys, c.Name)
		switch {
		case c.Position >= 0 && !in:
			missing = append(missing, c.Name)
		case c.Position < 0 && in:
			b.claim = c.ID
			others = append(others, c.Name)
		}
	}
	if b.base.IsStaticCompact() {
		missing = append(missing, b.base.HiddenColumns()[0].Name) // a clustering column, which no view can have
	}
	if len(missing) > 0 {
		return cassandra.Invalidf("Cannot create materialized view '%s' without primary key columns %s from base table '%s'", b.name, strings.Join(missing, ", "), b.base.Name)
	}
	if len(others) > 1 {
		return cassandra.Invalidf("Cannot include more than one non-primary key column in materialized view primary key (got %s)", strings.Join(hashOrder(others), ", "))
	}
	return nil
}

// where takes in WHERE.
func (b *viewBuilder) where(x *execution) (*ViewRestrictions, error) {
	for _, r := range b.q.Where {
		if r.Index != "" {
			return nil, cassandra.Invalidf("WHERE clause for materialized view '%s' cannot contain custom index expressions", b.name)
		}
		if r.Token {
			return nil, cassandra.Invalidf("Cannot use token relation when defining a materialized view")
		}
	}
	r, err := x.facts.Views.Restrict(x.schema, b.base, b.q.Where)
	if err != nil {
		return nil, err
	}
	var free, illegal []string
	for _, name := range b.keys {
		if !slices.Contains(r.Restricted, b.base.Column(name)) {
			free = append(free, name)
		}
	}
	if len(free) > 0 {
		return nil, cassandra.Invalidf("Primary key columns %s must be restricted with 'IS NOT NULL' or otherwise", strings.Join(hashOrder(free), ", "))
	}
	for _, c := range r.Values {
		if c.Position < 0 {
			illegal = append(illegal, c.Name)
		}
	}
	if len(illegal) > 0 {
		return nil, cassandra.Invalidf("Non-primary key columns can only be restricted with 'IS NOT NULL' (got: %s restricted illegally)", strings.Join(illegal, ","))
	}
	return r, nil
}

// table makes the view's columns; it is not sealed.
func (b *viewBuilder) table() *Table {
	t := &Table{Keyspace: b.base.Keyspace, Name: b.name, NextColumnID: b.base.NextColumnID}
	for i, name := range b.q.Key.Partition {
		t.PartitionKey = append(t.PartitionKey, viewColumn(b.base.Column(name), PartitionKey, i))
	}
	for i, name := range b.q.Key.Clustering {
		c := viewColumn(b.base.Column(name), Clustering, i)
		c.Descending = b.base.Column(name).Descending // the order of the base, where the view says none of its own
		if len(b.q.Order) > 0 {
			c.Descending = b.q.Order[i].Descending
		}
		t.Clustering = append(t.Clustering, c)
	}
	for _, c := range b.selected {
		if !slices.Contains(b.keys, c.Name) {
			t.Regular = append(t.Regular, viewColumn(c, Regular, -1))
		}
	}
	slices.SortFunc(t.Regular, func(a, b *Column) int { return CompareColumnNames(a.Name, b.Name) })
	return t
}
