// Package image makes the container image of Helenus: one layer that holds the program, links under the names that users call it by, and the
// files that Cassandra's image has. The same program makes the same image, byte for byte.
//
//	tree.go           the files of the image, with owners and modes; configuration/ has Cassandra's
//	settings.go       what a container gets of it: entrypoint, variables, ports, volume, health check
//	program.go        the program in it: which platform it is for, and without what only debuggers read
//	archive.go        tree and settings as an archive that docker load takes
//	directory.go      the tree as a directory, for a Dockerfile
//	engine.go         loading into a Docker engine
package image
