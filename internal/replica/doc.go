// Package replica is a replica's side of every request: what a coordinator asks of this node's data, from here or from another node.
//
//	local.go   this node's data: writes, reads, read-modify-writes, and the fence that keeps out requests of an older topology
//	wire.go    requests and answers as bytes
//	page.go    what a read answers: partitions and rows in a canonical form, so that digests of equal data are equal
//	indexed.go what a read by indexes answers
//	merge.go   the pages of several replicas as one, and what each of them lacks
//	paxos.go   the registers of lightweight transactions, and their phases
//	serve.go   requests of other nodes
//
// Promises. R1: a write that was acknowledged is as safe as the sync mode says. R2: once Fence(e) has returned, no write that was planned for
// a topology before e takes effect here any more. R3: a
// promise, an acceptance or a commit is on the disk before it is answered, in every sync mode. R4: two replicas that hold the same data answer a read with the same bytes,
// but for one of the nearest vectors (indexed.go).
package replica
