// Package node wires a node together: every part is made here and knows only the parts below it.
//
//	node.go      the wiring on one page, in start order
//	identity.go  host id, cluster name and tokens, kept in the store
//	facts.go     what system tables and schema changes are told of the node
//	handler.go   sessions for the CQL server
package node
