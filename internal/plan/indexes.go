package plan

import (
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/guardrail"
	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// indexUse is one restriction that an index answers: of a restriction by several CONTAINS each is one.
type indexUse struct {
	index       *schema.Index
	restriction *restriction
	key, value  Term // equality; key is set for entries of maps only
	position    int  // of value, a tuple: the place of the column in it; -1: value is the column's own
}

// isEqual says whether a restriction is by one value: = or IN with one.
func (r *restriction) isEqual() bool { return r.eq != nil || r.inList == nil && len(r.in) == 1 }

// equalTo is the value of such a restriction.
func (r *restriction) equalTo() Term {
	if r.eq != nil {
		return r.eq
	}
	return r.in[0]
}

// supports says whether an index answers a restriction, or a part of one by several CONTAINS.
// Source: Cassandra 5.0, SingleRestriction.isSupportedBy.
func (r *restriction) supports(x *schema.Index) bool {
	if x.Similarity != schema.NoSimilarity {
		return false
	}
	if r.multi {
		return slices.Contains(r.columns, x.Column) && r.supportsColumn(x)
	}
	return r.columns[0] == x.Column && r.supportsColumn(x)
}

func (r *restriction) supportsColumn(x *schema.Index) bool {
	switch x.Part {
	case schema.IndexValues:
		return len(r.holds) > 0
	case schema.IndexKeys:
		return len(r.keys) > 0
	case schema.IndexEntries:
		return len(r.entries) > 0
	}
	switch {
	case r.isContains():
		return false
	case r.like != nil: // which forms, the value will tell
		return x.Class == schema.SASIIndex && x.SASI.Literal
	case r.isSlice():
		return x.HasRanges()
	}
	return r.isEqual() && (x.Class != schema.SASIIndex || x.SASI.HasEqual())
}

// inGroup says whether indexes that serve a query together answer all of a restriction.
func (r *restriction) inGroup(group []*schema.Index) bool {
	if r.multi {
		for _, c := range r.columns {
			if !slices.ContainsFunc(group, func(x *schema.Index) bool { return x.Column == c && r.supports(x) }) {
				return false
			}
		}
		return true
	}
	several := len(r.holds)+len(r.keys)+len(r.entries) > 1
	return slices.ContainsFunc(group, func(x *schema.Index) bool {
		return r.supports(x) && !(several && x.Class == schema.ClassicIndex)
	})
}

// groups are the indexes that serve a query together: all storage-attached ones, and each other alone.
func groups(t *schema.Table) [][]*schema.Index {
	var all [][]*schema.Index
	var attached []*schema.Index
	for _, x := range t.Indexes {
		if x.Class == schema.StorageAttachedIndex {
			attached = append(attached, x)
		} else {
			all = append(all, []*schema.Index{x})
		}
	}
	if attached != nil {
		all = append(all, attached)
	}
	return all
}

func (r *restriction) isIndexed(t *schema.Table) bool {
	return slices.ContainsFunc(t.Indexes, r.supports)
}

func anyIndexed(t *schema.Table, all []*restriction) bool {
	return slices.ContainsFunc(all, func(r *restriction) bool { return r != nil && r.isIndexed(t) })
}

// hasIndex says whether an index answers any of the restrictions.
func (r *restrictions) hasIndex() bool {
	return anyIndexed(r.table, r.partition) || anyIndexed(r.table, r.clusters) || anyIndexed(r.table, r.others)
}

// distinct are the restrictions that are there, each once.
func distinct(all []*restriction) (out []*restriction) {
	for _, r := range all {
		if r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// planIndexed is plan for restrictions some of which an index answers.
// Source: Cassandra 5.0, StatementRestrictions and SelectStatement.checkNeedsFiltering.
func (r *restrictions) planIndexed(allowFiltering bool) (*access, error) {
	a := &access{}
	partition, clusters := distinct(r.partition), distinct(r.clusters)
	exact, in := 0, false
	for _, p := range partition {
		if p.isEqual() || p.isIn() {
			exact++
		}
		in = in || p.isIn() && !p.isEqual()
	}
	a.keyed = exact == len(r.partition)
	partial := len(partition) > 0 && !a.keyed
	scanned := !a.keyed
	uses := r.token == nil && len(partition) == 0 || partial
	var filter []*restriction
	if uses || partial {
		filter = append(filter, partition...)
	}
	if err := r.planClustering(a, true); err != nil {
		return nil, err
	}
	beyond := len(a.filters) > 0 // clustering columns that slices do not cover
	uses = uses || beyond || scanned && anyIndexed(r.table, r.clusters)
	if uses || beyond {
		filter = append(filter, clusters...)
	}
	if len(r.others) > 0 {
		uses = true
		filter = append(filter, r.others...)
	}
	if uses && in {
		return nil, cassandra.Invalidf("Select on indexed columns and with IN clause for the PRIMARY KEY are not supported")
	}
	if !allowFiltering && (scanned || uses) {
		if needs := r.needsFiltering(filter) || len(filter) == 0 && len(clusters) > 0; needs {
			return nil, cassandra.Invalidf("%s", NeedsFiltering)
		}
	}
	if !a.keyed {
		a.filters = append(a.filters, partition...)
	}
	a.filters = append(a.filters, r.others...)
	if a.indexed = uses; uses {
		r.chooseIndexes(a)
	}
	return a, nil
}

// needsFiltering says whether no group of indexes answers all restrictions.
func (r *restrictions) needsFiltering(filter []*restriction) bool {
	if len(filter) == 0 {
		return false
	}
	for _, group := range groups(r.table) {
		if !slices.ContainsFunc(filter, func(x *restriction) bool { return !x.inGroup(group) }) {
			return false
		}
	}
	return true
}

// chooseIndexes notes the indexes that find the rows. The first is the one that is used alone where only one may be: by one value before
// ranges, of rows before whole partitions.
func (r *restrictions) chooseIndexes(a *access) {
	add := func(x *restriction) {
		if x.multi {
			if x.eq != nil {
				for i, c := range x.columns {
					if best := bestIndex(r.table, func(o *schema.Index) bool { return o.Column == c && x.supports(o) }); best != nil {
						a.uses = append(a.uses, indexUse{index: best, restriction: x, value: x.eq, position: i})
					}
				}
			}
			return
		}
		part := func(p schema.IndexPart) *schema.Index {
			return bestIndex(r.table, func(o *schema.Index) bool { return o.Part == p && x.supports(o) })
		}
		for _, v := range x.holds {
			if best := part(schema.IndexValues); best != nil {
				a.uses = append(a.uses, indexUse{best, x, nil, v, -1})
			}
		}
		for _, v := range x.keys {
			if best := part(schema.IndexKeys); best != nil {
				a.uses = append(a.uses, indexUse{best, x, nil, v, -1})
			}
		}
		for _, e := range x.entries {
			if best := part(schema.IndexEntries); best != nil {
				a.uses = append(a.uses, indexUse{best, x, e.key, e.value, -1})
			}
		}
		if x.isContains() {
			return
		}
		if best := bestIndex(r.table, x.supports); best != nil {
			u := indexUse{index: best, restriction: x, position: -1}
			if x.isEqual() {
				u.value = x.equalTo()
			}
			a.uses = append(a.uses, u)
		}
	}
	for _, x := range r.others {
		add(x)
	}
	for i, x := range distinct(r.clusters) {
		if !a.keyed || i >= a.sliced || x.like != nil {
			add(x)
		}
	}
	if !a.keyed {
		for _, x := range distinct(r.partition) {
			add(x)
		}
	}
	rank := func(u *indexUse) int {
		n := 0
		if u.value == nil {
			n = 2
		}
		if index.OfPartition(u.index) {
			n++
		}
		return n
	}
	slices.SortStableFunc(a.uses, func(x, y indexUse) int { return rank(&x) - rank(&y) })
}

// FiltersByIndex says whether indexes answer all that is filtered by.
func (p *Select) FiltersByIndex() bool {
	for _, r := range p.access.filters {
		parts := max(len(r.holds)+len(r.keys)+len(r.entries), 1)
		if r.multi {
			parts = len(r.columns)
		}
		for _, u := range p.access.uses {
			if u.restriction == r {
				parts--
			}
		}
		if parts > 0 {
			return false
		}
	}
	return true
}

// bestIndex is a SASI index before a storage-attached one, and that before another.
func bestIndex(t *schema.Table, fits func(*schema.Index) bool) (best *schema.Index) {
	for _, x := range t.Indexes {
		if fits(x) && (best == nil || best.Class < x.Class) {
			best = x
		}
	}
	return best
}

// indexRanges binds what indexes are asked for. ok is false when nothing can match.
func (a *access) indexRanges(t *schema.Table, env *Env) (all []row.IndexRange, ok bool, err error) {
	for i := range a.uses {
		u := &a.uses[i]
		if u.isPatterned() {
			more, err := u.patternRanges(t, env)
			if err != nil {
				return nil, false, err
			}
			all = append(all, more...)
			continue
		}
		r, err := u.asked(env)
		if err != nil {
			return nil, false, err
		}
		if r.IsEmpty() {
			return nil, false, nil
		}
		all = append(all, row.IndexRange{Index: u.index, Ranges: []key.Range{r}})
	}
	return all, len(all) > 0, nil // of nothing but marks and stop words nothing is left to look for
}

// asked is the range of terms that is asked for.
func (u *indexUse) asked(env *Env) (key.Range, error) {
	if u.value == nil {
		return u.between(env)
	}
	return u.exactly(env)
}

func (u *indexUse) exactly(env *Env) (r key.Range, err error) {
	c := u.index.Column
	var k []byte
	if u.key != nil {
		if k, err = filterValue(u.key, env, "map key", c.Name); err != nil {
			return r, err
		}
	}
	what := "value"
	if u.key != nil {
		what = "map value"
	}
	v, err := filterValue(u.value, env, what, c.Name)
	if err != nil {
		return r, err
	}
	if len(v) > index.TermBytesMax {
		return r, cassandra.Invalidf("Index expression values may not be larger than 64K")
	}
	if u.position >= 0 {
		parts, err := u.restriction.split(v, len(u.restriction.columns))
		if err != nil {
			return r, err
		}
		v = parts[u.position]
	}
	return index.Exactly(u.index, k, v), nil
}

func (u *indexUse) between(env *Env) (r key.Range, err error) {
	c, x := u.index.Column, u.restriction
	var low, high []byte
	var lowIn, highIn bool
	if x.low != nil {
		if low, err = filterValue(x.low.value, env, "value", c.Name); err != nil {
			return r, err
		}
		lowIn = x.low.inclusive
	}
	if x.high != nil {
		if high, err = filterValue(x.high.value, env, "value", c.Name); err != nil {
			return r, err
		}
		highIn = x.high.inclusive
	}
	return index.Between(u.index, low, lowIn, high, highIn), nil
}

// filterValue evaluates a term that rows are compared with.
func filterValue(t Term, env *Env, what, column string) ([]byte, error) {
	v, err := t.Eval(env)
	switch {
	case err != nil:
		return nil, err
	case IsUnset(v):
		return nil, cassandra.Invalidf("Unsupported unset %s for column %s", what, column)
	case v == nil:
		return nil, cassandra.Invalidf("Unsupported null %s for column %s", what, column)
	}
	return v, nil
}

// CheckIndexed refuses values that an index of the table does not take. It costs nothing for a table without indexes.
// Source: Cassandra 5.0, CassandraIndex.validateIndexedValue.
func CheckIndexed(m *row.Mutation, g *guardrail.Guard) error {
	if err := checkTerms(m); err != nil {
		return err
	}
	for _, x := range m.Table.Indexes {
		err := eachIndexed(m, x, func(_ int, path, value []byte) error { return checkIndexedCell(m.Table, x, path, value, g) })
		if err != nil {
			return err
		}
	}
	return nil
}

// eachIndexed calls f for the cells of an index's column that is static or regular; beside is the length of the row's key.
func eachIndexed(m *row.Mutation, x *schema.Index, f func(beside int, path, value []byte) error) error {
	each := func(clustering, encoded []byte) error {
		return row.EachCell(encoded, func(column uint32, path, value []byte) error {
			if column != x.Column.ID {
				return nil
			}
			return f(len(m.Partition.Key)+len(clustering), path, value)
		})
	}
	switch x.Column.Kind {
	case schema.Static:
		return each(nil, m.Static)
	case schema.Regular:
		for i := range m.Rows {
			if err := each(m.Rows[i].Clustering, m.Rows[i].Delta); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTerms refuses texts of so many words, or of so many places that a part may begin at, that their entries in SASI indexes would take more than
// index.EntriesBytesMax: each has the row's key beside it.
func checkTerms(m *row.Mutation) error {
	most, size := 0, 0
	for _, x := range m.Table.Indexes {
		if x.Class != schema.SASIIndex {
			continue
		}
		_ = eachIndexed(m, x, func(beside int, _, value []byte) error {
			most += index.MostOfEntries(x, value, beside)
			return nil
		})
	}
	if most <= index.EntriesBytesMax {
		return nil
	}
	for _, x := range m.Table.Indexes {
		if x.Class != schema.SASIIndex {
			continue
		}
		err := eachIndexed(m, x, func(beside int, _, value []byte) error {
			if size += index.SizeOfEntries(x, value, beside); size > index.EntriesBytesMax {
				return cassandra.Invalidf("Cannot index value of size %d for index %s on %s.%s(%s): the terms of what is written take more than %d bytes", len(value), x.Name, m.Table.Keyspace,
					m.Table.Name, x.Column.Name, index.EntriesBytesMax)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func checkIndexedCell(t *schema.Table, x *schema.Index, path, value []byte, g *guardrail.Guard) error {
	if x.Similarity != schema.NoSimilarity {
		if err := checkVector(x, value); err != nil {
			return err
		}
		return g.Number(guardrail.SAIVectorTermSize, int64(len(value)), x.Column.Name)
	}
	size := len(value)
	switch {
	case path == nil:
	case x.Part == schema.IndexKeys || x.Column.Type.Kind == cqltype.KindSet:
		size = len(path)
	case x.Part == schema.IndexEntries:
		size = len(path) + len(value) + 6 // as a composite
	}
	if x.Class == schema.ClassicIndex && size >= index.TermBytesMax {
		return cassandra.Invalidf("Cannot index value of size %d for index %s on %s.%s(%s) (maximum allowed size=%d)", size, x.Name, t.Keyspace, t.Name, x.Column.Name, index.TermBytesMax)
	}
	if x.Class != schema.StorageAttachedIndex {
		return nil
	}
	n := guardrail.SAIStringTermSize
	if ct := x.Column.Type; len(ct.Elems) > 0 && !ct.IsMultiCell() {
		n = guardrail.SAIFrozenTermSize
	}
	return g.Number(n, int64(size), x.Column.Name)
}
