// Package hint keeps what must still be written elsewhere: mutations for members that did not get them, and logged batches under way. Both
// are queues of the store, so they outlive this process.
//
//	keeper.go   keeping, within bounds of size and age
//	batches.go  logged batches: here and at another member, until all parts are written
//	handoff.go  giving all of it to others before this node leaves
//	views.go    changes of materialized views that belong to other members
//	replay.go   sending hints to members that answer again, and batches that nobody finished
//
// Promises. H1: a hint is dropped only when whoever replicates its mutations now has them, or hints for them, or when it is older than the window;
// the last is counted and logged, since only repair helps then. H2: a logged batch is replayed until each part is written or hinted.
package hint
