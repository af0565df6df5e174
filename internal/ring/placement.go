package ring

import (
	"slices"
	"sort"

	"helenus/internal/key"
)

// Placement is who replicates each token under one replication: the ring's answers, worked out once.
type Placement struct {
	ranges []ReplicatedRange
}

// ReplicatedRange is a range of tokens with the same replicas, the primary of its first token first.
type ReplicatedRange struct {
	key.TokenRange
	Replicas []*Node
}

// Placement works out the replicas of the whole ring under a replication map.
func (t *Topology) Placement(replication map[string]string) *Placement {
	if len(t.tokens) == 0 {
		return &Placement{[]ReplicatedRange{{key.TokenRange{First: key.MinToken, Last: key.MaxToken}, nil}}}
	}
	p := &Placement{}
	first := key.MinToken
	for i, token := range t.tokens {
		if i+1 < len(t.tokens) && t.tokens[i+1] == token {
			continue
		}
		p.add(first, token, t.Replicas(token, replication))
		if token == key.MaxToken {
			return p
		}
		first = token + 1
	}
	p.add(first, key.MaxToken, t.Replicas(key.MaxToken, replication))
	return p
}

// add appends a range, or makes the last one longer when it has the same replicas in the same order.
func (p *Placement) add(first, last key.Token, replicas []*Node) {
	if n := len(p.ranges); n > 0 && slices.Equal(p.ranges[n-1].Replicas, replicas) {
		p.ranges[n-1].Last = last
		return
	}
	p.ranges = append(p.ranges, ReplicatedRange{key.TokenRange{First: first, Last: last}, replicas})
}

// At returns the range that a token is in.
func (p *Placement) At(token key.Token) *ReplicatedRange { return &p.ranges[p.Index(token)] }

// Index returns the number of the range that a token is in, in the order of Ranges.
func (p *Placement) Index(token key.Token) int {
	return sort.Search(len(p.ranges), func(i int) bool { return p.ranges[i].Last >= token })
}

// Ranges returns all ranges in token order; together they are the whole ring.
func (p *Placement) Ranges() []ReplicatedRange { return p.ranges }

// Ownership returns the part of the data, 0 to 1, that each node holds a replica of.
func (p *Placement) Ownership() map[HostID]float64 {
	owned := map[HostID]float64{}
	for _, r := range p.ranges {
		share := (float64(r.Last) - float64(r.First)) / (1 << 64)
		for _, n := range r.Replicas {
			owned[n.ID] += share
		}
	}
	return owned
}
