//go:build linux

package docker

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
)

var killRounds = flag.Int("rounds", 4, "how often a container is killed, or restarted, under writes, on each kind of volume")

// writer inserts rows of rising number and remembers how far each of its lanes was acknowledged.
type writer struct {
	lanes []atomic.Int64 // the last row of each that was acknowledged
	stop  chan struct{}
	once  sync.Once // for closing stop
	ended sync.WaitGroup
	tally tally
}

const lanes = 8

// startWriter writes to a container for ever, whatever becomes of it. A row is written again until it is acknowledged.
func startWriter(t *testing.T, addr func() string) *writer {
	t.Helper()
	w := &writer{lanes: make([]atomic.Int64, lanes), stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	for lane := range lanes {
		w.ended.Go(func() {
			var c *client.Conn
			for row := int64(1); ; {
				select {
				case <-w.stop:
					if c != nil {
						c.Close()
					}
					return
				default:
				}
				within, done := context.WithTimeout(ctx, 5*time.Second)
				var err error
				if c == nil {
					c, err = client.Dial(within, client.Options{Addr: addr()})
				}
				if err == nil {
					_, err = c.Query(within, "INSERT INTO k.t (lane, row) VALUES (?, ?)", one(int32Of(int32(lane)), int64Of(row)))
				}
				done()
				var refused *cassandra.Error
				switch {
				case err == nil:
					w.tally.done.Add(1)
					w.lanes[lane].Store(row)
					row++
				case errors.As(err, &refused):
					w.tally.note(err)
				case c != nil:
					c.Close()
					c = nil
				}
			}
		})
	}
	t.Cleanup(cancel)
	return w
}

// end stops the writes.
func (w *writer) end() {
	w.once.Do(func() { close(w.stop) })
	w.ended.Wait()
}

// check reads what was acknowledged when it began, row by row.
func (w *writer) check(t *testing.T, c *client.Conn) (rows int64) {
	t.Helper()
	for lane := range lanes {
		want := w.lanes[lane].Load()
		seen := int64(0)
		p := one(int32Of(int32(lane)))
		p.PageSize = 5000
		for result, err := range c.Pages(t.Context(), "SELECT row FROM k.t WHERE lane = ?", p) {
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range result.Rows {
				if seen++; fmt.Sprint(row[0]) != fmt.Sprint(int64Of(seen).Bytes) {
					t.Fatalf("lane %d: row %d is missing; %d were acknowledged", lane, seen, want)
				}
			}
		}
		if seen < want {
			t.Fatalf("lane %d ends at row %d; %d were acknowledged", lane, seen, want)
		}
		rows += seen
	}
	return rows
}

// more waits until every lane has been acknowledged a row more than before.
func (w *writer) more(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(readyWithin)
	for lane := range w.lanes {
		for before := w.lanes[lane].Load(); w.lanes[lane].Load() < before+3; <-time.After(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("no writes for %s: %s", readyWithin, &w.tally)
			}
		}
	}
}

// TestKillRounds guards that nothing that was acknowledged is lost by docker kill, restart and stop under writes, on a directory of the host and on
// a named volume. go test ./test/docker -run TestKillRounds -rounds=50 is long.
func TestKillRounds(t *testing.T) {
	for kind, volume := range map[string]string{"bind": hostDirectory(t), "named": "kill-rounds"} {
		t.Run(kind, func(t *testing.T) {
			name := "killed-" + kind
			if kind == "named" {
				t.Cleanup(func() { command(t, "", nil, "docker", "volume", "rm", "-f", volume) }) // after the container
			}
			start(t, name, "-v", volume+":/var/lib/cassandra", imageName)
			ready(t, name)
			c := dial(t, address(t, name))
			run(t, c, "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}", "CREATE TABLE k.t (lane int, row bigint, PRIMARY KEY (lane, row))")
			var addr atomic.Value
			addr.Store(address(t, name))
			w := startWriter(t, func() string { return addr.Load().(string) })
			defer w.end()
			var longest time.Duration
			counts := map[string]int{}
			for round := range *killRounds {
				w.more(t)
				ways := [][]string{{"kill", "-s", "KILL"}, {"restart"}, {"kill", "-s", "KILL"}, {"stop"}}
				way := ways[round%len(ways)]
				counts[strings.Join(way, " ")]++
				docker(t, append(way, name)...)
				if way[0] == "stop" {
					if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", name); code != "143" {
						t.Fatalf("exit status %s after docker stop, want 143", code)
					}
				}
				began := time.Now()
				if way[0] != "restart" {
					docker(t, "start", name)
				}
				addr.Store(address(t, name))
				w.more(t)
				longest = max(longest, time.Since(began))
			}
			w.end()
			rows := w.check(t, dial(t, address(t, name)))
			t.Logf("%d rows after %v; at most %d ms from docker start to the next acknowledged writes; %s", rows, counts, longest.Milliseconds(), &w.tally)
			if w.tally.other.Load() > 0 {
				t.Error("writes were refused")
			}
		})
	}
}

// TestStopUnderLoad guards that docker stop ends a loaded node within 5 s, with nothing lost.
func TestStopUnderLoad(t *testing.T) {
	dir := hostDirectory(t)
	start(t, "stop-loaded", "-v", dir+":/var/lib/cassandra", imageName)
	ready(t, "stop-loaded")
	addr := address(t, "stop-loaded")
	run(t, dial(t, addr), "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}", "CREATE TABLE k.t (lane int, row bigint, PRIMARY KEY (lane, row))")
	w := startWriter(t, func() string { return addr })
	w.more(t)
	began := time.Now()
	docker(t, "stop", "stop-loaded")
	took := time.Since(began)
	w.end()
	if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", "stop-loaded"); code != "143" || took > 5*time.Second {
		t.Errorf("docker stop took %s and left exit status %s", took, code)
	}
	docker(t, "start", "stop-loaded")
	ready(t, "stop-loaded")
	rows := w.check(t, dial(t, address(t, "stop-loaded")))
	t.Logf("docker stop took %d ms; %d rows are there; %s", took.Milliseconds(), rows, &w.tally)
}

// TestDecommissioned guards that a container whose node has left the cluster ends with status 0.
func TestDecommissioned(t *testing.T) {
	start(t, "stays", imageName)
	ready(t, "stays")
	start(t, "leaves", "--link", "stays:cassandra", imageName)
	ready(t, "leaves")
	docker(t, "exec", "leaves", "nodetool", "decommission")
	ended(t, "leaves")
	if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", "leaves"); code != "0" {
		t.Errorf("exit status %s, want 0", code)
	}
	if out := docker(t, "exec", "stays", "nodetool", "status"); strings.Count(out, "\nUN  ") != 1 {
		t.Error(out)
	}
}

// ended waits until a container has ended by itself.
func ended(t *testing.T, name string) {
	t.Helper()
	deadline := time.Now().Add(readyWithin)
	for docker(t, "inspect", "-f", "{{.State.Running}}", name) == "true" {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not ended after %s", name, readyWithin)
		}
	}
}
