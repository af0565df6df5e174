//go:build linux

package swarm

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"helenus/test/server"
)

// removal is what a test's cluster has in place of an hour.
var removal = map[string]string{"HELENUS_ABSENT_NODE_REMOVAL": "20s"}

// removedWithin bounds how long the removal of a member may take beyond that: its end in order, the removal, the others' taking its part.
const removedWithin = 3 * time.Minute

func scale(t *testing.T, count int) {
	t.Helper()
	lab[0].docker(t, "service", "scale", "--detach", fmt.Sprintf("%s=%d", serviceName, count))
}

// members waits until every running task says that the cluster has that many members up and that many down.
func members(t *testing.T, within time.Duration, up, down int) time.Duration {
	t.Helper()
	return eventually(t, within, fmt.Sprintf("%d members up and %d down", up, down), func() string {
		all := running()
		if len(all) != up {
			return fmt.Sprintf("%d containers run", len(all))
		}
		for _, c := range all {
			now := c.status()
			said := fmt.Sprint(now)
			if strings.Count(said, "UN ") != up || strings.Count(said, "DN ") != down || len(now) != up+down {
				return fmt.Sprintf("%s says %v", c.name, now)
			}
		}
		return ""
	})
}

// everywhere holds what each node has by itself against what was acknowledged.
func everywhere(t *testing.T, rows int) {
	t.Helper()
	for _, c := range running() {
		out := c.cql(t, "CONSISTENCY ALL; SELECT count(*) FROM load.t")
		if m := regexp.MustCompile(`(?m)^\s*(\d+)\s*$`).FindStringSubmatch(out); m == nil || m[1] < fmt.Sprint(rows) && len(m[1]) <= len(fmt.Sprint(rows)) {
			t.Errorf("%s counts %s, %d were acknowledged", c.name, out, rows)
		}
	}
}

// TestScalePlainly is scenario 5: three nodes become five and, by docker service scale alone, four and three. What is stopped stays a member until it
// was absent for too long; then the others have what it had.
func TestScalePlainly(t *testing.T) {
	needHosts(t, 5)
	deploy(t, change{environment: removal})
	whole(t, wholeWithin, 3)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	label(t, lab[:5]...)
	scale(t, 5)
	_, took := whole(t, 2*wholeWithin, 5)
	t.Logf("five nodes %d ms after docker service scale", took.Milliseconds())
	for left := 4; left >= 3; left-- {
		scale(t, left)
		members(t, removedWithin, left, 1)
		t.Logf("%d: the one that was stopped is still a member; %s", left, oneLine(running()[0], "nodetool", "absentstatus"))
		_, took = whole(t, removedWithin, left)
		t.Logf("%d: it was removed after another %.1f s", left, took.Seconds())
	}
	l.stop(t)
	everywhere(t, len(l.acknowledged))
}

func oneLine(c container, command ...string) string {
	out, err := c.try(command...)
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(out), " ")
}

// TestScaleTooFar is scenario 7: of five nodes one is left by docker service scale. Nothing is removed, which is said aloud, and all is there again once the
// others are.
func TestScaleTooFar(t *testing.T) {
	needHosts(t, 5)
	deploy(t, change{replicas: 5, environment: map[string]string{"HELENUS_ABSENT_NODE_REMOVAL": "20s", "HELENUS_STOP_GRACE_PERIOD": "0s"}})
	was, _ := whole(t, 2*wholeWithin, 5)
	running()[0].cql(t, keyspace(3))
	l := loadSome(t)
	scale(t, 1)
	eventually(t, removedWithin, "a refusal to remove anything", func() string {
		all := running()
		if len(all) != 1 {
			return fmt.Sprintf("%d containers run", len(all))
		}
		log, _ := all[0].host.try("logs", all[0].id)
		for _, line := range strings.Split(log, "\n") {
			if strings.Contains(line, "4 of 5 members are absent and NOT removed") {
				t.Log(line)
				return ""
			}
		}
		return "nothing is said"
	})
	one := running()[0]
	t.Log(oneLine(one, "nodetool", "absentstatus"))
	if now := one.status(); len(now) != 5 {
		t.Errorf("the members are %v", now)
	}
	read := 0
	for id := range 20 { // what is left of three fifths of the rows
		if out, err := one.try("cqlsh", "-e", fmt.Sprintf("CONSISTENCY ONE; SELECT v FROM load.t WHERE id = %d", id)); err == nil && strings.Contains(out, "(1 rows)") {
			read++
		}
	}
	if t.Logf("%d of 20 rows are read at ONE from the one that is left", read); read == 0 {
		t.Error("nothing is read at ONE")
	}
	scale(t, 5)
	is, took := whole(t, removedWithin, 5)
	t.Logf("five again after %.1f s", took.Seconds())
	for id := range was {
		if is[id] == "" {
			t.Errorf("node %s is gone; the members are %v", id, is)
		}
	}
	l.stop(t)
}

