//go:build linux

package swarm

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// endsWithin is what docker stack rm may take to end all nodes of a cluster with data: much less than the grace period of 50 s, within which they would wait
// for one that is to be updated.
const endsWithin = 25 * time.Second

// TestStackRemoved guards that docker stack rm has all nodes end in order and soon, and that the stack, when it is deployed again, is the same cluster with
// its data.
func TestStackRemoved(t *testing.T) {
	deploy(t, change{})
	was, _ := whole(t, wholeWithin, 3)
	all := running()
	all[0].cql(t, keyspace(3))
	l := loadSome(t)
	l.session.Close()
	lab[0].docker(t, "stack", "rm", stackName)
	took := eventually(t, goneWithin, "all nodes have ended", func() string {
		for _, c := range all {
			if state, err := c.host.try("inspect", "-f", "{{.State.Status}}", c.id); err == nil && state != "exited" {
				return c.name + " " + state
			} else if err == nil {
				if log, err := c.host.try("logs", "--tail", "20", c.id); err == nil && !strings.Contains(log, "DRAINED") {
					t.Errorf("%s has not ended in order:\n%s", c.name, log)
				}
			}
		}
		return ""
	})
	if t.Logf("all nodes had ended %.1f s after docker stack rm", took.Seconds()); took > endsWithin {
		t.Errorf("allowed: %s", endsWithin)
	}
	eventually(t, goneWithin, "nothing is left but volumes", func() string {
		for _, h := range lab {
			for _, of := range [][]string{{"ps", "-aq", "--filter", "label=com.docker.swarm.service.name=" + serviceName}, {"network", "ls", "-q", "--filter", "name=" + stackName + "_default"}} {
				if left, err := h.try(of...); left != "" || err != nil {
					return fmt.Sprint(h.name, left, err)
				}
			}
		}
		return ""
	})
	deployMore(t, change{})
	is, took := whole(t, wholeWithin, 3)
	t.Logf("whole %.1f s after the stack was deployed again", took.Seconds())
	if fmt.Sprint(hostIDs(is)) != fmt.Sprint(hostIDs(was)) {
		t.Errorf("the members are %v, were %v", is, was)
	}
	everywhere(t, len(l.acknowledged))
}
