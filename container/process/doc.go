// Package process starts child processes on Linux for what runs in a container, where the program may be the first process of its PID
// namespace and so inherits every orphan.
//
//	start.go   children that are waited for by who started them
//	reap.go    the first process's duty: orphans that have ended are collected
//	find.go    which file a name stands for
//	self.go    this program under another name
package process
