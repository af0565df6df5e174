package node

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/platform"
)

// sticky is a network whose connections can get stuck: what is sent on them is not delivered any more, and nobody is told. New ones work.
type sticky struct {
	platform.SystemNetwork
	mu  sync.Mutex
	all []*stuckConn // guarded by mu
	// early is how many connections, the first ones, get stuck by themselves, once who made them has said who it is.
	early int
}

func (s *sticky) Dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := s.SystemNetwork.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	made := &stuckConn{Conn: c}
	s.mu.Lock()
	defer s.mu.Unlock()
	made.early = len(s.all) < s.early
	s.all = append(s.all, made)
	return made, nil
}

// stick has all connections that there are get stuck, and returns how many.
func (s *sticky) stick() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.all {
		c.mu.Lock()
		c.stuck = true
		c.mu.Unlock()
	}
	return len(s.all)
}

// made counts the connections that were made.
func (s *sticky) made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

type stuckConn struct {
	net.Conn
	mu    sync.Mutex
	early bool // guarded by mu: it gets stuck with the next write
	stuck bool // guarded by mu
}

func (c *stuckConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stuck {
		return len(b), nil
	}
	c.stuck = c.early
	return c.Conn.Write(b)
}

// TestStuckConnections guards that nodes whose connections do not deliver any more, as after a cut, make new ones.
func TestStuckConnections(t *testing.T) {
	network := &sticky{}
	o := clusterOptions(t)
	o.Network = network
	first := startNode(t, o)
	o = clusterOptions(t, first.options.Native)
	o.Network = network
	second := startNode(t, o)
	for _, n := range []*testNode{first, second} {
		c := n.dial(t)
		if n == first {
			run(t, c, cassandra.One, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
			run(t, c, cassandra.One, "CREATE TABLE ks.t (k int PRIMARY KEY)")
		}
		run(t, c, cassandra.All, "INSERT INTO ks.t (k) VALUES (1)")
	}
	stuck := network.stick()
	waitFor(t, "new connections", func() bool { return network.made() > stuck })
	for _, n := range []*testNode{first, second} {
		c := n.dial(t)
		waitFor(t, "the other to take a write", func() bool {
			_, err := c.Query(t.Context(), "INSERT INTO ks.t (k) VALUES (2)", &client.Params{Consistency: cassandra.All})
			return err == nil
		})
	}
}

// TestFormingOverStuckConnections guards that nodes that form a cluster do not wait for connections that do not deliver.
func TestFormingOverStuckConnections(t *testing.T) {
	options := []Options{clusterOptions(t), clusterOptions(t)}
	nodes := make([]*Node, len(options))
	var starting sync.WaitGroup
	for i := range options {
		o := &options[i]
		o.Network, o.InitialNodes, o.Seeds = &sticky{early: 2}, len(options), []string{options[1-i].Native}
		starting.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			n, err := Start(ctx, *o)
			if err != nil {
				t.Error(err)
				return
			}
			nodes[i] = n
		})
	}
	starting.Wait()
	for _, n := range nodes {
		if n == nil {
			continue
		}
		if len(n.State().Members) != len(options) {
			t.Errorf("%d members", len(n.State().Members))
		}
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
