// Package userland is what a container of Helenus has in place of a distribution: a shell and the small commands that scripts, compose
// files and health checks call, all in this program and told apart by the name it is started under. Linux only.
//
// The shell is an interpreter of bash's language; commands it finds to be this program run inside it, without a process of their own.
// A command refuses an option that it does not know.
//
//	commands.go   the table of names
//	call.go       one run of a command: arguments, streams, environment; options
//	run.go        running a command by its name, here or as a process
//	main.go       a command as a whole process: signals, exit status
//	shell.go      bash and sh; rewrite.go and descriptors.go add what the interpreter lacks; prompt.go at a terminal
//	jobs.go       background processes, wait and traps
//	cmd_*.go      the commands, one or a family of them a file; uroot.go has those that come from a library
package userland
