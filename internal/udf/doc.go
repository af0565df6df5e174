// Package udf runs user functions: bodies in Java inside this process (package java), scripts in JavaScript and WebAssembly in a process of
// their own (package worker). It owns which languages there are, their limits, and the words of their errors; package schema owns what a function
// is, package plan when it is called.
//
//	engine.go    Engine: which languages, compiled bodies, a run with its limits
//	language.go  a language: compile and run
//	script.go    the processes that run scripts: started when one is needed, ended when none is for a while
//
// Nothing is started and nothing is kept before the first function is made or called.
package udf
