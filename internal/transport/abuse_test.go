package transport_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

func frame(version, flags byte, stream int16, op protocol.Opcode, length int, body string) []byte {
	b := []byte{version, flags, byte(stream >> 8), byte(stream), byte(op)}
	return append(binary.BigEndian.AppendUint32(b, uint32(length)), body...)
}

func startup(t testing.TB, nc net.Conn, v protocol.Version, options map[string]string) {
	t.Helper()
	body := string(protocol.AppendStringMap(nil, options))
	send(t, nc, frame(byte(v), 0, 0, protocol.OpStartup, len(body), body))
	if h, _ := receive(t, nc); h.Opcode != protocol.OpReady {
		t.Fatalf("STARTUP answered by %v", h)
	}
}

func send(t testing.TB, nc net.Conn, b []byte) {
	t.Helper()
	if _, err := nc.Write(b); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, nc net.Conn) (protocol.Header, []byte) {
	t.Helper()
	var head [protocol.HeaderBytes]byte
	if _, err := io.ReadFull(nc, head[:]); err != nil {
		t.Fatal(err)
	}
	h, err := protocol.ParseHeader(head[:])
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, h.Length)
	if _, err := io.ReadFull(nc, body); err != nil {
		t.Fatal(err)
	}
	return h, body
}

func wantClosed(t testing.TB, nc net.Conn) {
	t.Helper()
	if n, err := io.Copy(io.Discard, nc); err != nil || n > 0 {
		t.Errorf("not closed: %d bytes, %v", n, err)
	}
}

// Drivers try versions of other days; they step down on this text in a v5 header, and on the connection's end.
func TestVersionsThatAreNotSpoken(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	for _, v := range []byte{1, 2, 6, 65, 66, 127} {
		nc := dialRaw(t, s)
		send(t, nc, frame(v, 0, 42, protocol.OpOptions, 0, ""))
		h, body := receive(t, nc)
		if h.Version != protocol.V5 || !h.Response || h.Opcode != protocol.OpError || h.Stream != 42 {
			t.Errorf("version %d: header %+v", v, h)
		}
		e, err := protocol.ReadError(body, protocol.V5)
		if err != nil || e.Code != cassandra.CodeProtocol || !strings.Contains(e.Message, "Invalid or unsupported protocol version (") {
			t.Errorf("version %d: %v %v", v, e, err)
		}
		wantClosed(t, nc)
	}
}

func TestBrokenFramesEndTheConnection(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	plain := map[string]string{"CQL_VERSION": "3.0.0"}
	lz4 := map[string]string{"CQL_VERSION": "3.0.0", "COMPRESSION": "lz4"}
	snappy := map[string]string{"CQL_VERSION": "3.0.0", "COMPRESSION": "snappy"}
	for name, tt := range map[string]struct {
		options map[string]string // nil: no STARTUP before
		sent    []byte
		want    string
	}{
		"a response":            {plain, frame(0x84, 0, 1, protocol.OpQuery, 0, ""), "protocol version"},
		"negative length":       {plain, frame(4, 0, 1, protocol.OpQuery, -1, ""), "at most"},
		"two gigabytes":         {plain, frame(4, 0, 1, protocol.OpQuery, 1<<31-1, "abc"), "at most"},
		"more than the limit":   {plain, frame(4, 0, 1, protocol.OpQuery, 17<<20, "abc"), "Request is too big"},
		"large before STARTUP":  {nil, frame(4, 0, 1, protocol.OpStartup, 65<<10, "abc"), "Request is too big"},
		"QUERY before STARTUP":  {nil, frame(4, 0, 1, protocol.OpQuery, 0, ""), "STARTUP"},
		"no CQL_VERSION":        {nil, frame(4, 0, 1, protocol.OpStartup, 2, "\x00\x00"), "CQL_VERSION"},
		"STARTUP cut short":     {nil, frame(4, 0, 1, protocol.OpStartup, 2, "\xff\xff"), "ends early"},
		"unknown compression":   {nil, frame(4, 0, 1, protocol.OpStartup, 37, "\x00\x02\x00\x0bCQL_VERSION\x00\x013\x00\x0bCOMPRESSION\x00\x04zstd"), "zstd"},
		"STARTUP twice":         {plain, frame(4, 0, 1, protocol.OpStartup, 0, ""), "STARTUP"},
		"another version":       {plain, frame(3, 0, 1, protocol.OpOptions, 0, ""), "previous messages"},
		"unknown opcode":        {plain, frame(4, 0, 1, 0x77, 0, ""), "opcode"},
		"unknown event":         {plain, frame(4, 0, 1, protocol.OpRegister, 5, "\x00\x01\x00\x01X"), "Invalid value 'X'"},
		"payload cut short":     {plain, frame(4, protocol.FlagCustomPayload, 1, protocol.OpQuery, 2, "\xff\xff"), "ends early"},
		"compressed unasked":    {plain, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, 5, "\x00\x00\x00\x05x"), "without compression"},
		"LZ4 bomb":              {lz4, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, 8, "\x0f\xff\xff\xff\x00\x00\x00\x00"), "claims to hold"},
		"LZ4 nonsense":          {lz4, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, 8, "\x00\x00\x00\x20\xff\xff\xff\xff"), "LZ4"},
		"Snappy bomb":           {snappy, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, 6, "\xff\xff\xff\xff\x0f\x00"), "claims to hold"},
		"Snappy nonsense":       {snappy, frame(4, protocol.FlagCompressed, 1, protocol.OpQuery, 3, "\x08\xff\xff"), "Snappy"},
		"authenticates unasked": {plain, frame(4, 0, 1, protocol.OpAuthResponse, 4, "\x00\x00\x00\x00"), "AUTH_RESPONSE"},
	} {
		t.Run(name, func(t *testing.T) {
			nc := dialRaw(t, s)
			if tt.options != nil {
				startup(t, nc, protocol.V4, tt.options)
			}
			send(t, nc, tt.sent)
			h, body := receive(t, nc)
			e, err := protocol.ReadError(body, h.Version)
			if h.Opcode != protocol.OpError || err != nil || e.Code != cassandra.CodeProtocol || !strings.Contains(e.Message, tt.want) {
				t.Errorf("answered %+v %v %v", h, e, err)
			}
			wantClosed(t, nc)
		})
	}
}

