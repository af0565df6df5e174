package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// Filter checks rows against what the key could not decide. It is bound for one execution.
type Filter struct {
	tests []test
}

// test is one restriction with its values.
type test struct {
	restriction *restriction
	slots       []int
	types       []*cqltype.Type
	anyOf       [][]byte // = and IN
	low, high   []byte
	holds, keys [][]byte
	entries     [][2][]byte
	static      bool
	// analyzed, when not nil, is an index that compares texts in a form of their own; ranges are its terms.
	analyzed *schema.Index
	ranges   []key.Range
	// patterns, when not nil, are what a SASI index on texts is asked for.
	patterns []*index.Pattern
}

// bindFilter evaluates the terms of restrictions.
func (a *access) bindFilter(r *restrictions, env *Env, slots map[uint32]int) (*Filter, error) {
	if len(a.filters) == 0 {
		return nil, nil
	}
	if slices.ContainsFunc(a.filters, func(x *restriction) bool { return x.multi && x.isSlice() }) {
		return nil, cassandra.Invalidf("Multi-column slice restrictions cannot be used for filtering.")
	}
	f := &Filter{}
	for _, x := range a.filters {
		t := test{restriction: x, static: x.columns[0].Kind == schema.Static}
		for _, c := range x.columns {
			t.slots, t.types = append(t.slots, slots[c.ID]), append(t.types, c.Type)
		}
		if err := t.bind(x, env); err != nil {
			return nil, err
		}
		if err := t.analyze(a, r.table, env); err != nil {
			return nil, err
		}
		f.tests = append(f.tests, t)
	}
	return f, nil
}

func (t *test) bind(x *restriction, env *Env) (err error) {
	name, what := x.columns[0].Name, "value"
	value := func(term Term) []byte {
		if err != nil {
			return nil
		}
		var v []byte
		if v, err = term.Eval(env); err != nil {
			return nil
		}
		if IsUnset(v) {
			err = cassandra.Invalidf("Unsupported unset %s for column %s", what, name)
		} else if v == nil {
			err = cassandra.Invalidf("Unsupported null %s for column %s", what, name)
		}
		return v
	}
	switch {
	case x.eq != nil:
		t.anyOf = [][]byte{value(x.eq)}
	case x.isIn():
		t.anyOf, err = x.values(env, true)
		if t.anyOf == nil {
			t.anyOf = [][]byte{}
		}
	}
	if x.low != nil {
		t.low = value(x.low.value)
	}
	if x.high != nil {
		t.high = value(x.high.value)
	}
	for _, h := range x.holds {
		t.holds = append(t.holds, value(h))
	}
	for _, k := range x.keys {
		t.keys = append(t.keys, value(k))
	}
	for _, e := range x.entries {
		what = "map key"
		k := value(e.key)
		what = "map value"
		t.entries = append(t.entries, [2][]byte{k, value(e.value)})
	}
	return err
}

// analyze has a restriction that an index with analysis answers checked as the index compares.
func (t *test) analyze(a *access, table *schema.Table, env *Env) error {
	for i := range a.uses {
		u := &a.uses[i]
		if u.restriction != t.restriction || t.restriction.multi || u.index.Analysis.IsNone() && u.index.Class != schema.SASIIndex {
			continue
		}
		if u.isPatterned() {
			_, p, err := u.patterned(table, env)
			if err != nil {
				return err
			}
			t.patterns = append(t.patterns, p)
			continue
		}
		r, err := u.asked(env)
		if err != nil {
			return err
		}
		t.analyzed, t.ranges = u.index, append(t.ranges, r)
	}
	return nil
}

// matchesAnalyzed checks each value that is asked for by the index's terms.
func (t *test) matchesAnalyzed(v []byte) bool {
	for i := range t.ranges {
		if !index.Value(t.analyzed, t.ranges[i:i+1], v) {
			return false
		}
	}
	return true
}

// Matches says whether a row passes.
func (f *Filter) Matches(r *Row) bool {
	for i := range f.tests {
		if !f.tests[i].matches(r) {
			return false
		}
	}
	return true
}

func (t *test) matches(r *Row) bool {
	if t.restriction.multi {
		return t.matchesTuple(r)
	}
	v := r.values[t.slots[0]]
	if v == nil {
		return false
	}
	of := t.types[0]
	if t.patterns != nil {
		return !slices.ContainsFunc(t.patterns, func(p *index.Pattern) bool { return !p.Matches(v) })
	}
	if t.analyzed != nil {
		return t.matchesAnalyzed(v)
	}
	if t.anyOf != nil {
		found := false
		for _, a := range t.anyOf {
			found = found || of.Compare(v, a) == 0
		}
		return found
	}
	if !t.inSlice(of, v) {
		return false
	}
	return t.contains(of, v)
}

func (t *test) inSlice(of *cqltype.Type, v []byte) bool {
	return above(t.restriction.low, of.Compare, v, t.low) && below(t.restriction.high, of.Compare, v, t.high)
}

func above(b *bound, compare func(a, b []byte) int, v, low []byte) bool {
	if b == nil {
		return true
	}
	c := compare(v, low)
	return c > 0 || c == 0 && b.inclusive
}

func below(b *bound, compare func(a, b []byte) int, v, high []byte) bool {
	if b == nil {
		return true
	}
	c := compare(v, high)
	return c < 0 || c == 0 && b.inclusive
}

func (t *test) matchesTuple(r *Row) bool {
	parts := make([][]byte, len(t.slots))
	for i, s := range t.slots {
		if parts[i] = r.values[s]; parts[i] == nil {
			return false
		}
	}
	of := cqltype.TupleOf(t.types...)
	if t.anyOf != nil {
		v := of.Join(parts)
		return slices.ContainsFunc(t.anyOf, func(a []byte) bool { return of.Compare(v, a) == 0 })
	}
	// the two ends may be tuples of different lengths
	first := func(b *bound) (func(a, b []byte) int, []byte) {
		if b == nil {
			return nil, nil
		}
		of := cqltype.TupleOf(t.types[:b.columns]...)
		return of.Compare, of.Join(parts[:b.columns])
	}
	lowCompare, low := first(t.restriction.low)
	highCompare, high := first(t.restriction.high)
	return above(t.restriction.low, lowCompare, low, t.low) && below(t.restriction.high, highCompare, high, t.high)
}

func (t *test) contains(of *cqltype.Type, v []byte) bool {
	if t.holds == nil && t.keys == nil && t.entries == nil {
		return true
	}
	elems, err := of.Elements(v)
	if err != nil {
		return false
	}
	has := func(elem *cqltype.Type, from, step int, want []byte) bool {
		for i := from; i < len(elems); i += step {
			if elem.Compare(elems[i], want) == 0 {
				return true
			}
		}
		return false
	}
	last := of.Elems[len(of.Elems)-1]
	for _, h := range t.holds {
		if !has(last, len(of.Elems)-1, len(of.Elems), h) {
			return false
		}
	}
	for _, k := range t.keys {
		if !has(of.Elems[0], 0, 2, k) {
			return false
		}
	}
	for _, e := range t.entries {
		found := false
		for i := 0; i+1 < len(elems); i += 2 {
			found = found || of.Elems[0].Compare(elems[i], e[0]) == 0 && of.Elems[1].Compare(elems[i+1], e[1]) == 0
		}
		if !found {
			return false
		}
	}
	return true
}
