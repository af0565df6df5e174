package cql

// CreateView is CREATE MATERIALIZED VIEW.
type CreateView struct {
	base
	View        Name
	IfNotExists bool
	Selectors   []Selector // empty: *
	Table       Name
	Where       []Relation
	Key         PrimaryKey
	Order       []Ordering
	// CompactStorage is there to be refused.
	CompactStorage bool
	Properties     []Property
}

// AlterView is ALTER MATERIALIZED VIEW.
type AlterView struct {
	base
	View       Name
	IfExists   bool
	Properties []Property
}

// DropView is DROP MATERIALIZED VIEW.
type DropView struct {
	base
	View     Name
	IfExists bool
}
