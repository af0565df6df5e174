package replica

import (
	"errors"

	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/trace"
)

// Traced returns the replica for a request with a trace; l itself for nil.
func (l *Local) Traced(t *trace.Trace) *Local {
	if t == nil {
		return l
	}
	return &Local{shared: l.shared, trace: t}
}

// Traced returns the server for a request with a trace; s itself for nil.
func (s *Server) Traced(t *trace.Trace) *Server {
	if t == nil {
		return s
	}
	traced := *s
	traced.Local = s.Local.Traced(t)
	return &traced
}

// names are what Cassandra calls the messages that do the same, without what tells requests from responses.
var names = map[rpc.Verb]string{
	rpc.Write: "MUTATION", rpc.Read: "READ", rpc.Count: "COUNTER_MUTATION", rpc.Prepare: "PAXOS2_PREPARE", rpc.Propose: "PAXOS2_PROPOSE", rpc.Commit: "PAXOS_COMMIT",
}

// RequestName and ResponseName are what traces call a request and its answer.
func RequestName(v rpc.Verb) string  { return names[v] + "_REQ" }
func ResponseName(v rpc.Verb) string { return names[v] + "_RSP" }

// IsTraced says whether a request of a verb may carry a trace.
func IsTraced(v rpc.Verb) bool { return names[v] != "" }

// traceWrite tells that mutations go into the store.
func (l *Local) traceWrite(mutations []row.Mutation) {
	t := l.trace
	if t == nil {
		return
	}
	t.Add(trace.Mutations, "Appending to commitlog")
	for i := range mutations {
		table := mutations[i].Table
		t.Addf(trace.Mutations, "Adding to %s memtable", table.Name)
		for _, x := range table.Indexes {
			t.Addf(trace.Mutations, "Adding to %s.%s memtable", table.Name, x.Name)
		}
	}
}

// tracedCursor counts what is read, and tells it at the end.
type tracedCursor struct {
	row.Cursor
	trace  *trace.Trace
	header row.HeaderView
	counts row.Counts
	err    error
}

func newTracedCursor(c row.Cursor, cmd *row.Command, t *trace.Trace) row.Cursor {
	switch {
	case cmd.Indexed != nil:
		plural, all := "", ""
		for i, q := range cmd.Indexed {
			if i > 0 {
				plural, all = "es", all+", "
			}
			all += q.Index.Name
		}
		t.Addf(trace.Reads, "Executing read on %s.%s using index%s %s", cmd.Table.Keyspace, cmd.Table.Name, plural, all)
	case cmd.Partitions != nil:
		for range cmd.Partitions {
			t.Addf(trace.Reads, "Executing single-partition query on %s", cmd.Table.Name)
		}
	default:
		t.Addf(trace.Reads, "Executing seq scan on %s for [%d, %d]", cmd.Table.Name, cmd.Tokens.First, cmd.Tokens.Last)
	}
	return &tracedCursor{Cursor: c, trace: t, counts: row.Counts{Now: t.Now().Unix()}}
}

func (c *tracedCursor) NextPartition() bool {
	if c.err != nil || !c.Cursor.NextPartition() {
		return false
	}
	if c.err = c.header.Reset(c.Cursor.Header()); c.err == nil {
		c.err = c.counts.Row(c.Cursor.Static(), c.header.Partition(), false)
	}
	return c.err == nil
}

func (c *tracedCursor) NextRow() bool {
	if c.err != nil || !c.Cursor.NextRow() {
		return false
	}
	c.err = c.counts.Row(c.Cursor.Row(), c.header.Covering(c.Cursor.Clustering()), true)
	return c.err == nil
}

// Cut is that of what is walked.
func (c *tracedCursor) Cut() (least float32, cut bool) { return row.Cut(c.Cursor) }

func (c *tracedCursor) Err() error { return errors.Join(c.err, c.Cursor.Err()) }

func (c *tracedCursor) Close() error {
	c.trace.Addf(trace.Reads, "Read %d live rows and %d tombstone cells", c.counts.Live, c.counts.Tombstones)
	return c.Cursor.Close()
}
