package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// dialects are all ways to speak.
func dialects(t *testing.T, f func(t *testing.T, o client.Options)) {
	for _, v := range []protocol.Version{protocol.V3, protocol.V4, protocol.V5} {
		for _, c := range []protocol.Compression{protocol.NoCompression, protocol.LZ4, protocol.Snappy} {
			if v < protocol.V5 || c != protocol.Snappy {
				t.Run(fmt.Sprintf("v%d%s", v, c), func(t *testing.T) { f(t, client.Options{Version: v, Exact: true, Compression: c}) })
			}
		}
	}
}

func TestManyRequestsShareAConnection(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	dialects(t, func(t *testing.T, o client.Options) {
		c := dial(t, s, o)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				text := fmt.Sprintf("%d %s", i, strings.Repeat("x", i*600))
				st, err := c.Prepare(t.Context(), fmt.Sprintf("echo %d", i), "")
				if err != nil {
					t.Error(err)
					return
				}
				if res, err := c.Execute(t.Context(), st, nil); err != nil || res.Keyspace != fmt.Sprint(i) {
					t.Errorf("execute %d: %v %v", i, res, err)
				}
				if res, err := c.Query(t.Context(), "echo "+text, nil); err != nil || res.Keyspace != text {
					t.Errorf("query %d: %v", i, err)
				}
			})
		}
		all.Wait()
	})
}

func TestFramesLongerThanASegment(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	dialects(t, func(t *testing.T, o client.Options) {
		c := dial(t, s, o)
		noise := make([]byte, 3_000_000)
		seed := uint32(1)
		for i := range noise {
			seed = seed*1664525 + 1013904223
			noise[i] = byte(seed >> 24)
		}
		p := client.One()
		p.Values = []client.Value{{Bytes: noise}}
		if res, err := c.Query(t.Context(), "echo ok", p); err != nil || res.Keyspace != "ok" {
			t.Fatal(res, err)
		}
		if _, err := c.Query(t.Context(), "large", nil); err == nil || !strings.Contains(err.Error(), "result of kind 0") {
			t.Fatal(err)
		}
	})
}

