// Package plan turns a parsed statement and a schema into a plan that is prepared once and executed often: names are resolved,
// types checked and constants folded at prepare time; an execution binds values straight into keys, row deltas and commands.
//
//	plan.go                       Prepare, Plan, Env
//	term*.go                      values: literals, markers, calls, arithmetic
//	restrictions*.go              WHERE → partitions, slices, filter
//	select*.go selector*.go       SELECT → command, filter, result columns
//	modify.go insert.go update.go delete.go condition.go batch.go
//
// A plan is immutable and safe for concurrent use; what changes from execution to execution is in Env.
package plan
