//go:build linux

package swarm

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// label lets only some hosts take part, until the end of the test.
func label(t *testing.T, hosts ...*host) {
	t.Helper()
	set := func(chosen []*host) {
		for _, h := range lab {
			if slices.Contains(chosen, h) {
				lab[0].docker(t, "node", "update", "--label-add", "cassandra=true", h.name)
			} else if _, err := lab[0].try("node", "update", "--label-rm", "cassandra", h.name); err != nil && !strings.Contains(err.Error(), "doesn't exist") {
				t.Fatal(err)
			}
		}
	}
	set(hosts)
	t.Cleanup(func() { set(lab) })
}

// lose kills a host; it is booted at the end of the test, if not before.
func lose(t *testing.T, h *host) {
	t.Helper()
	h.kill()
	t.Cleanup(func() { bootAgain(t, h) })
}

// bootAgain starts a host that was killed.
func bootAgain(t *testing.T, h *host) {
	t.Helper()
	if h.engine != nil {
		return
	}
	if err := h.boot(); err != nil {
		t.Fatal(err)
	}
	if err := h.await(); err != nil {
		t.Fatal(err)
	}
}

// lostFor is how long a host is gone that comes back.
const lostFor = 40 * time.Second

// TestLostHost is scenario 9, the host back before its node is removed: the same node, and no read goes back in time.
func TestLostHost(t *testing.T) {
	deploy(t, change{})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	lost := lab[2]
	lose(t, lost)
	members(t, wholeWithin, 2, 1)
	time.Sleep(lostFor) // the scenario's own
	bootAgain(t, lost)
	is, took := whole(t, removedWithin, 3)
	t.Logf("whole again %.1f s after the engine of the lost host answered", took.Seconds())
	if !slices.Equal(hostIDs(is), hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	l.stop(t)
}

// TestRemovedHost is scenario 9, the host back after its node was removed: the node says so and ends for good, with its files, unless it is told to begin anew.
func TestRemovedHost(t *testing.T) {
	needHosts(t, 5)
	deploy(t, change{replicas: 4, environment: removal})
	was, _ := whole(t, 2*wholeWithin, 4)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	lost := lab[3]
	old := lost.containers()[0]
	volume := lost.docker(t, "volume", "ls", "-q", "--filter", "name="+serviceName)
	lose(t, lost)
	is, took := whole(t, removedWithin, 3)
	t.Logf("three members %.1f s after the loss of a host", took.Seconds())
	bootAgain(t, lost)
	eventually(t, removedWithin, "the node of the lost host ends for good", func() string {
		for _, x := range tasks(t) {
			if x.Slot == old.slot && x.Status.State == "complete" {
				return ""
			}
		}
		return "its task has not completed"
	})
	ids := strings.Fields(lost.docker(t, "ps", "-aq", "--filter", "label=com.docker.swarm.service.name="+serviceName))
	log := lost.docker(t, "logs", ids[0])
	if !strings.Contains(log, "was removed from the cluster") || !strings.Contains(log, "HELENUS_REJOIN=wipe") {
		t.Errorf("the log says:\n%s", log)
	}
	if code := lost.docker(t, "inspect", "-f", "{{.State.ExitCode}}", ids[0]); code != "0" {
		t.Errorf("exit status %s, want 0", code)
	}
	if now, _ := whole(t, wholeWithin, 3); !slices.Equal(hostIDs(now), hostIDs(is)) {
		t.Errorf("the members are %v", now)
	}
	gone := func() { _, _ = lost.try("rm", "-f", "wiped") }
	t.Cleanup(gone)
	lost.docker(t, "run", "-d", "--name", "wiped", "--network", stackName+"_default", "-v", volume+":/var/lib/cassandra", "-e", "CASSANDRA_SEEDS=tasks.cassandra",
		"-e", "CASSANDRA_ENDPOINT_SNITCH=GossipingPropertyFileSnitch", "-e", "CASSANDRA_DC=datacenter1", "-e", "CASSANDRA_RACK="+lost.name, "-e", "HELENUS_REJOIN=wipe", imageName)
	eventually(t, wholeWithin, "it joins as a new node", func() string {
		now := running()[0].status()
		for id, s := range now {
			if was[id] == "" && strings.HasPrefix(s, "UN ") && len(now) == 4 {
				return ""
			}
		}
		return "not yet"
	})
	l.stop(t)
}

// TestReplacedHost guards that with HELENUS_REPLACE=auto a task that is started elsewhere, with nothing, takes the lost node's place at once.
func TestReplacedHost(t *testing.T) {
	needHosts(t, 4)
	label(t, lab[:4]...)
	deploy(t, change{spares: true, environment: map[string]string{"HELENUS_REPLACE": "auto"}})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	var lost *host
	for _, c := range running() {
		if c.host != lab[0] {
			lost = c.host
		}
	}
	lose(t, lost)
	is, took := whole(t, removedWithin, 3)
	t.Logf("three members again %.1f s after the loss of a host", took.Seconds())
	same := 0
	for id := range is {
		if was[id] != "" {
			same++
		}
	}
	if same != 2 {
		t.Errorf("the members are %v, were %v", is, was)
	}
	l.stop(t)
}
