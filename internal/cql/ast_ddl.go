package cql

// Property is one option of WITH: Value is a string (constants as written), or Map is set.
type Property struct {
	Name   string
	Value  string
	Quoted bool // Value was a string constant
	Map    map[string]string
	IsMap  bool
}

// CreateKeyspace is CREATE KEYSPACE, AlterKeyspace ALTER KEYSPACE.
type CreateKeyspace struct {
	base
	Name        string
	IfNotExists bool
	Properties  []Property
}

// AlterKeyspace is ALTER KEYSPACE.
type AlterKeyspace struct {
	base
	Name       string
	IfExists   bool
	Properties []Property
}

// DropKeyspace is DROP KEYSPACE.
type DropKeyspace struct {
	base
	Name     string
	IfExists bool
}

// ColumnDef is a column of CREATE TABLE or ALTER TABLE ADD.
type ColumnDef struct {
	Name       string
	Type       *TypeName
	Static     bool
	PrimaryKey bool
	// Mask is MASKED WITH: a call without the column, which is its first argument; nil: the column is not masked.
	Mask *Call
}

// CreateTable is CREATE TABLE.
type CreateTable struct {
	base
	Table       Name
	IfNotExists bool
	Columns     []ColumnDef
	// Keys are the PRIMARY KEY clauses apart from columns' own; more than one is an error.
	Keys           []PrimaryKey
	Order          []Ordering
	CompactStorage bool
	Properties     []Property
}

// PrimaryKey is PRIMARY KEY ((partition…), clustering…).
type PrimaryKey struct{ Partition, Clustering []string }

// AlterTable is ALTER TABLE; exactly one of its changes is set.
type AlterTable struct {
	base
	Table       Name
	IfExists    bool
	Add         []ColumnDef
	IfNotExists bool // of ADD
	Drop        []string
	DropIf      bool // DROP IF EXISTS
	DropAt      Expr // DROP … USING TIMESTAMP
	Rename      [][2]string
	RenameIf    bool
	AlterType   *ColumnDef
	DropCompact bool
	AlterMask   *AlterMask
	Properties  []Property
}

// AlterMask is ALTER [IF EXISTS] column MASKED WITH … or, without a Mask, DROP MASKED.
type AlterMask struct {
	Column   string
	IfExists bool
	Mask     *Call
}

// DropTable is DROP TABLE.
type DropTable struct {
	base
	Table    Name
	IfExists bool
}

// CreateType is CREATE TYPE.
type CreateType struct {
	base
	Type        Name
	IfNotExists bool
	Fields      []ColumnDef
}

// AlterType is ALTER TYPE.
type AlterType struct {
	base
	Type        Name
	IfExists    bool
	Add         *ColumnDef
	IfNotExists bool
	Rename      [][2]string
	RenameIf    bool
	Alter       *ColumnDef
}

// DropType is DROP TYPE.
type DropType struct {
	base
	Type     Name
	IfExists bool
}

// CreateIndex is CREATE [CUSTOM] INDEX.
type CreateIndex struct {
	base
	Custom      bool
	IfNotExists bool
	Index       string // empty when none is given
	Table       Name
	Targets     []IndexTarget
	// Using is the class after USING; empty when there is none.
	Using      string
	Properties []Property
}

// IndexTarget is what an index is made of: a column, or with Part keys, values, entries or full a part of one.
type IndexTarget struct {
	Column string
	Part   string
}

// DropIndex is DROP INDEX.
type DropIndex struct {
	base
	Index    Name
	IfExists bool
}
