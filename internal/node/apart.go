package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/rpc"
)

// Clusters that formed apart are never merged. But a node that is a cluster by itself, with no keyspace of a user's in it, gives it up and joins
// when a seed belongs to another: a first seed whose data were wiped, or nodes that came up before they could see each other.

const (
	// greetWithin bounds the question who a seed is.
	greetWithin = time.Second
	// apartEvery is how often a node that is alone asks its seeds.
	apartEvery = 5 * time.Second
	// moveWithin bounds how long clients' requests may take when a node gives up its cluster.
	moveWithin = 2 * time.Second
)

// isAlone says whether a node is a cluster by itself that holds nothing of a user's: no table, and no role but the first.
func isAlone(s *metadata.State, self uuid.UUID) bool {
	return s.Cluster != uuid.Nil && len(s.Members) == 1 && s.Members[0].Host == self && s.Operation == nil && !isUsed(s) && len(s.Roles.All()) <= 1
}

// elsewhere returns the nodes at the seeds that belong to another cluster than this one, by address.
func (n *Member) elsewhere(ctx context.Context) (others []*rpc.Hello) {
	links := *n.links.Load()
	own := n.metadata.State().Cluster
	seeds := n.findSeeds(ctx).Others
	answers := platform.NewMailbox[*rpc.Hello](n.options.Runtime)
	for _, seed := range seeds {
		n.options.Runtime.Go(func() {
			ctx, cancel := platform.WithTimeout(ctx, n.options.Runtime, greetWithin)
			defer cancel()
			h, err := links.Greet(ctx, seed)
			if err != nil { // it is not there, which is no business of this question
				h = nil
			}
			answers.Put(h)
		})
	}
	for range seeds {
		h, err := answers.Take(context.WithoutCancel(ctx))
		if err == nil && h != nil && h.Refused == "" && h.Host != n.identity.HostID && h.Cluster != uuid.Nil && h.Cluster != own {
			others = append(others, h)
		}
	}
	slices.SortFunc(others, func(a, b *rpc.Hello) int { return strings.Compare(a.Address, b.Address) })
	return others
}

// yields returns the node whose cluster this one gives its own up for, or nil. Of two that are alone the one with the greater id yields.
func (n *Member) yields(others []*rpc.Hello) *rpc.Hello {
	s := n.metadata.State()
	if !isAlone(s, n.identity.HostID) {
		return nil
	}
	for _, h := range others {
		if !h.Alone || bytes.Compare(s.Cluster[:], h.Cluster[:]) > 0 {
			return h
		}
	}
	return nil
}

// giveUp forgets this node's cluster, if it is still alone.
func (n *Member) giveUp(to *rpc.Hello) (done bool, err error) {
	was := n.metadata.State().Cluster
	done, err = n.metadata.Abandon(func(s *metadata.State) bool { return isAlone(s, n.identity.HostID) })
	if done {
		n.founded = false
		n.options.Logger.Warn("this node gives up its cluster, in which it is alone and which holds nothing, and joins the one of a seed", "cluster", was, "seed", to.Address, "its_cluster", to.Cluster)
	}
	if err != nil {
		err = fmt.Errorf("give up the cluster that this node is alone in: %w", err)
	}
	return done, err
}

// sayApart says of seeds that belong to other clusters what that comes to.
func (n *Member) sayApart(others []*rpc.Hello) {
	s := n.metadata.State()
	for _, h := range others {
		if h.Alone {
			n.options.Logger.Warn("a seed is a cluster by itself: it joins this one when this node is among its seeds", "seed", h.Address, "cluster", s.Cluster, "its_cluster", h.Cluster)
			continue
		}
		n.options.Logger.Error(fmt.Sprintf("seed %s belongs to cluster %s, this node to cluster %s: clusters that formed apart are never merged. To have this node join the other one, save what it holds, stop it, "+
			"empty its data directory (remove its volume) and start it with the same seeds; if the seeds are wrong, set them right", h.Address, h.Cluster, s.Cluster))
	}
}

// lookAround has a node that belongs to a cluster already ask whom its seeds belong to, before it serves. It returns true when the node gave up
// its cluster and is to join another.
func (n *Member) lookAround(ctx context.Context) (gaveUp bool, err error) {
	if !isAlone(n.metadata.State(), n.identity.HostID) {
		n.options.Runtime.Go(func() { // what comes of it is only said
			if n.open.Load() {
				n.sayApart(n.elsewhere(context.Background()))
			}
		})
		return false, nil
	}
	others := n.elsewhere(ctx)
	if to := n.yields(others); to != nil {
		return n.giveUp(to)
	}
	return false, nil
}

// regroup goes on asking while this node is alone, and joins another cluster that turns up: names of seeds may lead to nobody else at first.
func (n *Node) regroup(ctx context.Context) {
	for isAlone(n.metadata.State(), n.identity.HostID) {
		if platform.Sleep(ctx, n.options.Runtime, apartEvery) != nil || n.draining.Load() {
			return
		}
		to := n.yields(n.elsewhere(ctx))
		if to == nil {
			continue
		}
		if err := n.move(ctx, to); err != nil && ctx.Err() == nil {
			n.options.OnFatal(fmt.Errorf("join the cluster of %s: %w", to.Address, err))
			return
		}
	}
}

// move gives up this node's cluster and joins another; clients are sent away meanwhile.
func (n *Node) move(ctx context.Context, to *rpc.Hello) error {
	if err := n.stopClients(moveWithin); err != nil {
		return err
	}
	done, err := n.giveUp(to)
	if err == nil && done {
		if err = n.Join(ctx); err == nil {
			err = n.initialize(ctx, n.limits)
		}
	}
	if err != nil {
		return err
	}
	if err := n.startClients(ctx); err != nil && !errors.Is(err, errDrained) {
		return err
	}
	return nil
}