func TestBrokenSegmentsEndTheConnection(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	good := protocol.AppendSegments(nil, frame(5, 0, 1, protocol.OpOptions, 0, ""), false)
	for name, at := range map[string]int{"header": 1, "header checksum": 4, "payload": 8, "payload checksum": len(good) - 1} {
		t.Run(name, func(t *testing.T) {
			nc := dialRaw(t, s)
			startup(t, nc, protocol.V5, map[string]string{"CQL_VERSION": "3.0.0"})
			bad := append([]byte(nil), good...)
			bad[at] ^= 0x10
			send(t, nc, bad)
			all, err := io.ReadAll(nc)
			if err != nil {
				t.Fatal(err)
			}
			segment, _, _, err := protocol.NextSegment(all, nil, false)
			if err != nil || len(segment.Payload) < protocol.HeaderBytes {
				t.Fatalf("answered %x %v", all, err)
			}
			e, err := protocol.ReadError(segment.Payload[protocol.HeaderBytes:], protocol.V5)
			if err != nil || !strings.Contains(e.Message, "Checksum mismatch") {
				t.Error(e, err)
			}
		})
	}
}

// Clients that send half a request hold no more memory than the server's budget, whatever lengths they announce.
func TestHalfSentRequests(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{InFlightBytes: 4 << 20})
	holder := dialRaw(t, s) // takes nearly all of the budget, and keeps it
	startup(t, holder, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	send(t, holder, frame(4, 0, 1, protocol.OpQuery, 15<<20, strings.Repeat("x", 3<<20)))
	for s.InFlightBytes() < 3<<20 {
		runtime.Gosched()
	}
	half := frame(4, 0, 1, protocol.OpQuery, 15<<20, strings.Repeat("x", 2<<20))
	for range 8 {
		nc := dialRaw(t, s)
		startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
		if _, err := nc.Write(half); err != nil {
			break // cut while it was sending
		}
		if n := s.InFlightBytes(); n > 4<<20 {
			t.Fatalf("%d bytes in flight", n)
		}
	}
	nc := dialRaw(t, s)
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	send(t, nc, half)
	h, body := receive(t, nc)
	e, err := protocol.ReadError(body, h.Version)
	if err != nil || e.Code != cassandra.CodeOverloaded {
		t.Errorf("answered %v %v", e, err)
	}
	// One that asks for little is served as before.
	if _, err := dial(t, s, client.Options{}).Query(t.Context(), "echo x", nil); err == nil {
		return
	} else if !errors.As(err, &e) || e.Code != cassandra.CodeOverloaded {
		t.Error(err)
	}
}

func TestSilentClientsAreClosed(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{StartupWithin: 30 * time.Millisecond, FrameWithin: 30 * time.Millisecond})
	wantClosed(t, dialRaw(t, s)) // says nothing

	nc := dialRaw(t, s) // stops in the middle of a request
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	send(t, nc, frame(4, 0, 1, protocol.OpQuery, 1000, "x"))
	wantClosed(t, nc)

	nc = dialRaw(t, s) // has nothing to ask: that is its right
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	if err := nc.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := nc.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("an idle connection was ended: %v", err)
	}
}

// A client that takes no answers is cut; others do not notice.
func TestSlowClientsAreCut(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{WriteWithin: 100 * time.Millisecond})
	nc := dialRaw(t, s)
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	q := protocol.Query{CQL: []byte("large"), Params: protocol.Params{Consistency: cassandra.One}}
	body := q.Append(nil, protocol.V4)
	ask := frame(4, 0, 1, protocol.OpQuery, len(body), string(body))
	other := dial(t, s, client.Options{})
	for s.Stats.Connections.Load() > 1 {
		if _, err := nc.Write(ask); err != nil {
			break
		}
		if _, err := other.Query(t.Context(), "echo x", nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{Connections: 2})
	dial(t, s, client.Options{})
	dial(t, s, client.Options{})
	if _, err := client.Dial(t.Context(), client.Options{Addr: s.Addr().String()}); err == nil {
		t.Error("a third connection was served")
	}
	if s.Stats.Refused.Load() == 0 || s.Stats.Connections.Load() != 2 {
		t.Errorf("refused %d, open %d", s.Stats.Refused.Load(), s.Stats.Connections.Load())
	}
}
