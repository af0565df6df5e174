package node

import (
	"context"
	"fmt"
	"time"

	"bytes"

	"github.com/google/uuid"

	"helenus/internal/cluster/topology"
	"helenus/internal/platform"
)

const (
	paceEvery = 250 * time.Millisecond
	// noticeFor is how long a node that stops still serves after the others were told that it does not: they tell their clients.
	noticeFor = time.Second
)

// AwaitOthers is for a node that is to stop in an orderly update of all: it serves on until no other replica of its ranges is down or lags behind, or
// within is over, so that a quorum of each range is always served. Then it has the others tell their clients that it is down, before it is.
func (n *Node) AwaitOthers(within time.Duration) {
	n.ending.Store(true)
	n.monitor.Greet()
	ctx, cancel := platform.WithTimeout(context.Background(), n.options.Runtime, within)
	defer cancel()
	began, said := n.options.Runtime.Monotonic(), false
	for {
		why := n.needed()
		if why == "" {
			break
		}
		if !said {
			n.options.Logger.Info(fmt.Sprintf("told to stop; serving on for up to %s, since other replicas need it", within), "why", why)
			said = true
		}
		if platform.Sleep(ctx, n.options.Runtime, paceEvery) != nil {
			n.options.Logger.Warn("stopping although other replicas still need this one", "why", why)
			break
		}
	}
	if said {
		n.options.Logger.Info("waited for other replicas before stopping", "seconds", (n.options.Runtime.Monotonic() - began).Seconds())
	}
	n.serving(false)
	_ = platform.Sleep(context.Background(), n.options.Runtime, noticeFor) // it has no end
}

// needed says which other replica of this node's ranges is down or lags behind; empty when none does, and when none is left to serve after this node. Of two
// that were told to stop at once the one with the lower host id goes first.
func (n *Member) needed() string {
	s := n.metadata.State()
	partners := topology.Partners(s, n.identity.HostID)
	if n.allEnd(partners) {
		return ""
	}
	for _, id := range partners {
		m := s.Member(id)
		if m == nil {
			continue
		}
		if !n.monitor.Live(id) {
			return fmt.Sprintf("node %s is down", m.Address)
		}
		if v, ok := n.monitor.Vital(id); ok && v.Ending && v.Ready && n.before(id) {
			continue // it waits for this one
		}
		if why := n.lacks(id); why != "" {
			return why
		}
	}
	return ""
}

// allEnd says whether others were told to stop, too, and nobody stays who was not: as when a stack is removed. To wait for each other would only be to
// wait for the end of the time that they have.
func (n *Member) allEnd(others []uuid.UUID) bool {
	ending := false
	for _, id := range others {
		v, ok := n.monitor.Vital(id)
		switch {
		case ok && v.Ending: // also one that has ended since
			ending = true
		case n.monitor.Live(id):
			return false
		}
	}
	return ending
}

// before says whether this node goes before another when both are to stop.
func (n *Member) before(id uuid.UUID) bool { return bytes.Compare(n.identity.HostID[:], id[:]) < 0 }
