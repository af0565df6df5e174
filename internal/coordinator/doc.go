// Package coordinator answers a request with the help of the replicas of its token. It owns consistency levels and their errors; it
// never touches a disk: package replica does.
//
//	consistency.go   how many replicas a level needs, and what is refused
//	writestep.go readstep.go   one request over N replicas as a step machine: events in, decisions out
//	coordinator.go   the runner; a request whose only replica is this node takes no detour
//	counter.go       increments, at the replica that leads them
//
// Promises. P1: an acknowledged write is as safe as its level asks for. P2: Unavailable means that nothing was applied.
package coordinator
