// Package cql turns CQL text into statements and back. It knows the grammar of Cassandra 5.0 and nothing of any schema.
//
//	lex.go token.go                    text → tokens
//	ast*.go                            the statements, expressions, relations and type names
//	parse.go                           the parser's machinery and its errors, in Cassandra's words
//	parse_select.go parse_modify.go …  a file a family of statements
//	split.go                           a script → its statements, for shells
//
// Parsing takes linear time; nesting deeper than nestingMax is refused.
package cql
