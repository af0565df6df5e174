package sim

import (
	"fmt"
	"slices"
	"time"

	"helenus/internal/cassandra"
)

// One seed of viewSeeds has materialized views.
const viewSeeds = 5

// The rows of a base are few, as are the values that are its views' keys.
const (
	baseKeys   = 2
	baseRows   = 3
	baseValues = 4
)

var viewTables = []string{
	"CREATE TABLE ks.base (k int, c int, v int, w bigint, PRIMARY KEY (k, c))",
	"CREATE MATERIALIZED VIEW ks.by_v AS SELECT * FROM ks.base WHERE v IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (v, k, c)",
	"CREATE MATERIALIZED VIEW ks.by_c AS SELECT k, c, w FROM ks.base WHERE k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, k)",
}

// baseRow is what was tried to be written to a row that views show.
type baseRow struct {
	v, w map[int64]bool
}

// writeBase changes a row that views show, or deletes some.
func (w *workload) writeBase(m *machine) {
	s := w.c.s
	k, c, v := s.random.IntN(baseKeys), s.random.IntN(baseRows), s.random.IntN(baseValues)
	at := int64(1_000_000_000_000_000) + int64(s.now/time.Microsecond)*1000 + s.random.Int64N(1000)
	if s.random.IntN(5) == 0 && w.c.patrol == 0 { // as with registers
		at += s.random.Int64N(20_000_000_000) - 10_000_000_000
	}
	level := cassandra.Quorum
	if s.random.IntN(5) == 0 {
		level = cassandra.One
	}
	x := &w.base[k][c]
	if x.v == nil {
		x.v, x.w = map[int64]bool{}, map[int64]bool{}
	}
	var cql string
	switch n := s.random.IntN(12); {
	case n < 6:
		x.v[int64(v)], x.w[at] = true, true
		cql = fmt.Sprintf("INSERT INTO ks.base (k, c, v, w) VALUES (%d, %d, %d, %d) USING TIMESTAMP %d", k, c, v, at, at)
	case n < 7:
		x.w[at] = true
		cql = fmt.Sprintf("UPDATE ks.base USING TIMESTAMP %d SET w = %d WHERE k = %d AND c = %d", at, at, k, c)
	case n < 8:
		x.v[int64(v)] = true
		cql = fmt.Sprintf("UPDATE ks.base USING TIMESTAMP %d SET v = %d WHERE k = %d AND c = %d", at, v, k, c)
	case n < 9:
		cql = fmt.Sprintf("DELETE v FROM ks.base USING TIMESTAMP %d WHERE k = %d AND c = %d", at, k, c)
	case n < 10:
		cql = fmt.Sprintf("DELETE FROM ks.base USING TIMESTAMP %d WHERE k = %d AND c >= %d", at, k, c)
	case n < 11:
		cql = fmt.Sprintf("DELETE FROM ks.base USING TIMESTAMP %d WHERE k = %d", at, k)
	default:
		cql = fmt.Sprintf("DELETE FROM ks.base USING TIMESTAMP %d WHERE k = %d AND c = %d", at, k, c)
	}
	_, _ = w.ask(m, level, "%s", cql) // whatever came of it, the views must agree at the end
}

// readView reads a partition of a view, which may be behind its base but never holds what nobody wrote to it.
func (w *workload) readView(m *machine) {
	v := w.c.s.random.IntN(baseValues)
	r, err := w.ask(m, cassandra.Quorum, "SELECT k, c, w FROM ks.by_v WHERE v = %d", v)
	if err != nil {
		return
	}
	for _, row := range r.Rows {
		k, c := int(integer(row[0])), int(integer(row[1]))
		if x := &w.base[k][c]; !x.v[int64(v)] || row[2] != nil && !x.w[integer(row[2])] {
			w.problem("I3: the view shows the row (%d, %d) with v = %d and w = %d, which nobody wrote", k, c, v, integer(row[2]))
		}
	}
}

// checkViews holds the views that a node knows against their base. It is called when all replicas have the same.
func (w *workload) checkViews(m *machine) {
	for _, pair := range viewPairs {
		view, base := pair[0], pair[1]
		got, err := w.sorted(m, view)
		if err == nil {
			var want []string
			if want, err = w.sorted(m, base); err == nil && !slices.Equal(got, want) {
				w.problem("I14: node %d: %s finds\n%s, but %s\n%s", m.number, view, got, base, want)
				for k := range baseKeys {
					w.dump("base", k)
				}
			}
		}
		if err != nil {
			w.problem("liveness: node %d does not read views in a whole cluster: %v", m.number, err)
		}
	}
}

// viewPairs are SELECTs that must find the same: of a view, and what its definition says of the base.
var viewPairs = [][2]string{
	{"SELECT k, c, v, w, writetime(w) FROM ks.by_v", "SELECT k, c, v, w, writetime(w) FROM ks.base WHERE v >= 0 ALLOW FILTERING"},
	{"SELECT k, c, w, writetime(w) FROM ks.by_c", "SELECT k, c, w, writetime(w) FROM ks.base"},
}

// sorted are the rows that a SELECT finds on a node.
func (w *workload) sorted(m *machine, cql string) ([]string, error) {
	r, err := w.ask(m, cassandra.One, "%s", cql)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, row := range r.Rows {
		all = append(all, fmt.Sprintf("%x", row))
	}
	slices.Sort(all)
	return all, nil
}
