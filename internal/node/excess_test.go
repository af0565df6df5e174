package node

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/exec"
	"helenus/internal/replica"
	"helenus/internal/row"
)

// TestReadThresholdsOverTheRing: what is too much for a replica fails the read with its reason, on this node or another, and what is much is told: of
// this node's own replica, or where replicas keep track, of all.
func TestReadThresholdsOverTheRing(t *testing.T) {
	for _, track := range []bool{false, true} {
		t.Run(fmt.Sprintf("track=%t", track), func(t *testing.T) {
			var nodes []*testNode
			for i := range 2 {
				o := clusterOptions(t)
				if i > 0 {
					o.Seeds = []string{nodes[0].options.Native}
				}
				o.Reads = exec.ReadLimits{Reads: replica.Reads{Bounds: row.Bounds{TombstonesWarn: 5, TombstonesFail: 20}, Track: track}}
				nodes = append(nodes, startNode(t, o))
			}
			c := nodes[0].dial(t)
			run(t, c, cassandra.One, "CREATE KEYSPACE one WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
			run(t, c, cassandra.One, "CREATE KEYSPACE both WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
			for _, keyspace := range []string{"one", "both"} {
				run(t, c, cassandra.One, "CREATE TABLE "+keyspace+".t (p int, c int, v int, PRIMARY KEY (p, c))")
			}
			remove := func(table string, p, rows int) {
				for i := range rows {
					run(t, c, cassandra.All, fmt.Sprintf("DELETE FROM %s WHERE p = %d AND c = %d", table, p, i))
				}
			}
			fails := func(cql string, level cassandra.Consistency) *cassandra.Error {
				t.Helper()
				_, err := c.Query(t.Context(), cql, &client.Params{Consistency: level, Serial: cassandra.Serial, PageSize: 100})
				var e *cassandra.Error
				if !errors.As(err, &e) || e.Code != cassandra.CodeReadFailure || len(e.Failures) == 0 {
					t.Fatalf("%s at %s: %v", cql, level, err)
				}
				for _, f := range e.Failures {
					if f.Reason != cassandra.FailureTooManyTombstones {
						t.Errorf("%s at %s: a failure because of %s", cql, level, f.Reason)
					}
				}
				return e
			}
			for p := range 6 { // on this node and on the other
				remove("one.t", p, 21)
				fails(fmt.Sprintf("SELECT * FROM one.t WHERE p = %d", p), cassandra.One)
			}
			remove("both.t", 1, 10)
			r, err := c.Query(t.Context(), "SELECT * FROM both.t WHERE p = 1", &client.Params{Consistency: cassandra.All, Serial: cassandra.Serial, PageSize: 100})
			want := "Read 0 live rows and 10 tombstone cells for query SELECT * FROM both.t WHERE p = 1 LIMIT 100 ALLOW FILTERING; token -4069959284402364209 (see tombstone_warn_threshold)"
			if track {
				want = "2 nodes scanned up to 10 tombstones and issued tombstone warnings for query SELECT * FROM both.t WHERE p = 1 LIMIT 100 ALLOW FILTERING (see tombstone_warn_threshold) with token=-4069959284402364209"
			}
			if err != nil || len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0], want) {
				t.Errorf("%v, %+v, want %q", err, r, want)
			}
			remove("both.t", 2, 21)
			e := fails("SELECT * FROM both.t WHERE p = 2", cassandra.All)
			if said := strings.HasPrefix(e.Message, "Operation failed - ") && strings.Contains(e.Message, " nodes scanned over 21 tombstones and aborted the query SELECT * FROM both.t WHERE p = 2 LIMIT 100 ALLOW FILTERING (see tombstone_failure_threshold): READ_TOO_MANY_TOMBSTONES from /"); said != track {
				t.Errorf("it says %q", e.Message)
			}
		})
	}
}
