package plan

import (
	"bytes"
	"sort"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// marker is a bound value.
type marker struct {
	typ   *cqltype.Type
	index int
	// ordered is true when holdsOrder is true of the type.
	ordered bool
}

func (s *Scope) marker(e *cql.Bind, to Receiver) Term {
	table := ""
	if s.Table != nil {
		table = s.Table.Name
	}
	s.binds.set(e.Index, s.Keyspace, table, to.Name, to.Type)
	if c := to.Column; c != nil && c.Kind == schema.PartitionKey {
		s.binds.setPartitionKey(c.Position, e.Index)
	}
	return &marker{to.Type, e.Index, holdsOrder(to.Type)}
}

func (m *marker) Type() *cqltype.Type { return m.typ }
func (m *marker) hasMarker() bool     { return true }

// holdsOrder says whether a type is a set or map, or a collection of such. Cassandra does not look into tuples, user types and vectors.
func holdsOrder(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindSet || t.Kind == cqltype.KindMap || t.Kind == cqltype.KindList && holdsOrder(t.Elems[0])
}

// Eval returns the bound bytes, valid for the type. Sets and maps, those in collections too, are put in their
// type's order, which a client need not keep.
func (m *marker) Eval(env *Env) ([]byte, error) {
	v := &env.Values[m.index]
	if v.Unset {
		return unset, nil
	}
	if v.Bytes == nil {
		return nil, nil
	}
	if err := m.typ.Validate(v.Bytes); err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	if m.ordered {
		return inOrder(m.typ, v.Bytes)
	}
	return v.Bytes, nil
}

// MarkerIndex returns the number of the marker that a term consists of.
func MarkerIndex(t Term) (index int, ok bool) {
	m, ok := t.(*marker)
	if !ok {
		return 0, false
	}
	return m.index, true
}

// inOrder returns a value whose sets and maps have their elements ascending and each once (of a map's equal keys the last one counts).
func inOrder(t *cqltype.Type, raw []byte) ([]byte, error) {
	if len(raw) == 0 || !holdsOrder(t) {
		return raw, nil
	}
	elems, err := t.Elements(raw)
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	changed := false
	for i, e := range elems {
		v, err := inOrder(t.Elems[i%len(t.Elems)], e)
		if err != nil {
			return nil, err
		}
		if len(v) > 0 && &v[0] != &e[0] {
			elems[i], changed = v, true
		}
	}
	if t.Kind == cqltype.KindSet || t.Kind == cqltype.KindMap {
		step := len(t.Elems)
		for i := step; i < len(elems); i += step {
			if t.Elems[0].Compare(elems[i-step], elems[i]) >= 0 {
				return t.Join(ascending(t, elems)), nil
			}
		}
	}
	if !changed {
		return raw, nil
	}
	return t.Join(elems), nil
}

// ascending sorts the elements of a set, or the keys and values by turns of a map, and drops doubles.
func ascending(t *cqltype.Type, elems [][]byte) [][]byte {
	step := len(t.Elems)
	groups := make([][][]byte, 0, len(elems)/step)
	for i := 0; i+step <= len(elems); i += step {
		groups = append(groups, elems[i:i+step])
	}
	sort.SliceStable(groups, func(i, j int) bool { return t.Elems[0].Compare(groups[i][0], groups[j][0]) < 0 })
	out := make([][]byte, 0, len(elems))
	for i, g := range groups {
		if i+1 < len(groups) && (bytes.Equal(g[0], groups[i+1][0]) || t.Elems[0].Compare(g[0], groups[i+1][0]) == 0) {
			continue
		}
		out = append(out, g...)
	}
	return out
}
