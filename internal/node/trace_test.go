package node

import (
	"fmt"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/row"
)

// traced runs a statement with a trace through one node and, once all that is wanted has come, returns the trace's events as another shows them:
// activities by source.
func traced(t *testing.T, through, shown *client.Conn, level cassandra.Consistency, cql string, wanted func(map[string]string) bool) map[string]string {
	t.Helper()
	r, err := through.Query(t.Context(), cql, &client.Params{Consistency: level, Serial: cassandra.Serial, Tracing: true})
	if err != nil || r.TraceID == nil {
		t.Fatal(r, err)
	}
	id := cqltype.UUID.Format(r.TraceID[:])
	var found map[string]string
	waitFor(t, "the trace of "+cql, func() bool {
		found = map[string]string{}
		session := run(t, shown, cassandra.One, "SELECT duration FROM system_traces.sessions WHERE session_id = "+id)
		if len(session.Rows) != 1 || session.Rows[0][0] == nil {
			return false
		}
		for _, e := range run(t, shown, cassandra.One, "SELECT source, activity FROM system_traces.events WHERE session_id = "+id).Rows {
			found[strings.Trim(cqltype.Inet.Format(e[0]), "'")] += string(e[1]) + "\n"
		}
		return wanted(found)
	})
	return found
}

// What happens to a request at its coordinator and at its replicas is found through any node.
func TestTracesOverTheRing(t *testing.T) {
	nodes := startNodes(t, 3)
	first, second := nodes[0].dial(t), nodes[1].dial(t)
	run(t, first, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}")
	run(t, first, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY, v text)")
	run(t, first, cassandra.One, "CREATE TABLE k.n (p int PRIMARY KEY, n counter)")
	self := nodes[0].options.Native
	everywhere := func(text string) func(map[string]string) bool {
		return func(found map[string]string) bool {
			count := 0
			for _, activities := range found {
				if strings.Contains(activities, text) {
					count++
				}
			}
			return count == 3
		}
	}
	here := func(texts ...string) func(map[string]string) bool {
		return func(found map[string]string) bool {
			for _, text := range texts {
				if !strings.Contains(found[self], text) {
					return false
				}
			}
			return true
		}
	}
	found := traced(t, first, second, cassandra.All, "INSERT INTO k.t (p, v) VALUES (1, 'a')", everywhere("Adding to t memtable"))
	for source, activities := range found {
		wants := []string{"MUTATION_REQ message received from /" + self, "Enqueuing response to /" + self, "Sending MUTATION_RSP message to /" + self}
		if source == self {
			wants = []string{"Determining replicas for mutation", "Sending MUTATION_REQ message to /" + nodes[1].options.Native, "MUTATION_RSP message received from /" + nodes[2].options.Native}
		}
		for _, want := range wants {
			if !strings.Contains(activities, want) {
				t.Errorf("%s does not tell %q: %s", source, want, activities)
			}
		}
	}
	traced(t, first, second, cassandra.All, "SELECT v FROM k.t WHERE p = 1", everywhere("Read 1 live rows and 0 tombstone cells"))
	traced(t, first, second, cassandra.All, "SELECT v FROM k.t", everywhere("Executing seq scan on t"))
	traced(t, first, second, cassandra.Quorum, "INSERT INTO k.t (p, v) VALUES (2, 'a') IF NOT EXISTS", func(found map[string]string) bool {
		return everywhere("Promising ballot")(found) && everywhere("Accepting proposal")(found) && everywhere("Committing proposal")(found) && here("CAS applied successfully")(found)
	})
	traced(t, first, second, cassandra.Quorum, "UPDATE k.n SET n = n + 1 WHERE p = 1", everywhere("Adding to n memtable"))
	traced(t, first, second, cassandra.Quorum, "BEGIN BATCH INSERT INTO k.t (p, v) VALUES (3, 'a') INSERT INTO k.t (p, v) VALUES (4, 'a') APPLY BATCH",
		here("Determining replicas for atomic batch", "Adding to batches memtable"))

	for _, n := range nodes {
		n.repairer.Stop() // else it may be quicker than the read
	}
	table := nodes[2].State().Schema.Table("k", "t")
	var b row.Builder
	b.Reset(nil)
	b.Cell(table.Column("v").ID, 1<<60, 0, 0, []byte("newer"))
	commit, err := nodes[2].local.Take([]row.Mutation{{Table: table, Partition: key.NewPartition([]byte{0, 0, 0, 1}), Rows: []row.RowDelta{{Delta: b.Finish()}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := commit.Wait(); err != nil {
		t.Fatal(err)
	}
	traced(t, first, second, cassandra.All, "SELECT v FROM k.t WHERE p = 1", here("Digest mismatch: Mismatch for key DecoratedKey(", "Enqueuing full data read to /", "Sending read-repair-mutation to /"))

	down := nodes[2].options.Native
	nodes[2].stop(t)
	traced(t, first, second, cassandra.Quorum, fmt.Sprintf("INSERT INTO k.t (p, v) VALUES (1, 'after %s')", down), here("Adding hint for /"+down))
}

// TRUNCATE of a table of traces empties it on every node, also for those that come back, and what is traced later is found.
func TestTracesAreTruncatedOverTheRing(t *testing.T) {
	nodes := startNodes(t, 3)
	conns := []*client.Conn{nodes[0].dial(t), nodes[1].dial(t), nodes[2].dial(t)}
	any := func(found map[string]string) bool { return len(found) > 0 }
	for i := range 2 {
		traced(t, conns[i], conns[2], cassandra.One, "SELECT key FROM system.local", any)
		for _, table := range []string{"events", "sessions"} {
			run(t, conns[1], cassandra.One, "TRUNCATE system_traces."+table)
			for j, c := range conns {
				if r := run(t, c, cassandra.All, "SELECT * FROM system_traces."+table); len(r.Rows) != 0 {
					t.Errorf("%d %s after TRUNCATE through node %d", len(r.Rows), table, j)
				}
			}
		}
	}
	nodes[0].stop(t)
	nodes[0] = startNode(t, nodes[0].options)
	c := nodes[0].dial(t)
	if r := run(t, c, cassandra.All, "SELECT * FROM system_traces.events"); len(r.Rows) != 0 {
		t.Errorf("%d events after a restart", len(r.Rows))
	}
	traced(t, c, conns[1], cassandra.One, "SELECT key FROM system.local", any)
}
