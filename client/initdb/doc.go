// Package initdb carries out what a new cluster begins with: a keyspace, statements, and the files of a directory, in the order of their names.
//
//	run.go     the parts, one after the other; each is reported once it is done
//	files.go   *.cql, *.cql.gz and *.sh
//
// A part that fails ends the run with its file and line; what is done already is left out the next time.
package initdb
