package node

import (
	"strings"
	"testing"
	"time"

	"helenus/internal/cassandra"
)

// paceWithin is longer than any node has to wait here; waitedFor is what one waits that has nobody to wait for, with room for a busy machine.
const (
	paceWithin = time.Minute
	waitedFor  = paceWithin / 2
)

// stops has nodes wait for others as those do that are told to stop, all at once, and then stop; it returns how long the longest took.
func stops(t *testing.T, nodes ...*testNode) time.Duration {
	t.Helper()
	began := time.Now()
	done := make(chan struct{})
	for _, n := range nodes {
		go func() {
			n.AwaitOthers(paceWithin)
			n.stop(t)
			done <- struct{}{}
		}()
	}
	for range nodes {
		<-done
	}
	return time.Since(began)
}

// replicated makes a keyspace that all three nodes have all of.
func replicated(t *testing.T, n *testNode) {
	t.Helper()
	run(t, n.dial(t), cassandra.One, "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':3}")
	run(t, n.dial(t), cassandra.One, "CREATE TABLE k.t (id int PRIMARY KEY)")
}

// TestAllStopAtOnce guards that nodes that are all told to stop do not wait for each other's return, and neither does the last of them for one that is down.
func TestAllStopAtOnce(t *testing.T) {
	nodes := startNodes(t, 3)
	replicated(t, nodes[0])
	if took := stops(t, nodes...); took > waitedFor {
		t.Errorf("it took %s", took)
	}
	nodes = startNodes(t, 3)
	replicated(t, nodes[0])
	down := nodes[2].HostID()
	nodes[2].stop(t)
	waitFor(t, "the others to hear that one is down", func() bool { return !nodes[0].monitor.Live(down) && !nodes[1].monitor.Live(down) })
	if took := stops(t, nodes[0], nodes[1]); took > waitedFor {
		t.Errorf("with one that is down it took %s", took)
	}
}

// TestStopWaits guards that a node that is told to stop serves on while another replica is down and a third stays, which may not be left alone.
func TestStopWaits(t *testing.T) {
	nodes := startNodes(t, 3)
	replicated(t, nodes[0])
	if why := nodes[0].needed(); why != "" {
		t.Fatal(why)
	}
	nodes[2].stop(t)
	waitFor(t, "a replica that is down keeps another", func() bool { return strings.Contains(nodes[0].needed(), "is down") })
	nodes[0].ending.Store(true)
	waitFor(t, "the other to know", func() bool {
		v, _ := nodes[1].monitor.Vital(nodes[0].HostID())
		return v.Ending
	})
	if why := nodes[0].needed(); !strings.Contains(why, "is down") {
		t.Errorf("the one that is to stop is kept by %q", why)
	}
}
