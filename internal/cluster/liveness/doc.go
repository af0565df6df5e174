// Package liveness says which members of the cluster answer, as seen from this node.
//
//	tracker.go   the pure part: what was heard of each member and when
//	monitor.go   the runner: a ping to every member twice a second, over the connections that carry metadata
//
// Every node asks every other one itself. What matters to a coordinator is whether its own messages get through: others may see the same
// node differently, and nothing here acts on what they see. With a hundred members that is two hundred small messages a second. A rumour
// protocol such as SWIM would cost less with thousands of members, and brings a second port, goroutines and random numbers of its own, which
// could not be replayed from a seed.
//
// A broken connection counts at once, silence after a while; liveness only changes plans, never data.
package liveness
