package ring

import (
	"slices"
	"strconv"

	"helenus/internal/key"
)

// Replicas returns the nodes that replicate token under a keyspace's replication map, in Cassandra's order: the primary first.
// There are fewer than the replication factor when the ring has too few nodes.
// Source: Cassandra 5.0, SimpleStrategy and NetworkTopologyStrategy.calculateNaturalReplicas.
func (t *Topology) Replicas(token key.Token, replication map[string]string) []*Node {
	if len(t.Nodes) == 1 {
		return t.Nodes // whatever the strategy
	}
	switch replication["class"] {
	case "SimpleStrategy":
		n, err := strconv.Atoi(replication["replication_factor"])
		if err != nil {
			n = 1
		}
		return t.simple(token, n)
	case "NetworkTopologyStrategy":
		return t.networkTopology(token, replication)
	}
	return t.simple(token, 1)
}

// walk visits owners clockwise from token until visit returns false or the ring is around.
func (t *Topology) walk(token key.Token, visit func(*Node) bool) {
	start := t.first(token)
	for i := range t.owners {
		if !visit(t.owners[(start+i)%len(t.owners)]) {
			return
		}
	}
}

func (t *Topology) simple(token key.Token, n int) []*Node {
	var replicas []*Node
	t.walk(token, func(o *Node) bool {
		if len(replicas) < n && !slices.Contains(replicas, o) {
			replicas = append(replicas, o)
		}
		return len(replicas) < n
	})
	return replicas
}

// datacenter is the state of choosing one datacenter's replicas: nodes of racks not seen yet first, then those passed over.
type datacenter struct {
	wanted, racks int
	chosen        int
	seen          []string
	skipped       []*Node
}

func (t *Topology) networkTopology(token key.Token, replication map[string]string) []*Node {
	wanted := map[string]*datacenter{}
	left := 0
	for name, value := range replication {
		n, err := strconv.Atoi(value)
		if name == "class" || err != nil || n == 0 {
			continue
		}
		racks, nodes := t.census(name)
		d := &datacenter{wanted: min(n, nodes), racks: racks}
		if wanted[name] = d; d.wanted > 0 {
			left++
		}
	}
	var replicas []*Node
	t.walk(token, func(o *Node) bool {
		d := wanted[o.Datacenter]
		if d == nil || d.chosen == d.wanted || slices.Contains(replicas, o) || slices.Contains(d.skipped, o) {
			return left > 0
		}
		take := func(n *Node) {
			replicas = append(replicas, n)
			if d.chosen++; d.chosen == d.wanted {
				left--
			}
		}
		if slices.Contains(d.seen, o.Rack) && len(d.seen) < d.racks {
			d.skipped = append(d.skipped, o)
			return left > 0
		}
		newRack := !slices.Contains(d.seen, o.Rack)
		take(o)
		if newRack {
			d.seen = append(d.seen, o.Rack)
			if len(d.seen) == d.racks {
				for _, s := range d.skipped {
					if d.chosen < d.wanted {
						take(s)
					}
				}
				d.skipped = nil
			}
		}
		return left > 0
	})
	return replicas
}

// census counts a datacenter's racks and nodes.
func (t *Topology) census(name string) (racks, nodes int) {
	var seen []string
	for _, n := range t.Nodes {
		if n.Datacenter != name {
			continue
		}
		nodes++
		if !slices.Contains(seen, n.Rack) {
			seen = append(seen, n.Rack)
		}
	}
	return len(seen), nodes
}
