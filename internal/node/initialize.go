package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"helenus/internal/cluster/metadata"
	"helenus/internal/platform"
	"helenus/internal/transport"
)

// waitInitial is how often a node asks whether another is done with what the cluster begins with; every sayInitial times it says that it waits.
const (
	waitInitial = 500 * time.Millisecond
	sayInitial  = 20
)

// errTaken ends a run that another member goes on with.
var errTaken = errors.New("another node goes on with what the cluster begins with")

// initialize returns when the cluster has what it is to begin with. One member carries it out, served at a loopback address; all others wait,
// and one of them goes on when that one dies.
func (n *Node) initialize(ctx context.Context, limits transport.Limits) error {
	if n.options.Initialize == nil {
		return nil
	}
	for attempt := 0; ; attempt++ {
		now, err := n.claimInitial(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("begin with what the cluster is to begin with: %w", err)
		case now.Complete:
			return nil
		case now.Runner == n.identity.HostID:
			if err := n.runInitial(ctx, now.Done, limits); !errors.Is(err, errTaken) {
				return err
			}
		case attempt%sayInitial == 0:
			n.options.Logger.Info("waiting for another node to carry out what the cluster begins with", "node", now.Runner)
		}
		if err := platform.Sleep(ctx, n.options.Runtime, waitInitial); err != nil {
			return err
		}
	}
}

// claimInitial makes this node the runner when there is none, or none that lives, and returns how things are. A cluster that has keyspaces is
// not new.
func (n *Node) claimInitial(ctx context.Context) (*metadata.Initial, error) {
	self := n.identity.HostID
	state, err := n.metadata.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		switch now := s.Initial; {
		case now == nil && isUsed(s):
			n.options.Logger.Info("the cluster has keyspaces already: what a new one begins with is not run")
			return &metadata.Delta{Initial: &metadata.Initial{Runner: self, Complete: true}}, nil
		case now == nil:
			return &metadata.Delta{Initial: &metadata.Initial{Runner: self}}, nil
		case now.Complete || now.Runner == self:
			return nil, nil
		case s.Member(now.Runner) == nil || n.monitor.Known(now.Runner) && !n.monitor.Live(now.Runner):
			return &metadata.Delta{Initial: &metadata.Initial{Runner: self, Done: now.Done}}, nil
		}
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return state.Initial, nil
}

func isUsed(s *metadata.State) bool {
	return slices.ContainsFunc(s.Schema.Keyspaces(), holdsRows)
}

// runInitial carries it out and records each part.
func (n *Node) runInitial(ctx context.Context, done []string, limits transport.Limits) error {
	address := n.places.native
	if !address.Addr().IsLoopback() {
		address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), address.Port())
	}
	access, handler, err := n.initialAccess(address.String())
	if err != nil {
		return err
	}
	server, err := transport.Listen(ctx, transport.Options{
		Network: n.options.Network, Address: address.String(), Handler: handler, Logger: n.options.Logger, Limits: limits, Logins: n.logins,
	})
	if err != nil {
		return err
	}
	server.Serve()
	err = n.options.Initialize(ctx, access, done, func(part string) error {
		return n.noteInitial(ctx, func(i *metadata.Initial) { i.Done = append(slices.Clone(i.Done), part) })
	})
	if err == nil {
		err = n.noteInitial(ctx, func(i *metadata.Initial) { i.Complete = true })
	}
	return errors.Join(err, server.Drain(ctx))
}

// noteInitial changes the record, unless another node has become the runner.
func (n *Node) noteInitial(ctx context.Context, change func(*metadata.Initial)) error {
	_, err := n.metadata.Change(ctx, func(s *metadata.State) (*metadata.Delta, error) {
		if s.Initial == nil || s.Initial.Runner != n.identity.HostID {
			return nil, errTaken
		}
		next := *s.Initial
		change(&next)
		return &metadata.Delta{Initial: &next}, nil
	})
	return err
}
