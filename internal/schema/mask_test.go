package schema

import (
	"strings"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/cql"
	"helenus/internal/cqltype"
)

// testMask makes masks out of calls whose arguments are integers and NULL, whatever the function: finding those is package plan's.
func testMask(s *Schema, keyspace, _, _ string, t *cqltype.Type, call *cql.Call) (*Mask, error) {
	m := &Mask{Keyspace: keyspace, Function: call.Func.Name, ArgTypes: []*cqltype.Type{t}}
	for _, f := range s.Keyspace(keyspace).Functions {
		if f.Name == call.Func.Name {
			m.ArgTypes[0] = f.ArgTypes[0]
		}
	}
	for _, a := range call.Args {
		m.ArgTypes = append(m.ArgTypes, cqltype.Int)
		var value []byte
		if _, null := a.(*cql.Null); !null {
			value = cqltype.AppendInt(nil, 1)
		}
		m.Args = append(m.Args, value)
	}
	return m, nil
}

// TestMasks walks a mask through everything that changes a table: it stays with its column, survives the stored form with its nulls, keeps
// its function and goes when it is dropped.
func TestMasks(t *testing.T) {
	facts := Facts{Keyspace: "ks", Now: time.Unix(1, 0), Datacenters: map[string]int{"dc1": 1}, Mask: testMask, Functions: FunctionFacts{
		Allowed: func(string) error { return nil }, Compile: func(*Function) error { return nil },
	}}
	s := mustApply(t, systemKeyspaces(), facts, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	for _, statement := range [...]string{
		"CREATE TYPE u (a int)", "CREATE FUNCTION f (v frozen_u, a int, b int) CALLED ON NULL INPUT RETURNS frozen_u LANGUAGE java AS 'x'",
		"CREATE TABLE t (k int MASKED WITH g(1), c int MASKED WITH g(), v frozen<u> MASKED WITH f(1, null), PRIMARY KEY (k, c))",
		"ALTER TABLE t RENAME k TO kk", "ALTER TYPE u ADD b text", "TRUNCATE t", "ALTER TABLE t WITH comment = 'x'",
	} {
		s = mustApply(t, s, facts, strings.ReplaceAll(statement, "frozen_u", "u"))
	}
	table := s.Table("ks", "t")
	for name, want := range map[string]string{"kk": "ks.g(1)", "c": "ks.g()", "v": "ks.f(1, null)"} {
		if m := table.Column(name).Mask; m == nil || m.String() != want {
			t.Errorf("%s is masked with %v, want %s", name, m, want)
		}
	}
	if got := table.Column("v").Mask.ArgTypes[0]; len(got.Elems) != 2 {
		t.Errorf("the mask's function takes %v, which has not the new field", got.FieldNames)
	}
	raw, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(raw, systemKeyspaces())
	if err != nil {
		t.Fatal(err)
	}
	if was, is := table.Describe(true), again.Table("ks", "t").Describe(true); was != is || !strings.Contains(is, "kk int MASKED WITH ks.g(1)") {
		t.Errorf("stored and read:\n%s\n%s", was, is)
	}
	refused := func(statement, want string) {
		t.Helper()
		parsed, err := cql.Parse(statement)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Execute(s, parsed, facts)
		if e, ok := err.(*cassandra.Error); !ok || e.Message != want {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
	refused("DROP FUNCTION f", "Function 'ks.f' is still referenced by column masks in tables t")
	facts.Mask = nil
	refused("ALTER TABLE t ALTER v MASKED WITH f(1, null)", errMasking.Message)
	refused("ALTER TABLE t ADD w int MASKED WITH DEFAULT", errMasking.Message)
	refused("CREATE TABLE w (k int PRIMARY KEY, v int MASKED WITH DEFAULT)", errMasking.Message)
	s = mustApply(t, s, facts, "ALTER TABLE t ALTER v DROP MASKED") // which a node that does not mask may do
	if s = mustApply(t, s, facts, "DROP FUNCTION f"); s.Table("ks", "t").Column("v").Mask != nil {
		t.Error("the mask is there still")
	}
}
