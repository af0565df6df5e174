package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
)

type recorded struct {
	Line       int
	CQL        string
	Directives map[string]any
	Outcome    struct {
		Error        *struct{ Code, Message string }
		SchemaChange *struct{ Change, Target, Keyspace, Name string } `json:"schema_change"`
		SetKeyspace  string                                           `json:"set_keyspace"`
		Warnings     []string
	}
}

// isSchemaStatement tells what this package executes; views and functions are left out, and so are scripts that build on them.
func isSchemaStatement(s cql.Statement) bool {
	switch s.(type) {
	case *cql.CreateKeyspace, *cql.AlterKeyspace, *cql.DropKeyspace, *cql.CreateTable, *cql.AlterTable, *cql.DropTable,
		*cql.CreateType, *cql.AlterType, *cql.DropType, *cql.CreateIndex, *cql.DropIndex, *cql.Truncate:
		return true
	}
	return false
}

// builtOnLater are the scripts whose schema statements depend on views, on what compiles bodies of functions, or on the system's own tables.
var builtOnLater = map[string]bool{
	"view_materialized.json": true, "view_statements.json": true, "view_rows.json": true, "udf_uda.json": true, "functions_schema.json": true, "functions_java.json": true, "describe_statements.json": true,
	"virtual_tables.json": true, "view_rules.json": true, "functions_statements.json": true, "describe_objects.json": true,
}

// systemKeyspaces is a base schema with a table or two, enough for statements to be refused.
func systemKeyspaces() *Schema {
	s := Empty
	for name := range localKeyspaces {
		virtual := name == "system_views" || name == "system_virtual_schema"
		settings := (&Table{Keyspace: name, Name: "settings", Virtual: virtual, System: true}).Seal()
		s = s.WithKeyspace(&Keyspace{Name: name, Virtual: virtual, Replication: map[string]string{"class": localStrategy}, Tables: map[string]*Table{"settings": settings}})
	}
	for name := range replicatedKeyspaces {
		s = s.WithKeyspace(&Keyspace{Name: name, Replication: map[string]string{"class": simpleStrategy, replicationFactor: "1"}})
	}
	return s
}

// TestRecorded executes every schema statement of the golden corpus: what changed, the error and the warnings are Cassandra's, word
// for word. On the way it checks that a change survives its stored form and leaves the schema before it alone.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("../../test/golden/testdata/expected/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		if builtOnLater[filepath.Base(file)] {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { runRecorded(t, file) })
	}
}

func runRecorded(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var script struct{ Statements []recorded }
	if err := json.Unmarshal(raw, &script); err != nil {
		t.Fatal(err)
	}
	facts := Facts{Now: time.Unix(1700000000, 0), Datacenters: map[string]int{"datacenter1": 1}, SASI: true}
	s := mustApply(t, systemKeyspaces(), facts, "CREATE KEYSPACE golden WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	facts.Keyspace = "golden"
	for i, r := range script.Statements {
		if r.Outcome.SetKeyspace != "" {
			facts.Keyspace = r.Outcome.SetKeyspace
		}
		statement, err := cql.Parse(r.CQL)
		if err != nil || !isSchemaStatement(statement) || r.Outcome.Error != nil && r.Outcome.Error.Code == "0x0000" {
			continue
		}
		if _, prepare := r.Directives["prepare"]; prepare || r.Directives["bind"] != nil || r.Directives["values"] != nil {
			continue
		}
		facts.TableID = uuid.UUID{15: byte(i), 14: byte(i >> 8), 0: 1}
		out, err := Execute(s, statement, facts)
		if got, want := tell(out, err), r.tell(); got != want {
			t.Errorf("line %d: %s\n got %s\nwant %s", r.Line, r.CQL, got, want)
		}
		if err != nil {
			continue
		}
		before, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		next := s.Apply(stored(t, out.Change))
		if after, err := Encode(s); err != nil || string(after) != string(before) {
			t.Errorf("line %d: %s changed the schema before it", r.Line, r.CQL)
		}
		s = next
	}
	checkSnapshot(t, s)
}

// stored returns a change as it comes back from its stored form.
func stored(t *testing.T, c Change) Change {
	t.Helper()
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeChange(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Encode()
	if err != nil || string(again) != string(raw) {
		t.Fatalf("a change comes back as another:\n%s\n%s", raw, again)
	}
	return back
}

func checkSnapshot(t *testing.T, s *Schema) {
	t.Helper()
	raw, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(raw, systemKeyspaces())
	if err != nil {
		t.Fatal(err)
	}
	if back.Version() != s.Version() || back.LastDataID != s.LastDataID {
		t.Errorf("a schema comes back as another")
	}
	for _, k := range s.Keyspaces() {
		for _, table := range k.Tables {
			other := back.Table(k.Name, table.Name)
			if other == nil || other.Describe(true) != table.Describe(true) || !reflect.DeepEqual(other.Dropped, table.Dropped) {
				t.Errorf("%s.%s comes back as another", k.Name, table.Name)
			}
		}
	}
}

func (r *recorded) tell() string {
	o := &r.Outcome
	switch {
	case o.Error != nil:
		return o.Error.Code + " " + o.Error.Message
	case o.SchemaChange != nil:
		name := o.SchemaChange.Name
		return fmt.Sprint(o.SchemaChange.Change, " ", o.SchemaChange.Target, " ", o.SchemaChange.Keyspace, ".", name, " ", o.Warnings)
	}
	return "void"
}

func tell(out Outcome, err error) string {
	var e *cassandra.Error
	switch {
	case errors.As(err, &e):
		return fmt.Sprintf("0x%04X %s", int(e.Code), e.Message)
	case err != nil:
		return err.Error()
	case out.Event == nil:
		return "void"
	}
	return fmt.Sprint(out.Event.Change, " ", out.Event.Target, " ", out.Event.Keyspace, ".", out.Event.Name, " ", out.Warnings)
}

// mustApply executes a statement that must succeed and returns the schema after it.
func mustApply(t *testing.T, s *Schema, facts Facts, statement string) *Schema {
	t.Helper()
	parsed, err := cql.Parse(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if facts.TableID == uuid.Nil {
		facts.TableID = uuid.NewMD5(uuid.Nil, []byte(statement))
	}
	out, err := Execute(s, parsed, facts)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return s.Apply(stored(t, out.Change))
}
