// Package nodetool is the operator's side of a node: the requests of nodetool and what they print, as Cassandra's prints it.
//
//	api.go      what a node and nodetool say to each other
//	client.go   asking a node
//	print.go    what the verbs print
package nodetool
