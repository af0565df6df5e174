package plan

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/schema"
)

// check refuses a WHERE that does not name what the statement may change, in Cassandra's order.
// Source: Cassandra 5.0, StatementRestrictions, its constructor.
func (w *modifyWhere) check(staticOnly bool) error {
	if err := w.checkPartition(); err != nil {
		return err
	}
	if staticOnly && len(w.clustering) > 0 && w.statement != "INSERT" {
		return cassandra.Invalidf("Invalid restrictions on clustering columns since the %s statement modifies only static columns", w.statement)
	}
	if err := w.checkClustering(staticOnly); err != nil {
		return err
	}
	if len(w.others) > 0 {
		return cassandra.Invalidf("Non PRIMARY KEY columns found in where clause: %s ", strings.Join(w.others, ", "))
	}
	return nil
}

func (w *modifyWhere) checkPartition() error {
	if w.onToken {
		return cassandra.Invalidf("The token function cannot be used in WHERE clauses for %s statements", w.statement)
	}
	var missing []string
	for i, r := range w.partition {
		if r == nil {
			missing = append(missing, w.table.PartitionKey[i].Name)
		}
	}
	if missing != nil {
		return cassandra.Invalidf("Some partition key parts are missing: %s", strings.Join(missing, ", "))
	}
	for _, r := range w.partition {
		if r.isSlice() {
			return cassandra.Invalidf("Only EQ and IN relation are supported on the partition key (unless you use the token() function) for %s statements", w.statement)
		}
	}
	return nil
}

func (w *modifyWhere) checkClustering(staticOnly bool) error {
	restricted := make([]bool, len(w.table.Clustering))
	for _, r := range w.clustering {
		if r.isSlice() && w.statement != "DELETE" {
			return cassandra.Invalidf("Slice restrictions are not supported on the clustering columns in %s statements", w.statement)
		}
		for _, c := range r.columns {
			restricted[c.Position] = true
		}
	}
	if w.statement == "DELETE" || w.table.CompactStorage && len(w.clustering) > 0 {
		return w.checkPrefix(restricted)
	}
	var missing []string
	for i, c := range w.table.Clustering {
		if !restricted[i] {
			missing = append(missing, c.Name)
		}
	}
	if missing != nil && !staticOnly {
		return cassandra.Invalidf("Some clustering keys are missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

// checkPrefix refuses a restricted clustering column behind one that is not.
func (w *modifyWhere) checkPrefix(restricted []bool) error {
	for i, yes := range restricted {
		if !yes {
			for _, c := range w.table.Clustering[i:] {
				if restricted[c.Position] {
					return cassandra.Invalidf("PRIMARY KEY column \"%s\" cannot be restricted as preceding column \"%s\" is not restricted", c.Name, w.table.Clustering[i].Name)
				}
			}
			return nil
		}
	}
	return nil
}

// isRange says whether the WHERE names ranges of rows, not rows.
func (w *modifyWhere) isRange() bool {
	return len(w.clustering) > 0 && (w.clustering[len(w.clustering)-1].isSlice() || !w.namesRows())
}

// namesRows says whether every clustering column has a value.
func (w *modifyWhere) namesRows() bool {
	n := 0
	for _, r := range w.clustering {
		if r.isSlice() {
			return false
		}
		n += len(r.columns)
	}
	return n == len(w.table.Clustering)
}

// hasIn says whether some of the relations are IN.
func hasIn(all []*keyRelation) bool {
	for _, r := range all {
		if r != nil && r.op == cql.OpIn {
			return true
		}
	}
	return false
}

// equalities returns the terms of key columns when each has one value given alone, in the key's order; else nil.
func equalities(columns []*schema.Column, all []*keyRelation) []Term {
	terms := make([]Term, len(columns))
	for _, r := range all {
		if r == nil || r.op != cql.OpEq || r.tuples[0].terms == nil {
			return nil
		}
		for i, c := range r.columns {
			terms[c.Position] = r.tuples[0].terms[i]
		}
	}
	for _, t := range terms {
		if t == nil {
			return nil
		}
	}
	return terms
}
