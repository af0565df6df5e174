package node

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// TestNearestOverReplicasThatDiffer gives three replicas the same vectors, and each change around a place to two of them: at QUORUM and at ALL no row comes as a replica
// has it that has not heard of its change, and there are as many as are asked for though all of the nearest that each knows are gone.
func TestNearestOverReplicasThatDiffer(t *testing.T) {
	const seed, rows, dimension, limit = 6, 2500, 4, 10
	r := rand.New(rand.NewPCG(seed, 0))
	nodes := startNodes(t, 3)
	first := nodes[0].dial(t)
	for _, n := range nodes {
		n.repairer.Stop() // else it makes the replicas alike meanwhile
	}
	run(t, first, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, first, cassandra.One, fmt.Sprintf("CREATE TABLE k.t (p int PRIMARY KEY, v vector<float, %d>) WITH read_repair = 'NONE' AND speculative_retry = 'NEVER'", dimension))
	run(t, first, cassandra.One, "CREATE INDEX ON k.t (v) USING 'sai' WITH OPTIONS = {'similarity_function': 'euclidean'}")
	table := nodes[0].metadata.Schema().Table("k", "t")
	x := table.Indexes[0]
	vector := func() (raw []byte) {
		for range dimension {
			raw = cqltype.AppendFloat(raw, r.Float32())
		}
		return raw
	}
	merged := map[int32][]byte{}
	take := func(on []*testNode, all []row.Mutation) {
		t.Helper()
		for _, n := range on {
			c, err := n.local.Take(all)
			if err == nil {
				err = c.Wait()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(k int32, at int64, raw []byte) row.Mutation {
		var b row.Builder
		b.Reset(nil)
		if raw == nil {
			b.Delete(row.Deletion{Timestamp: at, LocalTime: time.Now().Unix()})
			delete(merged, k)
		} else {
			b.Liveness(at, 0, 0)
			b.Cell(table.Column("v").ID, at, 0, 0, raw)
			merged[k] = raw
		}
		return row.Mutation{Table: table, Partition: key.NewPartition(cqltype.AppendInt(nil, k)), Rows: []row.RowDelta{{Delta: b.Finish()}}}
	}
	var all []row.Mutation
	for k := range int32(rows) {
		all = append(all, change(k, 1, vector()))
	}
	take(nodes, all)
	for _, n := range nodes {
		waitFor(t, "clusters are parted", func() bool {
			clusters, settled := n.store.Clusters(x.DataID)
			return clusters > 3 && settled
		})
	}
	// What is around a place is gone, or elsewhere, and one replica or another has not heard of it.
	place := []byte(nil)
	for range dimension {
		place = cqltype.AppendFloat(place, 0.5)
	}
	nearest := func(to []byte) (keys []int32) {
		l := index.NewLikeness(schema.Euclidean, to)
		score := func(k int32) float32 { s, _ := l.Score(merged[k], float32(math.Inf(-1))); return s }
		for k := range merged {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b int32) int { return cmp.Or(cmp.Compare(score(b), score(a)), cmp.Compare(a, b)) })
		return keys
	}
	for i, k := range nearest(place)[:60] {
		var to []byte
		if i%2 == 0 {
			to = vector()
		}
		take(slices.Concat(nodes[:i%3], nodes[i%3+1:]), []row.Mutation{change(k, 2, to)})
	}
	found, asked := 0, 0
	for q := range 30 {
		to := place
		if q%3 > 0 {
			to = vector()
		}
		var text []string
		for i := range dimension {
			text = append(text, fmt.Sprint(index.Element(to, i)))
		}
		cql := fmt.Sprintf("SELECT p, v FROM k.t ORDER BY v ANN OF [%s] LIMIT %d", strings.Join(text, ", "), limit)
		want := nearest(to)[:limit]
		for i, n := range nodes {
			level := []cassandra.Consistency{cassandra.Quorum, cassandra.All}[(q+i)%2]
			got := run(t, n.dial(t), level, cql).Rows
			if len(got) != limit {
				t.Fatalf("query %d through node %d at %s: %d rows", q, i, level, len(got))
			}
			for _, g := range got {
				k := int32(cqltype.Int64(g[0]))
				if !bytes.Equal(merged[k], g[1]) {
					t.Fatalf("query %d through node %d at %s: row %d is %x, not %x", q, i, level, k, g[1], merged[k])
				}
				if asked++; slices.Contains(want, k) {
					found++
				}
			}
		}
	}
	if recall := float64(found) / float64(asked); recall < 0.95 {
		t.Errorf("recall %.3f", recall)
	}
}
