package topology

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"helenus/internal/cluster/metadata"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/ring"
	"helenus/internal/rpc"
)

// admission is the answer to a node that asks to be taken in.
type admission struct {
	// Cluster is the cluster of the node that was asked; zero while it belongs to none.
	Cluster uuid.UUID        `json:"cluster"`
	Member  *metadata.Member `json:"member,omitempty"`
	Error   string           `json:"error,omitempty"`
	// Host is who answers. While it belongs to no cluster, InitialNodes is how many it waits for and Named who it says is to form one.
	Host         uuid.UUID `json:"host"`
	InitialNodes int       `json:"initial_nodes,omitempty"`
	Named        uuid.UUID `json:"named"`
}

// ServeAdmit takes a node into the cluster as a member without tokens, or brings what is known of a member up to date. An empty body only
// asks which cluster this is.
func ServeAdmit(ctx context.Context, group *metadata.Group, forming *Forming, body []byte) []byte {
	answer := admission{Cluster: group.State().Cluster}
	forming.tell(&answer)
	if len(body) > 0 && answer.Cluster != uuid.Nil {
		var asked metadata.Member
		err := json.Unmarshal(body, &asked)
		if err == nil {
			answer.Member, err = group.Admit(ctx, asked)
		}
		if err != nil {
			answer.Error = err.Error()
		}
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return nil
	}
	return raw
}

// Newcomer is a node that belongs to no cluster yet.
type Newcomer struct {
	Self metadata.Member
	// Seeds are looked up anew for each attempt: a name may stand for other nodes by then.
	Seeds   func(ctx context.Context) Seeds
	Forming *Forming
	Group   *metadata.Group
	Ask     func(ctx context.Context, to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration) ([]byte, error)
	// Drop ends a connection on which a seed does not answer. In a network that is only just made the way to it may have been broken for a while, and
	// what is sent on the connection is then held back for as long again.
	Drop    func(to rpc.Peer)
	Runtime platform.Runtime
	Logger  *slog.Logger
}

// Seeds are where a newcomer looks for the cluster.
type Seeds struct {
	Others []string // host:port, this node itself left out
	// First is true when this node stands first among its seeds, or alone: unless it waits for others to be started with it, it forms a
	// cluster when no seed belongs to one.
	First bool
	// Tasks counts the addresses of names that are those of a Swarm's tasks.
	Tasks int
	// Unknown says what was wrong with names that stand for nothing now.
	Unknown error
}

const (
	askWithin  = 12 * time.Second // a change of the metadata may take ten
	lookWithin = 2 * time.Second
	askEvery   = 500 * time.Millisecond
	sayEvery   = 20 // attempts
)

// Join makes the node a member of the cluster that a seed belongs to. It returns false when the node is to form one itself.
func (n *Newcomer) Join(ctx context.Context) (joined bool, err error) {
	for attempt := 0; ; attempt++ {
		seeds := n.Seeds(ctx)
		why := seeds.Unknown
		answers := map[uuid.UUID]admission{}
		for _, seed := range seeds.Others {
			number, answer, err := n.ask(ctx, seed)
			if err != nil {
				why = fmt.Errorf("%s: %w", seed, err)
				var refused refusal
				if errors.As(err, &refused) {
					return false, why
				}
				continue
			}
			if number > 0 {
				return true, n.Group.Follow(number)
			}
			answers[answer.Host] = answer
			if why == nil {
				why = fmt.Errorf("%s belongs to no cluster yet", seed)
			}
		}
		forms, seen := n.Forming.look(answers)
		if n.Forming.count > 1 && forms || n.Forming.count <= 1 && seeds.First {
			return false, nil
		}
		if attempt%sayEvery == 0 {
			n.say(seen, answers, why)
		}
		if err := platform.Sleep(ctx, n.Runtime, askEvery); err != nil {
			return false, fmt.Errorf("no seed could be joined: %w", why)
		}
	}
}

// say tells what the node waits for, and what to do when that never comes.
func (n *Newcomer) say(seen int, answers map[uuid.UUID]admission, why error) {
	_, self := answers[n.Self.Host]
	switch {
	case self && len(answers) == 1:
		n.Logger.Info("the seeds lead to this node itself, by an address that is none of its own: a virtual one leads anywhere; in a Swarm have the seeds be tasks.NAME of the service", "last", why)
	case n.Forming.count > 1:
		n.Logger.Info(fmt.Sprintf("waiting for %d empty nodes to see each other, or for a seed that belongs to a cluster", n.Forming.count), "seen", seen, "last", why)
	case len(answers) > 0:
		n.Logger.Info("waiting for a seed that belongs to a cluster; when all of them are new, have this node's own address stand first in the seeds of one, or set HELENUS_INITIAL_NODES to their number on each", "last", why)
	default:
		n.Logger.Info("Unable to gossip with any peers: waiting for a seed that belongs to a cluster", "last", why)
	}
}

