package node

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"helenus/internal/platform"
)

// container is a network as a task of a Swarm sees it: names, routes, and interfaces in the machine's order.
type container struct {
	names  map[string]string // one address each
	routes map[string]string
	own    []string
}

func (c *container) Lookup(_ context.Context, name string) (all []netip.Addr, err error) {
	for n, a := range c.names {
		if n == name {
			return []netip.Addr{netip.MustParseAddr(a)}, nil
		}
	}
	return nil, errors.New("no such host")
}

func (c *container) Interfaces() (all []platform.Interface, err error) {
	for _, a := range c.own {
		all = append(all, platform.Interface{Name: "eth", Addrs: []netip.Addr{netip.MustParseAddr(a)}})
	}
	return append(all, platform.Interface{Name: "lo", Loopback: true, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.0.1.2")}}), nil
}

func (c *container) Route(to netip.Addr) (netip.Addr, error) {
	for t, from := range c.routes {
		if netip.MustParseAddr(t) == to {
			return netip.MustParseAddr(from), nil
		}
	}
	return netip.Addr{}, errors.New("no route")
}

func (c *container) Hostname() string { return "task" }

// TestReachable guards which of a container's addresses others are told: in a Swarm neither that of published ports (10.0.0.0/24), nor that of the
// host's bridge (172.18.0.0/16), nor a service's virtual one, be it an interface's (10.0.1.2).
func TestReachable(t *testing.T) {
	const ingress, task, bridge, virtual = "10.0.0.9", "10.0.1.7", "172.18.0.3", "10.0.1.2"
	hosts := map[string]string{"task": task}
	for name, c := range map[string]struct {
		seeds string
		box   container
		want  string
	}{
		"one address":                         {"tasks.cassandra", container{own: []string{task}}, task},
		"alone, not known yet":                {"tasks.cassandra", container{names: hosts, own: []string{ingress, task, bridge}}, task},
		"alone, known":                        {"tasks.cassandra", container{names: map[string]string{"tasks.cassandra": task}, own: []string{ingress, bridge, task}}, task},
		"another one is known":                {"tasks.cassandra:7000", container{names: map[string]string{"tasks.cassandra": "10.0.1.8"}, routes: map[string]string{"10.0.1.8": task}, own: []string{ingress, bridge, task}}, task},
		"a virtual one on the interface":      {"cassandra", container{names: map[string]string{"cassandra": virtual, "tasks.cassandra": task}, own: []string{ingress, virtual, task}}, task},
		"a virtual one, nobody is known yet":  {"cassandra", container{names: map[string]string{"cassandra": virtual, "task": task}, own: []string{ingress, virtual, task}}, task},
		"an address as seed":                  {"10.0.1.8", container{routes: map[string]string{"10.0.1.8": task}, own: []string{ingress, task}}, task},
		"no names, as in a network of bridge": {"", container{own: []string{bridge, task}}, bridge},
		"it is its own seed":                  {task, container{own: []string{ingress, task}}, task},
	} {
		o := Options{Names: &c.box, Runtime: platform.System{}}
		if c.seeds != "" {
			o.Seeds = []string{c.seeds}
		}
		if got := o.reachable(t.Context(), netip.MustParseAddr(c.box.own[0])); got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
