package topology

import (
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
)

// TestForming: whoever of n nodes sees whom in which order, one of them forms the cluster, and no second one.
func TestForming(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 0))
		n := 2 + random.IntN(4)
		nodes := map[uuid.UUID]*Forming{}
		var hosts []uuid.UUID
		for range n {
			host := uuid.UUID{byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256)), 1}
			hosts = append(hosts, host)
			nodes[host] = NewForming(host, n)
		}
		formed := uuid.Nil
		cluster := uuid.UUID{9}
		for round := 0; round < 1000 && formed == uuid.Nil; round++ {
			self := nodes[hosts[random.IntN(n)]]
			answers := map[uuid.UUID]admission{}
			for _, host := range hosts {
				if round < 100 && random.IntN(4) == 0 { // not up yet, or not known by the name
					continue
				}
				var a admission
				nodes[host].tell(&a)
				answers[host] = a
			}
			if forms, _ := self.look(answers); forms {
				formed = self.self
			}
		}
		if formed == uuid.Nil {
			t.Fatalf("seed %d: nobody forms the cluster", seed)
		}
		for range 100 {
			self := nodes[hosts[random.IntN(n)]]
			answers := map[uuid.UUID]admission{}
			for _, host := range hosts {
				var a admission
				if nodes[host].tell(&a); host == formed {
					a.Cluster = cluster
				}
				answers[host] = a
			}
			if forms, _ := self.look(answers); forms && self.self != formed {
				t.Fatalf("seed %d: %s forms a second cluster", seed, self.self)
			}
		}
	}
}

// TestFormingAlone: a node that waits for others does not form a cluster without them, nor with nodes that wait for another number.
func TestFormingAlone(t *testing.T) {
	f := NewForming(uuid.UUID{1}, 2)
	other := uuid.UUID{2}
	for _, answers := range []map[uuid.UUID]admission{nil, {{1}: {Host: uuid.UUID{1}, InitialNodes: 2, Named: uuid.UUID{1}}}, {other: {Host: other, InitialNodes: 3, Named: uuid.UUID{1}}}, {other: {Host: other, InitialNodes: 2}}} {
		if forms, _ := f.look(answers); forms {
			t.Errorf("%v is enough", answers)
		}
	}
	if forms, seen := f.look(map[uuid.UUID]admission{other: {Host: other, InitialNodes: 2, Named: uuid.UUID{1}}}); !forms || seen != 2 {
		t.Errorf("forms %v, seen %d", forms, seen)
	}
}
