// Package differential asks the real Apache Cassandra and Helenus the same random statements and compares every answer.
//
// A seed is a script: types and tables, then INSERT, UPDATE, DELETE, batches, lightweight transactions, SELECT with every form of
// restriction, functions, aggregates, GROUP BY, page sizes, JSON and changes of the schema, some of it bound, some of it a little wrong.
// Timestamps and TTLs are fixed by USING, or not looked at. Answers are the columns with their types and tables, the rows as bytes over all
// pages, markers, warnings, and errors with code and text. What differs is shrunk, statements first, then their parts, to a script as
// test/golden has them; such scripts are recorded there (differential_*.cql), so that CI needs no Java for them.
//
//	go test ./test/differential -seeds=100 -v                       a Cassandra (Java and Maven) and a Helenus of the test's own
//	go test ./test/differential -seeds=100 -from=5000 -v            other seeds
//	go test ./test/differential -seeds=1 -from=42 -only='^rows' -v  one kind of difference
//	go test ./test/differential -seeds=9 -shrink=false -v           a list only
//	go test ./test/differential -seeds=100 -derived -v              other scripts: with indexes, SAI ones too, and materialized views
//	  -reference, -server HOST:PORT                                 servers that run already; their keyspace golden is dropped
//	  -keyspace=NAME                                                another keyspace: several processes may share the servers, each with its own
//
// What differs on purpose is in one table, excuse.go, each with its reason; the summary counts them.
//
//	generator.go  a seed's script; schema.go, value.go, write.go, read.go, derived.go its parts; wrong.go makes statements wrong
//	statement.go  a statement as a template, and as text
//	pair.go       the two servers; compare.go when two answers are the same; excuse.go when they need not be
//	shrink.go     delta debugging
package differential
