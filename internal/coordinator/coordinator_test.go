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

// TestWriteStep plays events to the step machine: a acknowledges, f fails, t is the deadline.
func TestWriteStep(t *testing.T) {
	for _, c := range []struct {
		required, replicas int
		events             string
		done               bool
		code               cassandra.Code // -1: success
	}{
		{2, 3, "a", false, 0},
		{2, 3, "aa", true, -1},
		{2, 3, "afa", true, -1},
		{2, 3, "ff", true, cassandra.CodeWriteFailure},
		{2, 3, "af", false, 0},
		{2, 3, "at", true, cassandra.CodeWriteTimeout},
		{2, 3, "ata", true, cassandra.CodeWriteTimeout},
		{2, 3, "aaft", true, -1},
		{1, 1, "f", true, cassandra.CodeWriteFailure},
	} {
		w := WriteStep{Level: cassandra.Quorum, Type: cassandra.WriteSimple, Required: c.required, Replicas: c.replicas}
		var o Outcome
		for _, e := range c.events {
			o = map[rune]func() Outcome{'a': w.Acked, 'f': w.Failed, 't': w.TimedOut}[e]()
		}
		code := cassandra.Code(0)
		var e *cassandra.Error
		if errors.As(o.Err, &e) {
			code = e.Code
		} else if o.Done {
			code = -1
		}
		if o.Done != c.done || code != c.code {
			t.Errorf("%d of %d, %s: done %v, code %#x; want %v, %#x", c.required, c.replicas, c.events, o.Done, code, c.done, c.code)
		}
	}
}

func TestRefusedLevels(t *testing.T) {
	if CheckRead(cassandra.Any) == nil || CheckWrite(cassandra.Serial) == nil || CheckCounter(cassandra.Any) == nil || CheckWrite(cassandra.Any) != nil {
		t.Error("a level is judged wrongly")
	}
}
