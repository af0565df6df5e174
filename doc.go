// Package helenus is the root of a Cassandra-compatible database. Nothing is exported here; this is the map.
//
//	cmd/helenus     the program: start, dev, cqlsh, version
//	internal/       the database, floor by floor; layers.txt is its table of contents
//	client/         what speaks to a database from outside; client/shell is cqlsh
//	test/           black boxes: golden (recorded answers), drivers, shell, chaos, bench, reference (the real Cassandra)
//	docs/           formats on disk, differences, benchmarks, locks
//
// ARCHITECTURE.md walks an INSERT and a SELECT from socket to disk.
package helenus
