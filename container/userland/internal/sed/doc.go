// Package sed edits texts line by line as the command does.
//
//	parse.go   a script to commands
//	run.go     the cycle: a line in, commands, a line out
//	replace.go the s command
package sed
