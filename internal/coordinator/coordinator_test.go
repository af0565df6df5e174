package coordinator

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/rpc"
	"helenus/internal/schema"
)

func TestBlockFor(t *testing.T) {
	simple := &schema.Keyspace{Replication: map[string]string{"class": "SimpleStrategy", "replication_factor": "3"}}
	network := &schema.Keyspace{Replication: map[string]string{"class": "NetworkTopologyStrategy", "a": "3", "b": "2"}}
	partly := &schema.Keyspace{Replication: map[string]string{"class": "NetworkTopologyStrategy", "a": "3", "b": "0"}}
	nowhere := &schema.Keyspace{Replication: map[string]string{"class": "NetworkTopologyStrategy", "a": "0"}}
	for _, c := range []struct {
		level    cassandra.Consistency
		keyspace *schema.Keyspace
		want     int
	}{
		{cassandra.Any, simple, 1}, {cassandra.One, simple, 1}, {cassandra.Two, simple, 2}, {cassandra.Three, simple, 3},
		{cassandra.Quorum, simple, 2}, {cassandra.All, simple, 3}, {cassandra.LocalQuorum, simple, 2}, {cassandra.EachQuorum, simple, 2},
		{cassandra.Quorum, network, 3}, {cassandra.LocalQuorum, network, 2}, {cassandra.EachQuorum, network, 4}, {cassandra.All, network, 5},
		{cassandra.LocalOne, network, 1}, {cassandra.LocalSerial, network, 2},
		{cassandra.EachQuorum, partly, 2}, {cassandra.EachQuorum, nowhere, 1}, {cassandra.Quorum, nowhere, 1}, {cassandra.All, nowhere, 1},
	} {
		if got := BlockFor(c.level, c.keyspace, "a"); got != c.want {
			t.Errorf("%s over %v: %d, want %d", c.level, c.keyspace.Replication, got, c.want)
		}
	}
}

// TestWriteStep plays events to the step machine: a digit acknowledges as that replica, f3 fails and l3 loses replica 3, t is the deadline.
func TestWriteStep(t *testing.T) {
	majority := []quota{{0b111, 2}}
	twoRings := []quota{{0b0111, 2}, {0b1110, 2}}
	for _, c := range []struct {
		quotas []quota
		events string
		done   bool
		code   cassandra.Code // -1: success
	}{
		{majority, "0", false, 0},
		{majority, "00", false, 0}, // the same one twice
		{majority, "02", true, -1},
		{majority, "0f12", true, -1},
		{majority, "f0f1", true, cassandra.CodeWriteFailure},
		{majority, "l0l1", true, cassandra.CodeWriteTimeout},
		{majority, "l0f1", true, cassandra.CodeWriteFailure},
		{majority, "0f1", false, 0},
		{majority, "0t", true, cassandra.CodeWriteTimeout},
		{majority, "0t1", true, cassandra.CodeWriteTimeout},
		{majority, "l00l11", true, -1}, // it was there after all
		{[]quota{{1, 1}}, "f0", true, cassandra.CodeWriteFailure},
		{twoRings, "01", false, 0}, // enough of the old replicas, not of the new
		{twoRings, "12", true, -1},
		{twoRings, "013", true, -1},
		{twoRings, "03f1f2", true, cassandra.CodeWriteFailure},
	} {
		w := WriteStep{Level: cassandra.Quorum, Type: cassandra.WriteSimple, Quotas: c.quotas}
		var o Outcome
		does := w.Acked
		for _, e := range c.events {
			switch e {
			case 'f':
				does = func(i int) Outcome { return w.Failed(i, cassandra.FailureUnknown) }
			case 'l':
				does = w.Lost
			case 't':
				o = w.TimedOut()
			default:
				o, does = does(int(e-'0')), w.Acked
			}
		}
		code := cassandra.Code(0)
		var e *cassandra.Error
		if errors.As(o.Err, &e) {
			code = e.Code
		} else if o.Done {
			code = -1
		}
		if o.Done != c.done || code != c.code {
			t.Errorf("%v, %s: done %v, code %#x; want %v, %#x", c.quotas, c.events, o.Done, code, c.done, c.code)
		}
	}
}

