//go:build linux

package swarm

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stackName and serviceName are what the stack of deploy/stack.yml is called here.
const (
	stackName   = "helenus"
	serviceName = "helenus_cassandra"
)

// change is what a test has in other words than deploy/stack.yml.
type change struct {
	replicas    int               // default: the file's
	initial     int               // default: replicas
	environment map[string]string // besides
	service     []string          // further lines of the service
	unchecked   bool              // no health check
	portless    bool              // no port of the hosts
	bare        bool              // that, and any number of tasks on one of them
	spares      bool              // the test says which hosts take part
}

// deploy makes the stack, and removes it with its volumes at the end of the test.
func deploy(t *testing.T, c change) {
	t.Helper()
	remove(t)
	if c.replicas == 0 {
		c.replicas = 3
	}
	if !c.spares {
		label(t, lab[:c.replicas]...)
	}
	t.Cleanup(func() {
		if t.Failed() {
			report(t)
		}
		remove(t)
	})
	deployMore(t, c)
}

// deployMore is docker stack deploy.
func deployMore(t *testing.T, c change) {
	t.Helper()
	lab[0].docker(t, "stack", "deploy", "-c", c.base(t), "-c", c.file(t), "--resolve-image", "never", stackName)
}

// base is deploy/stack.yml, or that without what the test does not want of it.
func (c change) base(t *testing.T) string {
	t.Helper()
	const own = "../../deploy/stack.yml"
	if !c.unchecked && !c.portless && !c.bare {
		return own
	}
	raw, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "stack.yml")
	text := string(raw)
	if c.unchecked {
		text = regexp.MustCompile(`(?m)^    healthcheck:\n(      .*\n)+`).ReplaceAllString(text, "    healthcheck:\n      disable: true\n")
	}
	if c.portless || c.bare {
		text = regexp.MustCompile(`(?m)^    ports:\n(      .*\n)+`).ReplaceAllString(text, "")
	}
	if c.bare {
		text = strings.Replace(text, "        max_replicas_per_node: 1\n", "", 1)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// file writes what is changed, and how this machine reaches the hosts, as a second stack file.
func (c change) file(t *testing.T) string {
	t.Helper()
	if c.replicas == 0 {
		c.replicas = 3
	}
	if c.initial == 0 {
		c.initial = c.replicas
	}
	lines := []string{`version: "3.8"`, "services:", "  cassandra:", "    environment:", `      CASSANDRA_BROADCAST_RPC_ADDRESS: "{{.Node.Hostname}}"`, fmt.Sprintf(`      HELENUS_INITIAL_NODES: "%d"`, c.initial)}
	for _, name := range slices.Sorted(maps.Keys(c.environment)) {
		lines = append(lines, fmt.Sprintf("      %s: %q", name, c.environment[name]))
	}
	lines = append(lines, "    extra_hosts:")
	for _, h := range lab {
		lines = append(lines, fmt.Sprintf("      - %s:%s", h.name, h.address))
	}
	lines = append(lines, "    deploy:", fmt.Sprintf("      replicas: %d", c.replicas))
	lines = append(lines, c.service...)
	file := filepath.Join(t.TempDir(), "lab.yml")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// goneWithin bounds how long a stack may take to end; with fifty seconds' grace.
const goneWithin = 2 * time.Minute

// remove removes the stack and what its nodes have.
func remove(t *testing.T) {
	t.Helper()
	for _, h := range lab { // what would be waited for
		for _, c := range h.containers() {
			_, _ = h.try("kill", c.id) // it may be ending
		}
	}
	_, _ = lab[0].try("service", "rm", serviceName)
	_, _ = lab[0].try("stack", "rm", stackName)
	eventually(t, goneWithin, "the stack is gone", func() string {
		for _, h := range lab {
			if c, _ := h.try("ps", "-aq", "--filter", "label=com.docker.swarm.service.name="+serviceName); c != "" {
				return "containers on " + h.name + ": " + c
			}
		}
		if n, _ := lab[0].try("network", "ls", "-q", "--filter", "name="+stackName+"_default"); n != "" {
			_, _ = lab[0].try("network", "rm", stackName+"_default")
			return "the network"
		}
		for _, h := range lab {
			if volumes, _ := h.try("volume", "ls", "-q", "--filter", "name="+serviceName); volumes != "" {
				if _, err := h.try(append([]string{"volume", "rm"}, strings.Fields(volumes)...)...); err != nil {
					return err.Error()
				}
			}
		}
		return ""
	})
}

// eventually asks until there is nothing to be said any more, and returns how long that took.
func eventually(t *testing.T, within time.Duration, what string, missing func() string) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		why := missing()
		if why == "" {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("%s: not after %s: %s", what, within, why)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// container is a task's.
type container struct {
	id, name string
	host     *host
	slot     int
}

// containers are those of the service that run on a host.
func (h *host) containers() (all []container) {
	out, _ := h.try("ps", "--no-trunc", "--format", `{{.ID}} {{.Label "com.docker.swarm.task.name"}}`, "--filter", "label=com.docker.swarm.service.name="+serviceName)
	for _, line := range strings.Split(out, "\n") {
		f := strings.Fields(line)
		if len(f) != 2 || !strings.HasPrefix(f[1], serviceName+".") {
			continue
		}
		slot, _ := strconv.Atoi(strings.Split(f[1], ".")[1])
		all = append(all, container{f[0], f[1], h, slot})
	}
	return all
}

// running are all containers of the service, by slot.
func running() (all []container) {
	for _, h := range lab {
		if h.engine != nil {
			all = append(all, h.containers()...)
		}
	}
	slices.SortFunc(all, func(a, b container) int { return a.slot - b.slot })
	return all
}

func (c container) try(args ...string) (string, error) {
	return c.host.try(append([]string{"exec", c.id}, args...)...)
}

// address is the container's in the stack's network.
func (c container) address() string {
	out, _ := c.host.try("inspect", "-f", `{{with index .NetworkSettings.Networks "`+stackName+`_default"}}{{.IPAddress}}{{end}}`, c.id)
	return out
}

// cql runs statements in a container's node and returns what they print.
func (c container) cql(t *testing.T, statements string) string {
	t.Helper()
	return c.host.docker(t, "exec", c.id, "cqlsh", "-e", statements)
}

// member is a line of nodetool status: state, address and host id.
var member = regexp.MustCompile(`(?m)^([UD][NLJM])\s+(\S+)\s.*?([0-9a-f]{8}-[0-9a-f-]{27})`)

// status is what a node says of the cluster: state and address by host id.
func (c container) status() map[string]string {
	found := map[string]string{}
	out, _ := c.try("nodetool", "status") // one that does not answer says nothing
	for _, m := range member.FindAllStringSubmatch(out, -1) {
		found[m[3]] = m[1] + " " + m[2]
	}
	return found
}

// whole waits until all containers, that many, agree on a cluster of just them, each at its address. It returns their addresses by host id.
func whole(t *testing.T, within time.Duration, count int) (map[string]string, time.Duration) {
	t.Helper()
	var agreed map[string]string
	took := eventually(t, within, fmt.Sprintf("a cluster of %d", count), func() string {
		all := running()
		if len(all) != count {
			return fmt.Sprintf("%d containers run", len(all))
		}
		want := map[string]bool{}
		for _, c := range all {
			want["UN "+c.address()] = true
		}
		agreed = nil
		for _, c := range all {
			now := c.status()
			if agreed == nil {
				agreed = now
			}
			for _, at := range now {
				if !want[at] {
					return fmt.Sprintf("%s says %v, containers are %v", c.name, now, want)
				}
			}
			if len(now) != count || !maps.Equal(now, agreed) {
				return fmt.Sprintf("%s says %v, another %v", c.name, now, agreed)
			}
		}
		return ""
	})
	return agreed, took
}

// awaitTasks waits until that many tasks run, as the Swarm sees it.
func awaitTasks(t *testing.T, within time.Duration, count int) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%d running tasks", count), func() string {
		out, err := lab[0].try("service", "ps", serviceName, "--filter", "desired-state=running", "--format", "{{.CurrentState}}")
		if n := strings.Count(out, "Running"); n != count || err != nil {
			return fmt.Sprintf("%d: %s", n, out)
		}
		return ""
	})
}

