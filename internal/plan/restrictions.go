package plan

import (
	"errors"
	"slices"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// bound is one end of a slice.
type bound struct {
	value     Term
	inclusive bool
	// columns are how many of the restriction's columns the value has: (a, b) > (1, 2) AND a < 3 is one restriction.
	columns int
}

// term is the bound's value, nil where there is no bound.
func (b *bound) term() Term {
	if b == nil {
		return nil
	}
	return b.value
}

// restriction is all that WHERE says of one column, or of several by one tuple.
type restriction struct {
	columns []*schema.Column
	multi   bool // written as (a, b): values are tuples
	// exactly one form is set, but for slices, which have two ends, and contains, which may be several
	eq      Term
	in      []Term // not nil for IN (…)
	inList  Term   // IN ?: a list
	low     *bound
	high    *bound
	holds   []Term // CONTAINS
	keys    []Term // CONTAINS KEY
	entries []mapEntry
	like    Term // with its wildcards
}

// mapEntry is column[key] = value.
type mapEntry struct{ key, value Term }

func (r *restriction) isEq() bool    { return r.eq != nil }
func (r *restriction) isIn() bool    { return r.in != nil || r.inList != nil }
func (r *restriction) isSlice() bool { return r.low != nil || r.high != nil }
func (r *restriction) isContains() bool {
	return r.holds != nil || r.keys != nil || r.entries != nil
}

// restrictions are the WHERE of a SELECT.
type restrictions struct {
	table     *schema.Table
	partition []*restriction // by position; nil: not restricted
	token     *restriction
	clusters  []*restriction // by position; a tuple stands at each of its columns
	others    []*restriction // static and regular columns
	filtering bool           // ALLOW FILTERING is there
}

func newRestrictions(s *Scope, where []cql.Relation, allowFiltering bool) (*restrictions, error) {
	t := s.Table
	r := &restrictions{table: t, partition: make([]*restriction, len(t.PartitionKey)), clusters: make([]*restriction, len(t.Clustering)), filtering: allowFiltering}
	for i := range where {
		if where[i].Index != "" {
			continue
		}
		if err := r.add(s, &where[i]); err != nil {
			return nil, err
		}
	}
	return r, refuseExpressions(t, where)
}

func (r *restrictions) add(s *Scope, q *cql.Relation) error {
	if err := refuseOperator(q); err != nil {
		return err
	}
	if q.Token {
		return r.addToken(s, q)
	}
	columns := make([]*schema.Column, len(q.Columns))
	for i, name := range q.Columns {
		if columns[i] = r.table.Column(name); columns[i] == nil {
			return r.table.UndefinedColumn(name)
		}
	}
	if q.Multi {
		return r.addMulti(s, q, columns)
	}
	c := columns[0]
	n, err := s.relation(q, c)
	if err == nil && q.Op == cql.OpLike {
		err = r.addLike(s, q, n)
	}
	if err != nil {
		return err
	}
	switch c.Kind {
	case schema.PartitionKey:
		return join(&r.partition[c.Position], n)
	case schema.Clustering:
		return r.joinClustering(n)
	}
	for i := range r.others {
		if r.others[i].columns[0] == c {
			return join(&r.others[i], n)
		}
	}
	r.others = append(r.others, n)
	return nil
}

// refuseOperator refuses the operators that no WHERE takes, whatever they are for; a view's may have IS NOT NULL.
func refuseOperator(q *cql.Relation) error {
	switch q.Op {
	case cql.OpIsNotNull:
		return cassandra.Invalidf("Unsupported restriction: %s", cql.RelationText(q))
	case cql.OpNeq:
		return cassandra.Invalidf("Unsupported \"!=\" relation: %s", cql.RelationText(q))
	}
	return nil
}

// relation plans one single-column relation.
func (s *Scope) relation(q *cql.Relation, c *schema.Column) (*restriction, error) {
	n := &restriction{columns: []*schema.Column{c}}
	to := ColumnReceiver(c)
	if err := checkOperator(q, c); err != nil {
		return nil, err
	}
	var err error
	switch q.Op {
	case cql.OpEq:
		if q.Key != nil {
			return s.entry(n, q, c)
		}
		n.eq, err = s.Term(q.Value, to)
	case cql.OpIn:
		err = s.inTerms(n, q, to)
	case cql.OpLt, cql.OpLte:
		var v Term
		v, err = s.Term(q.Value, to)
		n.high = &bound{v, q.Op == cql.OpLte, 1}
	case cql.OpGt, cql.OpGte:
		var v Term
		v, err = s.Term(q.Value, to)
		n.low = &bound{v, q.Op == cql.OpGte, 1}
	case cql.OpContains:
		var v Term
		v, err = s.Term(q.Value, to.Elem())
		n.holds = []Term{v}
	case cql.OpContainsKey:
		var v Term
		v, err = s.Term(q.Value, to.MapKey())
		n.keys = []Term{v}
	} // the value of LIKE is planned by addLike
	return n, err
}

// entry plans column[key] = value.
func (s *Scope) entry(n *restriction, q *cql.Relation, c *schema.Column) (*restriction, error) {
	to := ColumnReceiver(c)
	switch {
	case c.Type.Kind == cqltype.KindList:
		return nil, cassandra.Invalidf("Indexes on list entries (%s[index] = value) are not currently supported.", c.Name)
	case c.Type.Kind != cqltype.KindMap:
		return nil, cassandra.Invalidf("Column %s cannot be used as a map", c.Name)
	case c.Type.Frozen:
		return nil, cassandra.Invalidf("Map-entry equality predicates on frozen map column %s are not supported", c.Name)
	}
	k, err := s.Term(q.Key, to.MapKey())
	if err != nil {
		return nil, err
	}
	v, err := s.Term(q.Value, to.Elem())
	n.entries = []mapEntry{{k, v}}
	return n, err
}

// checkOperator refuses what a column's type does not allow.
func checkOperator(q *cql.Relation, c *schema.Column) error {
	t := c.Type
	switch q.Op {
	case cql.OpContains:
		if !t.IsCollection() {
			return cassandra.Invalidf("Cannot use CONTAINS on non-collection column %s", c.Name)
		}
		return nil
	case cql.OpContainsKey:
		if t.Kind != cqltype.KindMap {
			return cassandra.Invalidf("Cannot use CONTAINS KEY on non-map column %s", c.Name)
		}
		return nil
	}
	if q.Key != nil {
		if q.Op != cql.OpEq {
			return cassandra.Invalidf("Only EQ relations are supported on map entries")
		}
		return nil
	}
	if t.IsMultiCell() {
		if t.Kind == cqltype.KindUDT {
			return cassandra.Invalidf("Non-frozen UDT column '%s' (%s) cannot be restricted by any relation", c.Name, t)
		}
		return cassandra.Invalidf("Collection column '%s' (%s) cannot be restricted by a '%s' relation", c.Name, t, q.Op)
	}
	if q.Op != cql.OpEq && q.Op != cql.OpIn && q.Op != cql.OpLike && containsDuration(t) {
		if t.Kind == cqltype.KindDuration {
			return cassandra.Invalidf("Slice restrictions are not supported on duration columns")
		}
		return cassandra.Invalidf("Slice restrictions are not supported on %s containing durations", durationHolder(t))
	}
	return nil
}

func containsDuration(t *cqltype.Type) bool {
	return t.Kind == cqltype.KindDuration || slices.ContainsFunc(t.Elems, containsDuration)
}

func durationHolder(t *cqltype.Type) string {
	switch {
	case t.IsCollection():
		return "collections"
	case t.Kind == cqltype.KindUDT:
		return "UDTs"
	}
	return "tuples"
}

func (s *Scope) inTerms(n *restriction, q *cql.Relation, to Receiver) (err error) {
	if q.In == nil {
		name := "in(" + to.Name + ")"
		if n.multi {
			name = "in" + to.Name // a tuple's name has parentheses already
		}
		n.inList, err = s.Term(q.Value, Receiver{Name: name, Type: cqltype.ListOf(to.Type, true)})
		return err
	}
	if len(q.In) == 1 { // as Cassandra has it, for = and for IN alike
		n.eq, err = s.Term(q.In[0], to)
		return err
	}
	n.in = make([]Term, len(q.In))
	for i := range q.In {
		if n.in[i], err = s.Term(q.In[i], to); err != nil {
			return err
		}
	}
	return nil
}

// join combines what two relations say of the same columns.
// Source: Cassandra 5.0, the doMergeWith methods of SingleColumnRestriction and MultiColumnRestriction.
func join(at **restriction, n *restriction) error {
	old := *at
	if old == nil {
		*at = n
		return nil
	}
	name := commonNames(old, n)
	switch {
	case old.isEq():
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", name)
	case old.isIn():
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes a IN", name)
	case old.like != nil:
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes a LIKE", name)
	case old.isContains():
		if !n.isContains() {
			return cassandra.Invalidf("Collection column %s can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality", name)
		}
		old.holds, old.keys, old.entries = append(old.holds, n.holds...), append(old.keys, n.keys...), append(old.entries, n.entries...)
		return nil
	case !n.isSlice():
		return cassandra.Invalidf("Column \"%s\" cannot be restricted by both an equality and an inequality relation", name)
	case old.columns[0] != n.columns[0]:
		later := old.columns[0]
		if n.columns[0].Position > later.Position {
			later = n.columns[0]
		}
		return cassandra.Invalidf("Column \"%s\" cannot be restricted by two inequalities not starting with the same column", later.Name)
	}
	return joinSlices(old, n, name)
}

func joinSlices(old, n *restriction, name string) error {
	if old.low != nil && n.low != nil {
		return cassandra.Invalidf("More than one restriction was found for the start bound on %s", name)
	}
	if old.high != nil && n.high != nil {
		return cassandra.Invalidf("More than one restriction was found for the end bound on %s", name)
	}
	if old.multi != n.multi {
		if err := errors.Join(old.asTuples(), n.asTuples()); err != nil {
			return err
		}
	}
	if len(n.columns) > len(old.columns) {
		old.columns = n.columns
	}
	if n.low != nil {
		old.low = n.low
	} else {
		old.high = n.high
	}
	return nil
}

// asTuples makes a slice of one column one of tuples of one element.
func (r *restriction) asTuples() (err error) {
	if r.multi {
		return nil
	}
	r.multi = true
	for _, b := range []*bound{r.low, r.high} {
		if b != nil && err == nil {
			b.value, err = newComposite(tupleType(r.columns), []Term{b.value})
		}
	}
	return err
}

// commonNames are the names of the columns that two restrictions share.
func commonNames(a, b *restriction) string {
	var common []*schema.Column
	for _, c := range a.columns {
		if slices.Contains(b.columns, c) {
			common = append(common, c)
		}
	}
	return columnNames(common)
}

func columnNames(columns []*schema.Column) string {
	s := columns[0].Name
	for _, c := range columns[1:] {
		s += ", " + c.Name
	}
	return s
}

// joinClustering adds a restriction of clustering columns.
// Source: Cassandra 5.0, RestrictionSet.addRestriction and ClusteringColumnRestrictions.mergeWith.
func (r *restrictions) joinClustering(n *restriction) error {
	first := n.columns[0]
	var last *restriction // that was there
	for _, c := range r.clusters {
		if c != nil {
			last = c
		}
	}
	isSlice := n.isSlice()
	merged := n
	for _, c := range n.columns {
		old := r.clusters[c.Position]
		if old == nil || old == merged {
			continue
		}
		if err := join(&old, merged); err != nil {
			return err
		}
		merged = old
	}
	for _, c := range merged.columns {
		r.clusters[c.Position] = merged
	}
	if last == nil || r.filtering || n.isIndexed(r.table) {
		return nil
	}
	start := last.columns[0]
	switch {
	case last.isSlice() && first.Position > start.Position:
		return cassandra.Invalidf("Clustering column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by a non-EQ relation)", first.Name, start.Name)
	case isSlice && first.Position < start.Position:
		return cassandra.Invalidf("PRIMARY KEY column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by a non-EQ relation)",
			r.table.Clustering[first.Position+1].Name, first.Name)
	}
	return nil
}

// addMulti plans (a, b) op ….
func (r *restrictions) addMulti(s *Scope, q *cql.Relation, columns []*schema.Column) error {
	types := make([]*cqltype.Type, len(columns))
	for i, c := range columns {
		if c.Kind != schema.Clustering {
			return cassandra.Invalidf("Multi-column relations can only be applied to clustering columns but was applied to: %s", c.Name)
		}
		if slices.Contains(columns[:i], c) {
			return cassandra.Invalidf("Column \"%s\" appeared twice in a relation: %s", c.Name, cql.RelationText(q))
		}
		if i > 0 && c.Position != columns[i-1].Position+1 {
			return cassandra.Invalidf("Clustering columns must appear in the PRIMARY KEY order in multi-column relations: %s", cql.RelationText(q))
		}
		types[i] = c.Type
	}
	n := &restriction{columns: columns, multi: true}
	to := Receiver{Name: "(" + joined(q.Columns, ",") + ")", Type: cqltype.TupleOf(types...)}
	var err error
	value := func() Term {
		var v Term
		v, err = s.keyTuple(q.Value, columns, to)
		return v
	}
	switch q.Op {
	case cql.OpEq:
		n.eq = value()
	case cql.OpLt, cql.OpLte:
		n.high = &bound{value(), q.Op == cql.OpLte, len(columns)}
	case cql.OpGt, cql.OpGte:
		n.low = &bound{value(), q.Op == cql.OpGte, len(columns)}
	case cql.OpIn:
		if q.In == nil {
			err = s.inTerms(n, q, to)
			break
		}
		if len(q.In) == 1 {
			n.eq, err = s.keyTuple(q.In[0], columns, to)
			break
		}
		n.in = make([]Term, len(q.In))
		for i := range q.In {
			if n.in[i], err = s.keyTuple(q.In[i], columns, to); err != nil {
				break
			}
		}
	default:
		err = cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, cql.RelationText(q))
	}
	if err != nil {
		return err
	}
	return r.joinClustering(n)
}

