package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"helenus/internal/cluster/topology"
	"helenus/internal/platform"
)

const (
	// lookupWithin bounds one look-up of a seed's name.
	lookupWithin = 2 * time.Second
	// seedsFor is how long what the seeds' names stood for is good for nodes that look for members that moved.
	seedsFor = 2 * time.Second
)

// seeds remembers what the seeds' names stood for last.
type seeds struct {
	mu      sync.Mutex
	others  []string      // guarded by mu
	tasks   int           // guarded by mu: addresses of names that are those of a Swarm's tasks
	unknown error         // guarded by mu: such names that can't be looked up
	at      time.Duration // guarded by mu: Runtime.Monotonic of the last look-up
	looking bool          // guarded by mu
	looked  bool          // guarded by mu
}

// findSeeds looks up all seeds anew: every record of every name counts.
func (n *Member) findSeeds(ctx context.Context) topology.Seeds {
	found := topology.Seeds{First: len(n.options.Seeds) == 0}
	alone := true
	seen := map[netip.AddrPort]bool{n.places.toldNode: true, n.places.nodes: true}
	for i, seed := range n.options.Seeds {
		all, err := n.findSeed(ctx, seed)
		if err != nil {
			found.Unknown, alone = errors.Join(found.Unknown, err), false
			continue
		}
		own := true
		if strings.HasPrefix(seed, ofTasks) {
			found.Tasks += len(all)
		}
		for _, a := range all {
			own = own && (a == n.places.toldNode || a == n.places.nodes)
			if !seen[a] {
				seen[a] = true
				found.Others = append(found.Others, a.String())
			}
		}
		found.First = found.First || own && i == 0
		alone = alone && own
	}
	found.First = found.First || alone
	return found
}

// findSeed returns every address that a seed, host or host:port, stands for.
func (n *Member) findSeed(ctx context.Context, seed string) ([]netip.AddrPort, error) {
	host, port := seed, uint64(n.options.StoragePort)
	if h, p, err := net.SplitHostPort(seed); err == nil {
		if port, err = strconv.ParseUint(p, 10, 16); err != nil {
			return nil, fmt.Errorf("seed %s: %q is no port", seed, p)
		}
		host = h
	}
	if host == "localhost" && n.places.nodes.Addr().IsLoopback() { // this node, whichever of the loopback addresses it has
		return []netip.AddrPort{netip.AddrPortFrom(n.places.nodes.Addr(), uint16(port))}, nil
	}
	addrs := make([]netip.Addr, 1)
	var err error
	if addrs[0], err = netip.ParseAddr(host); err != nil && n.options.Names != nil {
		ctx, cancel := platform.WithTimeout(ctx, n.options.Runtime, lookupWithin)
		defer cancel()
		addrs, err = n.options.Names.Lookup(ctx, host)
	}
	if err != nil {
		return nil, fmt.Errorf("seed %s: %w", seed, err)
	}
	all := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		all[i] = netip.AddrPortFrom(a, uint16(port))
	}
	return all, nil
}

// seedsNow returns the seeds at once, as they were a moment ago: names are looked up beside.
func (n *Member) seedsNow() []string {
	if n.options.Names == nil {
		return n.findSeeds(context.Background()).Others
	}
	s := &n.seeds
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := n.options.Runtime.Monotonic(); !s.looking && (!s.looked || now-s.at > seedsFor) {
		s.looking = true
		n.options.Runtime.Go(func() {
			found := n.findSeeds(context.Background())
			s.mu.Lock()
			defer s.mu.Unlock()
			s.others, s.tasks, s.unknown = found.Others, found.Tasks, found.Unknown
			s.at, s.looking, s.looked = n.options.Runtime.Monotonic(), false, true
		})
	}
	return s.others
}

// tasks counts the addresses that the seeds' names stand for, when these are those of a Swarm's tasks, by the last look-up.
func (n *Member) tasks() (int, error) {
	if n.options.Names == nil || !slices.ContainsFunc(n.options.Seeds, func(seed string) bool { return strings.HasPrefix(seed, ofTasks) }) {
		return 0, nil
	}
	n.seedsNow()
	s := &n.seeds
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.looked {
		return 0, errors.New("the seeds' names are being looked up")
	}
	return s.tasks, s.unknown
}
