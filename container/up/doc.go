// Package up makes and keeps a cluster of containers on one host, through the Docker engine alone: what belongs to a cluster is known by labels,
// so there is no file beside it, and a call that was cut short is finished by the next one.
//
//	settings.go       what a cluster is like; kept as a label, so that later calls need not be told again
//	database.go       what the three databases do not share: image, variables, checks, bounds
//	container.go      the container of one node, of settings alone
//	found.go          what the engine has of a cluster
//	plan.go           what is to be done about it: a pure function of settings and what was found
//	cluster.go        the commands' common ground: engine, progress, settings
//	carry.go          the steps of a plan, one engine call or two each
//	ready.go          waiting until nodes answer and see each other
//	up.go scale.go down.go ps.go logs.go    the commands
//	compose.go        the same containers as a compose file
//	progress.go       lines, or a board on a terminal
//
// Promises. U1: a volume is removed only by down --volumes, and by scale once its node has left the ring. U2: containers of a cluster that runs are
// replaced one at a time, the next when all nodes answer again. U3: what lacks this package's labels is never touched.
package up