// keyTuple plans a tuple of values for clustering columns: each value is for its column. A marker stands for the whole tuple.
func (s *Scope) keyTuple(e cql.Expr, columns []*schema.Column, to Receiver) (Term, error) {
	lit, ok := e.(*cql.TupleLit)
	if !ok {
		return s.Term(e, to)
	}
	if len(lit.Elems) != len(columns) {
		return nil, cassandra.Invalidf("Expected %d elements in value tuple, but got %d: %s", len(columns), len(lit.Elems), ExprText(e))
	}
	terms := make([]Term, len(columns))
	for i, x := range lit.Elems {
		var err error
		if terms[i], err = s.Term(x, Receiver{Name: columns[i].Name, Type: columns[i].Type}); err != nil {
			return nil, err
		}
	}
	return newComposite(to.Type, terms)
}

// addToken plans token(…) op value.
func (r *restrictions) addToken(s *Scope, q *cql.Relation) error {
	for i, name := range q.Columns {
		c := r.table.Column(name)
		if c == nil {
			return r.table.UndefinedColumn(name)
		}
		if c.Kind != schema.PartitionKey {
			return cassandra.Invalidf("The token() function must contains only partition key components")
		}
		if i < len(r.table.PartitionKey) && len(q.Columns) == len(r.table.PartitionKey) && r.table.PartitionKey[i] != c {
			return cassandra.Invalidf("The token function arguments must be in the partition key order: %s", columnNames(r.table.PartitionKey))
		}
	}
	if len(q.Columns) != len(r.table.PartitionKey) {
		return cassandra.Invalidf("The token() function must be applied to all partition key components or none of them")
	}
	v, err := s.Term(q.Value, Receiver{Name: "partition key token", Type: cqltype.Bigint})
	if err != nil {
		return err
	}
	n := &restriction{columns: r.table.PartitionKey}
	switch q.Op {
	case cql.OpEq:
		n.eq = v
	case cql.OpLt, cql.OpLte:
		n.high = &bound{v, q.Op == cql.OpLte, 0}
	case cql.OpGt, cql.OpGte:
		n.low = &bound{v, q.Op == cql.OpGte, 0}
	default:
		return cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, cql.RelationText(q))
	}
	if r.token != nil && (r.token.isEq() || n.isEq()) {
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", columnNames(n.columns))
	}
	return join(&r.token, n)
}

func joined(all []string, sep string) string {
	s := ""
	for i, a := range all {
		if i > 0 {
			s += sep
		}
		s += a
	}
	return s
}
