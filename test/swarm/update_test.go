//go:build linux

package swarm

import (
	"errors"
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

// isolate drops what a container's node and others say to each other until heal is called. To the Swarm its task stays well: the check of its health connects
// from within. So there is a replica that is down whichever task an update takes first; with a host that is lost the update stands still when the turn
// is its.
func (c container) isolate(t *testing.T) (heal func()) {
	t.Helper()
	pid := c.host.docker(t, "inspect", "-f", "{{.State.Pid}}", c.id)
	rules := func(what string) (err error) {
		for _, rule := range []string{"INPUT ! -i lo -p tcp --dport 7000", "INPUT ! -i lo -p tcp --sport 7000", "OUTPUT ! -o lo -p tcp --dport 7000", "OUTPUT ! -o lo -p tcp --sport 7000"} {
			err = errors.Join(err, runAll("nsenter --net=/proc/"+pid+"/ns/net iptables -w "+what+" "+rule+" -j DROP"))
		}
		return err
	}
	if err := rules("-A"); err != nil {
		t.Fatal(err)
	}
	eventually(t, wholeWithin, "the others miss "+c.name, func() string {
		for _, other := range running() {
			if now := other.status(); other.id != c.id && !strings.Contains(fmt.Sprint(now), "DN "+c.address()) {
				return fmt.Sprintf("%s says %v", other.name, now)
			}
		}
		return ""
	})
	return func() { _ = rules("-D") } // a container that has ended needs none
}

// logged waits until one of the containers says something, and returns that one.
func logged(t *testing.T, within time.Duration, among []container, what string) (by container) {
	t.Helper()
	eventually(t, within, "a task that says "+what, func() string {
		for _, c := range among {
			log, _ := c.host.try("logs", c.id)
			for _, line := range strings.Split(log, "\n") {
				if strings.Contains(line, what) {
					t.Log(c.name, line)
					by = c
					return ""
				}
			}
		}
		return "none does"
	})
	return by
}

// updateWithoutOne cuts one of the tasks off and begins to update them all. It returns the task that was told to stop and serves on, and what brings back the
// one that is cut off.
func updateWithoutOne(t *testing.T, all []container) (slow container, heal func()) {
	t.Helper()
	heal = all[2].isolate(t)
	lab[0].docker(t, "service", "update", "--detach", "--no-resolve-image", "--force", serviceName)
	return logged(t, wholeWithin, all, "told to stop; serving on"), heal
}

// TestUpdateWaits guards the pace: a task that is to be updated while another replica is down serves on until that one is back.
func TestUpdateWaits(t *testing.T) {
	deploy(t, change{})
	whole(t, wholeWithin, 3)
	all := running()
	all[0].cql(t, keyspace(3))
	l := startLoad(t)
	_, heal := updateWithoutOne(t, all)
	heal()
	awaitUpdate(t)
	whole(t, wholeWithin, 3)
	l.stop(t)
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

// slowly is a stack whose tasks have two minutes to end, and wait for others for nearly as long as the nodes are told.
func slowly(nodes string) change {
	return change{environment: map[string]string{"HELENUS_STOP_GRACE_PERIOD": nodes}, service: []string{"    stop_grace_period: 120s"}}
}

// TestSlowEnd is scenario 12: a task takes longer to end than the minute after which the Swarm starts its successor, since another replica is down. The
// tasks publish a port of their host, so the successor has to wait until it is free, and no request fails.
func TestSlowEnd(t *testing.T) {
	deploy(t, slowly("120s"))
	was, _ := whole(t, wholeWithin, 3)
	all := running()
	all[0].cql(t, keyspace(3))
	l := startLoad(t)
	slow, heal := updateWithoutOne(t, all)
	took := eventually(t, wholeWithin, "the Swarm wants the successor", func() string {
		for _, x := range tasks(t) {
			if x.Slot == slow.slot && x.DesiredState == "running" && strings.Contains(x.Status.Err, "host-mode port already in use") {
				return ""
			}
		}
		return "not yet"
	})
	t.Logf("the Swarm has wanted the successor of %s for want of its port since %.1f s after that was told to stop", slow.name, took.Seconds())
	if now := running(); fmt.Sprint(now) != fmt.Sprint(all) {
		t.Errorf("the containers are %v, were %v", now, all)
	}
	heal()
	awaitUpdate(t)
	is, _ := whole(t, wholeWithin, 3)
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	l.stop(t)
}

// TestSlowEndBesideSuccessor is scenario 12 where no port keeps the successor from being started: for a while two tasks have one volume. The first one's time runs
// out, since the other replica stays away; only then the second opens the volume.
func TestSlowEndBesideSuccessor(t *testing.T) {
	c := slowly("95s")
	c.portless = true
	deploy(t, c)
	was, _ := whole(t, wholeWithin, 3)
	all := running()
	all[0].cql(t, keyspace(3)+"; INSERT INTO load.t (id, v) VALUES (1, 1)")
	slow, heal := updateWithoutOne(t, all)
	var successor container
	took := eventually(t, wholeWithin, "a successor", func() string {
		for _, c := range slow.host.containers() {
			if c.id != slow.id {
				successor = c
				return ""
			}
		}
		return "none yet"
	})
	t.Logf("a successor was started %.1f s after %s was told to stop", took.Seconds(), slow.name)
	logged(t, wholeWithin, []container{successor}, "is in use by another process: waiting up to 1m35s")
	slow.cql(t, "INSERT INTO load.t (id, v) VALUES (2, 2)")
	eventually(t, wholeWithin, "the slow task has ended", func() string {
		if state, _ := slow.host.try("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", slow.id); state != "exited 143" {
			return state
		}
		return ""
	})
	logged(t, wholeWithin, []container{slow}, "stopping although other replicas still need this one")
	logged(t, wholeWithin, []container{slow}, "DRAINED")
	heal()
	logged(t, wholeWithin, []container{successor}, "Startup complete")
	awaitUpdate(t)
	is, _ := whole(t, wholeWithin, 3)
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	if now := fmt.Sprint(running()); !strings.Contains(now, successor.id) {
		t.Errorf("the containers are %s; the successor was %s", now, successor.id)
	}
	if out := running()[0].cql(t, "CONSISTENCY QUORUM; SELECT count(*) FROM load.t"); !strings.Contains(out, " 2") {
		t.Error(out)
	}
}
