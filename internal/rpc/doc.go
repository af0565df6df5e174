// Package rpc carries messages between nodes. It owns framing, connections and who may speak; what a message means is its users'.
//
//	frame.go       one message: length, checksum, kind, verb, id, body
//	compress.go    bodies that go compressed: those to other datacenters
//	hello.go       what two nodes tell each other first: cluster, host id, generation, version
//	greet.go       asking who is at an address, whichever cluster it belongs to
//	token.go       the join token: who may speak at all
//	transport.go   Listen, Call, Send; a connection a peer and class
//	outgoing.go    a connection that this node made: calls out, replies in
//	traffic.go     how many messages of each verb
//	incoming.go    a connection that another node made: calls in, replies out
//
// A node's calls go out on the connections that it made and come in on those that others made, so a peer that is slow to take calls never
// holds up the replies to its own. Classes keep apart what must not wait for each other: Control (metadata, pings), Data (reads and writes)
// and Bulk (streaming).
//
// Promises. R1: a call ends with exactly one reply or error, at the latest after its timeout. R2: nothing that is queued grows without
// bound: a peer that does not take its bytes fails calls at once. R3: what bytes a peer sends can cost it its connection and nothing else.
package rpc
