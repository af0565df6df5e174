//go:build linux

package swarm

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// updatedWithin bounds a rolling update of three tasks.
const updatedWithin = 6 * time.Minute

// update is docker service update; it returns when the Swarm says that the update is over.
func update(t *testing.T, args ...string) {
	t.Helper()
	lab[0].docker(t, append(append([]string{"service", "update", "--detach", "--no-resolve-image"}, args...), serviceName)...)
	awaitUpdate(t)
}

func awaitUpdate(t *testing.T) {
	t.Helper()
	took := eventually(t, updatedWithin, "the update is over", func() string {
		if state, _ := lab[0].try("service", "inspect", "-f", "{{.UpdateStatus.State}}", serviceName); state != "completed" {
			return state
		}
		return ""
	})
	t.Logf("the update took %.1f s", took.Seconds())
}

// TestUpdate is scenario 8: all tasks get another image, one after another, while clients write and read.
func TestUpdate(t *testing.T) {
	deploy(t, change{})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	for _, h := range lab[:3] {
		h.docker(t, "tag", imageName, imageName+":next")
	}
	l := startLoad(t)
	update(t, "--image", imageName+":next")
	is, _ := whole(t, wholeWithin, 3)
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	l.stop(t)
}

// TestUpdateWaits guards the pace: a task that is to be updated while another replica is down serves on until that one is back.
func TestUpdateWaits(t *testing.T) {
	deploy(t, change{})
	whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	lost := lab[2]
	lose(t, lost)
	members(t, wholeWithin, 2, 1)
	lab[0].docker(t, "service", "update", "--detach", "--no-resolve-image", "--force", serviceName)
	eventually(t, wholeWithin, "a task that waits before it stops", func() string {
		for _, h := range lab[:2] {
			for _, c := range h.containers() {
				log, _ := h.try("logs", c.id)
				for _, line := range strings.Split(log, "\n") {
					if strings.Contains(line, "told to stop; serving on") {
						t.Log(line)
						return ""
					}
				}
			}
		}
		return "none says so"
	})
	bootAgain(t, lost)
	awaitUpdate(t)
	whole(t, wholeWithin, 3)
	l.stop(t)
}

// ended are the service's containers of a host that do not run any more, the latest first.
func ended(t *testing.T, h *host) []string {
	t.Helper()
	return strings.Fields(h.docker(t, "ps", "-aq", "--no-trunc", "--filter", "status=exited", "--filter", "label=com.docker.swarm.service.name="+serviceName))
}

// TestStartFirst is scenario 10: an update that starts a second task on the volume of one that runs. The second waits for the first to end, and gives up.
func TestStartFirst(t *testing.T) {
	// What would keep the Swarm from it is taken away: the host's port, and one task a host.
	deploy(t, change{replicas: 1, bare: true})
	whole(t, wholeWithin, 1)
	first := running()[0]
	first.cql(t, keyspace(1)+"; INSERT INTO load.t (id, v) VALUES (1, 1)")
	lab[0].docker(t, "service", "update", "--detach", "--no-resolve-image", "--force", "--update-order", "start-first", serviceName)
	var second container
	eventually(t, wholeWithin, "a second task waits for the volume", func() string {
		for _, c := range running() {
			if log, _ := c.host.try("logs", c.id); c.id != first.id && strings.Contains(log, "is in use by another process: waiting up to 1m0s") {
				second = c
				return ""
			}
		}
		return "none does"
	})
	first.cql(t, "INSERT INTO load.t (id, v) VALUES (2, 2)")
	eventually(t, 2*time.Minute, "the second task gives up", func() string {
		if state, _ := second.host.try("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", second.id); !strings.HasPrefix(state, "exited ") || state == "exited 0" {
			return state
		}
		return ""
	})
	log, _ := second.host.try("logs", second.id)
	if lines := strings.Split(log, "\n"); !strings.Contains(lines[len(lines)-1], "it still was after 1m0s") {
		t.Errorf("its log ends with %s", lines[len(lines)-1])
	}
	if out := first.cql(t, "SELECT count(*) FROM load.t"); !strings.Contains(out, " 2") {
		t.Error(out)
	}
}

// TestSlowEnd is scenario 12: a task takes longer to end than the minute after which the Swarm starts its successor. The successor does no harm.
func TestSlowEnd(t *testing.T) {
	deploy(t, change{environment: map[string]string{"HELENUS_STOP_GRACE_PERIOD": "85s"}, service: []string{"    stop_grace_period: 120s"}})
	was, _ := whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	lost := lab[2]
	lose(t, lost)
	members(t, wholeWithin, 2, 1)
	before := map[string]container{}
	for _, c := range running() {
		before[c.id] = c
	}
	lab[0].docker(t, "service", "update", "--detach", "--no-resolve-image", "--force", serviceName)
	var slow container
	took := eventually(t, 3*time.Minute, "the slow task has ended", func() string {
		for _, h := range lab[:2] {
			for _, id := range ended(t, h) {
				if c, ok := before[id]; ok {
					slow = c
					return ""
				}
			}
		}
		return "not yet"
	})
	t.Logf("the task of %s ended after %.1f s", slow.host.name, took.Seconds())
	if took < time.Minute {
		t.Errorf("that is less than a minute")
	}
	if log, _ := slow.host.try("logs", slow.id); !strings.Contains(log, "stopping although other replicas still need this one") || !strings.Contains(log, "DRAINED") {
		t.Errorf("its log:\n%s", log)
	}
	bootAgain(t, lost)
	awaitUpdate(t)
	is, _ := whole(t, wholeWithin, 3)
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	l.stopWith(t, false)
}
