// Package server runs the real helenus binary for black-box tests: built once, started on an address of its own, ended by
// pid.
//
//	node := server.Start(t, server.Options{})
//	… client.Dial(ctx, node.Addr) …
//	node.Kill(); node = node.Again(t)
package server
