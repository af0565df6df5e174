package ring

import (
	"math/rand/v2"
	"slices"
	"testing"

	"helenus/internal/key"
)

// TestPlacementIsTheRing guards that a placement says of every token what the ring says, and covers every token once.
func TestPlacementIsTheRing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var nodes []*Node
	for i := range 7 {
		n := &Node{ID: HostID{byte(i + 1)}, Datacenter: "dc" + string(rune('0'+i%2)), Rack: "r" + string(rune('0'+i%3))}
		for range 8 {
			n.Tokens = append(n.Tokens, key.Token(r.Uint64()))
		}
		nodes = append(nodes, n)
	}
	ring := NewTopology(nodes)
	for _, replication := range []map[string]string{
		{"class": "SimpleStrategy", "replication_factor": "1"}, {"class": "SimpleStrategy", "replication_factor": "9"},
		{"class": "NetworkTopologyStrategy", "dc0": "3", "dc1": "2"},
	} {
		p := ring.Placement(replication)
		next := key.MinToken
		for _, x := range p.Ranges() {
			if x.First != next || x.Last < x.First {
				t.Fatalf("range %d to %d begins where %d should", x.First, x.Last, next)
			}
			next = x.Last + 1
		}
		if next != key.MinToken { // one past the last token
			t.Fatalf("the last range ends at %d", next-1)
		}
		check := func(token key.Token) {
			if got, want := p.At(token).Replicas, ring.Replicas(token, replication); !slices.Equal(got, want) {
				t.Fatalf("token %d under %v: %v, want %v", token, replication, got, want)
			}
		}
		for _, n := range nodes {
			for _, token := range n.Tokens {
				check(token - 1)
				check(token)
				check(token + 1)
			}
		}
		for range 1000 {
			check(key.Token(r.Uint64()))
		}
	}
}
