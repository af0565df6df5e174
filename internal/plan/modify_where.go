package plan

import (
	"slices"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
	"helenus/internal/schema"
)

// keyRelation is one relation of a modification's WHERE: on one key column, or on several clustering columns written as a tuple.
type keyRelation struct {
	columns []*schema.Column
	op      cql.Operator // OpEq, OpIn or an inequality
	// tuples are the values, one but for IN: a term a column. whole is used instead of terms when a marker stands for a tuple.
	tuples []tupleTerm
	// list is the marker of IN ?.
	list Term
}

type tupleTerm struct {
	terms []Term
	whole Term
}

// loneIn makes IN with one value =, as Cassandra does.
func (r *keyRelation) loneIn() {
	if r.op == cql.OpIn && r.list == nil && len(r.tuples) == 1 {
		r.op = cql.OpEq
	}
}

func (r *keyRelation) isSlice() bool { return r.op != cql.OpEq && r.op != cql.OpIn }
func (r *keyRelation) last() int     { return r.columns[len(r.columns)-1].Position }

// modifyWhere is the WHERE of an UPDATE or DELETE, or what stands for it in an INSERT: which partitions and rows it names.
type modifyWhere struct {
	statement  string // UPDATE, DELETE or INSERT, for messages
	table      *schema.Table
	partition  []*keyRelation // by position; nil where there is none
	clustering []*keyRelation // ascending by first column; two for both bounds of one slice
	onToken    bool
	others     []string // columns that are no key columns
}

func newModifyWhere(statement string, table *schema.Table) *modifyWhere {
	return &modifyWhere{statement: statement, table: table, partition: make([]*keyRelation, len(table.PartitionKey))}
}

