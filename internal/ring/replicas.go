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

// datacenter is the state of choosing one datacenter's replicas: the first node of each rack and, of other nodes, the first as many as there
// are too few racks.
type datacenter struct {
	left    int // replicas
	repeats int // of those, how many may be of a rack that has one
	seen    []string
}

// take says whether a node is one of the replicas; chosen says whether it is already.
func (d *datacenter) take(o *Node, chosen bool) bool {
	switch {
	case d.left == 0:
		return false
	case !slices.Contains(d.seen, o.Rack):
		d.seen = append(d.seen, o.Rack)
	case chosen || d.repeats == 0:
		return false
	default:
		d.repeats--
	}
	d.left--
	return true
}

func (t *Topology) networkTopology(token key.Token, replication map[string]string) []*Node {
	wanted := map[string]*datacenter{}
	left := 0
	for name, value := range replication {
		n, err := strconv.Atoi(value)
		if name == "class" || err != nil || n <= 0 {
			continue
		}
		racks, nodes := t.census(name)
		wanted[name] = &datacenter{left: min(n, nodes), repeats: max(n-racks, 0)}
		left += min(n, nodes)
	}
	var replicas []*Node
	t.walk(token, func(o *Node) bool {
		if d := wanted[o.Datacenter]; d != nil && d.take(o, slices.Contains(replicas, o)) {
			replicas = append(replicas, o)
			left--
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