// TestNoReplicas guards that a keyspace without replicas refuses requests at every level: nothing can be kept or known.
func TestNoReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc2/a", "{'class': 'NetworkTopologyStrategy', 'dc1': 1}")
		c.options.State().Schema.Keyspace("k").Replication["dc1"] = "0"
		for level := cassandra.One; level <= cassandra.LocalOne; level++ {
			var told *cassandra.Error
			if _, err := c.Write([]row.Mutation{{Table: c.table, Partition: at(0)}}, level, cassandra.WriteSimple); !level.IsSerial() && (!errors.As(err, &told) || told.Code != cassandra.CodeUnavailable) {
				t.Errorf("write at %s: %v", level, err)
			}
			if level.IsSerial() {
				continue
			}
			cursor, err := c.Read(&row.Command{Table: c.table, Partitions: []key.Partition{at(0)}}, level, 0)
			if err == nil && !cursor.NextPartition() {
				err = cursor.Err()
			}
			if !errors.As(err, &told) || told.Code != cassandra.CodeUnavailable {
				t.Errorf("read at %s: %v", level, err)
			}
		}
	})
}

// TestEachQuorum guards that each datacenter counts apart, in an order that does not change.
func TestEachQuorum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c dc2/a dc2/b dc3/a", "{'class': 'NetworkTopologyStrategy', 'dc3': 1, 'dc1': 3, 'dc2': 2}")
		r, err := c.replicas(c.table, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			var set targetSet
			set.bits(r.old)
			if got := c.quotas(cassandra.EachQuorum, r.keyspace, &set, r.old); !slices.Equal(got, []quota{{0b000111, 2}, {0b011000, 2}, {0b100000, 1}}) {
				t.Fatalf("%b", got)
			}
		}
	})
}

// TestFailureNamesReplicas guards that a driver is told which replicas failed and why.
func TestFailureNamesReplicas(t *testing.T) {
	set := targetSet{{peer: rpc.Peer{Address: "10.0.0.1:7000"}}, {peer: rpc.Peer{Address: "[fd00::2]:7000"}}, {peer: rpc.Peer{Address: "10.0.0.3:7000"}}}
	w := WriteStep{Level: cassandra.Quorum, Type: cassandra.WriteSimple, Quotas: []quota{{0b111, 2}}, Set: &set}
	w.Acked(0)
	w.Lost(2)
	var e *cassandra.Error
	if !errors.As(w.Failed(1, cassandra.FailureIncompatibleSchema).Err, &e) {
		t.Fatal("no failure")
	}
	want := []cassandra.Failure{
		{Address: netip.MustParseAddr("fd00::2"), Reason: cassandra.FailureIncompatibleSchema}, {Address: netip.MustParseAddr("10.0.0.3"), Reason: cassandra.FailureTimeout},
	}
	const text = "Operation failed - received 1 responses and 2 failures: INCOMPATIBLE_SCHEMA from /[fd00::2]:7000, TIMEOUT from /10.0.0.3:7000"
	if !slices.Equal(e.Failures, want) || e.Message != text {
		t.Errorf("%v %q", e.Failures, e.Message)
	}
}

func TestRefusedLevels(t *testing.T) {
	if CheckRead(cassandra.Any) == nil || CheckWrite(cassandra.Serial) == nil || CheckWrite(cassandra.Any) != nil {
		t.Error("a level is judged wrongly")
	}
	for level, want := range map[cassandra.Consistency]string{
		cassandra.Any:    "Consistency level ANY is not yet supported for counter table hits",
		cassandra.Serial: "Counter operations are inherently non-serializable",
	} {
		if err := CheckCounter(level, "hits"); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", level, err, want)
		}
	}
}
