// Package nodetool is the operator's side of a node: the command line of nodetool, its requests, and what it prints, as Cassandra's does.
//
//	api.go          what a node and nodetool say to each other
//	client.go       asking a node
//	run.go          a call from its words to its exit status
//	options.go      options before and after the verb
//	verbs.go        the table of verbs; unsupported.go those that a node can't have, and what to do instead
//	help.go         help
//	format.go       sizes, tables, numbers
//	all others      one verb or a few that belong together
package nodetool
