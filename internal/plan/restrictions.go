package plan

import (
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
}

func newRestrictions(s *Scope, where []cql.Relation) (*restrictions, error) {
	t := s.Table
	r := &restrictions{table: t, partition: make([]*restriction, len(t.PartitionKey)), clusters: make([]*restriction, len(t.Clustering))}
	for i := range where {
		if err := r.add(s, &where[i]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *restrictions) add(s *Scope, q *cql.Relation) error {
	if q.Token {
		return r.addToken(s, q)
	}
	columns := make([]*schema.Column, len(q.Columns))
	for i, name := range q.Columns {
		if columns[i] = r.table.Column(name); columns[i] == nil {
			return undefinedColumn(name, r.table)
		}
	}
	if q.Multi {
		return r.addMulti(s, q, columns)
	}
	c := columns[0]
	n, err := s.relation(q, c)
	if err != nil {
		return err
	}
	switch c.Kind {
	case schema.PartitionKey:
		return join(&r.partition[c.Position], n, q)
	case schema.Clustering:
		return r.joinClustering(c.Position, n, q)
	}
	for i := range r.others {
		if r.others[i].columns[0] == c {
			return join(&r.others[i], n, q)
		}
	}
	r.others = append(r.others, n)
	return nil
}

func undefinedColumn(name string, t *schema.Table) error {
	return cassandra.Invalidf("Undefined column name %s in table %s.%s", cqltype.QuoteName(name), t.Keyspace, t.Name)
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
		n.high = &bound{v, q.Op == cql.OpLte}
	case cql.OpGt, cql.OpGte:
		var v Term
		v, err = s.Term(q.Value, to)
		n.low = &bound{v, q.Op == cql.OpGte}
	case cql.OpContains:
		var v Term
		v, err = s.Term(q.Value, to.Elem())
		n.holds = []Term{v}
	case cql.OpContainsKey:
		var v Term
		v, err = s.Term(q.Value, to.MapKey())
		n.keys = []Term{v}
	case cql.OpLike:
		if _, err = s.Term(q.Value, to); err == nil {
			err = cassandra.Invalidf("LIKE restriction is only supported on properly indexed columns. %s LIKE %s is not valid.", c.Name, ExprText(q.Value))
		}
	default:
		err = cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, RelationText(q))
		if q.Op == cql.OpIsNotNull {
			err = cassandra.Invalidf("Unsupported restriction: %s IS NOT NULL", c.Name)
		}
	}
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
	case cql.OpIsNotNull, cql.OpLike, cql.OpNeq:
		return nil
	}
	if q.Key != nil {
		if q.Op != cql.OpEq {
			return cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, RelationText(q))
		}
		return nil
	}
	if t.IsMultiCell() {
		if t.Kind == cqltype.KindUDT {
			return cassandra.Invalidf("Non-frozen UDT column '%s' (%s) cannot be restricted by any relation", c.Name, t)
		}
		return cassandra.Invalidf("Collection column '%s' (%s) cannot be restricted by a '%s' relation", c.Name, t, q.Op)
	}
	if q.Op != cql.OpEq && q.Op != cql.OpIn && containsDuration(t) {
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
	n.in = make([]Term, len(q.In))
	if len(q.In) == 1 {
		n.in[0], err = s.Term(q.In[0], to)
		return err
	}
	for i := range q.In {
		if n.in[i], err = s.Term(q.In[i], to); err != nil {
			return err
		}
	}
	return nil
}

// join combines what two relations say of the same columns.
func join(at **restriction, n *restriction, q *cql.Relation) error {
	old := *at
	if old == nil {
		*at = n
		return nil
	}
	name := columnNames(n.columns)
	switch {
	case old.isContains() && n.isContains():
		old.holds, old.keys, old.entries = append(old.holds, n.holds...), append(old.keys, n.keys...), append(old.entries, n.entries...)
		return nil
	case old.isSlice() && n.isSlice():
		return joinSlices(old, n, name)
	case old.isEq() && n.isSlice() || old.isSlice() && n.isEq():
		if n.columns[0].Kind == schema.Clustering {
			return cassandra.Invalidf("Column \"%s\" cannot be restricted by both an equality and an inequality relation", name)
		}
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", name)
	case old.isIn() || n.isIn() && !old.isEq():
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes a IN", name)
	case old.isEq() || n.isEq():
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", name)
	}
	return cassandra.Invalidf("Collection column %s can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality", name)
}

