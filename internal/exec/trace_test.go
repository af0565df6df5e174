package exec_test

import (
	"slices"
	"strings"
	"testing"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/exec"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/trace"
)

// traceOf runs a request with a trace, and returns its session's request, parameters and events as "thread: activity".
func traceOf(t *testing.T, c *client.Conn, do func(p *client.Params) (*client.Result, error)) (request, parameters string, events []string) {
	t.Helper()
	p := client.One()
	p.Tracing = true
	res, err := do(p)
	if err != nil || res.TraceID == nil {
		t.Fatal(res, err)
	}
	id := cqltype.UUID.Format(res.TraceID[:])
	sessions := run(t, c, "SELECT request, parameters, duration, command, ttl(duration) FROM system_traces.sessions WHERE session_id = "+id)
	if len(sessions.Rows) != 1 || sessions.Rows[0][2] == nil || string(sessions.Rows[0][3]) != "QUERY" {
		t.Fatalf("session %q", sessions.Rows)
	}
	if ttl := sessions.Columns[4].Type.Format(sessions.Rows[0][4]); !strings.HasPrefix(ttl, "86") {
		t.Errorf("it is kept for %s s", ttl)
	}
	all := run(t, c, "SELECT thread, activity FROM system_traces.events WHERE session_id = "+id)
	for _, r := range all.Rows {
		events = append(events, string(r[0])+": "+string(r[1]))
	}
	return string(sessions.Rows[0][0]), sessions.Columns[1].Type.Format(sessions.Rows[0][1]), events
}

func TestTraces(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	query := func(text string) func(*client.Params) (*client.Result, error) {
		return func(p *client.Params) (*client.Result, error) { return c.Query(t.Context(), text, p) }
	}
	insert := prepare(t, c, "INSERT INTO ks.t (k, c, v) VALUES (?, ?, ?)", "")
	text := client.Value{Bytes: []byte("it's")}
	for _, x := range []struct {
		name                string
		do                  func(*client.Params) (*client.Result, error)
		request, parameters string
		events              []string
	}{
		{
			"a write", query("INSERT INTO ks.t (k, c, v) VALUES (1, 1, 'x')"), "Execute CQL3 query",
			"{'consistency_level': 'ONE', 'query': 'INSERT INTO ks.t (k, c, v) VALUES (1, 1, ''x'')', 'serial_consistency_level': 'SERIAL'}",
			[]string{
				"Native-Transport-Requests: Parsing INSERT INTO ks.t (k, c, v) VALUES (1, 1, 'x')", "Native-Transport-Requests: Preparing statement",
				"Native-Transport-Requests: Determining replicas for mutation", "MutationStage: Appending to commitlog", "MutationStage: Adding to t memtable",
			},
		},
		{
			"a read", query("SELECT v FROM ks.t WHERE k = 1"), "Execute CQL3 query",
			"{'consistency_level': 'ONE', 'query': 'SELECT v FROM ks.t WHERE k = 1', 'serial_consistency_level': 'SERIAL'}",
			[]string{
				"Native-Transport-Requests: Parsing SELECT v FROM ks.t WHERE k = 1", "Native-Transport-Requests: Preparing statement",
				"ReadStage: Executing single-partition query on t", "ReadStage: Read 1 live rows and 0 tombstone cells",
			},
		},
		{
			"a prepared write", func(p *client.Params) (*client.Result, error) {
				p.Values = []client.Value{number(1), number(2), text}
				return c.Execute(t.Context(), insert, p)
			}, "Execute CQL3 prepared query",
			"{'bound_var_0_k': '1', 'bound_var_1_c': '2', 'bound_var_2_v': '''it''''s''', 'consistency_level': 'ONE', 'query': 'INSERT INTO ks.t (k, c, v) VALUES (?, ?, ?)', 'serial_consistency_level': 'SERIAL'}",
			[]string{"Native-Transport-Requests: Determining replicas for mutation", "MutationStage: Appending to commitlog", "MutationStage: Adding to t memtable"},
		},
		{
			"a batch", func(p *client.Params) (*client.Result, error) {
				return c.Batch(t.Context(), protocol.BatchLogged, []client.BatchItem{{CQL: "DELETE FROM ks.t WHERE k = 1 AND c = 2"}}, p)
			}, "Execute batch of CQL3 queries", "{'consistency_level': 'ONE', 'serial_consistency_level': 'SERIAL'}",
			[]string{"Native-Transport-Requests: Determining replicas for atomic batch", "MutationStage: Appending to commitlog", "MutationStage: Adding to t memtable"},
		},
		{
			"a read of what is gone", query("SELECT v FROM ks.t"), "Execute CQL3 query",
			"{'consistency_level': 'ONE', 'query': 'SELECT v FROM ks.t', 'serial_consistency_level': 'SERIAL'}",
			[]string{
				"Native-Transport-Requests: Parsing SELECT v FROM ks.t", "Native-Transport-Requests: Preparing statement", "Native-Transport-Requests: Computing ranges to query",
				"ReadStage: Executing seq scan on t for [-9223372036854775808, 9223372036854775807]", "ReadStage: Read 1 live rows and 1 tombstone cells",
			},
		},
	} {
		request, parameters, events := traceOf(t, c, x.do)
		if request != x.request || parameters != x.parameters {
			t.Errorf("%s: %s %s", x.name, request, parameters)
		}
		if !slices.Equal(events, x.events) {
			t.Errorf("%s: %q", x.name, events)
		}
	}
	for text, want := range map[string]string{
		"INSERT INTO ks.t (k, c) VALUES (1, 1) IF NOT EXISTS": "CAS did not apply", "INSERT INTO ks.t (k, c) VALUES (9, 1) IF NOT EXISTS": "CAS applied successfully",
	} {
		if _, _, events := traceOf(t, c, query(text)); !slices.Contains(events, "Native-Transport-Requests: "+want) {
			t.Errorf("%s: %q", text, events)
		}
	}
}

