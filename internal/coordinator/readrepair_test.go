package coordinator

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/rpc"
)

const threeReplicas = "{'class': 'SimpleStrategy', 'replication_factor': 3}"

// TestDyingReplica guards that a read at QUORUM whose digests differ is answered while two of three replicas answer, whenever the third falls
// silent or begins to fail.
func TestDyingReplica(t *testing.T) {
	gone := func() (time.Duration, []byte, error) { return -1, nil, nil }
	cut := func() (time.Duration, []byte, error) { return time.Millisecond, nil, rpc.ErrUnreachable }
	for name, dies := range map[string]func() (time.Duration, []byte, error){"silent": gone, "cut off": cut} {
		for _, during := range []string{"read", "digest", "full read", "repair"} {
			t.Run(name+" during "+during, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newCluster(t, "dc1/a dc1/b dc1/c", threeReplicas)
					old, latest := c.value(at(0), "old", 1), c.value(at(0), "new", 2)
					first, dead := "", ""
					digests := map[string]bool{}
					c.answer = func(node string, verb rpc.Verb, body []byte) (time.Duration, []byte, error) {
						if first == "" {
							first = node
						}
						stage := "read"
						switch {
						case verb == rpc.Write:
							stage = "repair"
						case isDigest(body):
							stage, digests[node] = "digest", true
						case digests[node]:
							stage = "full read"
						}
						if dead == "" && stage == during {
							dead = node
						}
						switch {
						case node == dead:
							return dies()
						case verb == rpc.Write:
							return time.Millisecond, ok(nil), nil
						case node == first: // it has missed the latest write
							return time.Millisecond, reply(body, old), nil
						}
						return time.Millisecond, reply(body, latest), nil
					}
					began := time.Now()
					rows, err := c.get(cassandra.Quorum, at(0))
					if err != nil || len(rows) != 1 || !strings.HasSuffix(rows[0], "new") {
						t.Errorf("%q %v", rows, err)
					}
					if took := time.Since(began); took > time.Second {
						t.Errorf("it took %s", took)
					}
				})
			})
		}
	}
}

// TestReadDeadline guards that one time bounds all that a read does.
func TestReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c", threeReplicas)
		differ := true
		c.answer = func(node string, verb rpc.Verb, body []byte) (time.Duration, []byte, error) {
			if verb == rpc.Write {
				return -1, nil, nil
			}
			written := int64(1)
			if differ {
				written = int64(node[1])
			}
			return 2400 * time.Millisecond, reply(body, c.value(at(0), "v", written)), nil
		}
		for _, name := range []string{"repair", "IN"} {
			partitions := []key.Partition{at(0)}
			if differ = name == "repair"; !differ {
				partitions = []key.Partition{at(0), at(1), at(2)}
			}
			began := time.Now()
			_, err := c.get(cassandra.Quorum, partitions...)
			var told *cassandra.Error
			if took := time.Since(began); !errors.As(err, &told) || told.Code != cassandra.CodeReadTimeout || took > 5*time.Second {
				t.Errorf("%s: %v after %s", name, err, took)
			}
		}
	})
}

// TestRepairEndsWithItsContext guards that a node which stops does not wait for replicas that say nothing.
func TestRepairEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c", threeReplicas)
		c.answer = func(string, rpc.Verb, []byte) (time.Duration, []byte, error) { return -1, nil, nil }
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		err := c.RepairRange(ctx, c.table, key.AllTokens, func() int64 { return 0 }, func(int) {})
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took != time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// TestScanDeadline guards that a scan has its own time, longer than a read's, and that nodetool is told of it.
func TestScanDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c", threeReplicas)
		c.answer = func(string, rpc.Verb, []byte) (time.Duration, []byte, error) { return -1, nil, nil }
		began := time.Now()
		cursor, err := c.Read(&row.Command{Table: c.table, Tokens: key.TokenRange{First: key.MinToken, Last: key.MaxToken}}, cassandra.Quorum, 0)
		if err != nil {
			t.Fatal(err)
		}
		cursor.NextPartition()
		var told *cassandra.Error
		if took := time.Since(began); !errors.As(cursor.Err(), &told) || told.Code != cassandra.CodeReadTimeout || took != c.Timeouts()["range"] || took != 10*time.Second {
			t.Errorf("%v after %s", cursor.Err(), took)
		}
	})
}

// TestLatenciesOfPointReads guards that what ranges and other tables take does not delay the retries of a table's reads.
func TestLatenciesOfPointReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, "dc1/a dc1/b dc1/c", threeReplicas)
		takes := time.Second
		c.answer = func(_ string, _ rpc.Verb, body []byte) (time.Duration, []byte, error) {
			return takes, reply(body, c.value(at(0), "v", 1)), nil
		}
		now := func() int64 { return 0 }
		for range 2 * latencyEvery {
			if err := c.RepairRange(t.Context(), c.table, key.TokenRange{First: key.MinToken, Last: key.MaxToken}, now, func(int) {}); err != nil {
				t.Fatal(err)
			}
		}
		takes = 3 * time.Millisecond
		for range latencyEvery {
			if _, err := c.get(cassandra.Quorum, at(0)); err != nil {
				t.Fatal(err)
			}
		}
		if after, ok := c.reads.policy(c.table, "99p"); !ok || after != takes {
			t.Errorf("a retry after %s", after)
		}
		other := *c.table
		other.ID[0]++
		if after, ok := c.reads.policy(&other, "99p"); !ok || after != speculateAtFirst {
			t.Errorf("another table's after %s", after)
		}
	})
}
