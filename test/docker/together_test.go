//go:build linux

package docker

import (
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var togetherRounds = flag.Int("together", 2, "how often three containers are started together, in each form")

// network makes a user-defined network until the end of the test.
func network(t *testing.T, name string, args ...string) {
	t.Helper()
	docker(t, append(append([]string{"network", "create"}, args...), name)...)
	t.Cleanup(func() { command(t, "", nil, "docker", "network", "rm", name) }) // after the containers
}

// member is a line of nodetool status: state, address and host id.
var member = regexp.MustCompile(`(?m)^([UD][NLJM])\s+(\S+)\s.*?([0-9a-f]{8}-[0-9a-f-]{27})`)

// members returns what a container's node says of the cluster: address by host id, of those that are up and normal, or nil when others are in it.
func members(t *testing.T, name string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, m := range member.FindAllStringSubmatch(try(t, "", "exec", name, "nodetool", "status").out, -1) {
		if m[1] != "UN" {
			return nil
		}
		found[m[3]] = m[2]
	}
	return found
}

// whole waits until all containers agree on a cluster of just them, each at the address that it has.
func whole(t *testing.T, within time.Duration, names ...string) map[string]string {
	t.Helper()
	var addresses []string
	for _, name := range names {
		addresses = append(addresses, strings.Fields(docker(t, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", name))[0])
	}
	slices.Sort(addresses)
	deadline := time.Now().Add(within)
	for {
		var first map[string]string
		agree := true
		for i, name := range names {
			found := members(t, name)
			var at []string
			for _, a := range found {
				at = append(at, a)
			}
			slices.Sort(at)
			if agree = slices.Equal(at, addresses); !agree {
				break
			}
			if i == 0 {
				first = found
			}
			for id, a := range found {
				agree = agree && first[id] == a
			}
		}
		if agree {
			return first
		}
		if time.Now().After(deadline) {
			for _, name := range names {
				t.Logf("%s:\n%s", name, try(t, "", "exec", name, "nodetool", "status").out)
			}
			t.Fatalf("no cluster of %v after %s", addresses, within)
		}
	}
}

// TestTogether guards that three containers that are started at the same moment make one cluster of three, with one name for all as the seed and with
// all of them as seeds. go test ./test/docker -run TestTogether -together=50 is long.
func TestTogether(t *testing.T) {
	network(t, "together")
	for form, settings := range map[string][]string{
		"one name":  {"--network-alias", "cassandra", "-e", "CASSANDRA_SEEDS=cassandra", "-e", "HELENUS_INITIAL_NODES=3"},
		"all seeds": {"-e", "CASSANDRA_SEEDS=together-1,together-2,together-3"},
	} {
		t.Run(form, func(t *testing.T) {
			var longest time.Duration
			for range *togetherRounds {
				names := []string{"together-1", "together-2", "together-3"}
				t.Run("", func(t *testing.T) {
					began := time.Now()
					errs := make(chan error, len(names))
					for _, name := range names {
						remove(t, name)
					}
					for _, name := range names {
						go func() {
							errs <- background(append(append([]string{"run", "-d", "--name", name, "--network", "together"}, settings...), imageName)...)
						}()
					}
					for range names {
						if err := <-errs; err != nil {
							t.Fatal(err)
						}
					}
					for _, name := range names {
						ready(t, name)
					}
					if ids := whole(t, readyWithin, names...); len(ids) != 3 {
						t.Errorf("%d members", len(ids))
					}
					longest = max(longest, time.Since(began))
					cql(t, names[2], "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':3}; CREATE TABLE k.t (id int PRIMARY KEY, v text); CONSISTENCY ALL; INSERT INTO k.t (id, v) VALUES (1, 'everywhere')")
					if out := cql(t, names[0], "CONSISTENCY ALL; SELECT v FROM k.t"); !strings.Contains(out, "everywhere") {
						t.Error(out)
					}
				})
				if t.Failed() {
					return
				}
			}
			t.Logf("%d times one cluster of three, all answering at most %d ms after docker run", *togetherRounds, longest.Milliseconds())
		})
	}
}

// TestNewAddress guards that a restarted container with another address is the same node, and that nodes which swap their addresses are whole again soon.
func TestNewAddress(t *testing.T) {
	network(t, "moving", "--subnet", "172.31.77.0/24")
	names := []string{"moves-1", "moves-2", "moves-3"}
	for i, name := range names {
		start(t, name, "--network", "moving", "--ip", fmt.Sprintf("172.31.77.1%d", i+1), "-e", "CASSANDRA_SEEDS=moves-1", imageName)
		ready(t, name)
	}
	was := whole(t, readyWithin, names...)
	cql(t, "moves-1", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':3}; CREATE TABLE k.t (id int PRIMARY KEY, v text); CONSISTENCY ALL; INSERT INTO k.t (id, v) VALUES (1, 'kept')")
	move := func(what string, to map[string]string) {
		for name := range to {
			docker(t, "stop", name)
			docker(t, "network", "disconnect", "moving", name)
		}
		for name, ip := range to {
			docker(t, "network", "connect", "--ip", ip, "moving", name)
		}
		began := time.Now()
		for name := range to {
			docker(t, "start", name)
		}
		for name := range to {
			ready(t, name)
		}
		is := whole(t, 30*time.Second, names...)
		t.Logf("%s: whole again %d ms after docker start", what, time.Since(began).Milliseconds())
		for id := range was {
			if is[id] == "" {
				t.Errorf("%s: node %s is another one: %v", what, id, is)
			}
		}
		if out := cql(t, "moves-2", "CONSISTENCY ALL; SELECT v FROM k.t"); !strings.Contains(out, "kept") {
			t.Errorf("%s: %s", what, out)
		}
	}
	move("another address", map[string]string{"moves-2": "172.31.77.22"})
	move("the seed's other address", map[string]string{"moves-1": "172.31.77.21"})
	move("swapped addresses", map[string]string{"moves-2": "172.31.77.13", "moves-3": "172.31.77.22"})
	// Without a stop: the addresses of running containers are swapped. What Docker takes for itself is told apart from what the nodes take.
	took := func(what string, f func()) {
		began := time.Now()
		f()
		t.Logf("swapped while running: %s took %d ms", what, time.Since(began).Milliseconds())
	}
	took("disconnecting", func() {
		for _, name := range names[1:] {
			docker(t, "network", "disconnect", "moving", name)
		}
	})
	took("connecting", func() {
		docker(t, "network", "connect", "--ip", "172.31.77.22", "moving", "moves-2")
		docker(t, "network", "connect", "--ip", "172.31.77.13", "moving", "moves-3")
	})
	for _, name := range names[1:] {
		took("docker restart "+name, func() { docker(t, "restart", name) })
	}
	began := time.Now()
	is := whole(t, 30*time.Second, names...)
	t.Logf("swapped while running: whole again %d ms after the last restart", time.Since(began).Milliseconds())
	for id := range was {
		if is[id] == "" {
			t.Errorf("node %s is another one: %v", id, is)
		}
	}
}

// TestMeetsLater guards a name as seed that leads to nobody else when the first containers start: what each of them formed alone becomes one cluster as
// soon as the name leads to all.
func TestMeetsLater(t *testing.T) {
	network(t, "later")
	names := []string{"later-1", "later-2"}
	for _, name := range names {
		start(t, name, "--network", "later", "--network-alias", name+"-itself", "-e", "CASSANDRA_SEEDS="+name+"-itself,later", imageName)
		ready(t, name)
	}
	for _, name := range names {
		if ids := members(t, name); len(ids) != 1 {
			t.Fatalf("%s sees %v before it can", name, ids)
		}
	}
	// A third that both find by the name, and that belongs to neither.
	start(t, "later-3", "--network", "later", "--network-alias", "later", "-e", "CASSANDRA_SEEDS=later", imageName)
	ready(t, "later-3")
	cql(t, "later-3", "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':3}")
	began := time.Now()
	whole(t, readyWithin, append(names, "later-3")...)
	t.Logf("one cluster %d ms after there was another to join", time.Since(began).Milliseconds())
	for _, name := range names {
		ready(t, name)
		cql(t, name, "USE k")
	}
}
