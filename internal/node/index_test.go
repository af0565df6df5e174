package node

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// TestIndexOverReplicasThatDiffer gives three replicas each a part of random changes and asks by indexes, alone and together, page by page: at
// ALL the answer is what the rows of all, merged, come to, and at ONE what the node that is asked holds: it asks no other, however slow it is.
func TestIndexOverReplicasThatDiffer(t *testing.T) {
	const seed = 4
	r := rand.New(rand.NewPCG(seed, 0))
	nodes := startNodes(t, 3)
	var conns []*client.Conn
	for _, n := range nodes {
		conns = append(conns, n.dial(t))
		n.repairer.Stop() // else it makes the replicas alike meanwhile
	}
	run(t, conns[0], cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	for round, repair := range []string{"NONE", "BLOCKING", "NONE"} {
		name := fmt.Sprintf("k.t%d", round)
		run(t, conns[0], cassandra.One, "CREATE TABLE "+name+" (p int, c int, st int STATIC, v int, w int, s set<int>, PRIMARY KEY (p, c)) WITH speculative_retry = 'NEVER' AND read_repair = '"+repair+"'")
		if round != 2 { // the last one's are made when rows are there
			makeIndexes(t, conns[round], name)
		}
		table := nodes[0].metadata.Schema().Table("k", name[2:])
		for range 120 {
			m := randomChange(r, table)
			for _, n := range nodes {
				if r.IntN(2) == 0 {
					continue
				}
				c, err := n.local.Take([]row.Mutation{m})
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Wait(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if round == 2 {
			makeIndexes(t, conns[round], name)
		}
		for range 100 {
			i := r.IntN(3)
			where, holds := randomQuestion(r)
			for _, level := range []cassandra.Consistency{cassandra.One, cassandra.All} {
				got := pages(t, conns[i], level, "SELECT p, c, st, v, w, s FROM "+name+" WHERE "+where+" ALLOW FILTERING", int32(1+r.IntN(6)))
				var want []string
				for _, x := range pagesRaw(t, conns[i], level, "SELECT p, c, st, v, w, s FROM "+name, 5000) {
					if holds(x) {
						want = append(want, fmt.Sprintf("%x", x))
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d, round %d: %s at %s through node %d:\n got %s\nwant %s", seed, round, where, level, i, got, want)
				}
			}
		}
	}
}

func makeIndexes(t *testing.T, c *client.Conn, table string) {
	t.Helper()
	for _, on := range []string{"(v)", "(w) USING 'sai'", "(st) USING 'sai'", "(c) USING 'sai'", "(s)"} {
		run(t, c, cassandra.One, "CREATE INDEX ON "+table+" "+on)
	}
}

func randomChange(r *rand.Rand, table *schema.Table) row.Mutation {
	number := func(n int) []byte { return cqltype.AppendInt(nil, int32(r.IntN(n))) }
	at := int64(1 + r.IntN(50))
	m := row.Mutation{Table: table, Partition: key.NewPartition(number(6))}
	var b row.Builder
	b.Reset(nil)
	switch r.IntN(10) {
	case 0:
		m.Header = row.AppendHeader(nil, row.Deletion{Timestamp: at - 20, LocalTime: 1 << 32}, nil)
		return m
	case 1, 2:
		b.Cell(table.Column("st").ID, at, 0, 0, number(3))
		m.Static = b.Finish()
		return m
	case 3:
		b.Delete(row.Deletion{Timestamp: at, LocalTime: 1 << 32})
	default:
		if r.IntN(2) == 0 {
			b.Liveness(at, 0, 0)
		}
		b.BeginComplex(table.Column("s").ID, row.NotDeleted)
		if r.IntN(3) == 0 {
			b.ElementTombstone(number(1), at, 1<<32)
		} else {
			b.Element(number(1), at, 0, 0, []byte{})
		}
		b.EndComplex()
		if r.IntN(2) == 0 {
			b.Cell(table.Column("v").ID, at, 0, 0, number(3))
		}
		if r.IntN(4) == 0 {
			b.Tombstone(table.Column("w").ID, at, 1<<32)
		} else if r.IntN(2) == 0 {
			b.Cell(table.Column("w").ID, at, 0, 0, number(5))
		}
	}
	m.Rows = []row.RowDelta{{Clustering: key.AppendClustering(nil, cqltype.Int, false, number(5)), Delta: b.Finish()}}
	return m
}

// randomQuestion returns relations and what rows of p, c, st, v, w, s they mean.
func randomQuestion(r *rand.Rand) (where string, holds func(x [][]byte) bool) {
	var texts []string
	var tests []func(x [][]byte) bool
	for _, i := range r.Perm(5)[:1+r.IntN(3)] {
		n := r.IntN(4)
		switch i {
		case 0, 1, 2:
			name := []string{"c", "st", "v"}[i]
			texts = append(texts, fmt.Sprintf("%s = %d", name, n))
			at := 1 + i
			tests = append(tests, func(x [][]byte) bool { return bytes.Equal(x[at], cqltype.AppendInt(nil, int32(n))) })
		case 3:
			texts = append(texts, fmt.Sprintf("w >= %d", n))
			tests = append(tests, func(x [][]byte) bool { return x[4] != nil && cqltype.Int64(x[4]) >= int64(n) })
		case 4:
			texts = append(texts, "s CONTAINS 0")
			tests = append(tests, func(x [][]byte) bool { return x[5] != nil })
		}
	}
	asksRows := !slices.Equal(texts, []string{texts[0]}) || !strings.HasPrefix(texts[0], "st")
	return strings.Join(texts, " AND "), func(x [][]byte) bool {
		for _, f := range tests {
			if !f(x) {
				return false
			}
		}
		return x[1] != nil || !asksRows
	}
}

func pagesRaw(t *testing.T, c *client.Conn, level cassandra.Consistency, cql string, size int32) (all [][][]byte) {
	t.Helper()
	params := client.Params{Consistency: level, Serial: cassandra.Serial, PageSize: size}
	for {
		page, err := c.Query(t.Context(), cql, &params)
		if err != nil {
			t.Fatalf("%s at %s: %v", cql, level, err)
		}
		if all = append(all, page.Rows...); page.PagingState == nil {
			return all
		}
		params.PagingState = page.PagingState
	}
}

func pages(t *testing.T, c *client.Conn, level cassandra.Consistency, cql string, size int32) (all []string) {
	t.Helper()
	for _, x := range pagesRaw(t, c, level, cql, size) {
		all = append(all, fmt.Sprintf("%x", x))
	}
	return all
}
