package plan

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/protocol"
	"helenus/internal/schema"
)

type recordedStatement struct {
	Line       int
	CQL        string
	Directives map[string]any
	Outcome    struct {
		Error    *struct{ Code, Message string }
		Prepared *recordedBinds
	}
}

type recordedBinds struct {
	Bind []struct{ Name string }
	PK   []uint16
}

// builtOnMore are the scripts that stand on system tables, views or functions.
var builtOnMore = map[string]bool{"system_tables.json": true, "udf_uda.json": true, "view_materialized.json": true, "view_statements.json": true, "view_rows.json": true}

// TestRecordedModifications plans and, where no values are to be bound, binds every modification of the golden corpus: errors are
// Cassandra's word for word, and so are names of markers and the partition key's indexes.
func TestRecordedModifications(t *testing.T) {
	files, err := filepath.Glob("../../test/golden/testdata/expected/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		if builtOnMore[filepath.Base(file)] {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var script struct{ Statements []recordedStatement }
			if err := json.Unmarshal(raw, &script); err != nil {
				t.Fatal(err)
			}
			run := newRecordedRun(t)
			for i := range script.Statements {
				run.statement(&script.Statements[i])
			}
		})
	}
}

type recordedRun struct {
	*testing.T
	schema *schema.Schema
	env    *Env
	uuids  byte
	stored map[schema.DataID]memory // of scenes
}

func newRecordedRun(t *testing.T) *recordedRun {
	r := &recordedRun{T: t, schema: schema.Empty}
	r.env = &Env{Timestamp: 1_700_000_000_000_000, Now: 1_700_000_000, Millis: 1_700_000_000_000}
	r.env.NewTimeUUID = func() (u [16]byte) {
		r.uuids++
		u[3], u[6], u[7], u[8] = r.uuids, 0x11, 0xF0, 0x80 // the year 2028
		return u
	}
	r.env.NewRandomUUID = func() (u [16]byte) { u[6], u[8] = 0x40, 0x80; return u }
	parsed, err := cql.Parse("CREATE KEYSPACE golden WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	if err != nil {
		t.Fatal(err)
	}
	r.define(parsed)
	return r
}

// define executes a schema statement; what it refuses is no concern of this test.
func (r *recordedRun) define(s cql.Statement) {
	facts := schema.Facts{Keyspace: "golden", Now: time.Unix(1_700_000_000, 0), TableID: uuid.New(), Datacenters: map[string]int{"datacenter1": 1}}
	facts.Functions = schema.FunctionFacts{Allowed: func(string) error { return nil }, Compile: func(*schema.Function) error { return nil }}
	if o, err := schema.Execute(r.schema, s, facts); err == nil {
		r.schema = r.schema.Apply(o.Change)
	}
}

func (r *recordedRun) statement(s *recordedStatement) {
	parsed, err := cql.Parse(s.CQL)
	if err != nil {
		return
	}
	switch parsed.(type) {
	case *cql.Insert, *cql.Update, *cql.Delete, *cql.Batch:
	case *cql.Select, *cql.Use, *cql.Unsupported, *cql.Truncate, *cql.Describe:
		return
	default:
		r.define(parsed)
		return
	}
	p, err := Prepare(parsed, &Context{Schema: r.schema, Keyspace: "golden"})
	if want := s.Outcome.Prepared; err == nil && want != nil {
		r.binds(s, p, want)
	}
	if err == nil && len(parsed.Markers()) == 0 {
		err = r.bind(p)
	}
	want := s.Outcome.Error
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "Attempted to "):
		// a list's element by index: there are no stored rows here
	case errors.Is(err, schema.ErrFunctionsDisabled):
		// what functions compute is package udf's
	case strings.Contains(s.CQL, "system_"):
		// the schema here has no keyspaces of the system
	case s.Directives["consistency"] != nil || s.Directives["serial"] != nil:
		// the coordinator's to refuse
	case err != nil && strings.HasPrefix(err.Error(), "Zero and near-zero vectors"):
		// refused before anything is written; Cassandra's replica fails
	case want != nil && err == nil && strings.HasPrefix(s.CQL, "BEGIN") && strings.HasPrefix(want.Message, "Invalid comparison with null"):
		// a row before it does not meet its condition: there are no stored rows here
	case want == nil && err != nil:
		r.Errorf("%d: %s\n got %v\nwant success", s.Line, s.CQL, err)
	case want != nil && err == nil && want.Code == "0x2200" && len(parsed.Markers()) == 0:
		r.Errorf("%d: %s\n got success\nwant %s", s.Line, s.CQL, want.Message)
	case want != nil && err != nil && want.Code != "0x0000":
		var e *cassandra.Error
		if !errors.As(err, &e) {
			r.Fatalf("%d: %s: %v is no error for a client", s.Line, s.CQL, err)
		}
		if e.Message != want.Message {
			r.Errorf("%d: %s\n got %s\nwant %s", s.Line, s.CQL, e.Message, want.Message)
		}
	}
}

func (r *recordedRun) binds(s *recordedStatement, p Plan, want *recordedBinds) {
	for i, b := range p.Binds() {
		if i >= len(want.Bind) || b.Name != want.Bind[i].Name {
			r.Errorf("%d: %s: marker %d is %s, want %+v", s.Line, s.CQL, i, b.Name, want.Bind)
		}
	}
	got := p.PartitionKeyBinds()
	if len(got) != len(want.PK) {
		r.Errorf("%d: %s: partition key %v, want %v", s.Line, s.CQL, got, want.PK)
		return
	}
	for i := range got {
		if got[i] != want.PK[i] {
			r.Errorf("%d: %s: partition key %v, want %v", s.Line, s.CQL, got, want.PK)
		}
	}
}

func (r *recordedRun) bind(p Plan) error {
	r.env.Values = []protocol.Value{}
	var b Bound
	switch p := p.(type) {
	case *Modify:
		if p.IsConditional() {
			return r.decide([]BatchItem{{p, r.env}}, false)
		}
		return p.Bind(r.env, nil, &b)
	case *Batch:
		var items []BatchItem
		conditional := false
		for _, m := range p.Statements {
			items = append(items, BatchItem{m, r.env})
			conditional = conditional || m.IsConditional()
		}
		if conditional {
			return r.decide(items, true)
		}
		return BindBatch(items, nil, &b)
	}
	return nil
}

func (r *recordedRun) decide(items []BatchItem, batch bool) error {
	t, err := NewTransaction(items, batch)
	if err != nil {
		return err
	}
	current := &Current{}
	applied, err := t.Decide(current)
	if err != nil || !applied {
		return err
	}
	var b Bound
	return t.Bind(current, &b)
}
