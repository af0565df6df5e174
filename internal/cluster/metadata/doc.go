// Package metadata is what is true of the cluster: its schema today, its members, tokens and roles to come. A Group holds the state,
// changes it one proposal after another, and makes each durable before anybody sees it. One voter decides today; a Raft group takes
// the place of the mutex, not of the interface.
//
//	state.go    the pure part: a change in, the next state and what follows from it out
//	group.go    proposals, durability, subscribers
package metadata
