package schema

import (
	"reflect"
	"testing"

	"helenus/internal/cql"
)

// TestDifferences guards that a schema which came whole, as a snapshot does, tells clients what the statements on the way to it would have.
func TestDifferences(t *testing.T) {
	ids := byte(0)
	execute := func(s *Schema, statements ...string) *Schema {
		for _, text := range statements {
			parsed, err := cql.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			ids++
			out, err := Execute(s, parsed, Facts{TableID: TableID{ids}, Functions: anyFunctions})
			if err != nil {
				t.Fatal(text, err)
			}
			s = s.Apply(out.Change)
		}
		return s
	}
	function := func(signature, body string) string {
		return "CREATE OR REPLACE FUNCTION " + signature + " CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return " + body + ";'"
	}
	keyspace := func(name string) string {
		return "CREATE KEYSPACE " + name + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
	}
	before := execute(Empty, keyspace("gone"), keyspace("kept"), keyspace("altered"), "CREATE TYPE kept.old (a int)", "CREATE TYPE kept.grown (a int)",
		"CREATE TABLE kept.same (k int PRIMARY KEY)", "CREATE TABLE kept.emptied (k int PRIMARY KEY)", "CREATE TABLE kept.dropped (k int PRIMARY KEY)",
		"CREATE TABLE kept.anew (k int PRIMARY KEY)", "CREATE TABLE kept.wider (k int PRIMARY KEY)", function("kept.gone(a int)", "1"), function("kept.changed(a int)", "1"),
		function("kept.state(s int, a int)", "1"), "CREATE AGGREGATE kept.sum1(int) SFUNC state STYPE int")
	after := execute(before, "DROP KEYSPACE gone", keyspace("fresh"), "CREATE TABLE fresh.t (k int PRIMARY KEY)", "DROP TYPE kept.old", "ALTER TYPE kept.grown ADD b int",
		"TRUNCATE kept.emptied", "DROP TABLE kept.dropped", "DROP TABLE kept.anew", "CREATE TABLE kept.anew (k int PRIMARY KEY)", "ALTER TABLE kept.wider ADD v int",
		"CREATE TYPE kept.young (a int)", "DROP FUNCTION kept.gone", "DROP AGGREGATE kept.sum1", function("kept.changed(a int)", "2"), function("kept.young(a text)", "3"),
		"CREATE AGGREGATE kept.sum2(int) SFUNC state STYPE int", "ALTER KEYSPACE altered WITH durable_writes = false")
	raw, err := Encode(after)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Decode(raw, Empty)
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{Change: "DROPPED", Target: "KEYSPACE", Keyspace: "gone"},
		{Change: "DROPPED", Target: "TABLE", Keyspace: "kept", Name: "anew"},
		{Change: "DROPPED", Target: "TABLE", Keyspace: "kept", Name: "dropped"},
		{Change: "DROPPED", Target: "TYPE", Keyspace: "kept", Name: "old"},
		{Change: "DROPPED", Target: "FUNCTION", Keyspace: "kept", Name: "gone", Args: []string{"int"}},
		{Change: "DROPPED", Target: "AGGREGATE", Keyspace: "kept", Name: "sum1", Args: []string{"int"}},
		{Change: "UPDATED", Target: "KEYSPACE", Keyspace: "altered"},
		{Change: "CREATED", Target: "KEYSPACE", Keyspace: "fresh"},
		{Change: "CREATED", Target: "TABLE", Keyspace: "fresh", Name: "t"},
		{Change: "UPDATED", Target: "TYPE", Keyspace: "kept", Name: "grown"},
		{Change: "CREATED", Target: "TYPE", Keyspace: "kept", Name: "young"},
		{Change: "CREATED", Target: "TABLE", Keyspace: "kept", Name: "anew"},
		{Change: "UPDATED", Target: "TABLE", Keyspace: "kept", Name: "wider"},
		{Change: "UPDATED", Target: "FUNCTION", Keyspace: "kept", Name: "changed", Args: []string{"int"}},
		{Change: "CREATED", Target: "FUNCTION", Keyspace: "kept", Name: "young", Args: []string{"text"}},
		{Change: "CREATED", Target: "AGGREGATE", Keyspace: "kept", Name: "sum2", Args: []string{"int"}},
	}
	for name, s := range map[string]*Schema{"applied": after, "whole": whole} {
		if got := Differences(before, s); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", name, got, want)
		}
		if got := Differences(s, s); got != nil {
			t.Errorf("%s, to itself: %v", name, got)
		}
	}
	if got := Differences(after, whole); got != nil {
		t.Errorf("decoded: %v", got)
	}
}
