package node

import (
	"fmt"

	"github.com/google/uuid"

	"helenus/internal/rpc"
)

// refused says why a host is not spoken to any more; empty when it is.
func (n *Member) refused(host uuid.UUID) string {
	switch s := n.metadata.State(); {
	case s.IsFenced(host):
		return fmt.Sprintf("host id %s was given up when the cluster was rescued: keep its files, empty its data directory and start it with --replace %s to take its place", host, host)
	case s.IsRemoved(host):
		return fmt.Sprintf("host id %s was removed from the cluster, and others have its part of the data: keep its files, empty its data directory and start it again to join as a new node", host)
	}
	return ""
}

// ExpelledError says that the cluster has given a node up while it was away.
type ExpelledError struct{ by, why string }

func (e *ExpelledError) Error() string {
	return fmt.Sprintf("node %s refuses this one for good: %s", e.by, e.why)
}

// expelled ends a node that the cluster has given up: what it holds may be older than what the others answer. One that left is done anyway.
func (n *Member) expelled(by *rpc.Hello) {
	if n.metadata.State().IsRemoved(n.identity.HostID) || n.topology.Expelled() {
		return
	}
	err := &ExpelledError{by.Address, by.Refused}
	if n.options.OnExpelled == nil {
		n.options.OnFatal(err)
		return
	}
	n.expulsion.Do(func() {
		n.ready.Store(false)
		n.options.OnExpelled(err)
	})
}

// twin ends a process that runs on a copy of the data directory of one that others know as the same start of this node.
func (n *Member) twin(by *rpc.Hello) {
	n.options.OnFatal(fmt.Errorf("node %s refuses this one: %s", by.Address, by.Refused))
}

// superseded ends a node whose data directory is older than what others have met of it: it was rolled back, or another process runs on a copy.
func (n *Member) superseded(by string, generation uint64) {
	n.options.OnFatal(fmt.Errorf("node %s has met start %d of this node, which is only at its start %d: the data directory was rolled back, or another process runs on a copy of it; "+
		"start it on the newest files, or keep these, empty the data directory and start it with --replace %s", by, generation, n.identity.Generation, n.identity.HostID))
}

// generationOf returns the latest start of a host that this node knows of.
func (n *Member) generationOf(host uuid.UUID) uint64 {
	latest := uint64(0)
	if m := n.metadata.State().Member(host); m != nil {
		latest = m.Generation
	}
	if h, ok := (*n.links.Load()).Of(host); ok {
		latest = max(latest, h.Generation)
	}
	return latest
}
