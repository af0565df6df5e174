// Package transports compares what could carry messages between nodes: Helenus's own framing (package rpc), gRPC and drpc. It is a module of its
// own, so that Helenus depends on neither.
//
//	go -C test/transports test -bench .
package transports
