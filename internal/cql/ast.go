package cql

// Statement is a parsed statement. Markers returns its bind markers in the order of their appearance.
type Statement interface {
	Markers() []Marker
	setMarkers([]Marker)
}

// base is embedded by every statement.
type base struct{ markers []Marker }

func (b *base) Markers() []Marker     { return b.markers }
func (b *base) setMarkers(m []Marker) { b.markers = m }

// Marker is a place for a value: ? or :name.
type Marker struct {
	Index int
	Name  string // empty for ?
}

// Name is a possibly qualified name of a table, type, function or index; Keyspace is empty when it is not given.
type Name struct{ Keyspace, Name string }

// Use is USE keyspace.
type Use struct {
	base
	Keyspace string
}

// Truncate is TRUNCATE [TABLE] table.
type Truncate struct {
	base
	Table Name
}

// Describe is DESCRIBE in all its forms.
type Describe struct {
	base
	// What is one of keyspaces, tables, types, functions, aggregates, cluster, schema, full schema, keyspace, only keyspace, table, type,
	// index, view, function, aggregate, any.
	What      string
	Name      Name
	Internals bool
}

// Unsupported is a statement of the grammar that Helenus parses by its first words only and refuses by name.
type Unsupported struct {
	base
	// What names the statement: CREATE INDEX, GRANT, …
	What string
	// IfExists and IfNotExists tell whether the statement had that clause.
	IfExists, IfNotExists bool
	Name                  Name
}
