// Package schema holds keyspaces, tables and types as immutable values, the changes that lead from one schema to the
// next, and the CQL text that DESCRIBE shows. A reader takes one *Schema and never sees half a change.
//
//	values    schema.go keyspace.go table.go column.go usertype.go
//	changes   execute.go and a file a statement: create_table.go alter_table.go … (AST in, validated new *Schema out)
//	text      describe.go
package schema
