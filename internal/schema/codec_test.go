package schema

import (
	"strings"
	"testing"
	"time"
)

// TestDecodeRefuses guards that a damaged or newer record is an error and never half a schema.
func TestDecodeRefuses(t *testing.T) {
	for _, c := range [...]struct{ raw, want string }{
		{``, "unexpected end"},
		{`{"version": 5, "edits": []}`, "version 5, this Helenus reads up to 4"},
		{`{"edits": []}`, "version 0"},
		{`{"version": 1, "edits": [{"kind": 9}]}`, "edit 0: malformed"},
		{`{"version": 1, "edits": [{"kind": 3, "in": "ks"}]}`, "edit 0: malformed"},
		{`{"version": 2, "edits": [{"kind": 32, "in": "ks"}]}`, "edit 0: malformed"},
		{`{"version": 2, "edits": [{"kind": 32, "in": "ks", "function": {"name": "f", "arg_names": ["x"]}}]}`, "edit 0: malformed"},
		{`{"version": 2, "edits": [{"kind": 34, "in": "ks", "aggregate": {"name": "f"}}]}`, "edit 0: malformed"},
		{`{"version": 3, "edits": [{"kind": 3, "in": "ks", "table": {"columns": [{"name": "k", "type": {"kind": 9}, "mask": {"function": "f"}}]}}]}`, "edit 0: malformed"},
		{`{"version": 4, "edits": [{"kind": 64, "in": "system_traces", "name": "events"}]}`, "edit 0: malformed"},
		{`{"version": 4, "edits": [{"kind": 64, "in": "system_traces", "name": "events", "data_id": 1073741825}]}`, "edit 0: malformed"},
		{`{"version": 1, "edits": [{"kind": 5, "in": "ks", "type": {"kind": 32}}]}`, "edit 0: malformed"},
	} {
		if _, err := DecodeChange([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.raw, err, c.want)
		}
	}
}

// FuzzDecode guards that no record brings a node down: what decodes can be applied, described and encoded.
func FuzzDecode(f *testing.F) {
	t := &testing.T{}
	facts := Facts{Keyspace: "ks", Now: time.Unix(1, 0), Datacenters: map[string]int{"dc1": 1}, Mask: testMask}
	s := mustApply(t, systemKeyspaces(), facts, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	for _, statement := range [...]string{
		"CREATE TYPE u (a int, b frozen<list<text>>)", "CREATE TABLE t (k int, c u, v vector<float, 3>, PRIMARY KEY (k))",
		"ALTER TABLE t DROP v", "TRUNCATE t", "ALTER TABLE t ADD m text MASKED WITH f(1, null)",
	} {
		s = mustApply(t, s, facts, statement)
	}
	seed, err := Encode(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Decode(raw, systemKeyspaces())
		if err != nil {
			return
		}
		for _, k := range s.Keyspaces() {
			_ = k.Describe()
			for _, u := range k.SortedTypes() {
				_ = DescribeType(u)
			}
			for _, table := range k.SortedTables() {
				_ = table.Describe(true)
			}
		}
		if _, err := Encode(s); err != nil {
			t.Fatal(err)
		}
	})
}

// TestVersion guards that equal schemas have equal versions, that any difference shows, and that TRUNCATE is none.
func TestVersion(t *testing.T) {
	facts := Facts{Keyspace: "ks", Now: time.Unix(1, 0), Datacenters: map[string]int{"dc1": 1}, Mask: testMask}
	create := "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
	a := mustApply(t, mustApply(t, systemKeyspaces(), facts, create), facts, "CREATE TABLE t (k int PRIMARY KEY)")
	b := mustApply(t, mustApply(t, systemKeyspaces(), facts, create), facts, "CREATE TABLE t (k int PRIMARY KEY)")
	if a.Version() != b.Version() {
		t.Error("equal schemas, other versions")
	}
	if c := mustApply(t, a, facts, "TRUNCATE t"); c.Version() != a.Version() || c.Table("ks", "t").DataID == a.Table("ks", "t").DataID {
		t.Error("TRUNCATE changes the data id and nothing else")
	}
	c := mustApply(t, a, facts, "ALTER TABLE t ADD v int")
	if c.Version() == a.Version() {
		t.Error("another schema, the same version")
	}
	masked := mustApply(t, c, facts, "ALTER TABLE t ALTER v MASKED WITH f(1, null)")
	if masked.Version() == c.Version() {
		t.Error("a mask is part of the schema, and its version is the same")
	}
	if shown := mustApply(t, masked, facts, "ALTER TABLE t ALTER v DROP MASKED"); shown.Version() != c.Version() {
		t.Error("a mask is gone and has left something")
	}
}

// TestEmptiedSystemTable guards that TRUNCATE of a system's table that is stored is remembered, that its data id is given to nobody else, and that
// the version stays.
func TestEmptiedSystemTable(t *testing.T) {
	events := &Table{Keyspace: "system_traces", Name: "events", System: true, DataID: systemDataIDs["system_traces.events"]}
	base := systemKeyspaces()
	k := *base.Keyspace("system_traces")
	k.Tables = map[string]*Table{"events": events.Seal()}
	base = base.WithKeyspace(&k)
	facts := Facts{Keyspace: "ks", Now: time.Unix(1, 0), Datacenters: map[string]int{"dc1": 1}}
	s := mustApply(t, base, facts, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	version := s.Version()
	for want := DataID(1); want < 3; want++ {
		s = mustApply(t, s, facts, "TRUNCATE system_traces.events")
		raw, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = Decode(raw, base); err != nil {
			t.Fatal(err)
		}
		if got := s.Table("system_traces", "events"); got.DataID != want || !got.System || s.TableByDataID(want) != got || s.TableByDataID(events.DataID) != nil {
			t.Errorf("its data id is %d, want %d", got.DataID, want)
		}
	}
	if s.Version() != version {
		t.Error("TRUNCATE changes the version")
	}
	if s = mustApply(t, s, facts, "CREATE TABLE t (k int PRIMARY KEY)"); s.Table("ks", "t").DataID != 3 {
		t.Errorf("a new table has the data id %d", s.Table("ks", "t").DataID)
	}
}
