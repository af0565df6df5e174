package rpc

// Verbs of all messages between nodes; a number once given keeps its meaning.
const (
	// Ping asks a node how it is; package cluster/liveness.
	Ping Verb = 1
	// Raft carries a message of the metadata group; package cluster/metadata.
	Raft Verb = 2
	// Admit asks a member to take the sender into the cluster; package cluster/topology.
	Admit Verb = 3
	// Write and Read are a replica's work; package replica.
	Write Verb = 10
	Read  Verb = 11
	// Count asks a replica to lead increments of counters; package coordinator.
	Count Verb = 12
	// Prepare, Propose and Commit are the phases of a lightweight transaction at a replica, Registers what a newcomer takes over of them;
	// package replica.
	Prepare   Verb = 13
	Propose   Verb = 14
	Commit    Verb = 15
	Registers Verb = 16
	// Repaired tells a replica that a range is the same everywhere; package repair.
	Repaired Verb = 17
	// Batch asks a node to keep a logged batch, BatchDone to forget it; package hint.
	Batch     Verb = 18
	BatchDone Verb = 19
	// ViewBuild asks a node whether it has built a materialized view; package node.
	ViewBuild Verb = 20
)