// A client that asked for a trace is answered when it is kept, whatever became of its request; nobody else waits for one.
func TestTracesAreWaitedFor(t *testing.T) {
	kept := make(chan bool, 100)
	tracer, err := trace.NewRecorder(platform.SystemClock{}, func(_ trace.ID, _ []trace.Event, _ *trace.Request, wait bool) { kept <- wait })
	if err != nil {
		t.Fatal(err)
	}
	address, executor := startExecutor(t, exec.Options{Tracer: tracer})
	c := dialStack(t, address, protocol.V5)
	executor.SetTraceProbability(1)
	for _, text := range []string{"SELECT v FROM ks.t WHERE k = 1", "INSERT INTO ks.t (k, c) VALUES (1, 1)", "SELECT nope FROM ks.t", "CREATE TABLE IF NOT EXISTS ks.t (k int PRIMARY KEY)"} {
		for _, asked := range []bool{false, true} {
			p := client.One()
			p.Tracing = asked
			_, err := c.Query(t.Context(), text, p)
			if strings.Contains(text, "nope") != (err != nil) {
				t.Fatal(text, err)
			}
			select {
			case waited := <-kept:
				if waited != asked {
					t.Errorf("%s: asked for a trace: %v, waited for it: %v", text, asked, waited)
				}
			default:
				t.Errorf("%s: it is answered before its trace is kept", text)
			}
		}
	}
}

// A request that fails is traced, too.
func TestTracesOfErrors(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	p := client.One()
	p.Tracing = true
	_, err := c.Query(t.Context(), "SELECT nope FROM ks.t", p)
	wantError(t, err, cassandra.CodeInvalid, "Undefined column name nope in table ks.t")
	sessions := run(t, c, "SELECT parameters FROM system_traces.sessions")
	if len(sessions.Rows) != 1 || !strings.Contains(string(sessions.Rows[0][0]), "SELECT nope FROM ks.t") {
		t.Errorf("%q", sessions.Rows)
	}
}

// system_traces is a keyspace like a user's for whoever may write there, as in Cassandra; only its tables stay as they are.
func TestTracesCanBeWritten(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	run(t, c, "INSERT INTO system_traces.sessions (session_id, request) VALUES (00000000-0000-1000-8000-000000000001, 'mine')")
	if got := run(t, c, "SELECT request FROM system_traces.sessions WHERE session_id = 00000000-0000-1000-8000-000000000001"); len(got.Rows) != 1 || string(got.Rows[0][0]) != "mine" {
		t.Errorf("%q", got.Rows)
	}
	run(t, c, "DELETE FROM system_traces.sessions WHERE session_id = 00000000-0000-1000-8000-000000000001")
	if got := run(t, c, "SELECT request FROM system_traces.sessions"); len(got.Rows) != 0 {
		t.Errorf("%q", got.Rows)
	}
	for _, text := range []string{"DROP TABLE system_traces.events", "ALTER TABLE system_traces.events ADD x int"} {
		_, err := c.Query(t.Context(), text, nil)
		wantError(t, err, cassandra.CodeUnauthorized, "")
	}
}

// TRUNCATE empties the tables of traces, and traces that come later are written to them.
func TestTracesCanBeTruncated(t *testing.T) {
	c := dialStack(t, startStack(t, exec.Options{}), protocol.V4)
	for range 2 {
		if _, err := c.Query(t.Context(), "SELECT key FROM system.local", &client.Params{Tracing: true}); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"sessions", "events"} {
			if got := run(t, c, "SELECT * FROM system_traces."+table); len(got.Rows) == 0 {
				t.Errorf("no %s before TRUNCATE", table)
			}
			run(t, c, "TRUNCATE system_traces."+table)
			if got := run(t, c, "SELECT * FROM system_traces."+table); len(got.Rows) != 0 {
				t.Errorf("%d %s after TRUNCATE", len(got.Rows), table)
			}
		}
	}
}
