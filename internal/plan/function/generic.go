package function

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// generic is a function whose types follow from the arguments of a call.
// Source: Cassandra 5.0, FunctionFactory and FunctionParameter.
type generic struct {
	name   string
	params []parameter
	// build makes the function for arguments of these types, which it may take as others; optional ones may be missing. receiver may be nil.
	build func(types []*cqltype.Type, receiver *cqltype.Type) (*Function, error)
}

// parameter is one parameter of a generic function.
type parameter struct {
	text     string // in messages
	optional bool
	// infer gives the type for the i-th argument, or nil when it can't tell. nil means the argument's own type.
	infer func(args []Arg, i int, receiver *cqltype.Type) *cqltype.Type
	// takes says whether a type will do; needs completes "Function f requires …" where not.
	takes func(*cqltype.Type) bool
	needs string
}

// make checks a call and builds the function for it.
func (g *generic) make(args []Arg, receiver *cqltype.Type) (*Function, error) {
	name := Name{system, g.name}
	if len(args) > len(g.params) || len(args) < len(g.params) && !g.params[len(args)].optional {
		return nil, cassandra.Invalidf("Invalid number of arguments for function %s", g)
	}
	types := make([]*cqltype.Type, len(args))
	for i, a := range args {
		p := g.params[i]
		if p.infer != nil {
			types[i] = p.infer(args, i, receiver)
		} else {
			types[i] = a.CompatibleType()
		}
		if types[i] == nil {
			return nil, cassandra.Invalidf("Cannot infer type of argument %s in call to function %s: use type casts to disambiguate", a, g)
		}
		if p.takes != nil && !p.takes(types[i]) {
			return nil, cassandra.Invalidf("Function %s requires %s, but found argument %s of type %s", name, p.needs, a, types[i])
		}
	}
	f, err := g.build(types, receiver)
	if err != nil {
		return nil, err
	}
	f.Name, f.Generic = name, true
	if f.ArgTypes == nil {
		f.ArgTypes = types
	}
	return f, nil
}

// String is the function with its parameters as messages show it: system.mask_hash(any, [text]).
func (g *generic) String() string {
	texts := make([]string, len(g.params))
	for i, p := range g.params {
		texts[i] = p.text
		if p.optional {
			texts[i] = "[" + p.text + "]"
		}
	}
	return system + "." + g.name + "(" + strings.Join(texts, ", ") + ")"
}

// anyParameter takes every type; an argument without one is of the receiver's type.
var anyParameter = parameter{text: "any", infer: func(args []Arg, i int, receiver *cqltype.Type) *cqltype.Type {
	if t := args[i].CompatibleType(); t != nil {
		return t
	}
	return receiver
}}

// knownParameter takes every type that the argument itself tells.
var knownParameter = parameter{text: "any"}

// sameAsFirst takes what fits the type of the first argument.
var sameAsFirst = parameter{text: "any", infer: func(args []Arg, _ int, receiver *cqltype.Type) *cqltype.Type {
	return anyParameter.infer(args, 0, receiver)
}}

// fixedParameter takes values of any of the given types; an argument without a type is of the first.
func fixedParameter(text string, of ...*cqltype.Type) parameter {
	return parameter{
		text: text,
		infer: func(args []Arg, i int, _ *cqltype.Type) *cqltype.Type {
			if t := args[i].CompatibleType(); t != nil {
				return t
			}
			return of[0]
		},
		takes: func(t *cqltype.Type) bool {
			for _, o := range of {
				if t.AssignTo(o) != cqltype.NotAssignable {
					return true
				}
			}
			return false
		},
		needs: "an argument of type " + text,
	}
}

func optional(p parameter) parameter {
	p.optional = true
	return p
}
