// Package cqltype knows CQL's types and values: their bytes on the wire and at rest, how they compare, and how they read
// as text. A value is always its serialized bytes, exactly as the native protocol carries it; nil is null.
//
//	shape       type.go names.go class.go
//	bytes       validate.go compare.go and a file a family (integer.go, decimal.go, timestamp.go, collection.go, …)
//	text        format.go (bytes → CQL literal), parse.go (CQL constant → bytes)
package cqltype