// helenus runs the program against the managing engine.
func helenus(t *testing.T, args ...string) (string, error) {
	t.Helper()
	binary, err := server.Binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+lab[0].socket())
	out, err := cmd.CombinedOutput()
	t.Logf("helenus %s: %v\n%s", strings.Join(args, " "), err, out)
	return string(out), err
}

// TestScaleByHelenus is scenario 6: helenus scale takes two of five nodes out of the ring, and then lowers the number of tasks: those that have left are the ones
// that the Swarm puts away.
func TestScaleByHelenus(t *testing.T) {
	needHosts(t, 5)
	deploy(t, change{replicas: 5})
	was, _ := whole(t, 2*wholeWithin, 5)
	running()[0].cql(t, keyspace(3))
	l := startLoad(t)
	if out, err := helenus(t, "scale", "2"); err == nil || !strings.Contains(out, "keyspace load wants 3 replicas") {
		t.Error("two nodes are too few for three replicas")
	}
	stays := map[string]bool{}
	for _, c := range running()[:3] {
		stays[c.id] = true
	}
	if _, err := helenus(t, "scale", "3"); err != nil {
		t.Fatal(err)
	}
	is, _ := whole(t, wholeWithin, 3)
	for _, c := range running() {
		if !stays[c.id] {
			t.Errorf("%s was not there before", c.name)
		}
	}
	for id := range is {
		if was[id] == "" {
			t.Errorf("node %s was not there before", id)
		}
	}
	l.stop(t)
	everywhere(t, len(l.acknowledged))
	for _, h := range lab {
		if volumes := h.docker(t, "volume", "ls", "-q", "--filter", "name="+serviceName); volumes != "" && len(h.containers()) == 0 {
			t.Errorf("%s still has %s", h.name, volumes)
		}
	}
	if _, err := helenus(t, "scale", "4"); err != nil {
		t.Fatal(err)
	}
	whole(t, 2*wholeWithin, 4)
}

// TestUp guards that helenus up --swarm and docker stack deploy of what it prints make the same service: each finds nothing to change after the other.
func TestUp(t *testing.T) {
	remove(t)
	label(t, lab[:3]...)
	t.Cleanup(func() { remove(t) })
	if out, err := helenus(t, "up", "--swarm"); err != nil || !strings.Contains(out, "3 nodes of helenus up") {
		t.Fatal(err)
	}
	whole(t, wholeWithin, 3)
	spec := func() string { return lab[0].docker(t, "service", "inspect", "-f", "{{json .Spec}}", serviceName) }
	before, containers := spec(), fmt.Sprint(running())
	lab[0].docker(t, "stack", "deploy", "-c", "../../deploy/stack.yml", "--resolve-image", "never", stackName)
	if after := spec(); after != before {
		t.Errorf("docker stack deploy has made\n%s\nof\n%s", after, before)
	}
	if _, err := helenus(t, "up", "--swarm"); err != nil {
		t.Error(err)
	}
	whole(t, wholeWithin, 3)
	if now := fmt.Sprint(running()); now != containers {
		t.Errorf("the containers are %s, were %s", now, containers)
	}
}
