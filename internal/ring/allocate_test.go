package ring

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func hostOf(r *rand.Rand) (id HostID) {
	binary.BigEndian.PutUint64(id[:], r.Uint64())
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	return id
}

// worst returns max/mean of what the nodes of a datacenter hold.
func worst(nodes []*Node, datacenter string) float64 {
	owned := NewTopology(nodes).Placement(map[string]string{"class": "NetworkTopologyStrategy", datacenter: "3"}).Ownership()
	most, sum, n := 0.0, 0.0, 0
	for _, o := range nodes {
		if o.Datacenter == datacenter {
			most, sum, n = max(most, owned[o.ID]), sum+owned[o.ID], n+1
		}
	}
	return most / (sum / float64(n))
}

// TestAllocateEvenly grows clusters node by node: at no size does a node hold 15 % more than the mean.
func TestAllocateEvenly(t *testing.T) {
	for _, c := range []struct {
		name             string
		size, racks, dcs int
		limit            float64
	}{
		{"one rack", 50, 1, 1, 1.15},
		{"three racks", 30, 3, 1, 1.15},
		{"two datacenters", 24, 3, 2, 1.15},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var nodes []*Node
			slowest := time.Duration(0)
			for i := range c.size {
				n := &Node{ID: hostOf(r), Datacenter: fmt.Sprintf("dc%d", i%c.dcs), Rack: fmt.Sprintf("r%d", i/c.dcs%c.racks)}
				start := time.Now()
				n.Tokens = Allocate(nodes, n, 16)
				slowest = max(slowest, time.Since(start))
				if i%8 == 7 && !slices.Equal(Allocate(nodes, n, 16), n.Tokens) {
					t.Fatal("the same nodes gave other tokens")
				}
				nodes = append(nodes, n)
				inDC := i/c.dcs + 1
				if inDC >= 3 && inDC%c.racks == 0 { // racks of unequal sizes hold unequal parts by their nature
					if w := worst(nodes, n.Datacenter); w > c.limit {
						t.Errorf("%d nodes: the fullest holds %.3f of the mean", inDC, w)
					}
				}
			}
			t.Logf("slowest allocation: %s; at the end %.3f", slowest, worst(nodes, "dc0"))
		})
	}
}
