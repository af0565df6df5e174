package function

import (
	"slices"
	"unicode/utf8"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
)

// partialMasks are mask_inner(text, begin, end[, padding]), which hides all but begin characters before and end after, and mask_outer,
// which hides just these. null and negative numbers are 0. A character is a code point: Cassandra counts UTF-16 units and so tears some apart.
func partialMasks() []*generic {
	text := fixedParameter("[text|varchar|ascii]", cqltype.Text, cqltype.ASCII)
	number := fixedParameter("int", cqltype.Int)
	params := []parameter{text, number, number, optional(fixedParameter("text", cqltype.Text))}
	of := func(name string, hide func(i, n, begin, end int) bool) *generic {
		return &generic{name, params, func(in []*cqltype.Type, _ *cqltype.Type) (*Function, error) {
			return &Function{ArgTypes: asText(in, 3), Return: in[0], Masks: true, call: func(_ *Context, args [][]byte) ([]byte, error) { return maskPartly(name, hide, args) }}, nil
		}}
	}
	return []*generic{
		of("mask_inner", func(i, n, begin, end int) bool { return i >= begin && i < n-end }),
		of("mask_outer", func(i, n, begin, end int) bool { return i < begin || i >= n-end }),
	}
}

// asText returns the types of a call's arguments, with text for the one at an index: ascii is taken as such.
func asText(in []*cqltype.Type, at int) []*cqltype.Type {
	if len(in) <= at {
		return in
	}
	all := slices.Clone(in)
	all[at] = cqltype.Text
	return all
}

// maskPartly replaces the characters that hide says.
func maskPartly(name string, hide func(i, n, begin, end int) bool, args [][]byte) ([]byte, error) {
	padding := '*'
	if len(args) == 4 && args[3] != nil {
		n := utf8.RuneCount(args[3])
		if n != 1 {
			return nil, cassandra.Invalidf("The padding argument for function %s.%s should be single-character, but '%s' has %d characters.", system, name, args[3], n)
		}
		padding, _ = utf8.DecodeRune(args[3])
	}
	if args[0] == nil {
		return nil, nil
	}
	n := utf8.RuneCount(args[0])
	begin, end := max(int(cqltype.Int64(args[1])), 0), max(int(cqltype.Int64(args[2])), 0)
	masked := make([]byte, 0, len(args[0]))
	i := 0
	for _, c := range string(args[0]) {
		if hide(i, n, begin, end) {
			c = padding
		}
		masked = utf8.AppendRune(masked, c)
		i++
	}
	return masked, nil
}
