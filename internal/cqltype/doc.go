// Package cqltype knows CQL's types and values: their bytes on the wire and at rest, how they compare, and how they read
// as text and JSON. A value is always its serialized bytes, exactly as the native protocol carries it; nil is null.
//
//	shape       type.go names.go class.go class_parse.go (marshal class names), assignment.go (what fits where)
//	legality    validate.go nested_errors.go
//	order       compare.go, sort.go for the elements of sets and maps
//	a family    integer.go varint.go decimal.go decimal_arithmetic.go float.go uuid.go inet.go timestamp.go zone.go date.go
//	            time.go duration.go duration_parse.go: bytes to Go values and back, text, order
//	parts       iterator.go (without allocating), collection.go element.go vector.go tuple_text.go
//	text        constant.go parse.go (CQL constant → bytes), format.go (bytes → CQL literal)
//	JSON        json.go (bytes → JSON), json_parse.go json_parts.go (JSON → bytes)
//
// Errors are plain, in Cassandra's words; the caller knows which error code they are for. Nothing here reads a clock, a name server or
// the machine's time zone.
package cqltype
