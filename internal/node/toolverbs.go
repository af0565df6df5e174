package node

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/google/uuid"

	"helenus/client/nodetool"
	"helenus/internal/admin"
	"helenus/internal/cluster/metadata"
	"helenus/internal/schema"
)

// What needs the other nodes, or clients, is refused with these.
var (
	errDrained  = errors.New("this node is drained and speaks to no other node any more; start it again")
	errStarting = errors.New("this node is not part of the ring yet; nodetool netstats tells how far it is")
)

// together says whether the node does its part in the ring.
func (n *Node) together() error {
	switch {
	case n.drained.Load():
		return errDrained
	case !n.serves.Load():
		return errStarting
	}
	return nil
}

// verbs are what nodetool can have done.
func (n *Node) verbs() map[string]admin.Verb {
	always := map[string]func(context.Context, nodetool.Arguments) error{
		"flush":   n.toolFlush,
		"compact": n.toolCompact,
		"drain":   func(context.Context, nodetool.Arguments) error { return n.Drain() },
		"disablebinary": func(context.Context, nodetool.Arguments) error {
			if !n.serves.Load() {
				return errStarting
			}
			return n.stopClients(drainWithin)
		},
		"enablehandoff":  func(context.Context, nodetool.Arguments) error { n.hints.Off.Store(false); return nil },
		"disablehandoff": func(context.Context, nodetool.Arguments) error { n.hints.Off.Store(true); return nil },
		"pausehandoff":   func(context.Context, nodetool.Arguments) error { n.hints.Paused.Store(true); return nil },
		"resumehandoff":  func(context.Context, nodetool.Arguments) error { n.hints.Paused.Store(false); return nil },
		"truncatehints":  n.toolForgetHints,
		"removenode":     n.toolRemove,
		"settraceprobability": func(_ context.Context, a nodetool.Arguments) error {
			if !(a.Probability >= 0 && a.Probability <= 1) {
				return &nodetool.Error{Text: "Trace probability must be between 0 and 1", Usage: true}
			}
			n.executor.SetTraceProbability(a.Probability)
			return nil
		},
		"setlogginglevel": func(_ context.Context, a nodetool.Arguments) error { return n.setLogLevel(a.Level) },
		"snapshot":        n.toolSnapshot,
		"clearsnapshot": func(_ context.Context, a nodetool.Arguments) error {
			if !a.All {
				return n.store.DropSnapshot(a.Tag)
			}
			all, err := n.store.Snapshots()
			for _, s := range all {
				err = errors.Join(err, n.store.DropSnapshot(s.Tag))
			}
			return err
		},
		"partition": func(_ context.Context, a nodetool.Arguments) error { (*n.links.Load()).Block(a.Host, true); return nil },
		"heal": func(_ context.Context, a nodetool.Arguments) error {
			(*n.links.Load()).Block(a.Host, false)
			return nil
		},
	}
	together := map[string]func(context.Context, nodetool.Arguments) error{
		"enablebinary":    func(ctx context.Context, _ nodetool.Arguments) error { return n.startClients(ctx) },
		"enablegossip":    func(context.Context, nodetool.Arguments) error { return nil },
		"decommission":    n.toolDecommission,
		"updatecidrgroup": n.toolUpdateCIDRGroup,
		"dropcidrgroup":   n.toolDropCIDRGroup,
		"assassinate": func(ctx context.Context, a nodetool.Arguments) error {
			host, err := n.memberNamed(a.Host)
			if err != nil {
				return err
			}
			return n.topology.Assassinate(ctx, host)
		},
		"rescue":  n.rescue,
		"cleanup": n.toolCleanup,
	}
	all := map[string]admin.Verb{"repair": func(ctx context.Context, a nodetool.Arguments, say func(string)) error {
		if err := n.together(); err != nil {
			return err
		}
		return n.repair(ctx, a, say)
	}}
	for name, do := range always {
		all[name] = func(ctx context.Context, a nodetool.Arguments, _ func(string)) error { return do(ctx, a) }
	}
	for name, do := range together {
		all[name] = func(ctx context.Context, a nodetool.Arguments, _ func(string)) error {
			if err := n.together(); err != nil {
				return err
			}
			return do(ctx, a)
		}
	}
	return all
}

