// Package protocol is the native protocol v3, v4 and v5 in both directions, without any I/O: decoders read a frame's bytes,
// encoders append to a slice. The server and the client of this project speak through it.
// Source: Cassandra's native_protocol_v3.spec, v4 and v5.
//
//	header.go segment.go compress.go   frames: headers, v5's checksummed segments, compression
//	reader.go notation.go              the notations of the specification, with every length checked
//	values.go params.go                bound values and query parameters
//	query.go prepare.go execute.go …   a file a request, in both directions
//	result*.go error.go event.go       a file an answer, in both directions
//	types.go                           type options of result metadata
package protocol
