package plan

import (
	"encoding/binary"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/plan/function"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// selector is one expression of a SELECT, ready to be evaluated on a row. Immutable.
type selector interface {
	typ() *cqltype.Type
	// name is the result column's, as Cassandra shows it.
	name() string
	// eval returns the expression's value on a row; an aggregate's is its result so far.
	eval(r *Row, run *Run) ([]byte, error)
}

// Run is what one execution of a selection needs besides the row.
type Run struct {
	env *Env
	fn  *function.Context
	// masked hides columns that have a mask.
	masked bool
	// states are the aggregates of the group under way.
	states []function.State
	args   [][]byte
}

type columnSelector struct {
	column *schema.Column
	slot   int
	mask   *masker // nil: there is nothing to hide
}

func (s *columnSelector) typ() *cqltype.Type { return s.column.Type }
func (s *columnSelector) name() string       { return s.column.Name }
func (s *columnSelector) eval(r *Row, run *Run) ([]byte, error) {
	if s.mask != nil && run.masked {
		return s.mask.hide(run.fn, r.values[s.slot])
	}
	return r.values[s.slot], nil
}

// termSelector is an expression without columns.
type termSelector struct {
	term Term
	text string
}

func (s *termSelector) typ() *cqltype.Type { return s.term.Type() }
func (s *termSelector) name() string       { return s.text }

// eval has an unset marker as an empty value, as Cassandra does.
func (s *termSelector) eval(_ *Row, run *Run) ([]byte, error) {
	v, err := s.term.Eval(run.env)
	if IsUnset(v) {
		v = []byte{}
	}
	return v, err
}

// isTerminal says whether a selector has the same value for all rows of an execution.
// Source: Cassandra 5.0, Selector.isTerminal and AbstractFunctionSelector.newFactory.
func isTerminal(s selector) bool {
	switch s := s.(type) {
	case *termSelector:
		return true
	case *hintSelector:
		return isTerminal(s.selector)
	case parenSelector:
		return isTerminal(s.selector)
	case *callSelector:
		return s.isPure() && !slices.ContainsFunc(s.args, func(a selector) bool { return !isTerminal(a) })
	}
	return false
}

// refuseUnset refuses an argument that is a marker without a value.
func refuseUnset(f *function.Function, arg selector, run *Run) error {
	t, ok := arg.(*termSelector)
	if !ok {
		return nil
	}
	v, err := t.term.Eval(run.env)
	if IsUnset(v) {
		err = cassandra.Invalidf("Invalid unset value for argument in call to function %s", f.Name.Name)
	}
	return err
}

// callSelector is a scalar function, cast or operation.
type callSelector struct {
	f    *function.Function
	args []selector
	of   string
}

func (s *callSelector) typ() *cqltype.Type { return s.f.Return }
func (s *callSelector) name() string       { return s.of }
func (s *callSelector) eval(r *Row, run *Run) ([]byte, error) {
	args := make([][]byte, len(s.args))
	for i, a := range s.args {
		var err error
		if args[i], err = a.eval(r, run); err != nil {
			return nil, err
		}
	}
	return s.f.Call(run.fn, args)
}

// isPure says whether a call with the same arguments always has the same value. Of users' functions Cassandra does not know.
func (s *callSelector) isPure() bool { return !s.f.Impure && !s.f.User }

// check looks at the arguments that are the same for all rows; where all are, it calls the function.
func (s *callSelector) check(run *Run) error {
	for _, a := range s.args {
		if err := refuseUnset(s.f, a, run); err != nil {
			return err
		}
	}
	if !isTerminal(s) {
		return nil
	}
	_, err := s.eval(nil, run)
	return err
}

// aggregateSelector is an aggregate function; its state is at an index of the run's.
type aggregateSelector struct {
	f     *function.Function
	args  []selector
	of    string
	index int
}

func (s *aggregateSelector) typ() *cqltype.Type { return s.f.Return }
func (s *aggregateSelector) name() string       { return s.of }
func (s *aggregateSelector) eval(_ *Row, run *Run) ([]byte, error) {
	return run.states[s.index].Result()
}

// add takes a row into the aggregate.
func (s *aggregateSelector) add(r *Row, run *Run) error {
	run.args = run.args[:0]
	for _, a := range s.args {
		if err := refuseUnset(s.f, a, run); err != nil {
			return err
		}
		v, err := a.eval(r, run)
		if err != nil {
			return err
		}
		run.args = append(run.args, v)
	}
	return run.states[s.index].Add(run.args)
}

// tokenSelector is token() of the whole partition key: the row knows it.
type tokenSelector struct{ of string }

func (s *tokenSelector) typ() *cqltype.Type { return cqltype.Bigint }
func (s *tokenSelector) name() string       { return s.of }
func (s *tokenSelector) eval(r *Row, _ *Run) ([]byte, error) {
	return cqltype.AppendBigint(nil, int64(r.Token)), nil
}

// metaSelector is writetime, maxwritetime or ttl of a column, or of an element of it.
type metaSelector struct {
	what   string
	column *columnSelector
	path   func(run *Run) ([]byte, error) // of one element; nil: the column
	of     string
	t      *cqltype.Type
}

func (s *metaSelector) typ() *cqltype.Type { return s.t }
func (s *metaSelector) name() string       { return s.of }

func (s *metaSelector) eval(r *Row, run *Run) ([]byte, error) {
	c := r.cells[s.column.slot]
	if c == nil {
		return nil, nil
	}
	if !c.Complex {
		return s.value(c.Timestamp, c.TTL, c.ExpiresAt, run), nil
	}
	if s.path != nil {
		if s.column.mask != nil && run.masked && s.column.column.Type.IsCollection() {
			return nil, nil // which elements there are is hidden
		}
		want, err := s.path(run)
		if err != nil {
			return nil, err
		}
		for i := range c.Elements {
			if e := &c.Elements[i]; string(e.Path) == string(want) {
				return s.value(e.Timestamp, e.TTL, e.ExpiresAt, run), nil
			}
		}
		return nil, nil
	}
	return s.complex(c, run), nil
}

// value is one cell's timestamp or remaining TTL; nil when it has none.
func (s *metaSelector) value(timestamp int64, ttl int32, expiresAt int64, run *Run) []byte {
	if s.what != "ttl" {
		return cqltype.AppendBigint(nil, timestamp)
	}
	if ttl == 0 {
		return nil
	}
	return cqltype.AppendInt(nil, int32(expiresAt-run.env.Now))
}

// complex is the list of the elements' values, in their order; for a UDT a value for each field; maxwritetime is the largest.
func (s *metaSelector) complex(c *row.Cell, run *Run) []byte {
	if s.what == "maxwritetime" {
		most := c.Elements[0].Timestamp
		for i := range c.Elements {
			most = max(most, c.Elements[i].Timestamp)
		}
		return cqltype.AppendBigint(nil, most)
	}
	t := s.column.column.Type
	sortCellElements(t, c.Elements)
	var out []byte
	n := 0
	add := func(e *row.Element) {
		var v []byte
		if e != nil {
			v = s.value(e.Timestamp, e.TTL, e.ExpiresAt, run)
		}
		out = cqltype.AppendElement(out, v)
		n++
	}
	if t.Kind == cqltype.KindUDT {
		for f := range t.Elems {
			var found *row.Element
			for i := range c.Elements {
				if e := &c.Elements[i]; len(e.Path) == 2 && int(binary.BigEndian.Uint16(e.Path)) == f {
					found = e
				}
			}
			add(found)
		}
	} else {
		for i := range c.Elements {
			add(&c.Elements[i])
		}
	}
	return append(cqltype.AppendCount(nil, n), out...)
}

// elementSelector is of[key] of a map or set; sliceSelector of[from..to]; fieldSelector of.field.
type elementSelector struct {
	of   selector
	key  Term
	text string
	t    *cqltype.Type
}

func (s *elementSelector) typ() *cqltype.Type { return s.t }
func (s *elementSelector) name() string       { return s.text }
func (s *elementSelector) eval(r *Row, run *Run) ([]byte, error) {
	raw, err := s.of.eval(r, run)
	if err != nil || raw == nil {
		return nil, err
	}
	want, err := selectionKey(s.key, run, s.of.name())
	if err != nil {
		return nil, err
	}
	t := s.of.typ()
	elems, err := t.Elements(raw)
	if err != nil {
		return nil, err
	}
	step := len(t.Elems)
	for i := 0; i < len(elems); i += step {
		if t.Elems[0].Compare(elems[i], want) == 0 {
			return elems[i+step-1], nil
		}
	}
	return nil, nil
}

type sliceSelector struct {
	of       selector
	from, to Term
	text     string
}

func (s *sliceSelector) typ() *cqltype.Type { return s.of.typ() }
func (s *sliceSelector) name() string       { return s.text }
func (s *sliceSelector) eval(r *Row, run *Run) ([]byte, error) {
	raw, err := s.of.eval(r, run)
	if err != nil || raw == nil {
		return nil, err
	}
	t := s.of.typ()
	elems, err := t.Elements(raw)
	if err != nil {
		return nil, err
	}
	from, err := selectionBound(s.from, run, s.of.name())
	if err != nil {
		return nil, err
	}
	to, err := selectionBound(s.to, run, s.of.name())
	if err != nil {
		return nil, err
	}
	var kept [][]byte
	step := len(t.Elems)
	for i := 0; i < len(elems); i += step {
		if (from == nil || t.Elems[0].Compare(elems[i], from) >= 0) && (to == nil || t.Elems[0].Compare(elems[i], to) <= 0) {
			kept = append(kept, elems[i:i+step]...)
		}
	}
	if kept == nil && t.IsMultiCell() {
		return nil, nil
	}
	return t.Join(kept), nil
}

type fieldSelector struct {
	of    selector
	index int
	text  string
}

func (s *fieldSelector) typ() *cqltype.Type { return s.of.typ().Elems[s.index] }
func (s *fieldSelector) name() string       { return s.text }
func (s *fieldSelector) eval(r *Row, run *Run) ([]byte, error) {
	raw, err := s.of.eval(r, run)
	if err != nil || raw == nil {
		return nil, err
	}
	fields, err := s.of.typ().Fields(raw)
	if err != nil {
		return nil, err
	}
	return fields[s.index], nil
}

// parenSelector is an expression in parentheses, which show in its name.
type parenSelector struct{ selector }

func (s parenSelector) name() string { return "(" + s.selector.name() + ")" }

// hintSelector is an expression after a type hint, whose values its own are.
type hintSelector struct {
	selector
	t    *cqltype.Type
	text string
}

func (s *hintSelector) typ() *cqltype.Type { return s.t }
func (s *hintSelector) name() string       { return s.text }

// literalSelector is a collection, tuple or user type of selectors.
type literalSelector struct {
	t     *cqltype.Type
	elems []selector
	text  string
	// mixed says that some element is of another type: its bytes are taken for a value of the element type, as they are by Cassandra.
	mixed bool
}

func (s *literalSelector) typ() *cqltype.Type { return s.t }
func (s *literalSelector) name() string       { return s.text }
func (s *literalSelector) eval(r *Row, run *Run) ([]byte, error) {
	parts := make([][]byte, len(s.elems))
	for i, e := range s.elems {
		var err error
		if parts[i], err = e.eval(r, run); err != nil {
			return nil, err
		}
	}
	if s.mixed && s.t.Kind == cqltype.KindSet {
		for _, p := range parts {
			if err := s.t.Elems[0].Validate(p); err != nil {
				return nil, cassandra.Invalidf("%s", err) // it can't be compared
			}
		}
	}
	if s.t.Kind == cqltype.KindSet || s.t.Kind == cqltype.KindMap {
		parts = ascending(s.t, parts)
	}
	return s.t.Join(parts), nil
}
