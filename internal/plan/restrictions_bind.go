package plan

import (
	"bytes"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/schema"
)

// partitionsMax bounds the partitions and slices that the INs of one statement may multiply to.
const partitionsMax = 65_536

// conditionValue evaluates a term that a key column is compared with.
func conditionValue(t Term, env *Env, name string) ([]byte, error) {
	v, err := t.Eval(env)
	if err != nil {
		return nil, err
	}
	if IsUnset(v) {
		return nil, cassandra.Invalidf("Invalid unset value for column %s", name)
	}
	if v == nil {
		return nil, cassandra.Invalidf("Invalid null value in condition for column %s", name)
	}
	return v, nil
}

// values returns what an = or IN restriction of one column allows, ascending and each once. In the IN of a filter null may stand; it matches
// nothing.
func (r *restriction) values(env *Env, filter bool) ([][]byte, error) {
	name := columnNames(r.columns)
	t := r.columns[0].Type
	if r.multi {
		t = tupleType(r.columns)
		name = r.columns[0].Name
	}
	if r.eq != nil {
		v, err := conditionValue(r.eq, env, name)
		return [][]byte{v}, err
	}
	var all [][]byte
	if r.inList != nil {
		raw, err := r.inList.Eval(env)
		if err != nil {
			return nil, err
		}
		if IsUnset(raw) {
			return nil, cassandra.Invalidf("Invalid unset value for column %s", name)
		}
		if raw == nil {
			return nil, cassandra.Invalidf("Invalid null value for column %s", name)
		}
		if all, err = r.inList.Type().Elements(raw); err != nil {
			return nil, cassandra.Invalidf("%v", err)
		}
	}
	for _, term := range r.in {
		v, err := term.Eval(env)
		if err != nil {
			return nil, err
		}
		if filter && v == nil {
			break // of a filter's list what stands behind null is not looked at, as in Cassandra, and an unset value is the empty one
		}
		if filter && IsUnset(v) {
			v = []byte{}
		}
		all = append(all, v)
	}
	if !filter && slices.ContainsFunc(all, isNull) {
		return nil, cassandra.Invalidf("Invalid null value in condition for column %s", name)
	}
	if slices.ContainsFunc(all, IsUnset) {
		return nil, cassandra.Invalidf("Invalid unset value for column %s", name)
	}
	all = slices.DeleteFunc(slices.Clone(all), isNull) // no row has null: it may stand in the list of a filter and never matches
	slices.SortStableFunc(all, t.Compare)
	return slices.CompactFunc(all, func(a, b []byte) bool { return t.Compare(a, b) == 0 }), nil
}

func isNull(v []byte) bool { return v == nil }

func tupleType(columns []*schema.Column) *cqltype.Type {
	types := make([]*cqltype.Type, len(columns))
	for i, c := range columns {
		types[i] = c.Type
	}
	return cqltype.TupleOf(types...)
}

var errEmptyKey = cassandra.Invalidf("Key may not be empty")

// partitions returns the partitions that the partition key's restrictions name, in the order of their values.
func (r *restrictions) partitions(env *Env) ([]key.Partition, error) {
	keys := [][][]byte{nil}
	for i, p := range r.partition {
		if len(keys) == 0 {
			break // what else there is is not evaluated
		}
		values, err := p.values(env, false)
		if err != nil {
			return nil, err
		}
		if len(keys)*len(values) > partitionsMax {
			return nil, cassandra.Invalidf("IN restrictions of the partition key give more than %d partitions", partitionsMax)
		}
		next := make([][][]byte, 0, len(keys)*len(values))
		for _, k := range keys {
			for _, v := range values {
				next = append(next, append(k[:i:i], v))
			}
		}
		keys = next
	}
	out := make([]key.Partition, 0, len(keys))
	for _, k := range keys {
		out = append(out, key.NewPartition(key.AppendPartition(nil, k...)))
	}
	return out, nil
}

// tokenValue is what token() is compared with.
func (r *restrictions) tokenValue(env *Env, t Term) (key.Token, error) {
	v, err := t.Eval(env)
	if err != nil {
		return 0, err
	}
	if IsUnset(v) {
		return 0, cassandra.Invalidf("Invalid unset value for column %s", columnNames(r.table.PartitionKey))
	}
	if len(v) != 8 {
		return 0, cassandra.Invalidf("Invalid null token value")
	}
	return key.Token(cqltype.Int64(v)), nil
}

