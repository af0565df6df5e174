// Package row knows what a stored row is: cells with timestamps, TTL and tombstones, and the one rule by which two
// versions of a row become one. It works on encoded bytes; nothing here reads a disk or a clock.
//
//	mutation.go command.go cursor.go   what travels between planner, coordinator, replica and store
//	encoding.go builder.go             the bytes of a row delta (drawn in encoding.go)
//	merge.go                           the merge: commutative, associative, idempotent
//	project.go                         some of a row's columns, for materialized views
//	view.go each.go                    what is alive in a row at a moment, what is in it at all
//	header.go                          a partition's deletion and range tombstones
package row
