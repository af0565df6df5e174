//go:build linux

package swarm

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// cutFor is how long a host is off the network, healedWithin what it may take after that until all nodes hear each other: much less than the cut.
const (
	cutFor       = time.Minute
	healedWithin = 20 * time.Second
)

// TestManagerAndNetwork is scenario 11: the manager is lost and comes back, then another host is off the network for a minute. There is one cluster all the time, with
// all its data.
func TestManagerAndNetwork(t *testing.T) {
	deploy(t, change{})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	lab[0].kill()
	t.Cleanup(func() { bootAgain(t, lab[0]) })
	bootAgain(t, lab[0])
	_, took := whole(t, removedWithin, 3)
	t.Logf("whole %.1f s after the manager's engine answered again", took.Seconds())
	if err := lab[1].cut(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab[1].heal() })
	time.Sleep(cutFor) // the scenario's own
	if err := lab[1].heal(); err != nil {
		t.Fatal(err)
	}
	is, took := whole(t, removedWithin, 3)
	if t.Logf("whole %.1f s after the network was", took.Seconds()); took > healedWithin {
		t.Errorf("allowed: %s", healedWithin)
	}
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	running()[0].cql(t, "CREATE TABLE load.after (id int PRIMARY KEY)")
	l.stopWith(t, false)
}

// TestAddresses guards that a node is told to others at its address in the stack's network, although its container has others: a virtual one of the service, and one
// in the network of published ports.
func TestAddresses(t *testing.T) {
	c := change{service: []string{"      endpoint_mode: vip", "    ports:", "      - target: 7199", "        published: 7999", "        mode: ingress"}}
	deploy(t, c)
	whole(t, wholeWithin, 3)
	for _, c := range running() {
		out, err := c.try("ip", "addr")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(out, "inet ") < 4 { // lo, ingress, the stack's, the host's bridge
			t.Errorf("%s has too few addresses for this to guard anything:\n%s", c.name, out)
		}
		t.Logf("%s is at %s of %s", c.name, c.address(), strings.Join(strings.Fields(out), " "))
	}
}
