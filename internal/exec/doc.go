// Package exec runs requests: it holds sessions and prepared statements, plans what is not planned yet, and turns what the coordinator
// returns into response bodies.
//
//	request.go     what the CQL server hands in and gets back
//	session.go     one connection: its keyspace, its requests by opcode (query.go prepare.go execute.go batch_request.go)
//	prepared.go    the cache of prepared statements
//	dispatch.go    the one table from a statement's kind to what runs it
//	select.go modify.go batch.go ddl.go describe.go use.go …   a file a kind of statement
//
// A response's body is appended straight to the connection's output buffer.
package exec
