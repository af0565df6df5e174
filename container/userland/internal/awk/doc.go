// Package awk runs programs of POSIX awk: patterns and actions, functions, arrays, fields, getline, pipes and printf. One evaluator walks
// the tree; what scripts in containers do with awk is small.
//
//	lex.go    text to tokens
//	ast.go    the tree
//	parse.go  statements; expression.go expressions
//	value.go  numbers and strings, and what is both
//	run.go    records, rules, statements
//	eval.go   expressions
//	builtin.go, format.go  functions; printf
//	stream.go files and commands of getline, print and close
package awk
