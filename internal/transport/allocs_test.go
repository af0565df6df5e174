package transport_test

import (
	"io"
	"testing"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// allocsMax is what the server itself may allocate for a short request; what the handler does comes on top. The fake handler's own
// strings are in the number.
const allocsMax = 4

func TestAllocationsOfAShortRequest(t *testing.T) {
	s := serve(t, newFake(), transport.Limits{})
	nc := dialRaw(t, s)
	startup(t, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	e := protocol.Execute{ID: []byte("echo x"), Params: protocol.Params{Consistency: cassandra.One}}
	body := e.Append(nil, protocol.V4)
	ask := frame(4, 0, 1, protocol.OpExecute, len(body), string(body))
	answer := make([]byte, protocol.HeaderBytes+4+2+1)
	if n := testing.AllocsPerRun(2000, func() {
		send(t, nc, ask)
		if _, err := io.ReadFull(nc, answer); err != nil {
			t.Fatal(err)
		}
	}); n > allocsMax {
		t.Errorf("%v allocations a request", n)
	}
}

func BenchmarkShortRequests(b *testing.B) {
	s := serve(b, newFake(), transport.Limits{})
	nc := dialRaw(b, s)
	startup(b, nc, protocol.V4, map[string]string{"CQL_VERSION": "3.0.0"})
	e := protocol.Execute{ID: []byte("echo x"), Params: protocol.Params{Consistency: cassandra.One}}
	body := e.Append(nil, protocol.V4)
	const pipelined = 64
	var ask []byte
	for range pipelined {
		ask = append(ask, frame(4, 0, 1, protocol.OpExecute, len(body), string(body))...)
	}
	answer := make([]byte, pipelined*(protocol.HeaderBytes+4+2+1))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n++; n%pipelined != 0 {
			continue
		}
		send(b, nc, ask)
		if _, err := io.ReadFull(nc, answer); err != nil {
			b.Fatal(err)
		}
	}
}
