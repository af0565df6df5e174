package plan

import (
	"bytes"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/row"
)

// holds says whether a condition is true of a row as it is; v is nil when there is no such row.
// Source: Cassandra 5.0, ColumnCondition.Bound.
func (c *condition) holds(env *Env, v *row.View) (bool, error) {
	t, stored, err := c.stored(env, v)
	if err != nil {
		return false, err
	}
	if c.op == cql.OpIn {
		values, err := c.inValues(env)
		if err != nil {
			return false, err
		}
		return slices.ContainsFunc(values, func(x []byte) bool { return equalValues(t, stored, x) }), nil
	}
	wanted, err := c.value.Eval(env)
	if err != nil {
		return false, err
	}
	if IsUnset(wanted) {
		return false, cassandra.Invalidf("Invalid 'unset' value in condition")
	}
	switch c.op {
	case cql.OpContains, cql.OpContainsKey:
		return c.contains(t, stored, wanted)
	}
	return compareCondition(t, c.op, stored, wanted)
}

// stored is the value that the condition is about, and its type.
func (c *condition) stored(env *Env, v *row.View) (*cqltype.Type, []byte, error) {
	t := c.column.Type
	var value []byte
	if v != nil {
		if cell, ok := v.Cell(c.column.ID); ok {
			value = cell.Value
			if cell.Complex {
				value = collect(t, cell)
			}
		}
	}
	switch {
	case c.field >= 0:
		if value == nil {
			return t.Elems[c.field], nil, nil
		}
		fields, err := t.Fields(value)
		if err != nil {
			return nil, nil, err
		}
		return t.Elems[c.field], fields[c.field], nil
	case c.element != nil:
		value, err := c.elementOf(env, value)
		return t.Elems[len(t.Elems)-1], value, err
	}
	return t, value, nil
}

// elementKey is the key or index of the element that the condition names.
func (c *condition) elementKey(env *Env) ([]byte, error) {
	k, err := c.element.Eval(env)
	kind := "map"
	if c.column.Type.Kind == cqltype.KindList {
		kind = "list"
	}
	switch {
	case err != nil:
		return nil, err
	case k == nil:
		return nil, cassandra.Invalidf("Invalid null value for %s element access", kind)
	case IsUnset(k):
		return nil, cassandra.Invalidf("Invalid unset value for %s element access", kind)
	}
	return k, nil
}

// elementOf is the element of a stored list or map that the condition names, or nil.
func (c *condition) elementOf(env *Env, value []byte) ([]byte, error) {
	t := c.column.Type
	k, err := c.elementKey(env)
	if err != nil {
		return nil, err
	}
	isList := t.Kind == cqltype.KindList
	index := cqltype.Int64(k)
	if isList && index < 0 {
		return nil, cassandra.Invalidf("Invalid negative list index %d", index)
	}
	if value == nil {
		return nil, nil
	}
	elems, err := t.Elements(value)
	if err != nil {
		return nil, err
	}
	if isList {
		if index >= int64(len(elems)) {
			return nil, nil
		}
		return elems[index], nil
	}
	for i := 0; i+1 < len(elems); i += 2 {
		if t.Elems[0].Compare(elems[i], k) == 0 {
			return elems[i+1], nil
		}
	}
	return nil, nil
}

// inValues are the values of IN; those that are unset count as not given.
func (c *condition) inValues(env *Env) ([][]byte, error) {
	if c.in != nil {
		var all [][]byte
		for _, t := range c.in {
			v, err := t.Eval(env)
			if err != nil {
				return nil, err
			}
			if !IsUnset(v) {
				all = append(all, v)
			}
		}
		return all, nil
	}
	if c.value == nil {
		return nil, nil
	}
	raw, err := boundList(env, c.value)
	if err != nil || raw == nil {
		return nil, err
	}
	if IsUnset(raw) {
		return nil, cassandra.Invalidf("Invalid 'unset' value in condition")
	}
	all, err := c.value.Type().Elements(raw)
	if err != nil {
		return nil, cassandra.Invalidf("%s", err)
	}
	return all, nil
}

func (c *condition) contains(t *cqltype.Type, stored, wanted []byte) (bool, error) {
	if wanted == nil {
		return false, cassandra.Invalidf("Invalid comparison with null for operator \"%s\"", c.op)
	}
	if stored == nil {
		return false, nil
	}
	elems, err := t.Elements(stored)
	if err != nil {
		return false, err
	}
	step := len(t.Elems)
	from, of := step-1, t.Elems[step-1]
	if c.op == cql.OpContainsKey {
		from, of = 0, t.Elems[0]
	}
	for i := from; i < len(elems); i += step {
		if of.Compare(elems[i], wanted) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// equalValues is equality where null equals null, and a collection without elements as well.
func equalValues(t *cqltype.Type, a, b []byte) bool {
	a, b = orEmpty(t, a, b), orEmpty(t, b, a)
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return bytes.Equal(a, b) || t.Compare(a, b) == 0
}

// orEmpty takes a multi-cell collection that is not there for an empty one when it is compared with something.
func orEmpty(t *cqltype.Type, v, other []byte) []byte {
	if v == nil && other != nil && t.IsCollection() && t.IsMultiCell() {
		return t.Join(nil)
	}
	return v
}

func compareCondition(t *cqltype.Type, op cql.Operator, stored, wanted []byte) (bool, error) {
	switch op {
	case cql.OpEq:
		return equalValues(t, stored, wanted), nil
	case cql.OpNeq:
		return !equalValues(t, stored, wanted), nil
	}
	if wanted == nil {
		return false, cassandra.Invalidf("Invalid comparison with null for operator \"%s\"", op)
	}
	if t.IsCollection() && t.IsMultiCell() {
		if elems, err := t.Elements(wanted); err == nil && len(elems) == 0 {
			return false, cassandra.Invalidf("Invalid comparison with an empty %s for operator \"%s\"", kindName(t), op)
		}
	}
	if stored == nil {
		return false, nil
	}
	n := t.Compare(stored, wanted)
	switch op {
	case cql.OpLt:
		return n < 0, nil
	case cql.OpLte:
		return n <= 0, nil
	case cql.OpGt:
		return n > 0, nil
	}
	return n >= 0, nil
}

func kindName(t *cqltype.Type) string {
	switch t.Kind {
	case cqltype.KindList:
		return "list"
	case cqltype.KindSet:
		return "set"
	}
	return "map"
}
