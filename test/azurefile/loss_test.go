//go:build linux

package azurefile

import (
	"context"
	"encoding/binary"
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helenus/client"
)

// rounds is how often each kind of failure is tried; without it the short ones are, once, with shorter times.
var rounds = flag.Int("rounds", 0, "how often each kind of failure is tried; 0: the short ones, once")

// writer inserts rows of rising number in lanes, and remembers how far each was acknowledged.
type writer struct {
	lanes  [4]atomic.Int64
	cancel context.CancelFunc
	ended  sync.WaitGroup
}

// startWriter writes until end, whatever becomes of the node. A row is written again until it is acknowledged.
func startWriter(t *testing.T) *writer {
	t.Helper()
	w := &writer{}
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(t.Context())
	for lane := range w.lanes {
		w.ended.Go(func() {
			var c *client.Conn
			for row := int64(1); ctx.Err() == nil; {
				var err error
				if c == nil {
					c, err = connect(ctx)
				}
				if err == nil {
					within, done := context.WithTimeout(ctx, 20*time.Second)
					p := client.One()
					p.Values = []client.Value{int32Of(int32(lane)), int64Of(row)}
					_, err = c.Query(within, "INSERT INTO k.t (lane, row) VALUES (?, ?)", p)
					done()
				}
				if err == nil {
					w.lanes[lane].Store(row)
					row++
					continue
				}
				if c != nil {
					c.Close()
					c = nil
				}
				select {
				case <-ctx.Done():
				case <-time.After(50 * time.Millisecond):
				}
			}
			if c != nil {
				c.Close()
			}
		})
	}
	t.Cleanup(w.end)
	return w
}

func (w *writer) end() {
	w.cancel()
	w.ended.Wait()
}

// more waits until each lane has had a few rows acknowledged.
func (w *writer) more(t *testing.T) {
	t.Helper()
	var before [len(w.lanes)]int64
	for lane := range w.lanes {
		before[lane] = w.lanes[lane].Load()
	}
	until(t, "acknowledged writes", func() bool {
		for lane := range w.lanes {
			if w.lanes[lane].Load() < before[lane]+3 {
				return false
			}
		}
		return true
	})
}

// check reads everything that was acknowledged.
func (w *writer) check(t *testing.T) (all int64) {
	t.Helper()
	c := dial(t)
	for lane := range w.lanes {
		want, seen := w.lanes[lane].Load(), int64(0)
		p := client.One()
		p.Values, p.PageSize = []client.Value{int32Of(int32(lane))}, 1000
		for page, err := range c.Pages(t.Context(), "SELECT row FROM k.t WHERE lane = ?", p) {
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				if seen++; int64(binary.BigEndian.Uint64(row[0])) != seen {
					t.Fatalf("lane %d: row %d is missing; %d were acknowledged", lane, seen, want)
				}
			}
		}
		if seen < want {
			t.Fatalf("lane %d ends at row %d; %d were acknowledged", lane, seen, want)
		}
		all += seen
	}
	return all
}

func int64Of(n int64) client.Value {
	return client.Value{Bytes: binary.BigEndian.AppendUint64(nil, uint64(n))}
}

func int32Of(n int32) client.Value {
	return client.Value{Bytes: binary.BigEndian.AppendUint32(nil, uint32(n))}
}

// nodeArgs start the node that failures come over.
var nodeArgs = []string{"--restart", "unless-stopped", "-p", "9042:9042", "-v", "lossy:/var/lib/cassandra", imageName}

// failures are what happens to a node, its host or its volume under writes.
var failures = []struct {
	name string
	long bool // not without -rounds
	do   func(t *testing.T) error
}{
	{"docker kill", false, func(t *testing.T) error {
		docker(t, "kill", "lossy")
		docker(t, "start", "lossy")
		return nil
	}},
	{"server stop", false, func(t *testing.T) error {
		away := 15 * time.Second
		if *rounds == 0 {
			away = 3 * time.Second
		}
		if err := host.StopServer(); err != nil {
			return err
		}
		<-time.After(away) // it is how long the server is away
		return host.StartServer()
	}},
	{"network cut", true, func(t *testing.T) error {
		if err := host.Cut(); err != nil {
			return err
		}
		<-time.After(40 * time.Second) // it is how long the network is cut
		return host.Heal()
	}},
	{"host crash", true, func(t *testing.T) error {
		if err := host.Crash(); err != nil {
			return err
		}
		// The new host has nothing but the account.
		if err := host.Boot(); err != nil {
			return err
		}
		if err := prepare(); err != nil {
			return err
		}
		docker(t, "volume", "create", "--name", "lossy", "-d", "azurefile", "-o", "share=lossy")
		docker(t, append([]string{"run", "-d", "--name", "lossy"}, nodeArgs...)...)
		return nil
	}},
}

// TestNothingLost guards that what was acknowledged is there after each kind of failure under writes, and that the node comes back by itself.
// go test ./test/azurefile -run TestNothingLost -rounds=10 -timeout=2h -v is long.
func TestNothingLost(t *testing.T) {
	volume(t, "lossy", "share=lossy")
	start(t, "lossy", nodeArgs...)
	query(t, dial(t), "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}", "CREATE TABLE k.t (lane int, row bigint, PRIMARY KEY (lane, row))")
	w := startWriter(t)
	for _, f := range failures {
		if f.long && *rounds == 0 {
			continue
		}
		var longest time.Duration
		for round := range max(*rounds, 1) {
			w.more(t)
			if err := f.do(t); err != nil {
				t.Fatalf("%s, round %d: %v", f.name, round+1, err)
			}
			began := time.Now()
			w.more(t)
			longest = max(longest, time.Since(began))
		}
		all := w.check(t)
		t.Logf("%s, %d times: %d rows are there, none is missing; at most %d ms from its end to the next acknowledged writes; the container was started again %s times in all",
			f.name, max(*rounds, 1), all, longest.Milliseconds(), docker(t, "inspect", "-f", "{{.RestartCount}}", "lossy"))
	}
	w.end()
	t.Logf("%s errors in the driver's log", guest(t, "grep -c 'level=error' "+driverLog+" || true"))
}
