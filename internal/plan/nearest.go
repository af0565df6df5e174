package plan

import (
	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/index"
	"helenus/internal/plan/function"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// nearestMax is the highest LIMIT of a query for the nearest vectors.
const nearestMax = 1000

// nearest is ORDER BY column ANN OF vector.
type nearest struct {
	column *schema.Column
	slot   int
	index  *schema.Index
	to     Term
}

// findNearest plans ANN OF, when ORDER BY has it.
// Source: Cassandra 5.0, SelectStatement and StatementRestrictions.
func (p *Select) findNearest(s *Scope, q *cql.Select) error {
	count := 0
	for _, o := range q.OrderBy {
		if o.ANN != nil {
			count++
		}
	}
	switch {
	case count == 0:
		return nil
	case count > 1:
		return cassandra.Invalidf("Cannot specify more than one ANN ordering")
	case len(q.OrderBy) > 1:
		return cassandra.Invalidf("ANN ordering does not support any other ordering")
	case q.OrderBy[0].Descending:
		return cassandra.Invalidf("Descending ANN ordering is not supported")
	}
	c := p.Table.Column(q.OrderBy[0].Column)
	if c == nil {
		return p.Table.UndefinedColumn(q.OrderBy[0].Column)
	}
	to, err := s.Term(q.OrderBy[0].ANN, ColumnReceiver(c))
	if err != nil {
		return err
	}
	p.near = &nearest{column: c, to: to}
	for _, x := range p.Table.Indexes {
		if x.Column == c && x.Similarity != schema.NoSimilarity {
			p.near.index = x
		}
	}
	if p.near.index == nil {
		return cassandra.Invalidf("ANN ordering by vector requires the column to be indexed")
	}
	return nil
}

// checkNearest checks what the query for the nearest vectors is put together with.
func (p *Select) checkNearest() error {
	for _, r := range p.where.others {
		if !r.inGroup(attached(p.Table)) {
			return cassandra.Invalidf("ANN ordering by vector requires all restricted column(s) to be indexed")
		}
	}
	if p.Distinct {
		return errDistinctWhere
	}
	return nil
}

// attached are a table's storage-attached indexes.
func attached(t *schema.Table) (all []*schema.Index) {
	for _, x := range t.Indexes {
		if x.Class == schema.StorageAttachedIndex {
			all = append(all, x)
		}
	}
	return all
}

// IsNearest says whether rows are wanted in the order of their likeness to a vector.
func (p *Select) IsNearest() bool { return p.near != nil }

// Nearest binds the vector that rows are compared with. limit is the statement's, 0 for none.
func (p *Select) Nearest(env *Env, limit int) (*Nearest, error) {
	switch {
	case p.IsAggregate():
		return nil, cassandra.Invalidf("Top-K queries can not be run with aggregation")
	case p.perPart != nil:
		return nil, cassandra.Invalidf("Top-K queries do not support per-partition limits")
	case limit == 0:
		return nil, cassandra.Invalidf("Top-K queries must have a limit specified and the limit must be less than the query page size")
	case limit > nearestMax:
		return nil, cassandra.Invalidf("Use of ANN OF in an ORDER BY clause requires a LIMIT that is not greater than %d. LIMIT was %d", nearestMax, limit)
	}
	v, err := filterValue(p.near.to, env, "value", p.near.column.Name)
	if err != nil {
		return nil, err
	}
	if err := checkVector(p.near.index, v); err != nil {
		return nil, err
	}
	return &Nearest{p.near.slot, p.near.index, v, index.NewLikeness(p.near.index.Similarity, v)}, nil
}

// Nearest compares rows with a vector.
type Nearest struct {
	slot   int
	index  *schema.Index
	vector []byte
	to     *index.Likeness
}

// ByIndex has a command ask for the nearest rows alone, so many of them; false where every row has to be compared: of some partitions, among rows that
// WHERE leaves, by static vectors, and with a vector that the index can't calculate with. now is the request's time, in seconds since 1970.
func (n *Nearest) ByIndex(cmd *row.Command, count int, now int64) bool {
	if n.index.Column.Kind != schema.Regular || cmd.Partitions != nil || cmd.Indexed != nil || cmd.Slices != nil || cmd.StaticOnly {
		return false
	}
	if _, locus := index.SpaceOf(n.index).Locate(nil, n.vector); locus != index.Within {
		return false
	}
	cmd.Indexed = []row.IndexRange{{Index: n.index, Nearest: &row.Nearest{Vector: n.vector, Count: count, Now: now}}}
	return true
}

// Score is how like a row's vector is, from 0 to 1 for cosine and Euclidean; ok is false for a row that has none, and for one that is plainly below
// least.
func (n *Nearest) Score(r *Row, least float32) (score float32, ok bool) {
	return n.to.Score(r.values[n.slot], least)
}

// checkVector refuses a vector that is like none: one with an element that is no number or infinite, and one that has no direction where directions
// are compared.
func checkVector(x *schema.Index, v []byte) error {
	if !function.IsFiniteVector(v) {
		return cassandra.Invalidf("Vectors with NaN or infinite elements cannot be indexed or queried")
	}
	if x.Similarity == schema.Cosine && function.IsZeroVector(v) {
		return cassandra.Invalidf("Zero and near-zero vectors cannot be indexed or queried with cosine similarity")
	}
	return nil
}