// refusal ends the attempts: asking again would not help.
type refusal string

func (r refusal) Error() string { return string(r) }

// ask returns the number that a seed's cluster gave this node, or 0 and the seed's answer when the seed belongs to none.
func (n *Newcomer) ask(ctx context.Context, seed string) (number uint64, a admission, err error) {
	ask := func(body []byte, within time.Duration) error {
		raw, err := n.Ask(ctx, rpc.Peer{Address: seed}, rpc.Control, rpc.Admit, body, within)
		if errors.Is(err, rpc.ErrTimeout) {
			n.Drop(rpc.Peer{Address: seed})
		}
		if err != nil {
			return err
		}
		a = admission{}
		return json.Unmarshal(raw, &a)
	}
	if err := ask(nil, lookWithin); err != nil || a.Cluster == uuid.Nil {
		return 0, a, err
	}
	body, err := json.Marshal(n.Self)
	if err != nil {
		return 0, a, err
	}
	if err := ask(body, askWithin); err != nil {
		return 0, a, err
	}
	switch {
	case a.Error != "" && n.Group.State().IsRemoved(n.Self.Host):
		return 0, a, refusal(a.Error)
	case a.Error != "":
		return 0, a, errors.New(a.Error)
	case a.Member == nil:
		return 0, a, errors.New("the seed did not say which number this node has")
	}
	return a.Member.Number, a, nil
}

// Join gives this node, a member without tokens, its part of the ring and returns when it serves it. It takes the place of the dead member
// replaced when that is not nil; acceptLoss then goes on although some ranges have no living majority, as it does for a fenced member.
func (m *Manager) Join(ctx context.Context, replaced uuid.UUID, acceptLoss bool) error {
	for m.options.Group.State().Member(m.options.Self) == nil { // the state is on its way
		if err := m.sleep(ctx, tick/4); err != nil {
			return err
		}
	}
	return m.operate(ctx, func(s *metadata.State) (*metadata.Operation, error) {
		self := s.Member(m.options.Self)
		if self == nil {
			return nil, errors.New("this node was removed while it joined")
		}
		if self.Status == metadata.Normal {
			return nil, nil
		}
		if replaced != uuid.Nil {
			dead := s.Member(replaced)
			switch {
			case dead == nil:
				return nil, fmt.Errorf("cannot replace host %s: it is no member", replaced)
			case !m.options.Known(replaced):
				return nil, errBusy
			case m.options.Live(replaced):
				return nil, fmt.Errorf("cannot replace a live node: %s answers at %s", replaced, dead.Address)
			}
			o := &metadata.Operation{Kind: metadata.Replace, Host: m.options.Self, Replaced: replaced, Tokens: dead.Tokens, AcceptLoss: acceptLoss || s.IsFenced(replaced)}
			return o, covered(s, o)
		}
		tokens, err := newTokens(s, self)
		return &metadata.Operation{Kind: metadata.Join, Host: m.options.Self, Tokens: tokens}, err
	}, func(s *metadata.State) bool {
		self := s.Member(m.options.Self)
		return self != nil && self.Status == metadata.Normal
	})
}

// newTokens are those that a newcomer wants, or those that are best for the ring.
func newTokens(s *metadata.State, self *metadata.Member) ([]key.Token, error) {
	if len(self.Wanted) == 0 {
		return ring.Allocate(s.Ring.Nodes, selfNode(self), self.NumTokens), nil
	}
	for _, m := range s.Members {
		for _, t := range self.Wanted {
			if m.Host != self.Host && slices.Contains(m.Tokens, t) {
				return nil, fmt.Errorf("Bootstrapping to existing token %d is not allowed: node %s has it; give this node another initial_token, or none", t, m.Address)
			}
		}
	}
	return self.Wanted, nil
}

func selfNode(m *metadata.Member) *ring.Node {
	return &ring.Node{ID: ring.HostID(m.Host), Datacenter: m.Datacenter, Rack: m.Rack}
}
