// Package metadata is what is true of the cluster: its members and their tokens, the topology operation under way, the schema. A Raft
// group (go.etcd.io/raft) keeps it: every node holds the whole state, and a committed prefix is the same everywhere.
//
//	state.go delta.go   the pure part: a state, a change of it, the next state and what follows from it
//	member.go           members and topology operations
//	codec.go            the stored form of states and deltas
//	group.go            opening, proposals, subscribers
//	raft.go             the runner of raft's state machine: ready → log → messages → apply
//	log.go              raft's log, hard state and snapshots as synced records of the store
//	voters.go           who votes
//	await.go            waiting for an epoch
//	rescue.go           beginning anew when the majority is gone for good
//
// A change is computed from the state at an epoch and names that epoch; it takes effect only if nothing else came first, else it is
// computed anew. So a proposal that arrives twice, or late, changes nothing, and what was checked when it was computed holds when it is
// applied.
//
// Members that do not vote are raft's learners: they follow the leader, hold everything, and serve on without it.
//
// Promises. M1: a change that was answered is on the disks of a majority of the voters. M2: reading the state needs nobody. M3: the same
// deltas make the same states on every node.
package metadata
