package plan

import (
	"bytes"
	"encoding/binary"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// NewRun begins an execution of the selectors; masked hides what has a mask.
func (p *Select) NewRun(env *Env, masked bool) *Run {
	run := &Run{env: env, masked: masked && p.masked}
	if p.plain == nil || run.masked {
		run.fn = env.functionContext()
	}
	p.ResetGroup(run)
	return run
}

// ResetGroup begins another group.
func (p *Select) ResetGroup(run *Run) {
	if len(p.aggregates) == 0 {
		return
	}
	run.states = run.states[:0]
	for _, a := range p.aggregates {
		run.states = append(run.states, a.f.New(run.fn))
	}
}

// Add takes a row into the aggregates.
func (p *Select) Add(r *Row, run *Run) error {
	for _, a := range p.aggregates {
		if err := a.add(r, run); err != nil {
			return err
		}
	}
	return nil
}

// AppendRow appends a row's values to a response body.
func (p *Select) AppendRow(dst []byte, r *Row, run *Run) ([]byte, error) {
	if p.plain != nil && !run.masked {
		for _, slot := range p.plain {
			dst = protocol.AppendBytes(dst, r.values[slot])
		}
		return dst, nil
	}
	if p.JSON {
		return p.appendJSON(dst, r, run)
	}
	for _, s := range p.selectors {
		v, err := s.eval(r, run)
		if err != nil {
			return dst, err
		}
		dst = protocol.AppendBytes(dst, v)
	}
	return dst, nil
}

// appendJSON appends a row as one JSON object.
func (p *Select) appendJSON(dst []byte, r *Row, run *Run) ([]byte, error) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, '{')
	for i, s := range p.selectors {
		v, err := s.eval(r, run)
		if err != nil {
			return dst, err
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, p.jsonNames[i]...), ": "...)
		if v == nil {
			dst = append(dst, "null"...)
			continue
		}
		if l, ok := s.(*literalSelector); ok {
			if err := l.t.Validate(v); err != nil {
				return dst, cassandra.Invalidf("%s", err) // of elements that are of another type
			}
		}
		dst = s.typ().AppendJSON(dst, v)
	}
	dst = append(dst, '}')
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, nil
}

// SameGroup says whether two rows are of one GROUP BY group.
func (p *Select) SameGroup(a, b *Row, run *Run) (bool, error) {
	for i := range p.groups { // keys are the first slots
		if !bytes.Equal(a.values[i], b.values[i]) {
			return false, nil
		}
	}
	for _, s := range p.groupBy {
		x, err := s.eval(a, run)
		if err != nil {
			return false, err
		}
		y, err := s.eval(b, run)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(x, y) {
			return false, nil
		}
	}
	return true, nil
}

// GroupsByPartition says whether groups never hold less than a partition.
func (p *Select) GroupsByPartition() bool {
	return p.groups == len(p.Table.PartitionKey) && p.groupBy == nil
}

// Sort orders kept rows by ORDER BY.
func (p *Select) Sort(rows []*Row) {
	slices.SortStableFunc(rows, func(a, b *Row) int {
		for _, k := range p.sort {
			c := k.t.Compare(a.values[k.slot], b.values[k.slot])
			if k.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}
