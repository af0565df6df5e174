// Package java runs bodies of user functions that are written in a part of Java: locals, if, switch, loops, try, throw and return; arithmetic with
// Java's types and their conversions; text, mathematics and the collections that CQL's types become. It is an interpreter of its own: there is
// no JVM, no class is ever loaded, and what a body can call is what methods_*.go lists. Everything else is refused when the function is made,
// with the line and what is wrong there.
//
//	a body     lex.go → statement.go, expression.go and its kind check types and make closures, in one pass
//	a run      program.go: Program.Run, under a Meter that counts steps, time and memory
//	values     value.go (Java's objects), convert.go (CQL's bytes to them and back)
//	types      type.go; operator.go says what + and its kin mean for them
//	methods    methods.go resolves a call among the overloads that methods_*.go declare
//
// A value is a Go value of its Java type: int32 for int, int64 for long, uint16 for char, *String, *List, …; nil is null. Boxed and primitive
// numbers look the same, their static types tell them apart.
//
// Bounds: nesting of a body (nestingMax), its size (bodyMax), its locals (localsMax); of a run what its Meter says. An operation that may take long or
// much at once, such as repeating a text, is charged before it is done.
package java