// namedTables are the tables of a.Keyspace that a.Tables names; of all keyspaces, and all tables, when none is named.
func namedTables(s *schema.Schema, verb string, a *nodetool.Arguments) (all []*schema.Table, err error) {
	if a.Keyspace != "" && s.Keyspace(a.Keyspace) == nil {
		return nil, unknownKeyspace(verb, a.Keyspace)
	}
	for _, name := range a.Tables {
		if s.Table(a.Keyspace, name) == nil {
			return nil, &nodetool.Error{Text: fmt.Sprintf("Unknown keyspace/cf pair (%s.%s)", a.Keyspace, name)}
		}
	}
	for _, k := range s.Keyspaces() {
		if a.Keyspace != "" && k.Name != a.Keyspace {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(k.Tables)) {
			if t := k.Tables[name]; !t.System && !t.Virtual && (len(a.Tables) == 0 || slices.Contains(a.Tables, name)) {
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// toolFlush writes the memtables, which all tables share.
func (n *Node) toolFlush(_ context.Context, a nodetool.Arguments) error {
	if _, err := namedTables(n.metadata.Schema(), "flush", &a); err != nil {
		return err
	}
	return n.store.Flush()
}

func (n *Node) toolCompact(ctx context.Context, a nodetool.Arguments) error {
	tables, err := namedTables(n.metadata.Schema(), "compact", &a)
	if err != nil {
		return err
	}
	if a.Keyspace == "" {
		return n.store.Compact()
	}
	for _, t := range tables {
		if err := n.store.CompactTable(ctx, t.DataID); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) toolCleanup(_ context.Context, a nodetool.Arguments) error {
	tables, err := namedTables(n.metadata.Schema(), "cleanup", &a)
	if err != nil {
		return err
	}
	return n.topology.Cleanup(func(t *schema.Table) bool {
		return slices.ContainsFunc(tables, func(x *schema.Table) bool { return x.DataID == t.DataID })
	})
}

// toolSnapshot makes a snapshot of everything, in which the tables that are named have to be.
func (n *Node) toolSnapshot(_ context.Context, a nodetool.Arguments) error {
	s := n.metadata.Schema()
	for _, name := range a.Tables {
		keyspace, table, one := strings.Cut(name, ".")
		switch {
		case s.Keyspace(keyspace) == nil:
			return &nodetool.Error{Text: "Keyspace " + keyspace + " does not exist", Usage: true}
		case one && s.Table(keyspace, table) == nil:
			return &nodetool.Error{Text: fmt.Sprintf("Unknown keyspace/cf pair (%s)", name), Usage: true}
		}
	}
	return n.store.MakeSnapshot(a.Tag)
}

// toolForgetHints drops hints for the members named, or for all.
func (n *Node) toolForgetHints(_ context.Context, a nodetool.Arguments) error {
	var hosts []uuid.UUID
	for _, name := range a.Hosts {
		host, err := n.memberNamed(name)
		if err != nil {
			return err
		}
		hosts = append(hosts, host)
	}
	if len(a.Hosts) == 0 {
		hosts = slices.Collect(maps.Keys(n.hints.Waiting()))
	}
	for _, host := range hosts {
		if err := n.hints.Forget(host); err != nil {
			return err
		}
	}
	return nil
}

// memberNamed returns the member with a host id or an address.
func (n *Node) memberNamed(name string) (uuid.UUID, error) {
	for _, m := range n.metadata.State().Members {
		if host, _, _ := net.SplitHostPort(m.Address); name == m.Host.String() || name == host || name == m.Address {
			return m.Host, nil
		}
	}
	return uuid.Nil, &nodetool.Error{Text: name + " is no member", Usage: true}
}

// toolRemove takes a dead node out of the ring, or has the removal under way accept what is lost by it; status changes nothing.
func (n *Node) toolRemove(ctx context.Context, a nodetool.Arguments) error {
	if a.Host == "status" {
		return nil
	}
	if err := n.together(); err != nil {
		return err
	}
	if a.Host == "force" {
		o := n.metadata.State().Operation
		if o == nil || o.Kind != metadata.Remove {
			return nil
		}
		return n.topology.Remove(ctx, o.Host, true)
	}
	host, err := uuid.Parse(a.Host)
	if err != nil {
		return fmt.Errorf("%q is no host id: %w", a.Host, err)
	}
	return n.topology.Remove(ctx, host, a.Force)
}

func (n *Node) toolDecommission(ctx context.Context, a nodetool.Arguments) error {
	if err := n.Decommission(ctx, a.Force); err != nil {
		return err
	}
	err := n.stopClients(drainWithin)
	if n.options.OnLeft != nil {
		n.options.OnLeft()
	}
	return err
}
