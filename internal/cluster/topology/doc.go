// Package topology carries out what changes the ring: nodes that join, leave, are removed or replaced.
//
//	join.go      a newcomer finds the cluster and becomes a member
//	forming.go   nodes that were started together agree who forms it
//	manager.go   the runner: every node fetches what an operation gives it, the metadata's leader takes the operation from step to step
//	moves.go     which ranges of which tables move, and who has them
//	absent.go    which members are absent, and which of them may be removed
//	kept.go      ranges that stay although others replicate them now
//	fetch.go     fetching a range from its old replicas
//
// An operation is a record in the metadata, so any node may restart at any step and it goes on:
//
//	step        writes go to   reads from   before the next step
//	write both  old and new    old          every gaining node has fetched its ranges from a majority of the old replicas at least
//	read new    old and new    new          a majority of the old replicas of every range knows of this step
//	(over)      new            new
//
// Requests carry the epoch of the topology they were planned from. A replica that knows a newer one refuses them, and the coordinator plans
// anew. A source of a range first lets every write that it accepted under the old plan become visible (replica.Local.Fence). So each
// acknowledged write is either in what is fetched or was sent to the new replicas too.
//
// Fetching is asked for piece by piece by who needs it, so a newcomer that can't keep up slows only itself. Ranges that were fetched are
// remembered, and merging them again changes nothing.
//
// What a node does not replicate any more it deletes once the operation is over: kept, it could rise again should the range ever come back.
package topology
