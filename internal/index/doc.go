// Package index knows what of a row a secondary index holds: terms, and which rows a query by terms means. Nothing here reads a disk.
//
//	term.go      a value as a term: bytes that sort as the index compares
//	extract.go   the terms of a row or of a change of one
//	match.go     whether a row is what a query asks for
//	analysis.go  texts without case, accents and the like
//	vector.go    where vectors lie, and centroids; likeness.go compares them exactly, vectorcode.go by a byte an element; means.go parts them into groups
//	sasi.go      the terms of a SASI index, and patterns as LIKE has them
//	tokens.go    what the analyzers of a SASI index make of a text: words.go, stopwords.go, stem.go
//
// A query by an index is a set of ranges of terms (row.IndexRange), whatever the relation in CQL was: one value, several, or from one to
// another. So choosing entries in the store and checking rows against a query are the same comparison of bytes.
package index
