package up

import (
	"bytes"
	"sync"
	"testing"

	engine "github.com/moby/moby/api/types/container"
)

// TestLinesOfSeveral guards that lines of several nodes stay whole.
func TestLinesOfSeveral(t *testing.T) {
	var out bytes.Buffer
	shared := &sync.Mutex{}
	one, two := &lineWriter{prefix: "one | ", out: &out, shared: shared}, &lineWriter{prefix: "two | ", out: &out, shared: shared}
	for _, w := range []struct {
		to   *lineWriter
		text string
	}{{one, "a\nb"}, {two, "c\n"}, {one, "b\n"}, {two, "d"}} {
		if _, err := w.to.Write([]byte(w.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := two.flush(); err != nil {
		t.Fatal(err)
	}
	if want := "one | a\ntwo | c\none | bb\ntwo | d\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestProgress guards that a state is said once, and that a board has one line a subject.
func TestProgress(t *testing.T) {
	for _, test := range []struct {
		board bool
		want  string
	}{
		{false, "a              starting\nb              starting\na              ready\n"},
		{true, "\r\x1b[Ka              starting\n" +
			"\x1b[1A\r\x1b[Ka              starting\n\r\x1b[Kb              starting\n" +
			"\x1b[2A\r\x1b[Ka              ready\n\r\x1b[Kb              starting\n"},
	} {
		var out bytes.Buffer
		p := NewProgress(&out, test.board)
		p.Say("a", "starting")
		p.Say("b", "starting")
		p.Say("b", "starting")
		p.Say("a", "ready")
		if out.String() != test.want {
			t.Errorf("%q, want %q", out.String(), test.want)
		}
	}
}

// TestUsed guards that pages of files that can be dropped are not counted, under both kinds of control groups.
func TestUsed(t *testing.T) {
	for _, stats := range []map[string]uint64{{"total_inactive_file": 20 << 20, "inactive_file": 1}, {"inactive_file": 20 << 20}} {
		if got := used(engine.MemoryStats{Usage: 50 << 20, Limit: 64 << 20, Stats: stats}); got != "30 MiB of 64 MiB" {
			t.Error(got)
		}
	}
}

// TestMostReplicas guards the reading of what cqlsh prints.
func TestMostReplicas(t *testing.T) {
	const rows = `
 [json]
-----------
 {"keyspace_name": "system_distributed", "replication": {"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "9"}}
            {"keyspace_name": "k", "replication": {"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "2"}}
 {"keyspace_name": "n", "replication": {"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "a": "2", "b": "3/1"}}

(3 rows)
`
	if keyspace, most := mostReplicas(rows); keyspace != "n" || most != 5 {
		t.Errorf("%s wants %d", keyspace, most)
	}
}
