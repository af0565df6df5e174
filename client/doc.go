// Package client speaks the native protocol to a CQL server: Helenus or Apache Cassandra. It is what the shell, the tools and the tests
// use; it has one connection a Conn and no policies.
//
//	dial.go handshake.go  connecting, stepping down to a version that the server speaks, authentication
//	conn.go               requests by stream id, many at once; reader and writer
//	query.go prepare.go batch.go register.go   a file a request
//	result.go pages.go    answers
package client
