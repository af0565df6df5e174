package exec_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
	"helenus/internal/coordinator"
	"helenus/internal/exec"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/replica"
	"helenus/internal/ring"
	"helenus/internal/schema"
	"helenus/internal/storage"
	"helenus/internal/system"
	"helenus/test/golden"
)

// memoryLog keeps records in memory and has no data to retire.
type memoryLog struct {
	mu      sync.Mutex
	records map[string][]byte // guarded by mu
}

func (l *memoryLog) Metas(prefix string) (map[string][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string][]byte{}
	for name, record := range l.records {
		if strings.HasPrefix(name, prefix) {
			out[name] = record
		}
	}
	return out, nil
}

func (l *memoryLog) SetMetas(records map[string][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, record := range records {
		if record == nil {
			delete(l.records, name)
		} else {
			l.records[name] = record
		}
	}
	return nil
}

func (l *memoryLog) Retire(schema.DataID) error { return nil }

// newExecutor returns an executor that knows schema and system tables and has no data but that of system_traces, which is empty.
func newExecutor(t *testing.T) *exec.Executor {
	t.Helper()
	base, err := system.Base()
	if err != nil {
		t.Fatal(err)
	}
	log := &memoryLog{records: map[string][]byte{}}
	group, err := metadata.Open(metadata.Options{Log: log, Data: log, Base: base, Runtime: platform.System{}})
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddr("127.0.0.1")
	node := system.Node{
		HostID: uuid.UUID{1}, BroadcastAddress: address, ListenAddress: address, Native: address, StoragePort: 7000, NativePort: 9042,
		DataCenter: "datacenter1", Rack: "rack1", Tokens: []key.Token{1, 2},
	}
	tables := system.New(system.Options{
		Schema: group.Schema, Clock: platform.SystemClock{}, Local: func() system.Node { return node }, ClusterName: "test",
	})
	self := metadata.Member{Host: uuid.UUID{1}, Datacenter: "datacenter1", Rack: "rack1", Status: metadata.Normal, Tokens: node.Tokens}
	if err := group.Found(metadata.Founding{Cluster: uuid.New(), PagingKey: []byte("key")}, self); err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(storage.Options{Dir: "data", FS: vfs.NewMem()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		group.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	e, err := exec.NewExecutor(exec.Options{
		PagingKey: func() []byte { return group.State().PagingKey },
		Coordinator: coordinator.New(coordinator.Options{
			Timestamp: func() int64 { return 1 }, Runtime: platform.System{}, Local: replica.NewLocal(store, group.State, nil), Self: ring.HostID{1}, State: group.State, Datacenter: "datacenter1",
		}),
		Metadata: group, System: tables, Clock: platform.SystemClock{}, ClusterName: "test",
		Facts: func() schema.Facts { return schema.Facts{Datacenters: map[string]int{"datacenter1": 1}} },
		Ownership: func(string) []exec.Ownership {
			return []exec.Ownership{{Token: "1", Nodes: []string{"/127.0.0.1:7000"}}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// query runs a statement, all its pages, and returns what came as the expected files write it: "rows …", "error 0x2200 …" or the kind.
func query(t *testing.T, s *exec.Session, text string, pageSize int32) string {
	t.Helper()
	var rows []string
	var state []byte
	for {
		q := protocol.Query{CQL: []byte(text), Params: protocol.Params{Consistency: cassandra.One, Serial: cassandra.Serial, PageSize: pageSize, PagingState: state}}
		req := exec.Request{Version: protocol.V4, Opcode: protocol.OpQuery, Body: q.Append(nil, protocol.V4)}
		resp := exec.Response{Opcode: protocol.OpResult}
		s.Handle(context.Background(), &req, &resp)
		if resp.Opcode == protocol.OpError {
			e, err := protocol.ReadError(resp.Body, protocol.V4)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("error 0x%04X %s", int(e.Code), e.Message)
		}
		r := protocol.NewReader(resp.Body)
		kind := r.Int()
		if kind != protocol.ResultRows {
			return fmt.Sprint("kind ", kind)
		}
		m := r.Metadata()
		for range r.Int() {
			values := make([]string, len(m.Columns))
			for i, c := range m.Columns {
				literal, err := golden.Literal(c.Type, r.Bytes())
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				values[i] = c.Name + "=" + literal
			}
			rows = append(rows, strings.Join(values, " | "))
		}
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		if state = m.PagingState; state == nil {
			return "rows " + strings.Join(rows, "\n")
		}
	}
}

type expectedStatement struct {
	Line       int
	CQL        string
	Directives map[string]string
	Outcome    struct {
		Error *struct{ Code, Message string }
		Rows  *struct {
			Columns []struct{ Name string }
			Rows    [][]string
		}
		SchemaChange *struct{} `json:"schema_change"`
	}
}

func (e *expectedStatement) tell() string {
	switch {
	case e.Outcome.Error != nil:
		return "error " + e.Outcome.Error.Code + " " + e.Outcome.Error.Message
	case e.Outcome.SchemaChange != nil:
		return "kind 5"
	case e.Outcome.Rows == nil:
		return "kind 1"
	}
	rows := make([]string, len(e.Outcome.Rows.Rows))
	for i, r := range e.Outcome.Rows.Rows {
		values := make([]string, len(r))
		for j, v := range r {
			values[j] = e.Outcome.Rows.Columns[j].Name + "=" + v
		}
		rows[i] = strings.Join(values, " | ")
	}
	return "rows " + strings.Join(rows, "\n")
}

var (
	uuids = regexp.MustCompile(`\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b|<masked>`)
	// needsLater finds statements about indexes, views, functions and aggregates, and descriptions that would show them.
	needsLater = regexp.MustCompile(`(?i)INDEX|VIEW|FUNCTION|AGGREGATE|DESCRIBE (TABLE )?(golden\.)?t$|DESC(RIBE)? (KEYSPACE )?golden$|CLUSTER$|NONSENSE`)
)

// TestRecordedDescribe replays what Cassandra said to DESCRIBE, TestRecordedSystem what its system tables hold.
func TestRecordedDescribe(t *testing.T) { replay(t, "describe_statements", 30) }
func TestRecordedSystem(t *testing.T)   { replay(t, "system_tables", 55) }

func replay(t *testing.T, script string, least int) {
	raw, err := os.ReadFile("../../test/golden/testdata/expected/" + script + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Statements []expectedStatement }
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	s := newExecutor(t).Connect(netip.MustParseAddrPort("127.0.0.1:1"), protocol.V4, nil)
	defer s.Close()
	for _, first := range [...]string{"CREATE KEYSPACE golden WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", "USE golden"} {
		if got := query(t, s, first, 0); strings.HasPrefix(got, "error") {
			t.Fatal(got)
		}
	}
	compared := 0
	for _, e := range expected.Statements {
		if _, masked := e.Directives["mask"]; masked || needsLater.MatchString(e.CQL) && script == "describe_statements" {
			continue
		}
		pageSize := int32(5000)
		if e.Directives["paging"] == "1" {
			pageSize = 1
		}
		got, want := query(t, s, e.CQL, pageSize), e.tell()
		if uuids.ReplaceAllString(got, "<id>") != uuids.ReplaceAllString(want, "<id>") {
			t.Errorf("line %d: %s\n got %s\nwant %s", e.Line, e.CQL, got, want)
		}
		compared++
	}
	if compared < least {
		t.Errorf("only %d statements compared", compared)
	}
}

// TestDescribeErrors guards what the corpus leaves out: no keyspace, paging states of clients that make them up.
func TestDescribeErrors(t *testing.T) {
	s := newExecutor(t).Connect(netip.MustParseAddrPort("127.0.0.1:1"), protocol.V4, nil)
	defer s.Close()
	for _, c := range [...][2]string{
		{"DESCRIBE TABLE t", "error 0x2200 No keyspace specified and no current keyspace"},
		{"DESCRIBE KEYSPACE", "error 0x2200 No keyspace specified and no current keyspace"},
		{"DESCRIBE nope", "error 0x2200 'nope' not found in keyspaces"},
		{"CREATE TABLE t (k int PRIMARY KEY)", "error 0x2200 No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename"},
		{"TRUNCATE system.local", "error 0x2100 system keyspace is not user-modifiable."},
		{"GRANT SELECT ON ALL KEYSPACES TO x", "error 0x2100 You have to be logged in and not anonymous to perform this request"},
	} {
		if got := query(t, s, c[0], 0); got != c[1] {
			t.Errorf("%s: %s, want %s", c[0], got, c[1])
		}
	}
	for _, text := range [...]string{"DESCRIBE KEYSPACES", "DESCRIBE FULL SCHEMA", "DESCRIBE SCHEMA", "DESCRIBE TABLES", "DESCRIBE CLUSTER"} {
		if got := query(t, s, text, 7); strings.HasPrefix(got, "error") {
			t.Errorf("%s: %s", text, got)
		}
	}
}
