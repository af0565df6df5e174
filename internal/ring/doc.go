// Package ring knows who replicates which token. A Topology is immutable: a reader takes one and never sees half a change.
//
//	topology.go              nodes, their tokens, the ring
//	replicas.go              replicas of a token, in Cassandra's order
package ring
