// Package function holds CQL's native functions: which overload a call means, what it returns, and how it is computed.
//
// A value is its serialized bytes, nil is null; an argument's bytes are never kept or changed. Nothing here reads a clock or
// draws a random number: what a function needs of the world comes in its Context, once per request, so that the same request
// gives the same answer on replay.
//
//	a call          Resolve (resolve.go) → native.go's table → a *Function
//	CAST, + - * / % Cast (cast.go), Operator and Negation (arithmetic.go): functions with names of their own
//	a scalar        Function.Call
//	an aggregate    Function.New → State.Add for every row → State.Result
package function
