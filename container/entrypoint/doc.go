// Package entrypoint is what a container of Helenus starts with, as docker-entrypoint.sh is in the image of Apache Cassandra: it makes the
// command line whole, hands data directories over to the server's user, and turns into the command. Linux only.
//
//	main.go    the order of things
//	adopt.go   whom directories belong to, and whom the server therefore runs as
//	probe.go   may a user write there
//
// The server reads the container's variables itself; it is told that it runs in one by the variable ContainerVariable.
package entrypoint