// withTokens takes those of whole partition keys away whose tokens are not as token() says. Other than where tokens are scanned the least one is
// a value like others here, and a lower bound above the upper one leaves what is beyond either.
// Source: Cassandra 5.0, TokenFilter.
func (r *restrictions) withTokens(env *Env, all []key.Partition) ([]key.Partition, error) {
	var values [3]key.Token
	for i, t := range [...]Term{r.token.eq, r.token.low.term(), r.token.high.term()} {
		if t == nil {
			continue
		}
		var err error
		if values[i], err = r.tokenValue(env, t); err != nil {
			return nil, err
		}
	}
	eq, low, high := values[0], values[1], values[2]
	holds := func(t key.Token) bool {
		if r.token.eq != nil {
			return t == eq
		}
		above := r.token.low == nil || t > low || r.token.low.inclusive && t == low
		below := r.token.high == nil || t < high || r.token.high.inclusive && t == high
		if r.token.low != nil && r.token.high != nil && low > high {
			return above || below
		}
		return above && below
	}
	return slices.DeleteFunc(all, func(p key.Partition) bool { return !holds(p.Token) }), nil
}

// tokens returns the range that token() restrictions leave; ok is false when it is empty.
func (r *restrictions) tokens(env *Env) (key.TokenRange, bool, error) {
	all := key.TokenRange{First: key.MinToken, Last: key.MaxToken}
	if r.token == nil {
		return all, true, nil
	}
	if r.token.eq != nil {
		t, err := r.tokenValue(env, r.token.eq)
		if err == nil && t == key.MinToken {
			return all, true, nil // it is the end of the ring as well as its beginning
		}
		return key.TokenRange{First: t, Last: t}, true, err
	}
	if b := r.token.low; b != nil {
		t, err := r.tokenValue(env, b.value)
		if err != nil {
			return all, false, err
		}
		if all.First = t; !b.inclusive {
			if t == key.MaxToken {
				return all, false, nil
			}
			all.First++
		}
	}
	if b := r.token.high; b != nil {
		t, err := r.tokenValue(env, b.value)
		if err != nil {
			return all, false, err
		}
		switch {
		case t == key.MinToken: // as an upper bound it is the end of the ring
		case b.inclusive:
			all.Last = t
		default:
			all.Last = t - 1
		}
	}
	return all, all.First <= all.Last, nil
}

// slices returns the ranges of clustering keys that the first n clustering columns' restrictions leave: ascending and disjoint. nil is all
// rows; an empty slice that is not nil is none.
func (r *restrictions) slices(env *Env, n int) ([]key.Range, error) {
	if n == 0 {
		return nil, nil
	}
	prefixes := [][]byte{nil}
	for i := 0; i < n && len(prefixes) > 0; {
		c := r.clusters[i]
		if c.isSlice() {
			return r.sliceRanges(env, c, prefixes)
		}
		values, err := c.values(env, false)
		if err != nil {
			return nil, err
		}
		if len(prefixes)*len(values) > partitionsMax {
			return nil, cassandra.Invalidf("IN restrictions of the clustering columns give more than %d rows", partitionsMax)
		}
		next := make([][]byte, 0, len(prefixes)*len(values))
		for _, p := range prefixes {
			for _, v := range values {
				k, err := c.appendBound(slices.Clone(p), v, i+len(c.columns) == n)
				if err != nil {
					return nil, err
				}
				next = append(next, k)
			}
		}
		prefixes = next
		i += len(c.columns)
	}
	out := make([]key.Range, 0, len(prefixes))
	for _, p := range prefixes {
		out = append(out, key.Prefix(p))
	}
	return ascendingRanges(out), nil
}

