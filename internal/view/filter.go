package view

import (
	"slices"

	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// test is a restriction of a view's WHERE.
type test struct {
	schema.ViewTest
	places []int // of its columns in the base's key
	types  []*cqltype.Type
}

func newTest(base *schema.Table, places map[uint32]int, t schema.ViewTest) test {
	out := test{ViewTest: t}
	for _, id := range t.Columns {
		out.places = append(out.places, places[id])
		for _, c := range base.Columns() {
			if c.ID == id {
				out.types = append(out.types, c.Type)
			}
		}
	}
	return out
}

// passes says whether a base row's key is what the view asks for.
func (p *Plan) passes(values [][]byte) bool {
	for i := range p.filter {
		if !p.filter[i].holds(values) {
			return false
		}
	}
	return true
}

func (t *test) holds(values [][]byte) bool {
	if t.Listed && !slices.ContainsFunc(t.AnyOf, func(v [][]byte) bool { return t.compare(values, v) == 0 }) {
		return false
	}
	if b := t.Low; b != nil {
		if c := t.compare(values, b.Values); c < 0 || c == 0 && !b.Inclusive {
			return false
		}
	}
	if b := t.High; b != nil {
		if c := t.compare(values, b.Values); c > 0 || c == 0 && !b.Inclusive {
			return false
		}
	}
	if len(t.Holds) == 0 && len(t.Keys) == 0 {
		return true
	}
	elems, err := t.types[0].Elements(values[t.places[0]])
	if err != nil {
		return false
	}
	step := len(t.types[0].Elems)
	has := func(all [][]byte, at int) bool {
		return !slices.ContainsFunc(all, func(want []byte) bool {
			for i := at; i < len(elems); i += step {
				if t.types[0].Elems[at].Compare(elems[i], want) == 0 {
					return false
				}
			}
			return true
		})
	}
	return has(t.Holds, step-1) && has(t.Keys, 0)
}

// compare compares the values of the first columns with others, as tuples.
func (t *test) compare(values, with [][]byte) int {
	for i, v := range with {
		if c := t.types[i].Compare(values[t.places[i]], v); c != 0 {
			return c
		}
	}
	return 0
}
