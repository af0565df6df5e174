package node

import (
	"context"
	"net"
	"strings"
	"testing"

	"helenus/client"
	"helenus/client/nodetool"
	"helenus/internal/cassandra"
	"helenus/internal/cluster/metadata"
)

// TestDrain: a drained node takes no write of others either, has given its part in the metadata away, and the others go on at once; what it
// misses comes as hints after its next start.
func TestDrain(t *testing.T) {
	nodes := startNodes(t, 2)
	c := nodes[1].dial(t)
	run(t, c, cassandra.One, "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}")
	run(t, c, cassandra.One, "CREATE TABLE k.t (p int PRIMARY KEY)")
	run(t, c, cassandra.All, "INSERT INTO k.t (p) VALUES (1)")
	if out := nodes[0].tool(t, 0, "netstats"); !strings.HasPrefix(out, "Mode: NORMAL\nNot sending any streams.\n") {
		t.Error(out)
	}
	nodes[0].tool(t, 0, "drain")
	nodes[0].tool(t, 0, "drain") // once more is no matter
	if out := nodes[0].tool(t, 0, "netstats"); !strings.HasPrefix(out, "Mode: DRAINED\n") {
		t.Error(out)
	}
	for _, verb := range []string{"statusgossip", "statusbinary"} {
		if out := nodes[0].tool(t, 0, verb); out != "not running\n" {
			t.Errorf("%s: %s", verb, out)
		}
	}
	for _, refused := range []string{"repair", "decommission", "enablebinary", "enablegossip", "cleanup"} {
		if out := nodes[0].tool(t, 2, refused); !strings.Contains(out, "drained") {
			t.Errorf("%s: %s", refused, out)
		}
	}
	waitFor(t, "the other to see that", func() bool {
		return strings.Contains(nodes[1].tool(t, 0, "status"), "DN  "+nodes[0].options.Native+" ")
	})
	waitFor(t, "the metadata to be handed over", func() bool {
		_, leader := nodes[1].Voters()
		return leader == nodes[1].metadata.Numbering()
	})
	run(t, c, cassandra.One, "CREATE TABLE k.after (p int PRIMARY KEY)")
	run(t, c, cassandra.One, "INSERT INTO k.t (p) VALUES (2)")
	if _, err := c.Query(t.Context(), "INSERT INTO k.t (p) VALUES (3)", &client.Params{Consistency: cassandra.All}); err == nil {
		t.Error("a write at ALL did not need the drained node")
	}
	nodes[0].stop(t)
	back := startNode(t, nodes[0].options)
	waitFor(t, "what it missed to come", func() bool {
		r, err := back.dial(t).Query(t.Context(), "SELECT * FROM k.t", &client.Params{Consistency: cassandra.One})
		return err == nil && len(r.Rows) >= 2
	})
}

// TestBinarySwitchedOffAndOn: clients are sent away and taken again; the other node hears of both.
func TestBinarySwitchedOffAndOn(t *testing.T) {
	nodes := startNodes(t, 2)
	host := nodes[0].identity.HostID
	ready := func() bool {
		v, _ := nodes[1].monitor.Vital(host)
		return v.Ready
	}
	waitFor(t, "it to be known as serving", ready)
	nodes[0].tool(t, 0, "disablebinary")
	nodes[0].tool(t, 0, "disablebinary")
	if out := nodes[0].tool(t, 0, "statusbinary"); out != "not running\n" {
		t.Error(out)
	}
	if _, err := client.Dial(t.Context(), client.Options{Addr: nodes[0].Address().String()}); err == nil {
		t.Error("a client was served")
	}
	waitFor(t, "the other to hear of it", func() bool { return !ready() })
	if !nodes[1].monitor.Live(host) {
		t.Error("without clients it counts as dead")
	}
	nodes[0].tool(t, 0, "enablebinary")
	nodes[0].tool(t, 0, "enablebinary")
	run(t, nodes[0].dial(t), cassandra.One, "SELECT * FROM system.local")
	waitFor(t, "the other to hear that it serves again", ready)
	if m := nodes[1].metadata.State().Member(host); m == nil || m.Status != metadata.Normal {
		t.Error(m)
	}
	if _, _, err := net.SplitHostPort(nodes[0].server.Addr().String()); err != nil {
		t.Error(err)
	}
}

// TestStartingNodeAnswers: a node that waits for its seed can be asked how it is, and refuses what only a part of the ring can do.
func TestStartingNodeAnswers(t *testing.T) {
	o := clusterOptions(t, freeHost(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		n, err := Start(ctx, o)
		if err == nil {
			t.Error("it started", n.Stop(t.Context()))
		}
		ended <- err
	}()
	n := &testNode{options: o}
	waitFor(t, "nodetool's port", func() bool {
		_, err := nodetool.Ask(t.Context(), net.JoinHostPort(o.Native, "7199"), "netstats", nodetool.Arguments{})
		return err == nil
	})
	if out := n.tool(t, 0, "netstats"); !strings.HasPrefix(out, "Mode: STARTING\n") {
		t.Error(out)
	}
	for _, verb := range []string{"status", "ring", "info", "describecluster", "tpstats", "tablestats", "flush", "gossipinfo", "removenode status"} {
		n.tool(t, 0, strings.Fields(verb)...)
	}
	for _, verb := range []string{"drain", "disablebinary", "enablebinary", "repair", "decommission"} {
		if out := n.tool(t, 2, verb); !strings.Contains(out, "not part of the ring yet") {
			t.Errorf("%s: %s", verb, out)
		}
	}
	cancel()
	<-ended
}
