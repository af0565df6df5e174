// Package trace collects what happens to a traced request at one node: events with the moment, the stage and how long the request had been
// there. Whoever carries a request holds a *Trace, nil for one that is not traced; what a nil one is told is forgotten at no cost. Where events go
// when the request is over is its users' matter (package system keeps them in system_traces).
//
//	trace.go     a request's events
//	recorder.go  begins traces; ids of events
package trace
