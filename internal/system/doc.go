// Package system answers reads of the tables that describe the node and the cluster: the keyspaces system, system_schema,
// system_auth, system_distributed, and the virtual ones. None of them is stored but those of system_traces: a read makes the rows there are now
// and hands them out as storage would, so the ordinary SELECT works on them unchanged.
//
//	what tables there are   catalog.go and catalog/*.cql, as Cassandra 5.0.5 describes its own
//	what is in them         tables.go maps a table to a function; local.go peers.go schema_tables.go virtual*.go clients.go
//	system_traces           traces.go writes what traces gather; its tables are stored and read as a user's are
//	how rows are read       read.go (choose, sort, encode), cursor.go
//
// What it says of the machine comes in by Options. A table without a function is empty.
package system