func joinSlices(old, n *restriction, name string) error {
	if old.low != nil && n.low != nil {
		return cassandra.Invalidf("More than one restriction was found for the start bound on %s", name)
	}
	if old.high != nil && n.high != nil {
		return cassandra.Invalidf("More than one restriction was found for the end bound on %s", name)
	}
	if n.low != nil {
		old.low = n.low
	} else {
		old.high = n.high
	}
	return nil
}

func columnNames(columns []*schema.Column) string {
	s := columns[0].Name
	for _, c := range columns[1:] {
		s += ", " + c.Name
	}
	return s
}

// joinClustering adds a restriction of one clustering column or of a tuple that begins there.
func (r *restrictions) joinClustering(position int, n *restriction, q *cql.Relation) error {
	old := r.clusters[position]
	if old != nil && old.multi != n.multi {
		if old.isSlice() && n.isSlice() {
			return cassandra.Invalidf("Column \"%s\" cannot be restricted by two inequalities not starting with the same column: %s", n.columns[0].Name, columnNames(n.columns))
		}
		return cassandra.Invalidf("Mixing single column relations and multi column relations on clustering columns is not allowed")
	}
	if old != nil && n.multi && len(old.columns) != len(n.columns) {
		return cassandra.Invalidf("Column \"%s\" cannot be restricted by two inequalities not starting with the same column: %s", n.columns[0].Name, columnNames(n.columns))
	}
	if err := join(&r.clusters[position], n, q); err != nil {
		return err
	}
	for i := 1; n.multi && i < len(n.columns); i++ {
		if o := r.clusters[position+i]; o != nil && o != r.clusters[position] {
			return cassandra.Invalidf("Mixing single column relations and multi column relations on clustering columns is not allowed")
		}
		r.clusters[position+i] = r.clusters[position]
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
			return cassandra.Invalidf("Column \"%s\" appeared twice in a relation: %s", c.Name, RelationText(q))
		}
		if i > 0 && c.Position != columns[i-1].Position+1 {
			return cassandra.Invalidf("Clustering columns must appear in the PRIMARY KEY order in multi-column relations: %s", RelationText(q))
		}
		types[i] = c.Type
	}
	n := &restriction{columns: columns, multi: true}
	name := "(" + joined(q.Columns, ",") + ")"
	to := Receiver{Name: name, Type: cqltype.TupleOf(types...)}
	check := func(e cql.Expr) error {
		if t, ok := e.(*cql.TupleLit); ok && len(t.Elems) != len(columns) {
			return cassandra.Invalidf("Expected %d elements in value tuple, but got %d: %s", len(columns), len(t.Elems), ExprText(t))
		}
		return nil
	}
	var err error
	value := func() Term {
		if err = check(q.Value); err != nil {
			return nil
		}
		var v Term
		v, err = s.Term(q.Value, to)
		return v
	}
	switch q.Op {
	case cql.OpEq:
		n.eq = value()
	case cql.OpLt, cql.OpLte:
		n.high = &bound{value(), q.Op == cql.OpLte}
	case cql.OpGt, cql.OpGte:
		n.low = &bound{value(), q.Op == cql.OpGte}
	case cql.OpIn:
		for _, e := range q.In {
			if err := check(e); err != nil {
				return err
			}
		}
		err = s.inTerms(n, q, to)
	default:
		err = cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, RelationText(q))
	}
	if err != nil {
		return err
	}
	return r.joinClustering(columns[0].Position, n, q)
}

// addToken plans token(…) op value.
func (r *restrictions) addToken(s *Scope, q *cql.Relation) error {
	for i, name := range q.Columns {
		c := r.table.Column(name)
		if c == nil {
			return undefinedColumn(name, r.table)
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
		n.high = &bound{v, q.Op == cql.OpLte}
	case cql.OpGt, cql.OpGte:
		n.low = &bound{v, q.Op == cql.OpGte}
	default:
		return cassandra.Invalidf("Unsupported \"%s\" relation: %s", q.Op, RelationText(q))
	}
	if r.token != nil && (r.token.isEq() || n.isEq()) {
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", columnNames(n.columns))
	}
	return join(&r.token, n, q)
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
