// Package system answers reads of the tables that describe the node and the cluster: the keyspaces system, system_schema,
// system_auth, system_distributed, system_traces, and the virtual ones. None of them is stored: a read makes the rows there are now
// and hands them out as storage would, so the ordinary SELECT works on them unchanged.
//
//	what tables there are   catalog.go and catalog/*.cql, as Cassandra 5.0.5 describes its own
//	what is in them         tables.go maps a table to a function; local.go peers.go schema_tables.go views.go clients.go traces.go
//	how rows are read       read.go (choose, sort, encode), cursor.go
//
// What it says of the machine comes in by Options. A table without a function is empty.
package system
