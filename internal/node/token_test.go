package node

import (
	"context"
	"testing"
	"time"

	"helenus/internal/cassandra"
)

// TestJoinToken guards that only nodes with the cluster's join token are spoken to, and that one without it does not take in one that has it.
func TestJoinToken(t *testing.T) {
	const token = "a secret of the cluster"
	o := clusterOptions(t)
	o.JoinToken = token
	first := startNode(t, o)
	o = clusterOptions(t, first.options.Native)
	o.JoinToken = token
	second := startNode(t, o)
	c := second.dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE ks.t (k int PRIMARY KEY)")
	run(t, c, cassandra.All, "INSERT INTO ks.t (k) VALUES (1)")
	open := startNode(t, clusterOptions(t))
	for name, x := range map[string]struct{ seed, token string }{
		"without a token":             {first.options.Native, ""},
		"with another token":          {first.options.Native, "a guess of somebody's"},
		"with a token, where is none": {open.options.Native, token},
	} {
		o := clusterOptions(t, x.seed)
		o.JoinToken = x.token
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		n, err := Start(ctx, o)
		cancel()
		if err == nil {
			t.Errorf("a node %s joined", name)
			if err := n.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			continue
		}
		t.Logf("%s: %v", name, err)
	}
	if n := len(first.State().Members) + len(open.State().Members); n != 3 {
		t.Errorf("%d members", n)
	}
}
