package node

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"helenus/client/nodetool"
	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/repair"
)

// volatile are the parts of repair's lines that differ from time to time, with what stands for them; options are spelled alike, whatever they say.
var volatile = []struct {
	part  *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}`), "TIME"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\((-?\d+|MIN),-?\d+\](, )?`), "R"},
	{regexp.MustCompile(`R+`), "R"},
	{regexp.MustCompile(`: (true|false|parallel|sequential)`), ": X"},
	{regexp.MustCompile(`\d+%\).*`), "N%)"},
	{regexp.MustCompile(`\d+ seconds?`), "N seconds"},
	{regexp.MustCompile(`ColumnFamilies: \[\w*\]`), "ColumnFamilies: []"},
	{regexp.MustCompile(`(#|ranges: )\d+`), "${1}N"},
}

func steady(lines string) string {
	for _, v := range volatile {
		lines = v.part.ReplaceAllString(lines, v.shown)
	}
	var kept []string
	for _, l := range strings.Split(strings.TrimSpace(lines), "\n") {
		if len(kept) == 0 || kept[len(kept)-1] != l { // progress is told in as many lines as it takes
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// TestRepairSaysWhatCassandraSays holds the lines of a repair against recorded ones.
func TestRepairSaysWhatCassandraSays(t *testing.T) {
	nodes := startNodes(t, 2)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE KEYSPACE shop1 WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
	run(t, c, cassandra.One, "CREATE TABLE shop.items (p int PRIMARY KEY)")
	run(t, c, cassandra.One, "CREATE TABLE shop.orders (p int PRIMARY KEY)")
	recorded, err := os.ReadFile("testdata/repair.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := nodes[1].tool(t, 0, "repair", "shop1") + nodes[1].tool(t, 0, "repair", "-pr", "-full", "shop", "items")
	if got, want := steady(out), steady(string(recorded)); got != want {
		t.Errorf("printed\n%s\nrecorded\n%s", got, want)
	}
	// what both nodes are the first replica of is the ring, once
	primary := repair.Which{Primary: true}
	table := nodes[0].metadata.Schema().Table("shop", "items")
	covered := 0.0
	for _, n := range nodes {
		for _, r := range n.repairer.Ranges(table, primary) {
			covered += (float64(r.Last) - float64(r.First) + 1) / (1 << 64)
		}
	}
	if covered < 0.999 || covered > 1.001 {
		t.Errorf("the primary ranges cover the ring %g times", covered)
	}
	if !nodes[1].marked(t, "items", primary) || nodes[1].marked(t, "orders", primary) {
		t.Error("not the table that was named was repaired")
	}
	if nodes[1].marked(t, "items", repair.Which{}) {
		t.Error("-pr repaired ranges that another node is the first replica of")
	}
	last := fmt.Sprint(key.MaxToken)
	nodes[1].tool(t, 0, "repair", "-st", "0", "-et", last, "shop", "orders")
	if !nodes[1].marked(t, "orders", repair.Which{Tokens: []key.TokenRange{{First: 1, Last: key.MaxToken}}}) || nodes[1].marked(t, "orders", repair.Which{}) {
		t.Error("not the tokens that were named were repaired")
	}
	nodes[1].tool(t, 0, "repair", "-local")
	dead := nodes[0].identity.HostID
	nodes[0].stop(t)
	waitFor(t, "the death to be seen", func() bool { return !nodes[1].monitor.Live(dead) })
	if out := nodes[1].tool(t, 2, "repair", "shop"); !strings.Contains(out, "failed with error Endpoint not alive: /"+nodes[0].options.Native) {
		t.Errorf("repair with a replica down:\n%s", out)
	}
}

// marked says whether all ranges of a table of shop were repaired.
func (n *testNode) marked(t *testing.T, table string, w repair.Which) bool {
	t.Helper()
	x := n.metadata.Schema().Table("shop", table)
	for _, r := range n.repairer.Ranges(x, w) {
		if n.marks.Through(x.DataID, r) == repair.Never {
			return false
		}
	}
	return true
}

// TestRepairCancelled: a repair ends with the request for it, between two ranges.
func TestRepairCancelled(t *testing.T) {
	nodes := startNodes(t, 2)
	c := nodes[0].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE shop.items (p int PRIMARY KEY)")
	ctx, cancel := context.WithCancel(t.Context())
	progress := 0
	err := nodes[0].repair(ctx, nodetool.Arguments{Keyspace: "shop"}, func(line string) {
		if strings.Contains(line, "progress") {
			progress++
			cancel()
		}
	})
	if err == nil || progress != 1 || nodes[0].marked(t, "items", repair.Which{}) {
		t.Errorf("after %d lines of progress: %v", progress, err)
	}
}

func TestDurationsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 61 * time.Second: "1 minute 1 second", time.Hour: "1 hour", 26*time.Hour + 2*time.Minute: "1 day 2 hours 2 minutes",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
