// Package engine finds the Docker engine that runs and speaks its API, in the newest version that both sides know.
//
//	connect.go        the connection, and what to do when nothing answers
//	context.go        the engine that the docker command would use
package engine
