// Package guardrail holds the limits that an operator sets on what ordinary roles may ask of a cluster, as Cassandra 5.0's cassandra.yaml has them.
//
// It knows names, texts and comparisons, and neither statements nor schemas: whoever knows a fact asks about it, and is told in Cassandra's words
// that it is too much (an error) or much (a warning for the client).
//
//	guard.go      Limits, what an operator has set, and Guard, which asks for one request
//	threshold.go  numbers with a threshold for warnings and one for failures
//	flag.go       what can be forbidden altogether
//	values.go     lists of values that are warned of, ignored or refused
//	schema.go, read.go, write.go, index.go  the guardrails of each family
//	disk.go       how full disks are
//	setting.go    their keys in cassandra.yaml
//
// Superusers, and everybody where nobody logs in, have no Guard: a nil *Guard takes everything.
// Source: Cassandra 5.0, db.guardrails.
package guardrail
