package coordinator

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/replica"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

// TestUnknownTransaction guards that a client learns of its transaction what is known: a proposal that some accepted may still win, one of
// which only the commit is missing has won.
func TestUnknownTransaction(t *testing.T) {
	newer := replica.Ballot{Micros: 5, Member: 7}
	for _, c := range []struct {
		name           string
		accept, commit int // by how many nodes
		code           cassandra.Code
		kind           cassandra.WriteType
		received       int32
	}{
		{"accepted by one", 1, 0, cassandra.CodeCASWriteUnknown, "", 1},
		{"committed by one", 3, 1, cassandra.CodeWriteTimeout, cassandra.WriteSimple, 1},
		{"committed by two", 3, 2, 0, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cl := newCluster(t, "dc1/a dc1/b dc1/c", "{'class': 'SimpleStrategy', 'replication_factor': 3}")
				accepted, committed := 0, 0
				cl.answer = func(_ string, verb rpc.Verb, _ []byte) (time.Duration, []byte, error) {
					switch verb {
					case rpc.Prepare:
						return time.Millisecond, ok((&replica.Promise{Given: true, Page: &replica.Page{}}).Encode()), nil
					case rpc.Propose:
						if accepted++; accepted > c.accept {
							return time.Millisecond, ok(newer.Encode()), nil
						}
						return time.Millisecond, ok(replica.Ballot{}.Encode()), nil
					}
					if committed++; committed > c.commit {
						return -1, nil, nil
					}
					return time.Millisecond, ok(nil), nil
				}
				m := row.Mutation{Table: cl.table, Partition: at(0)}
				err := cl.CompareAndSet(m, &row.Command{Table: cl.table}, cassandra.Serial, cassandra.Quorum, 0, func(func(*row.Command) row.Cursor, int64) ([]row.Mutation, error) {
					return []row.Mutation{m}, nil
				})
				var told *cassandra.Error
				switch {
				case c.code == 0 && err == nil:
				case !errors.As(err, &told) || told.Code != c.code || told.WriteType != c.kind || told.Received != c.received || told.Required != 2:
					t.Errorf("%#v", err)
				}
			})
		})
	}
}

// TestForwardedCounter guards that the count a client waits for is its level's.
func TestForwardedCounter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl := newCluster(t, "dc1/a dc1/b dc1/c", "{'class': 'SimpleStrategy', 'replication_factor': 3}")
		cl.answer = func(string, rpc.Verb, []byte) (time.Duration, []byte, error) { return -1, nil, nil }
		err := cl.Counter([]Increment{{Table: cl.table, Partition: at(0)}}, cassandra.Quorum)
		var told *cassandra.Error
		if !errors.As(err, &told) || told.Code != cassandra.CodeWriteTimeout || told.WriteType != cassandra.WriteCounter || told.Required != 2 {
			t.Errorf("%#v", err)
		}
	})
}
