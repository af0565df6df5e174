package transport_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// hold takes most of a server's budget until the connection it returns is closed.
func hold(t *testing.T, s *transport.Server, bytes int) net.Conn {
	t.Helper()
	nc := dialRaw(t, s)
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	send(t, nc, frame(4, 0, 1, protocol.OpQuery, 15<<20, strings.Repeat("x", bytes)))
	for deadline := time.Now().Add(10 * time.Second); s.InFlightBytes() < int64(bytes)-64<<10; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes in flight", s.InFlightBytes())
		}
	}
	return nc
}

// A request that there is no memory for is refused as soon as that shows, and skipped: its connection goes on.
func TestSkippedRequests(t *testing.T) {
	q := protocol.Query{CQL: []byte("echo x"), Params: protocol.Params{Consistency: cassandra.One}}
	for _, v := range []protocol.Version{protocol.V4, protocol.V5} {
		s := serve(t, newFake(), transport.Limits{InFlightBytes: 4 << 20})
		holder := hold(t, s, 3<<19)
		nc := dialRaw(t, s)
		startup(t, nc, v, map[string]string{"CQL_VERSION": "3.0.0"})
		large := frame(byte(v), 0, 7, protocol.OpQuery, 8<<20, strings.Repeat("y", 8<<20))
		body := q.Append(nil, v)
		small := frame(byte(v), 0, 8, protocol.OpQuery, len(body), string(body))
		if v == protocol.V5 {
			large, small = protocol.AppendSegments(nil, large, false), protocol.AppendSegments(nil, small, false)
		}
		sent := make(chan error, 1)
		go func() {
			_, err := nc.Write(append(large, small...))
			sent <- err
		}()
		var seen []int16
		for len(seen) < 2 {
			if v == protocol.V5 {
				if _, err := nc.Read(make([]byte, 6)); err != nil { // a segment's header, and below its checksum
					t.Fatal(err)
				}
			}
			h, answer := receive(t, nc)
			if h.Stream == 7 {
				if e, err := protocol.ReadError(answer, v); err != nil || e.Code != cassandra.CodeOverloaded {
					t.Errorf("v%d: answered %v %v", v, e, err)
				}
				holder.Close()
			} else if h.Opcode != protocol.OpResult {
				t.Errorf("v%d: the next request: %+v", v, h)
			}
			if v == protocol.V5 {
				if _, err := nc.Read(make([]byte, 4)); err != nil {
					t.Fatal(err)
				}
			}
			seen = append(seen, h.Stream)
		}
		if err := <-sent; err != nil || seen[0] != 7 || seen[1] != 8 {
			t.Errorf("v%d: answers to %v; %v", v, seen, err)
		}
		nc.Close()
	}
}

// What a compressed request becomes counts, too.
func TestCompressedRequestsAreBounded(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{FrameBytes: 1 << 20})
	nc := dialRaw(t, s)
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0", "COMPRESSION": "lz4"})
	body := protocol.LZ4.AppendCompressed(nil, make([]byte, 2<<20))
	send(t, nc, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, len(body), string(body)))
	h, answer := receive(t, nc)
	if e, err := protocol.ReadError(answer, h.Version); err != nil || !strings.Contains(e.Message, "at most") {
		t.Errorf("answered %v %v", e, err)
	}
}

// A driver whose connection is one too many is told so in answer to what it sent.
func TestTurnedAway(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{Connections: 1})
	dial(t, s, client.Options{})
	nc := dialRaw(t, s)
	send(t, nc, frame(4, 0, 3, protocol.OpOptions, 0, ""))
	h, answer := receive(t, nc)
	if e, err := protocol.ReadError(answer, h.Version); err != nil || h.Stream != 3 || e.Code != cassandra.CodeOverloaded || !strings.Contains(e.Message, "too many connections") {
		t.Errorf("answered %+v %v %v", h, e, err)
	}
	wantClosed(t, nc)
}

// While the process is short of memory nothing is begun; afterwards all is as before.
func TestStrained(t *testing.T) {
	var strained atomic.Bool
	s := serve(t, newFake(), transport.Limits{Strained: strained.Load})
	c := dial(t, s, client.Options{})
	for _, now := range []bool{false, true, false} {
		strained.Store(now)
		_, err := c.Query(t.Context(), "echo x", nil)
		if refused, ok := err.(*cassandra.Error); now && (!ok || refused.Code != cassandra.CodeOverloaded) || !now && err != nil {
			t.Errorf("short of memory: %t; answered %v", now, err)
		}
	}
}

