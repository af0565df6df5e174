package node

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/cluster/topology"
	"helenus/internal/platform"
)

// view is what decides whether absent members are removed.
func (n *Member) view() *topology.View {
	return &topology.View{After: n.options.AbsentNodeRemoval, DownFor: n.monitor.DownFor, Hears: n.heardBy, Behind: n.lacks, Tasks: n.tasks}
}

// silent are the members that this node does not hear, in the order of their host ids.
func (n *Member) silent() (all []uuid.UUID) {
	for _, m := range n.metadata.State().Members {
		if n.monitor.Known(m.Host) && !n.monitor.Live(m.Host) {
			all = append(all, m.Host)
		}
	}
	return all
}

// owes are the members that hints wait for here, in the order of their host ids.
func (n *Member) owes() (all []uuid.UUID) {
	if !n.open.Load() {
		return nil
	}
	for host := range n.hints.Waiting() {
		all = append(all, host)
	}
	slices.SortFunc(all, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return all
}

// fetches says whether this node fetches ranges that an operation gives it.
func (n *Member) fetches() bool {
	o := n.metadata.State().Operation
	if o == nil || !n.open.Load() {
		return false
	}
	of, done, total, _ := n.topology.Fetching()
	return of == o.ID && done < total
}

// heardBy returns the address of another living member that hears a host, or has not said yet whether it does.
func (n *Member) heardBy(host uuid.UUID) string {
	for _, m := range n.metadata.State().Members {
		if m.Host == host || m.Host == n.identity.HostID || !n.isLive(m.Host) {
			continue
		}
		if v, ok := n.monitor.Vital(m.Host); !ok || !slices.Contains(v.Silent, host) {
			return m.Address
		}
	}
	return ""
}

// lacks says why a member that answers is no full replica; empty when it is one.
func (n *Member) lacks(host uuid.UUID) string {
	s := n.metadata.State()
	m := s.Member(host)
	v, ok := n.monitor.Vital(host)
	switch {
	case m == nil || !ok:
		return "a member has said nothing yet"
	case m.Status == metadata.Joining:
		return fmt.Sprintf("node %s joins", m.Address)
	case !v.Ready:
		return fmt.Sprintf("node %s does not serve clients", m.Address)
	case v.Ending:
		return fmt.Sprintf("node %s is being stopped", m.Address)
	case v.Epoch < s.Topology:
		return fmt.Sprintf("node %s does not know the ring as it is", m.Address)
	case v.Fetching:
		return fmt.Sprintf("node %s fetches ranges", m.Address)
	}
	for _, other := range s.Members {
		if w, ok := n.monitor.Vital(other.Host); ok && n.monitor.Live(other.Host) && slices.Contains(w.Owes, host) {
			return fmt.Sprintf("hints wait for node %s at %s", m.Address, other.Address)
		}
	}
	return ""
}

// ReplaceAuto is Options.Replace of a node that takes the place of the one member that it can be meant for, if there is one.
const ReplaceAuto = "auto"

const (
	// vacantAfter is how long a member has not answered before a newcomer takes it for gone, vacantWithin how long that may take to find out.
	vacantAfter  = 10 * time.Second
	vacantWithin = 30 * time.Second
)

// vacant returns the member whose place this new node takes by itself: the only absent one of its datacenter, when it is of this node's rack or of a
// rack that nobody is left of, as after the loss of a host whose name is the rack's. When there is none, or several, it joins beside them.
func (n *Member) vacant(ctx context.Context) (uuid.UUID, error) {
	deadline := n.options.Runtime.Monotonic() + vacantWithin
	for {
		s := n.metadata.State()
		if m := s.Member(n.identity.HostID); m != nil {
			host, settled := onlyAbsent(s, m, n.monitor.DownFor)
			if settled || n.options.Runtime.Monotonic() >= deadline {
				if host != uuid.Nil {
					n.options.Logger.Info("taking the place of the member that is absent", "host", host, "address", s.Member(host).Address, "rack", s.Member(host).Rack)
				}
				return host, nil
			}
		}
		if err := platform.Sleep(ctx, n.options.Runtime, 100*time.Millisecond); err != nil {
			return uuid.Nil, err
		}
	}
}

// onlyAbsent finds the member whose place a newcomer takes; settled is false while somebody has been absent too briefly to tell.
func onlyAbsent(s *metadata.State, newcomer *metadata.Member, downFor func(uuid.UUID) time.Duration) (host uuid.UUID, settled bool) {
	var absent *metadata.Member
	several := false
	racks := map[string]bool{}
	for i := range s.Members {
		m := &s.Members[i]
		if m.Host == newcomer.Host || m.Datacenter != newcomer.Datacenter || m.Status == metadata.Joining {
			continue
		}
		switch d := downFor(m.Host); {
		case d == 0:
			racks[m.Rack] = true
		case d < vacantAfter:
			return uuid.Nil, false
		default:
			several = several || absent != nil
			absent = m
		}
	}
	if absent == nil || several || absent.Rack != newcomer.Rack && racks[absent.Rack] {
		return uuid.Nil, true
	}
	return absent.Host, true
}