// report tells how things are when a test has failed.
func report(t *testing.T) {
	t.Helper()
	out, _ := lab[0].try("service", "ps", "--no-trunc", serviceName)
	t.Log(out)
	for _, h := range lab {
		if h.engine == nil {
			continue
		}
		ids, _ := h.try("ps", "-aq", "--filter", "label=com.docker.swarm.service.name="+serviceName)
		for _, id := range strings.Fields(ids) {
			state, _ := h.try("inspect", "-f", "{{.Name}} {{json .State}}", id)
			log, _ := h.try("logs", "--tail", "60", id)
			t.Logf("%s %s\n%s", h.name, state, log)
		}
	}
}

// tasks is docker service ps as the engine's API has it.
type task struct {
	ID                   string
	Slot                 int
	NodeID, DesiredState string
	Status               struct {
		State, Err      string
		ContainerStatus struct{ ExitCode int }
	}
}

// tasks are all that the Swarm knows of.
func tasks(t *testing.T) (all []task) {
	t.Helper()
	ids := strings.Fields(lab[0].docker(t, "service", "ps", "-q", "--no-trunc", serviceName))
	if len(ids) == 0 {
		return nil
	}
	if err := json.Unmarshal([]byte(lab[0].docker(t, append([]string{"inspect", "--type", "task"}, ids...)...)), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// hostIDs are those of a cluster, in order.
func hostIDs(of map[string]string) []string { return slices.Sorted(maps.Keys(of)) }

func needHosts(t *testing.T, count int) {
	t.Helper()
	if len(lab) < count {
		t.Skipf("needs -hosts=%d", count)
	}
}
