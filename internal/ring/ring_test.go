package ring

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"helenus/internal/key"
)

func ringOf(spec string) *Topology {
	var nodes []*Node
	for i, s := range strings.Fields(spec) {
		dc, rest, _ := strings.Cut(s, "/")
		rack, tokens, _ := strings.Cut(rest, ":")
		n := &Node{ID: HostID{byte(i + 1)}, Datacenter: dc, Rack: rack}
		for _, t := range strings.Split(tokens, ",") {
			var v int64
			fmt.Sscan(t, &v)
			n.Tokens = append(n.Tokens, key.Token(v))
		}
		nodes = append(nodes, n)
	}
	return NewTopology(nodes)
}

func ids(nodes []*Node) (out []int) {
	for _, n := range nodes {
		out = append(out, int(n.ID[0]))
	}
	return out
}

func TestReplicas(t *testing.T) {
	simple := func(n string) map[string]string {
		return map[string]string{"class": "SimpleStrategy", "replication_factor": n}
	}
	for _, c := range []struct {
		ring        string
		replication map[string]string
		token       key.Token
		want        []int
	}{
		{"a/r:0 a/r:10 a/r:20", simple("2"), 5, []int{2, 3}},
		{"a/r:0 a/r:10 a/r:20", simple("2"), 10, []int{2, 3}},
		{"a/r:0 a/r:10 a/r:20", simple("3"), 21, []int{1, 2, 3}},
		{"a/r:0 a/r:10", simple("3"), 5, []int{2, 1}},
		{"a/r1:0 a/r1:10 a/r2:20 b/r1:5", map[string]string{"class": "NetworkTopologyStrategy", "a": "2", "b": "1"}, 0, []int{1, 4, 3}},
		{"a/r1:0 a/r1:10 a/r1:20", map[string]string{"class": "NetworkTopologyStrategy", "a": "2"}, 5, []int{2, 3}},
	} {
		if got := ids(ringOf(c.ring).Replicas(c.token, c.replication)); !slices.Equal(got, c.want) {
			t.Errorf("%s %v token %d: %v, want %v", c.ring, c.replication, c.token, got, c.want)
		}
	}
}
