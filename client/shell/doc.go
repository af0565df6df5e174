// Package shell is the CQL shell: cqlsh's commands, its tables and its words. It speaks to a server through package client only.
//
//	shell.go      one shell: its settings, running statements and scripts
//	prompt.go     reading lines from a terminal: history, completion, Ctrl-C
//	split.go      lines → statements and commands
//	commands.go   the table of commands; cmd_*.go a file a command that needs one
//	table.go value.go message.go   how rows, values and errors look
//	copy*.go      COPY TO and FROM
//	rcfile.go     cqlshrc
package shell
