// Package schema holds keyspaces, tables and types as immutable values, the changes that lead from one schema to the
// next, and the CQL text that DESCRIBE shows. A reader takes one *Schema and never sees half a change.
//
//	values      schema.go keyspace.go table.go
//	statements  execute.go and a file a statement: create_table.go, alter_table.go, … (AST in, a Change out)
//	parts       resolve.go (types), replication.go, options.go and its kind (WITH options), names.go
//	changes     change.go (Apply), codec.go (the stored form of a Change and of a whole Schema), version.go
//	text        describe.go
//
// Everything here is a pure function: what a statement needs of the world comes in Facts.
package schema