// ascendingRanges sorts ranges and joins those that touch or overlap.
func ascendingRanges(all []key.Range) []key.Range {
	slices.SortFunc(all, func(a, b key.Range) int { return bytes.Compare(a.Start, b.Start) })
	out := all[:0]
	for _, r := range all {
		if r.IsEmpty() {
			continue
		}
		if n := len(out); n > 0 && (out[n-1].End == nil || bytes.Compare(out[n-1].End, r.Start) >= 0) {
			if last := &out[n-1]; last.End != nil && (r.End == nil || bytes.Compare(r.End, last.End) > 0) {
				last.End = r.End
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// appendBound appends the encoded components of a value: of the column, or of each column of a tuple. Only the very last component of a prefix may
// leave open with which bytes a value is written (decimals 1.0 and 1.00): what stands behind it would not fit else.
func (r *restriction) appendBound(dst, value []byte, last bool) ([]byte, error) {
	if !r.multi {
		return appendPart(dst, r.columns[0], value, last), nil
	}
	parts, err := r.split(value, len(r.columns))
	if err != nil {
		return nil, err
	}
	for i, c := range r.columns {
		dst = appendPart(dst, c, parts[i], last && i == len(parts)-1)
	}
	return dst, nil
}

func appendPart(dst []byte, c *schema.Column, value []byte, last bool) []byte {
	if last {
		return key.AppendBound(dst, c.Type, c.Descending, value)
	}
	return key.AppendClustering(dst, c.Type, c.Descending, value)
}

// split takes the value of the first n columns apart; none may be null.
func (r *restriction) split(value []byte, n int) ([][]byte, error) {
	if !r.multi {
		return [][]byte{value}, nil
	}
	parts, err := tupleType(r.columns[:n]).Fields(value)
	if err != nil {
		return nil, cassandra.Invalidf("%v", err)
	}
	for i, p := range parts {
		if p == nil {
			return nil, cassandra.Invalidf("Invalid null value in condition for column %s", r.columns[i].Name)
		}
	}
	return parts, nil
}

// sliceRanges returns the ranges of a slice under each prefix.
func (r *restrictions) sliceRanges(env *Env, c *restriction, prefixes [][]byte) ([]key.Range, error) {
	ends := make([][][]byte, 2)
	for i, b := range []*bound{c.low, c.high} {
		if b == nil {
			continue
		}
		v, err := b.value.Eval(env)
		if err != nil {
			return nil, err
		}
		if v == nil {
			// null stands before all rows of the storage's order, as in Cassandra
			if upper := i == 1; upper != c.columns[0].Descending {
				return []key.Range{}, nil
			}
			continue
		}
		if IsUnset(v) {
			return nil, cassandra.Invalidf("Invalid unset value for column %s", c.columns[0].Name)
		}
		if ends[i], err = c.split(v, b.columns); err != nil {
			return nil, err
		}
	}
	out := []key.Range{}
	for _, p := range prefixes {
		under := []key.Range{{Start: p, End: endOf(p)}}
		if ends[0] != nil {
			under = intersectRanges(under, beyond(p, c.columns[:c.low.columns], ends[0], c.low.inclusive, false))
		}
		if ends[1] != nil {
			under = intersectRanges(under, beyond(p, c.columns[:c.high.columns], ends[1], c.high.inclusive, true))
		}
		out = append(out, under...)
	}
	return ascendingRanges(out), nil
}

// endOf is where the keys with a prefix end; nil for the empty prefix: at the last row.
func endOf(prefix []byte) []byte {
	if len(prefix) == 0 {
		return nil
	}
	return key.After(prefix)
}

// beyond returns the ranges of the keys under prefix whose columns, as a tuple, are greater (or less) than values. With columns of mixed
// order that is more than one range: (a, b) > (1, 2) is a > 1, and a = 1 with b > 2.
func beyond(prefix []byte, columns []*schema.Column, values [][]byte, inclusive, less bool) []key.Range {
	var out []key.Range
	p := slices.Clone(prefix)
	for i, c := range columns {
		at := key.AppendBound(slices.Clone(p), c.Type, c.Descending, values[i])
		if less == c.Descending {
			out = append(out, key.Range{Start: key.After(at), End: endOf(p)})
		} else {
			out = append(out, key.Range{Start: p, End: at})
		}
		p = appendPart(slices.Clone(p), c, values[i], i == len(columns)-1)
	}
	if inclusive {
		out = append(out, key.Prefix(p))
	}
	return ascendingRanges(out)
}

// intersectRanges returns what lies in a range of both; both are ascending and disjoint.
func intersectRanges(a, b []key.Range) []key.Range {
	out := []key.Range{}
	for _, x := range a {
		for _, y := range b {
			r := x
			if bytes.Compare(y.Start, r.Start) > 0 {
				r.Start = y.Start
			}
			if r.End == nil || y.End != nil && bytes.Compare(y.End, r.End) < 0 {
				r.End = y.End
			}
			if !r.IsEmpty() {
				out = append(out, r)
			}
		}
	}
	return out
}
