//go:build linux

package docker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
)

// address returns where a container takes CQL.
func address(t *testing.T, name string) string {
	t.Helper()
	ip := docker(t, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", name)
	for i, c := range ip {
		if c == ' ' {
			ip = ip[:i]
			break
		}
	}
	return net.JoinHostPort(ip, "9042")
}

// dial connects to a node until the end of the test.
func dial(t *testing.T, addr string) *client.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyWithin)
	defer cancel()
	c, err := client.Dial(ctx, client.Options{Addr: addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// run executes statements that must succeed.
func run(t *testing.T, c *client.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.Query(t.Context(), statement, nil); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// tally counts how requests ended.
type tally struct {
	done, shed, other atomic.Int64

	mu    sync.Mutex
	first error           // of the other ones; guarded by mu
	took  []time.Duration // by those that were done; guarded by mu
}

// timed notes how an operation ended that began then.
func (a *tally) timed(began time.Time, err error) {
	took := time.Since(began)
	a.note(err)
	if err == nil {
		a.mu.Lock()
		a.took = append(a.took, took)
		a.mu.Unlock()
	}
}

// within is the time in which so many percent of the operations that were done were answered.
func (a *tally) within(percent int) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.took) == 0 {
		return 0
	}
	slices.Sort(a.took)
	return a.took[(len(a.took)-1)*percent/100]
}

func (a *tally) note(err error) {
	var refused *cassandra.Error
	switch {
	case err == nil:
		a.done.Add(1)
	case errors.As(err, &refused) && refused.Code == cassandra.CodeOverloaded:
		a.shed.Add(1)
	default:
		a.other.Add(1)
		a.mu.Lock()
		if a.first == nil {
			a.first = err
		}
		a.mu.Unlock()
	}
}

func (a *tally) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := fmt.Sprintf("%d done, %d Overloaded", a.done.Load(), a.shed.Load())
	if a.first != nil {
		s += fmt.Sprintf(", %d others, the first: %v", a.other.Load(), a.first)
	}
	return s
}

// operation is one request of a load.
type operation func(ctx context.Context, c *client.Conn, random *rand.Rand) error

// press has so many connections carry out an operation, each so many at a time, again and again for a while.
func press(t *testing.T, addr string, conns, each int, d time.Duration, op operation) *tally {
	t.Helper()
	var a tally
	end := time.Now().Add(d)
	// Requests begin before the end and are answered some time after.
	ctx, cancel := context.WithTimeout(t.Context(), d+readyWithin)
	defer cancel()
	var workers sync.WaitGroup
	for range conns {
		c := dial(t, addr)
		for range each {
			random := rand.New(rand.NewPCG(rand.Uint64(), 1))
			workers.Go(func() {
				for time.Now().Before(end) && c.Err() == nil {
					began := time.Now()
					a.timed(began, op(ctx, c, random))
				}
			})
		}
	}
	workers.Wait()
	return &a
}

// flood begins operations at a rate, whether earlier ones have been answered or not, up to outstandingMax of them.
func flood(t *testing.T, addr string, conns int, perSecond float64, d time.Duration, op operation) *tally {
	t.Helper()
	const outstandingMax = 20_000
	var a tally
	ctx, cancel := context.WithTimeout(t.Context(), d+readyWithin)
	defer cancel()
	var open []*client.Conn
	for range conns {
		open = append(open, dial(t, addr))
	}
	slots := make(chan struct{}, outstandingMax)
	var running sync.WaitGroup
	began := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for begun := 0; time.Since(began) < d; <-tick.C {
		for due := int(time.Since(began).Seconds() * perSecond); begun < due; begun++ {
			c := open[begun%conns]
			slots <- struct{}{}
			running.Go(func() {
				began := time.Now()
				a.timed(began, op(ctx, c, rand.New(rand.NewPCG(rand.Uint64(), 2))))
				<-slots
			})
		}
	}
	running.Wait()
	return &a
}

// bytesOf makes bytes that do not compress.
func bytesOf(random *rand.Rand, size int) []byte {
	b := make([]byte, 0, size+8)
	for len(b) < size {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return b[:size]
}

// int64Of and int32Of are values of bigint and int.
func int64Of(n int64) client.Value {
	return client.Value{Bytes: binary.BigEndian.AppendUint64(nil, uint64(n))}
}
func int32Of(n int32) client.Value {
	return client.Value{Bytes: binary.BigEndian.AppendUint32(nil, uint32(n))}
}

// one is consistency ONE with values.
func one(values ...client.Value) *client.Params {
	p := client.One()
	p.Values = values
	return p
}