// relations takes in a WHERE.
// Source: Cassandra 5.0, StatementRestrictions.
func (w *modifyWhere) relations(s *Scope, all []cql.Relation) error {
	for i := range all {
		if all[i].Index != "" {
			return cassandra.Invalidf("Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE statements")
		}
		if err := w.relation(s, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *modifyWhere) relation(s *Scope, r *cql.Relation) error {
	if err := refuseOperator(r); err != nil {
		return err
	}
	if r.Op == cql.OpContains || r.Op == cql.OpContainsKey {
		return cassandra.Invalidf("Cannot use %s with %s", w.statement, r.Op)
	}
	columns := make([]*schema.Column, len(r.Columns))
	for i, name := range r.Columns {
		c, err := s.column(name)
		if err != nil {
			return err
		}
		columns[i] = c
	}
	switch {
	case r.Op == cql.OpLike:
		return cassandra.Invalidf("LIKE restriction is only supported on properly indexed columns. %s is not valid.", cql.RelationText(r))
	case r.Token:
		w.onToken = true
		return nil
	case r.Multi:
		return w.multi(s, r, columns)
	}
	return w.single(s, r, columns[0])
}

// column resolves a column of the statement's table.
func (s *Scope) column(name string) (*schema.Column, error) {
	if c := s.Table.Column(name); c != nil {
		return c, nil
	}
	return nil, s.Table.UndefinedColumn(name)
}

func (w *modifyWhere) single(s *Scope, r *cql.Relation, c *schema.Column) error {
	k := &keyRelation{columns: []*schema.Column{c}, op: r.Op}
	to := ColumnReceiver(c)
	if err := checkOperator(r, c); err != nil {
		return err
	}
	if r.Key != nil {
		if c.Type.Kind != cqltype.KindMap {
			return cassandra.Invalidf("Column %s cannot be used as a map", c.Name)
		}
		to = to.Elem()
	}
	if err := k.values(s, r, to); err != nil {
		return err
	}
	k.loneIn()
	switch c.Kind {
	case schema.PartitionKey:
		if old := w.partition[c.Position]; old != nil {
			return conflict(old, k)
		}
		w.partition[c.Position] = k
		return nil
	case schema.Clustering:
		return w.addClustering(k)
	}
	if !slices.Contains(w.others, c.Name) {
		w.others = append(w.others, c.Name)
	}
	return nil
}

func (k *keyRelation) values(s *Scope, r *cql.Relation, to Receiver) error {
	if r.Op != cql.OpIn {
		t, err := s.Term(r.Value, to)
		k.tuples = []tupleTerm{{terms: []Term{t}}}
		return err
	}
	if r.Value != nil {
		t, err := s.Term(r.Value, Receiver{Name: "in(" + to.Name + ")", Type: cqltype.ListOf(to.Type, false)})
		k.list = t
		return err
	}
	for _, e := range r.In {
		t, err := s.Term(e, to)
		if err != nil {
			return err
		}
		k.tuples = append(k.tuples, tupleTerm{terms: []Term{t}})
	}
	return nil
}

// multi takes in (a, b) op ….
func (w *modifyWhere) multi(s *Scope, r *cql.Relation, columns []*schema.Column) error {
	previous := -1
	for i, c := range columns {
		if c.Kind != schema.Clustering {
			return cassandra.Invalidf("Multi-column relations can only be applied to clustering columns but was applied to: %s", c.Name)
		}
		if slices.Contains(columns[:i], c) {
			return cassandra.Invalidf("Column \"%s\" appeared twice in a relation: %s", c.Name, cql.RelationText(r))
		}
		if previous >= 0 && c.Position != previous+1 {
			return cassandra.Invalidf("Clustering columns must appear in the PRIMARY KEY order in multi-column relations: %s", cql.RelationText(r))
		}
		previous = c.Position
	}
	k := &keyRelation{columns: columns, op: r.Op}
	types := make([]*cqltype.Type, len(columns))
	for i, c := range columns {
		types[i] = c.Type
	}
	to := Receiver{Name: "(" + strings.Join(r.Columns, ",") + ")", Type: cqltype.TupleOf(types...)}
	values := r.In
	switch {
	case r.Op == cql.OpIn && r.Value != nil:
		var err error
		if k.list, err = s.Term(r.Value, Receiver{Name: "in" + to.Name, Type: cqltype.ListOf(to.Type, false)}); err != nil {
			return err
		}
	case r.Op != cql.OpIn:
		values = []cql.Expr{r.Value}
	}
	for _, e := range values {
		t, err := tupleOf(s, e, columns, to)
		if err != nil {
			return err
		}
		k.tuples = append(k.tuples, t)
	}
	return w.addClustering(k)
}

func tupleOf(s *Scope, e cql.Expr, columns []*schema.Column, to Receiver) (tupleTerm, error) {
	lit, ok := e.(*cql.TupleLit)
	if !ok {
		t, err := s.Term(e, to)
		return tupleTerm{whole: t}, err
	}
	if len(lit.Elems) != len(columns) {
		return tupleTerm{}, cassandra.Invalidf("Expected %d elements in value tuple, but got %d: %s", len(columns), len(lit.Elems), ExprText(e))
	}
	t := tupleTerm{terms: make([]Term, len(columns))}
	for i, x := range lit.Elems {
		var err error
		if t.terms[i], err = s.Term(x, Receiver{Name: columns[i].Name, Type: columns[i].Type}); err != nil {
			return t, err
		}
	}
	return t, nil
}

// addClustering puts a relation among the others, refusing what contradicts them in form.
func (w *modifyWhere) addClustering(k *keyRelation) error {
	k.loneIn()
	first := k.columns[0]
	for _, old := range w.clustering {
		if old.columns[0].Position <= k.last() && first.Position <= old.last() {
			if err := mergeable(old, k); err != nil {
				return err
			}
		}
	}
	if n := len(w.clustering); n > 0 {
		last := w.clustering[n-1]
		switch start := last.columns[0]; {
		case last.isSlice() && first.Position > start.Position:
			return cassandra.Invalidf("Clustering column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by a non-EQ relation)", first.Name, start.Name)
		case k.isSlice() && first.Position < start.Position:
			return cassandra.Invalidf("PRIMARY KEY column \"%s\" cannot be restricted (preceding column \"%s\" is restricted by a non-EQ relation)",
				w.table.Clustering[first.Position+1].Name, first.Name)
		}
	}
	at := len(w.clustering)
	for at > 0 && w.clustering[at-1].columns[0].Position > first.Position {
		at--
	}
	w.clustering = slices.Insert(w.clustering, at, k)
	return nil
}

// mergeable says whether two relations may restrict the same column: only as the two bounds of a slice.
func mergeable(old, k *keyRelation) error {
	if !old.isSlice() || !k.isSlice() {
		return conflict(old, k)
	}
	if isLower(old.op) != isLower(k.op) {
		return nil
	}
	bound := "end"
	if isLower(k.op) {
		bound = "start"
	}
	return cassandra.Invalidf("More than one restriction was found for the %s bound on %s", bound, columnNames(k.columns))
}

func conflict(old, k *keyRelation) error {
	names := columnNames(k.columns)
	switch {
	case old.op == cql.OpEq || old.op != cql.OpIn && k.op == cql.OpEq:
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes an Equal", names)
	case old.op == cql.OpIn || k.op == cql.OpIn:
		return cassandra.Invalidf("%s cannot be restricted by more than one relation if it includes a IN", names)
	}
	return mergeable(old, k)
}

func isLower(op cql.Operator) bool { return op == cql.OpGt || op == cql.OpGte }
