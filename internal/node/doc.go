// Package node wires a node together: every part is made here and knows only the parts below it.
//
//	node.go      the wiring on one page, in start order
//	identity.go  host id, cluster name and tokens, kept in the store
//	facts.go     what system tables and schema changes are told of the node
//	handler.go   sessions for the CQL server
//	cluster.go   what the parts of a member say to each other
//	apart.go     nodes that formed clusters apart: who gives up, and what is said
//	tool.go      what nodetool is told of the node; statistics.go counts and times
//	toolverbs.go what nodetool can have done; toolrepair.go repairs, drain.go taking leave, and the switches
package node