func TestLongRequestsDoNotHoldUpShortOnes(t *testing.T) {
	f := newFake()
	s := serve(t, f, transport.Limits{})
	c := dial(t, s, client.Options{})
	slow := make(chan error, 1)
	go func() {
		_, err := c.Query(t.Context(), "wait", nil)
		slow <- err
	}()
	<-f.waiting
	st, err := c.Prepare(t.Context(), "echo x", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(t.Context(), st, nil); err != nil {
		t.Fatal(err)
	}
	close(f.release)
	if err := <-slow; err != nil {
		t.Fatal(err)
	}
}

// TestManyLongRequests guards that a connection whose requests wait for slow replicas is still read, up to its bounds, and never holds up
// another.
func TestManyLongRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits transport.Limits
		run    int // of the stuck requests
	}{
		{"defaults", transport.Limits{}, 2000},
		{"little memory", transport.Limits{InFlightBytes: 8 << 20}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			s := serve(t, f, c.limits)
			stuck := dial(t, s, client.Options{})
			done := make(chan error, 2500)
			for range cap(done) {
				go func() {
					_, err := stuck.Query(t.Context(), "wait", nil)
					done <- err
				}()
			}
			for range c.run {
				<-f.waiting
			}
			other := dial(t, s, client.Options{})
			for range 10 {
				if res, err := other.Query(t.Context(), "echo x", nil); err != nil || res.Keyspace != "x" {
					t.Fatal(res, err)
				}
			}
			if held := s.InFlightBytes(); c.limits.InFlightBytes > 0 && held > c.limits.InFlightBytes/4+64<<10 {
				t.Errorf("one connection holds %d bytes", held)
			}
			close(f.release)
			for range cap(done) {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestWritesWaitForTheDiskTogether(t *testing.T) {
	f := newFake()
	s := serve(t, f, transport.Limits{})
	c := dial(t, s, client.Options{})
	st, err := c.Prepare(t.Context(), "pending", "")
	if err != nil {
		t.Fatal(err)
	}
	const n = 500
	done := make(chan error, n)
	for range n {
		go func() {
			_, err := c.Execute(t.Context(), st, nil)
			done <- err
		}()
	}
	for range n {
		<-f.waiting // the reader has taken all of them though none may be answered
	}
	select {
	case err := <-done:
		t.Fatal("answered before its write was on disk", err)
	default:
	}
	close(f.release)
	for range n {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if st, err = c.Prepare(t.Context(), "lost", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(t.Context(), st, nil); err == nil || err.Error() != "disk full" {
		t.Fatal(err)
	}
	if _, err := c.Query(t.Context(), "lost", nil); err == nil || err.Error() != "disk full" {
		t.Fatal(err)
	}
}

func TestPanicFailsOneRequest(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	dialects(t, func(t *testing.T, o client.Options) {
		c := dial(t, s, o)
		before := s.Stats.Panics.Load()
		_, err := c.Query(t.Context(), "panic", nil)
		var e *cassandra.Error
		if !errors.As(err, &e) || e.Code != cassandra.CodeServer {
			t.Fatal(err)
		}
		st, err := c.Prepare(t.Context(), "panic", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Execute(t.Context(), st, nil); !errors.As(err, &e) || e.Code != cassandra.CodeServer {
			t.Fatal(err)
		}
		if _, err := c.Query(t.Context(), "echo alive", nil); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats.Panics.Load() - before; n != 2 {
			t.Errorf("%d panics counted", n)
		}
	})
}

func TestWarningsTraceAndPayloadTravel(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	dialects(t, func(t *testing.T, o client.Options) {
		c := dial(t, s, o)
		p := client.One()
		p.Tracing = true
		if o.Version >= protocol.V4 {
			p.Payload = map[string][]byte{"k": []byte("v")}
		}
		res, err := c.Query(t.Context(), "warn", p)
		if err != nil {
			t.Fatal(err)
		}
		if res.TraceID == nil || res.TraceID[15] != 7 {
			t.Errorf("trace %v", res.TraceID)
		}
		if o.Version >= protocol.V4 && (len(res.Warnings) != 1 || !bytes.Equal(res.Payload["k"], []byte("v"))) {
			t.Errorf("warnings %q, payload %q", res.Warnings, res.Payload)
		}
	})
}

func TestEventsReachThoseWhoRegistered(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	change := protocol.SchemaChange{Change: "CREATED", Target: "TABLE", Keyspace: "ks", Name: "t"}
	dialects(t, func(t *testing.T, o client.Options) {
		a, b := dial(t, s, o), dial(t, s, o)
		news, err := a.Register(t.Context(), client.SchemaChange)
		if err != nil {
			t.Fatal(err)
		}
		other, err := b.Register(t.Context(), client.StatusChange)
		if err != nil {
			t.Fatal(err)
		}
		s.SchemaChanged(change)
		if e := <-news; e.Kind != client.SchemaChange || fmt.Sprint(e.Schema) != fmt.Sprint(change) {
			t.Errorf("event %v", e)
		}
		select {
		case e := <-other:
			t.Errorf("event %v was not asked for", e)
		default:
		}
	})
}

func TestSupportedNamesWhatIsSpoken(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	m, err := dial(t, s, client.Options{}).Supported(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m); got != "map[COMPRESSION:[snappy lz4] CQL_VERSION:[3.4.7] PROTOCOL_VERSIONS:[3/v3 4/v4 5/v5]]" {
		t.Error(got)
	}
}

func TestDrainFinishesWhatRuns(t *testing.T) {
	f := newFake()
	s := serve(t, f, transport.Limits{})
	c := dial(t, s, client.Options{})
	answer := make(chan error, 1)
	go func() {
		_, err := c.Query(t.Context(), "wait", nil)
		answer <- err
	}()
	<-f.waiting
	drained := make(chan error, 1)
	go func() { drained <- s.Drain(t.Context()) }()
	for { // until the listener is closed
		late, err := client.Dial(t.Context(), client.Options{Addr: s.Addr().String()})
		if err != nil {
			break
		}
		if err := late.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(f.release)
	if err := <-answer; err != nil {
		t.Errorf("a request that ran was not answered: %v", err)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
}

func TestDrainGivesUpWithItsContext(t *testing.T) {
	f := newFake()
	s := serve(t, f, transport.Limits{})
	c := dial(t, s, client.Options{})
	answer := make(chan error, 1)
	go func() {
		_, err := c.Query(t.Context(), "wait", nil)
		answer <- err
	}()
	<-f.waiting
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Drain(ctx); err != nil {
		t.Error(err)
	}
	if err := <-answer; err == nil {
		t.Error("a request that was cut has been answered")
	}
}
