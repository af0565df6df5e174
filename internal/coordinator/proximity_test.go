package coordinator

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

// firsts counts whom reads at ONE of n0's partition ask first.
func (c *cluster) firsts(t *testing.T, reads int) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for range reads {
		c.asked = nil
		cursor, err := c.Read(&row.Command{Table: c.table, Partitions: []key.Partition{at(0)}}, cassandra.One, 0)
		if err != nil {
			t.Fatal(err)
		}
		cursor.NextPartition()
		if err := cursor.Err(); err != nil {
			t.Fatal(err)
		}
		node, _, _ := strings.Cut(c.asked[0], " ")
		counts[node]++
	}
	return counts
}

// TestLeadersOfCounters guards that increments which come to no replica are led by all of them in turn, not by the first alone.
func TestLeadersOfCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c dc2/a", "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 1}")
		led := map[string]int{}
		c.answer = func(node string, _ rpc.Verb, _ []byte) (time.Duration, []byte, error) {
			led[node]++
			return time.Millisecond, ok(nil), nil
		}
		for range 100 {
			if err := c.Counter([]Increment{{Table: c.table, Partition: at(0)}}, cassandra.Quorum); err != nil {
				t.Fatal(err)
			}
		}
		if led["n0"] < 10 || led["n1"] < 10 || led["n2"] < 10 || led["n3"] != 0 {
			t.Errorf("led by %v", led)
		}
	})
}

// TestNearestFirst guards that reads go to the replicas that answer soonest, those that are as near share them, and one that was slow is
// tried again.
func TestNearestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c dc2/a", "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 1}")
		takes := map[string]time.Duration{"n0": 20 * time.Millisecond, "n1": 500 * time.Microsecond, "n2": 700 * time.Microsecond, "n3": 0}
		c.answer = func(node string, _ rpc.Verb, _ []byte) (time.Duration, []byte, error) {
			return takes[node], (&replica.Page{}).Append([]byte{byte(replica.OK)}), nil
		}
		c.firsts(t, 40)
		if got := c.firsts(t, 100); got["n0"] != 0 || got["n1"] < 20 || got["n2"] < 20 || got["n3"] != 0 {
			t.Errorf("one replica is slow, one far away: first asked %v", got)
		}
		takes["n0"] = 0
		if err := platform.Sleep(context.Background(), platform.System{}, answerFresh+time.Second); err != nil {
			t.Fatal(err)
		}
		if got := c.firsts(t, 100); got["n0"] < 10 {
			t.Errorf("it is quick again: first asked %v", got)
		}
		c.down["n0"], c.down["n1"], c.down["n2"] = true, true, true
		if got := c.firsts(t, 10); got["n3"] != 10 {
			t.Errorf("only the far one is left: first asked %v", got)
		}
	})
}
