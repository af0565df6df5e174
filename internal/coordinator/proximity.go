package coordinator

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
	"time"

	"helenus/internal/ring"
)

// proximity remembers how long other nodes take to answer reads of single partitions, so that the nearest are asked first. The zero value
// knows nothing yet.
type proximity struct {
	mu    sync.Mutex
	peers map[ring.HostID]*answerTime // guarded by mu
}

// answerTime is a moving average; a sample counts for one part in answerWeight.
type answerTime struct {
	mean, noted time.Duration // noted is of Clock.Monotonic
}

const (
	answerWeight = 8
	// answerFresh is how long an average counts: a node that was slow is tried again, since nothing is learned of one that is not asked.
	answerFresh = 10 * time.Second
	// answerTie is what answer times are told apart by at least: below it, and within a factor of two, nodes are equally near, so that none of
	// them has all the reads.
	answerTie = time.Millisecond
	// peersMax bounds what is remembered, of clusters whose members come and go.
	peersMax = 1 << 12
)

// note takes an answer, or a silence, of a node that took so long.
func (p *proximity) note(id ring.HostID, took, now time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.peers[id]
	switch {
	case a == nil:
		if p.peers == nil || len(p.peers) >= peersMax {
			p.peers = map[ring.HostID]*answerTime{}
		}
		a = &answerTime{mean: took}
		p.peers[id] = a
	case now-a.noted > answerFresh:
		a.mean = took
	default:
		a.mean += (took - a.mean) / answerWeight
	}
	a.noted = now
}

// distance ranks a node; equal ranks are equally near. One of which nothing is known is near.
func (p *proximity) distance(id ring.HostID, now time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.peers[id]; a != nil && now-a.noted <= answerFresh {
		return bits.Len64(uint64(a.mean / answerTie))
	}
	return 0
}

// nearest orders targets for a request: this node, those of its datacenter, the others, in each the quicker first and equals by chance.
func (c *Coordinator) nearest(set targetSet, chosen []int) {
	for i := len(chosen) - 1; i > 0; i-- {
		j := c.options.Runtime.IntN(i + 1)
		chosen[i], chosen[j] = chosen[j], chosen[i]
	}
	now := c.options.Runtime.Monotonic()
	rank := func(i int) int {
		switch t := set[i]; {
		case t.local:
			return 0
		case t.datacenter == c.options.Datacenter:
			return 1 + c.near.distance(t.id, now)
		default:
			return 100 + c.near.distance(t.id, now)
		}
	}
	ranks := make([]int, len(set))
	for _, i := range chosen {
		ranks[i] = rank(i)
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
}
