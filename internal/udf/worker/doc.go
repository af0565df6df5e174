// Package worker is both ends of a process that runs scripts: user functions in JavaScript (goja) and WebAssembly (wazero).
//
// Engines for such languages can't be held to a bound from inside: one call of a built-in function may allocate without end or never come back. So
// they run in a process of their own, which has no data, no connections and no files of the node's, and which can be ended from outside. What
// it may use it also watches itself, so that the usual runaway gets its own error.
//
//	message.go      what the two sides say to each other
//	main.go         Main: the process; what it does about time and memory
//	javascript.go   scripts and their values
//	wasm.go         modules and theirs
//	limit_*.go      what the operating system holds the process to
package worker
