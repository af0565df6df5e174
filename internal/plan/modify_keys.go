package plan

import (
	"bytes"
	"slices"
	"sort"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// keysMax bounds the partitions or rows that the IN relations of one modification may name together.
const keysMax = 1 << 16

// partitions returns the partitions that the WHERE names, each once.
func (w *modifyWhere) partitions(env *Env) ([]key.Partition, error) {
	tuples, err := product(env, w.partition)
	if err != nil {
		return nil, err
	}
	var all []key.Partition
	seen := map[string]bool{}
	for _, t := range tuples {
		raw, err := appendPartitionKey(nil, t)
		if err != nil {
			return nil, err
		}
		if !seen[string(raw)] {
			seen[string(raw)] = true
			all = append(all, key.NewPartition(raw))
		}
	}
	return all, nil
}

// appendPartitionKey appends the serialized key of its components, or says why it can't be one.
func appendPartitionKey(dst []byte, components [][]byte) ([]byte, error) {
	at := len(dst)
	if len(components) > 1 {
		for _, c := range components {
			if len(c) > key.PartitionKeyBytesMax {
				return dst, errKeyLength(len(c))
			}
		}
	}
	dst = key.AppendPartition(dst, components...)
	switch n := len(dst) - at; {
	case n == 0:
		return dst, cassandra.Invalidf("Key may not be empty")
	case n > key.PartitionKeyBytesMax:
		return dst, errKeyLength(n)
	}
	return dst, nil
}

func errKeyLength(n int) error {
	return cassandra.Invalidf("Key length of %d is longer than maximum of %d", n, key.PartitionKeyBytesMax)
}

// rows returns the encoded clustering keys that the WHERE names, ascending and each once.
func (w *modifyWhere) rows(env *Env) ([][]byte, error) {
	return w.encoded(env, w.clustering, false)
}

// namedRows are the rows of a WHERE that names rows, not ranges or whole partitions; else nil.
func (w *modifyWhere) namedRows(env *Env) ([][]byte, error) {
	if w.isRange() || len(w.clustering) == 0 {
		return nil, nil
	}
	return w.rows(env)
}

// encoded returns the encoded values of relations on the first clustering columns; open says that the last is to stand for all bytes that its
// value may be written with.
func (w *modifyWhere) encoded(env *Env, relations []*keyRelation, open bool) ([][]byte, error) {
	tuples, err := product(env, relations)
	if err != nil {
		return nil, err
	}
	all := make([][]byte, 0, len(tuples))
	for _, t := range tuples {
		raw := []byte{}
		for i, v := range t {
			c := w.table.Clustering[i]
			if len(v) > key.PartitionKeyBytesMax {
				return nil, errKeyLength(len(v))
			}
			raw = appendPart(raw, c, v, open && i == len(t)-1)
		}
		all = append(all, raw)
	}
	sort.Slice(all, func(i, j int) bool { return bytes.Compare(all[i], all[j]) < 0 })
	return slices.CompactFunc(all, bytes.Equal), nil
}

// ranges returns the ranges of rows that the WHERE names.
func (w *modifyWhere) ranges(env *Env) ([]key.Range, error) {
	equal := w.clustering
	var bounds []*keyRelation
	for i, r := range w.clustering {
		if r.isSlice() {
			equal, bounds = w.clustering[:i], w.clustering[i:]
			break
		}
	}
	prefixes, err := w.encoded(env, equal, len(bounds) == 0)
	if err != nil {
		return nil, err
	}
	var all []key.Range
	for _, p := range prefixes {
		ranges := []key.Range{key.Prefix(p)}
		for _, b := range bounds {
			tuples, err := b.evaluate(env)
			if err != nil {
				return nil, err
			}
			ranges = intersectRanges(ranges, beyond(p, b.columns, tuples[0], b.op == cql.OpGte || b.op == cql.OpLte, !isLower(b.op)))
		}
		all = append(all, ranges...)
	}
	return all, nil
}

// product returns all tuples of the values of relations on successive columns.
func product(env *Env, relations []*keyRelation) ([][][]byte, error) {
	all := [][][]byte{nil}
	for _, r := range relations {
		tuples, err := r.evaluate(env)
		if err != nil {
			return nil, err
		}
		if len(all)*len(tuples) > keysMax {
			return nil, cassandra.Invalidf("The statement names more than %d keys", keysMax)
		}
		next := make([][][]byte, 0, len(all)*len(tuples))
		for _, head := range all {
			for _, t := range tuples {
				next = append(next, append(head[:len(head):len(head)], t...))
			}
		}
		all = next
	}
	return all, nil
}

// evaluate evaluates a relation's tuples, which hold neither null nor unset: Cassandra looks for these when all values are there.
func (r *keyRelation) evaluate(env *Env) ([][][]byte, error) {
	if r.list != nil {
		return r.listed(env)
	}
	all := make([][][]byte, len(r.tuples))
	for i := range r.tuples {
		var err error
		if all[i], err = r.tuple(env, &r.tuples[i]); err != nil {
			return nil, err
		}
	}
	for _, refused := range []struct {
		is   func([]byte) bool
		text string
	}{{isNull, "Invalid null value in condition for column %s"}, {IsUnset, "Invalid unset value for column %s"}} {
		for _, t := range all {
			if i := slices.IndexFunc(t, refused.is); i >= 0 {
				return nil, cassandra.Invalidf(refused.text, r.columns[i].Name)
			}
		}
	}
	return all, nil
}

// tuple evaluates one tuple; values of terms may still be null or unset.
func (r *keyRelation) tuple(env *Env, t *tupleTerm) ([][]byte, error) {
	if t.whole == nil {
		values := make([][]byte, len(t.terms))
		for i, x := range t.terms {
			var err error
			if values[i], err = x.Eval(env); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	raw, err := keyValue(env, r.columns[0], t.whole)
	if err != nil {
		return nil, err
	}
	return r.fields(t.whole, raw)
}

func (r *keyRelation) fields(t Term, raw []byte) ([][]byte, error) {
	typ := t.Type()
	if r.list != nil {
		typ = typ.Elems[0]
	}
	values, err := typ.Fields(raw)
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	for i, v := range values {
		if v == nil {
			return nil, cassandra.Invalidf("Invalid null value for column %s", r.columns[i].Name)
		}
	}
	return values, nil
}

// listed evaluates IN ?.
func (r *keyRelation) listed(env *Env) ([][][]byte, error) {
	raw, err := boundList(env, r.list)
	if err != nil {
		return nil, err
	}
	name := columnNames(r.columns)
	if IsUnset(raw) {
		return nil, cassandra.Invalidf("Invalid unset value for column %s", name)
	}
	if raw == nil {
		return nil, cassandra.Invalidf("Invalid null value for column %s", name)
	}
	elems, err := r.list.Type().Elements(raw)
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	all := make([][][]byte, len(elems))
	for i, e := range elems {
		if err := r.list.Type().Elems[0].Validate(e); err != nil {
			return nil, cassandra.Invalidf("%s", err)
		}
		switch {
		case e == nil:
			return nil, cassandra.Invalidf("Invalid null value in condition for column %s", name)
		case len(r.columns) == 1 && r.list.Type().Elems[0].Equal(r.columns[0].Type):
			all[i] = [][]byte{e}
		default:
			if all[i], err = r.fields(r.list, e); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// boundList is the list of IN ? without a look at its elements: a null there has words of its own.
func boundList(env *Env, list Term) ([]byte, error) {
	i, ok := MarkerIndex(list)
	if !ok {
		return list.Eval(env)
	}
	if v := &env.Values[i]; !v.Unset {
		return v.Bytes, nil
	}
	return unset, nil
}

// keyValue evaluates the value of a key column.
func keyValue(env *Env, c *schema.Column, t Term) ([]byte, error) {
	v, err := t.Eval(env)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, cassandra.Invalidf("Invalid null value in condition for column %s", c.Name)
	}
	if IsUnset(v) {
		return nil, cassandra.Invalidf("Invalid unset value for column %s", c.Name)
	}
	return v, nil
}
