package coordinator

import (
	"errors"
	"testing"

	"helenus/internal/cassandra"
	"helenus/internal/schema"
)

func TestBlockFor(t *testing.T) {
	simple := &schema.Keyspace{Replication: map[string]string{"class": "SimpleStrategy", "replication_factor": "3"}}
	network := &schema.Keyspace{Replication: map[string]string{"class": "NetworkTopologyStrategy", "a": "3", "b": "2"}}
	for _, c := range []struct {
		level    cassandra.Consistency
		keyspace *schema.Keyspace
		want     int
	}{
		{cassandra.Any, simple, 1}, {cassandra.One, simple, 1}, {cassandra.Two, simple, 2}, {cassandra.Three, simple, 3},
		{cassandra.Quorum, simple, 2}, {cassandra.All, simple, 3}, {cassandra.LocalQuorum, simple, 2}, {cassandra.EachQuorum, simple, 2},
		{cassandra.Quorum, network, 3}, {cassandra.LocalQuorum, network, 2}, {cassandra.EachQuorum, network, 4}, {cassandra.All, network, 5},
		{cassandra.LocalOne, network, 1}, {cassandra.LocalSerial, network, 2},
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
				does = w.Failed
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

func TestRefusedLevels(t *testing.T) {
	if CheckRead(cassandra.Any) == nil || CheckWrite(cassandra.Serial) == nil || CheckCounter(cassandra.Any) == nil || CheckWrite(cassandra.Any) != nil {
		t.Error("a level is judged wrongly")
	}
}
