// Package coordinator answers a request with the help of the replicas of its token. It owns consistency levels and their errors; it
// never touches a disk: package replica does.
//
//	consistency.go   how many replicas a level needs, and what is refused
//	writestep.go     one write over N replicas as a step machine: events in, decisions out
//	coordinator.go   the runner; a request whose only replica is this node takes no detour
//	placement.go     who replicates a token, before and after an operation that moves it
//	write.go         the runner of writes; hints; batchlog.go logged batches of several partitions
//	read.go readcursor.go   one piece from some replicas by digests; pieces as a cursor; readrepair.go when digests differ
//	speculate.go            when to ask one more, proximity.go whom first
//	repair.go        reading whole ranges at ALL, so that replicas become the same
//	views.go viewrepair.go  who is told of changes of views; views made what they are defined to be
//	paxos.go         lightweight transactions and serial reads
//	counter.go       increments, at the replica that leads them; forward.go on the way there; recent.go never twice
//
// Promises. P1: an acknowledged write is as safe as its level asks for. P2: Unavailable means that nothing was applied.
package coordinator
