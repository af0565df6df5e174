package ring

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"

	"helenus/internal/key"
)

// Allocate returns n tokens for a node that joins nodes, so that the nodes of its datacenter hold parts of the data as equal as can be under
// a replication factor of three. The same nodes give the same tokens everywhere; no node's tokens change.
//
// The first node spreads its tokens evenly. Each later one takes its tokens one by one where they help most: it tries the largest ranges, and
// keeps the cut after which the parts differ least. Then it takes each token back once and looks again, now that the others are there.
func Allocate(nodes []*Node, joining *Node, n int) []key.Token {
	var local []*Node
	taken := map[key.Token]bool{key.MinToken: true}
	for _, o := range nodes {
		for _, t := range o.Tokens {
			taken[t] = true
		}
		if o.Datacenter == joining.Datacenter && len(o.Tokens) > 0 {
			local = append(local, o)
		}
	}
	free := func(t key.Token) key.Token {
		for taken[t] {
			t++
		}
		taken[t] = true
		return t
	}
	if len(local) == 0 {
		return evenly(joining, n, free)
	}
	a := newAllocation(local, joining)
	tokens := make([]key.Token, 0, n)
	for len(tokens) < n {
		t := free(a.bestCut(n-len(tokens)-1, n))
		tokens = append(tokens, t)
		a.insert(t)
	}
	for range allocationPasses {
		for i, t := range tokens {
			a.remove(t)
			delete(taken, t)
			tokens[i] = free(a.bestCut(0, n))
			a.insert(tokens[i])
		}
	}
	slices.Sort(tokens)
	return tokens
}

func evenly(joining *Node, n int, free func(key.Token) key.Token) []key.Token {
	step := math.MaxUint64/uint64(n) + 1
	offset := binary.BigEndian.Uint64(joining.ID[:8])
	tokens := make([]key.Token, 0, n)
	for i := range n {
		tokens = append(tokens, free(key.Token(offset+uint64(i)*step)))
	}
	slices.Sort(tokens)
	return tokens
}

const (
	// allocationReplicas is the replication factor that tokens are spread for.
	allocationReplicas = 3
	// allocationPasses is how often every token is looked at again.
	allocationPasses = 2

	cutRanges = 24 // largest ranges that are tried for each token
	cutPlaces = 4  // places in each
)

// allocation is a datacenter's ring while one node takes its tokens: the newcomer is the last of its nodes.
type allocation struct {
	racks    []int // by node
	rackKind int   // how many racks there are
	replicas int
	places   []allocated // by token
	trial    []allocated
	owned    []float64 // by node: the part of the data it holds
	primary  []float64 // by node: the part of the ring it is first in
}

type allocated struct {
	token key.Token
	node  int
}

func newAllocation(local []*Node, joining *Node) *allocation {
	all := append(slices.Clone(local), joining)
	a := &allocation{replicas: min(allocationReplicas, len(all)), owned: make([]float64, len(all)), primary: make([]float64, len(all))}
	var names []string
	for i, n := range all {
		rack := slices.Index(names, n.Rack)
		if rack < 0 {
			rack = len(names)
			names = append(names, n.Rack)
		}
		a.racks = append(a.racks, rack)
		if n == joining {
			break
		}
		for _, t := range n.Tokens {
			a.places = append(a.places, allocated{t, i})
		}
	}
	a.rackKind = len(names)
	sort.Slice(a.places, func(i, j int) bool { return a.places[i].token < a.places[j].token })
	return a
}

func (a *allocation) newcomer() int { return len(a.racks) - 1 }

func (a *allocation) insert(t key.Token) { a.places = with(nil, a.places, allocated{t, a.newcomer()}) }

func (a *allocation) remove(t key.Token) {
	a.places = slices.DeleteFunc(a.places, func(p allocated) bool { return p.token == t })
}

// with appends places and one more in its order to dst.
func with(dst, places []allocated, one allocated) []allocated {
	i := sort.Search(len(places), func(i int) bool { return places[i].token > one.token })
	dst = append(dst, places[:i]...)
	dst = append(dst, one)
	return append(dst, places[i:]...)
}

// bestCut tries places for one more token of the newcomer, which will take left more of n after it, and returns the best.
func (a *allocation) bestCut(left, n int) key.Token {
	type span struct {
		after key.Token
		width uint64
	}
	var spans []span
	for i, p := range a.places {
		before := a.places[(i+len(a.places)-1)%len(a.places)].token
		width := uint64(p.token) - uint64(before)
		if len(a.places) == 1 {
			width = math.MaxUint64
		}
		spans = append(spans, span{before, width})
	}
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].width > spans[j].width })
	want := uint64(math.MaxUint64 / float64(len(a.racks)) / float64(n))
	done := 1 - float64(left)/float64(n)
	best, bestCost := key.Token(0), math.Inf(1)
	for _, s := range spans[:min(cutRanges, len(spans))] {
		for _, width := range [cutPlaces]uint64{s.width / 2, min(want, s.width-s.width/8), s.width / 4, s.width - s.width/4} {
			token := s.after + key.Token(max(width, 1))
			a.trial = with(a.trial[:0], a.places, allocated{token, a.newcomer()})
			if cost := a.spread(a.trial, done); cost < bestCost {
				best, bestCost = token, cost
			}
		}
	}
	return best
}

// spread is how unequal the parts are: the larger a difference from the mean, the more it counts. The newcomer is meant to hold done of it.
func (a *allocation) spread(places []allocated, done float64) float64 {
	clear(a.owned)
	clear(a.primary)
	for i := range places {
		before := places[(i+len(places)-1)%len(places)].token
		width := float64(uint64(places[i].token)-uint64(before)) / math.MaxUint64
		a.primary[places[i].node] += width
		a.addReplicas(places, i, width)
	}
	n := float64(len(a.owned))
	mean := float64(a.replicas) / n
	cost := 0.0
	for i := range a.owned {
		should := 1.0
		if i == a.newcomer() {
			should = done
		}
		d, p := a.owned[i]/mean-should, a.primary[i]*n-should
		cost += d*d + 50*d*d*d*d + p*p/4
	}
	return cost
}

// addReplicas gives a range to the nodes that replicate it: nodes of racks not seen yet first, as NetworkTopologyStrategy does.
func (a *allocation) addReplicas(places []allocated, first int, width float64) {
	var chosen, skipped [allocationReplicas]int
	var racks [allocationReplicas]int
	n, s, seen := 0, 0, 0
	for i := 0; i < len(places) && n < a.replicas; i++ {
		node := places[(first+i)%len(places)].node
		if slices.Contains(chosen[:n], node) {
			continue
		}
		rack := a.racks[node]
		if slices.Contains(racks[:seen], rack) && seen < a.rackKind {
			if s < len(skipped) && !slices.Contains(skipped[:s], node) {
				skipped[s] = node
				s++
			}
			continue
		}
		chosen[n] = node
		n++
		if seen < len(racks) && !slices.Contains(racks[:seen], rack) {
			racks[seen] = rack
			seen++
		}
		for seen == a.rackKind && s > 0 && n < a.replicas {
			chosen[n] = skipped[0]
			n, s = n+1, s-1
			copy(skipped[:], skipped[1:])
		}
	}
	for _, node := range chosen[:n] {
		a.owned[node] += width
	}
}
