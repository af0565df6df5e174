//go:build linux

package swarm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// formWithin is what scenario 1 allows from the last task's start to one cluster, wholeWithin bounds everything before a test gives up.
const (
	formWithin  = 10 * time.Second
	wholeWithin = 90 * time.Second
)

// TestForming is scenarios 1 and 2: three tasks that are started at once form one cluster, with a health check, before which a task's name stands for
// nothing, and without; -rounds=50 as often.
func TestForming(t *testing.T) {
	for name, c := range map[string]change{
		"checked":   {},
		"unchecked": {unchecked: true},
	} {
		t.Run(name, func(t *testing.T) {
			var longest time.Duration
			for range *rounds {
				deploy(t, c)
				awaitTasks(t, wholeWithin, 3)
				late := make(chan struct{})
				timer := time.AfterFunc(formWithin, func() {
					sights(t)
					close(late)
				})
				ids, took := whole(t, wholeWithin, 3)
				if !timer.Stop() {
					<-late
				}
				if longest = max(longest, took); took > formWithin || len(ids) != 3 {
					t.Errorf("%d members after %s, allowed: 3 within %s", len(ids), took, formWithin)
					report(t) // these tasks are gone when the test is over
				}
			}
			t.Logf("%d times one cluster of three, at most %d ms after the last task ran", *rounds, longest.Milliseconds())
		})
	}
}

// sights tells what each task has seen of the others, and said of it, when they are slow to come together.
func sights(t *testing.T) {
	for _, c := range running() {
		names, _ := c.try("getent", "ahostsv4", "tasks.cassandra")
		log, _ := c.host.try("logs", c.id)
		t.Logf("%s is at %s, tasks.cassandra is\n%s\n%v\n%s", c.name, c.address(), names, c.status(), log)
	}
}

// TestNewAddresses is scenario 3: a task that is killed comes back as another container, at another address, and is the same node.
func TestNewAddresses(t *testing.T) {
	deploy(t, change{})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	load := startLoad(t)
	for slot := range 3 {
		victim := running()[slot]
		victim.host.docker(t, "kill", victim.id)
		eventually(t, wholeWithin, "another container", func() string {
			if all := running(); len(all) != 3 || all[slot].id == victim.id {
				return "not yet"
			}
			return ""
		})
		is, took := whole(t, wholeWithin, 3)
		t.Logf("task %d killed: whole again %d ms after its successor ran, at %s in place of %s", slot+1, took.Milliseconds(), running()[slot].address(), victim.host.name)
		if !slices.Equal(hostIDs(is), hostIDs(was)) {
			t.Fatalf("the members are %v, were %v", is, was)
		}
	}
	load.stop(t)
}

// TestSwappedAddresses is scenario 4. It runs three nodes as containers of their own in an overlay network, so that addresses can be asked for, and has two of them swap theirs.
func TestSwappedAddresses(t *testing.T) {
	const network, subnet = "helenus-swapped", "10.96.7."
	gone := func() {
		for _, h := range lab {
			_, _ = h.try("rm", "-fv", "swapped")
			_, _ = h.try("volume", "rm", "swapped")
		}
		_, _ = lab[0].try("network", "rm", network)
	}
	gone()
	t.Cleanup(gone)
	lab[0].docker(t, "network", "create", "-d", "overlay", "--attachable", "--subnet", subnet+"0/24", network)
	start := func(h *host, address int) container {
		id := h.docker(t, "run", "-d", "--name", "swapped", "--network", network, "--ip", fmt.Sprint(subnet, address), "--network-alias", "nodes",
			"-v", "swapped:/var/lib/cassandra", "-e", "CASSANDRA_SEEDS=nodes", "-e", "HELENUS_INITIAL_NODES=3", imageName)
		return container{id: id, name: h.name, host: h}
	}
	all := []container{start(lab[0], 101), start(lab[1], 102), start(lab[2], 103)}
	at := func(want map[string]int) (ids map[string]string) {
		eventually(t, wholeWithin, "a cluster at the addresses that were asked for", func() string {
			for _, c := range all {
				ids = c.status()
				have := map[string]bool{}
				for _, s := range ids {
					have[s] = true
				}
				for _, n := range want {
					if !have[fmt.Sprint("UN ", subnet, n)] || len(ids) != 3 {
						return fmt.Sprintf("%s says %v", c.name, ids)
					}
				}
			}
			return ""
		})
		return ids
	}
	was := at(map[string]int{"swarm-1": 101, "swarm-2": 102, "swarm-3": 103})
	for _, h := range lab[1:3] {
		h.docker(t, "rm", "-f", "swapped")
	}
	began := time.Now()
	all[2], all[1] = start(lab[2], 102), start(lab[1], 103)
	is := at(map[string]int{"swarm-1": 101, "swarm-2": 103, "swarm-3": 102})
	t.Logf("whole again %d ms after the first was started", time.Since(began).Milliseconds())
	for id, s := range was {
		want := map[string]string{"101": "101", "102": "103", "103": "102"}[s[len(s)-3:]]
		if !strings.HasSuffix(is[id], want) {
			t.Errorf("node %s was at %s and is at %s", id, s, is[id])
		}
	}
}