// dialFrom connects from an address of its own, as another client would.
func dialFrom(t *testing.T, s *transport.Server, from string) net.Conn {
	t.Helper()
	nc, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		t.Skipf("this machine has no address %s: %v", from, err)
	}
	t.Cleanup(func() { nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}

// ask sends a query in version 4 and returns the answer's error, or nil.
func ask(t *testing.T, nc net.Conn, stream int16, text string) *cassandra.Error {
	t.Helper()
	q := protocol.Query{CQL: []byte(text), Params: protocol.Params{Consistency: cassandra.One}}
	body := q.Append(nil, protocol.V4)
	send(t, nc, frame(4, 0, stream, protocol.OpQuery, len(body), string(body)))
	h, answer := receive(t, nc)
	if h.Opcode != protocol.OpError {
		return nil
	}
	e, err := protocol.ReadError(answer, protocol.V4)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var plain = map[string]string{"CQL_VERSION": "3.0.0"}

// One client address that takes all it may leaves the others what they need.
func TestEachAddressHasItsShare(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{InFlightBytes: 8 << 20, AddressBytes: 1 << 20, Connections: 4, AddressConnections: 3})
	for range 2 { // half a request each, of which little is left of the share
		nc := dialFrom(t, s, "127.0.0.2")
		startup(t, nc, protocol.V4, plain)
		send(t, nc, frame(4, 0, 1, protocol.OpQuery, 15<<20, strings.Repeat("x", 480<<10)))
	}
	for deadline := time.Now().Add(10 * time.Second); s.InFlightBytes() < 800<<10; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes in flight", s.InFlightBytes())
		}
	}
	large := "echo " + strings.Repeat("y", 200<<10)
	greedy := dialFrom(t, s, "127.0.0.2")
	startup(t, greedy, protocol.V4, plain)
	if e := ask(t, greedy, 2, large); e == nil || e.Code != cassandra.CodeOverloaded || !strings.Contains(e.Message, "this address") {
		t.Errorf("beyond its share an address is answered %v", e)
	}
	other := dialFrom(t, s, "127.0.0.3")
	startup(t, other, protocol.V4, plain)
	if e := ask(t, other, 3, large); e != nil {
		t.Errorf("another address is answered %v", e)
	}
	other.Close()
	for deadline := time.Now().Add(10 * time.Second); s.Stats.Connections.Load() > 3; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connection is not forgotten")
		}
	}
	fourth := dialFrom(t, s, "127.0.0.2")
	send(t, fourth, frame(4, 0, 3, protocol.OpOptions, 0, ""))
	h, answer := receive(t, fourth)
	if e, err := protocol.ReadError(answer, h.Version); err != nil || e.Code != cassandra.CodeOverloaded || !strings.Contains(e.Message, "from this address") {
		t.Errorf("a connection too many of an address is answered %v %v", e, err)
	}
	again := dialFrom(t, s, "127.0.0.3")
	startup(t, again, protocol.V4, plain)
}

// A request waits a little for memory before it is refused, unless its client wants to be told at once.
func TestPatience(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{InFlightBytes: 4 << 20, Patience: 10 * time.Second})
	large := "echo " + strings.Repeat("y", 100<<10)
	holder := hold(t, s, 15<<18)
	patient, hasty := dialRaw(t, s), dialRaw(t, s)
	startup(t, patient, protocol.V4, plain)
	startup(t, hasty, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0", "THROW_ON_OVERLOAD": "1"})
	if e := ask(t, hasty, 1, large); e == nil || e.Code != cassandra.CodeOverloaded {
		t.Errorf("who wants to be told at once is answered %v", e)
	}
	answered := make(chan *cassandra.Error, 1)
	go func() { answered <- ask(t, patient, 1, large) }()
	select {
	case e := <-answered:
		t.Fatalf("answered %v while there is no memory", e)
	case <-time.After(100 * time.Millisecond):
	}
	holder.Close()
	if e := <-answered; e != nil {
		t.Errorf("once there is memory it is answered %v", e)
	}

	var strained atomic.Bool
	strained.Store(true)
	s = serve(t, newFake(), transport.Limits{Strained: strained.Load, Patience: 10 * time.Second})
	c := dial(t, s, client.Options{})
	done := make(chan error, 1)
	go func() {
		st, err := c.Prepare(t.Context(), "echo x", "")
		if err == nil {
			_, err = c.Execute(t.Context(), st, nil)
		}
		done <- err
	}()
	strained.Store(false)
	if err := <-done; err != nil {
		t.Errorf("once the process has memory: %v", err)
	}
}

// Read buffers are as large as what they hold: connections that send requests of a few KiB leave the budget to the requests.
func TestReadBuffersAreSmall(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{InFlightBytes: 8 << 20})
	const conns = 64
	q := protocol.Query{CQL: []byte("echo " + strings.Repeat("z", 6<<10)), Params: protocol.Params{Consistency: cassandra.One}}
	body := q.Append(nil, protocol.V5)
	whole := protocol.AppendSegments(nil, frame(5, 0, 1, protocol.OpQuery, len(body), string(body)), false)
	for range conns {
		nc := dialRaw(t, s)
		startup(t, nc, protocol.V5, plain)
		send(t, nc, whole[:len(whole)-1]) // the last byte is to come
	}
	for deadline := time.Now().Add(10 * time.Second); s.Stats.BytesIn.Load() < conns*int64(len(whole)-1); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not read")
		}
	}
	if n := s.InFlightBytes(); n > 2*conns*int64(len(whole)) {
		t.Errorf("%d connections hold %d bytes for %d", conns, n, conns*len(whole))
	}
}
