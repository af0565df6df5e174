package node

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
)

// service is a name whose addresses come one by one, as containers do.
type service struct {
	mu    sync.Mutex
	addrs []netip.Addr // guarded by mu
}

var _ platform.Names = (*service)(nil)

func (s *service) add(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addrs = append(s.addrs, netip.MustParseAddr(address))
}

func (s *service) Lookup(_ context.Context, name string) ([]netip.Addr, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name != "service" || len(s.addrs) == 0 {
		return nil, errors.New("no such host")
	}
	return append([]netip.Addr(nil), s.addrs...), nil
}

func (s *service) Interfaces() ([]platform.Interface, error) { return nil, nil }
func (s *service) Route(netip.Addr) (netip.Addr, error)      { return netip.Addr{}, errors.New("no route") }
func (s *service) Hostname() string                          { return "" }

// TestServiceName: nodes with one name as their seed, which stands for nothing at first and then for one after the other, form one cluster.
func TestServiceName(t *testing.T) {
	names := &service{}
	var all sync.WaitGroup
	nodes := make([]*testNode, 3)
	for i := range nodes {
		o := clusterOptions(t, "service")
		o.InitialNodes, o.Names = 3, names
		all.Go(func() { nodes[i] = startNode(t, o) })
		all.Go(func() {
			<-time.After(time.Duration(i) * 300 * time.Millisecond)
			names.add(o.Native)
		})
	}
	all.Wait()
	cluster := nodes[0].State().Cluster
	for _, n := range nodes {
		if got := n.State().Cluster; got != cluster {
			t.Errorf("%s is in cluster %s, another in %s", n.options.Native, got, cluster)
		}
		c := n.dial(t)
		waitFor(t, "both peers", func() bool { return len(run(t, c, cassandra.One, "SELECT peer FROM system.peers").Rows) == 2 })
	}
}

// TestAddressesApart: what others are told is not where a node listens.
func TestAddressesApart(t *testing.T) {
	host := freeHost(t)
	names := &service{}
	names.add(host)
	o := options(t, t.TempDir(), freePort(t))
	o.Addresses, o.Names, o.ToolPort = Addresses{Native: "0.0.0.0", Nodes: "service"}, names, freePort(t)
	n := startNode(t, o)
	if got := n.Address().Addr().String(); got != host {
		t.Errorf("clients are told %s, want %s", got, host)
	}
	m := n.State().Member(n.HostID())
	if want := host + ":7000"; m.Address != want {
		t.Errorf("nodes are told %s, want %s", m.Address, want)
	}
	o = options(t, t.TempDir(), freePort(t))
	o.Addresses = Addresses{Native: "127.0.0.1", Nodes: "0.0.0.0"}
	if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "which nobody can call") {
		t.Errorf("an address for nodes that nobody can call: %v", err)
	}
}
