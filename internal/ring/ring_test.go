package ring

import (
	"fmt"
	"os"
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

// TestReplicasAsRecorded holds the replicas of random rings, and their order, against what Apache Cassandra chose: see
// test/reference/Replicas.java.
func TestReplicasAsRecorded(t *testing.T) {
	raw, err := os.ReadFile("testdata/replicas.txt")
	if err != nil {
		t.Fatal(err)
	}
	var ring *Topology
	var spec, factors string
	var replication map[string]string
	checked, wrong := 0, 0
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "ring "); ok {
			spec, ring = rest, ringOf(rest)
			continue
		}
		if rest, ok := strings.CutPrefix(line, "factors "); ok {
			factors, replication = rest, map[string]string{"class": "NetworkTopologyStrategy"}
			for _, f := range strings.Fields(rest) {
				dc, n, _ := strings.Cut(f, "=")
				replication[dc] = n
			}
			continue
		}
		text, want, _ := strings.Cut(line, ": ")
		var token int64
		if _, err := fmt.Sscan(text, &token); err != nil {
			t.Fatal(err)
		}
		checked++
		if got := strings.Trim(fmt.Sprint(ids(ring.Replicas(key.Token(token), replication))), "[]"); got != want {
			if wrong++; wrong <= 5 {
				t.Errorf("%s\n%s\ntoken %d: %s, want %s", spec, factors, token, got, want)
			}
		}
	}
	if checked == 0 || wrong > 0 {
		t.Errorf("%d of %d differ", wrong, checked)
	}
}
