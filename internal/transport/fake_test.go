package transport_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/transport"
)

// fake answers requests by their text: "echo X" gives X back, "wait" waits for release, "pending" answers when release is closed,
// "lost" fails in its Pending, "panic" panics, "warn" warns and traces.
type fake struct {
	release chan struct{}
	waiting chan struct{} // receives once for each request that began to wait
}

func newFake() *fake {
	return &fake{release: make(chan struct{}), waiting: make(chan struct{}, 4096)}
}

func (f *fake) Connect(netip.AddrPort, protocol.Version, map[string]string) transport.Session {
	return f
}
func (f *fake) Short(op protocol.Opcode, _ []byte) bool { return op == protocol.OpExecute }
func (f *fake) Heavy(protocol.Opcode, []byte) bool      { return false }
func (f *fake) Close()                                  {}

// Wait makes a fake a transport.Pending.
func (f *fake) Wait() error {
	<-f.release
	return nil
}

type lost struct{}

func (lost) Wait() error { return cassandra.Serverf("disk full") }

func appendError(err error, body []byte, v protocol.Version) []byte {
	var e *cassandra.Error
	if !errors.As(err, &e) {
		e = cassandra.Serverf("%v", err)
	}
	return protocol.AppendError(body, e, v)
}

func (f *fake) Handle(ctx context.Context, req *transport.Request, resp *transport.Response) {
	var text []byte
	var err error
	switch req.Opcode {
	case protocol.OpPrepare:
		var p protocol.Prepare
		if err = p.Decode(req.Body, req.Version); err == nil {
			resp.Body = protocol.AppendPrepared(resp.Body, &protocol.Prepared{ID: p.CQL}, req.Version)
			return
		}
	case protocol.OpExecute:
		var e protocol.Execute
		err, text = e.Decode(req.Body, req.Version), e.ID
	default:
		var q protocol.Query
		err, text = q.Decode(req.Body, req.Version), q.CQL
	}
	if err != nil {
		resp.Opcode, resp.Body = protocol.OpError, appendError(err, resp.Body, req.Version)
		return
	}
	f.answer(ctx, string(text), req, resp)
}

func (f *fake) answer(ctx context.Context, text string, req *transport.Request, resp *transport.Response) {
	switch {
	case strings.HasPrefix(text, "echo "):
		resp.Body = protocol.AppendSetKeyspace(resp.Body, text[len("echo "):])
		return
	case text == "large":
		resp.Body = append(resp.Body, make([]byte, 1<<20)...)
		return
	case text == "wait":
		f.waiting <- struct{}{}
		select {
		case <-f.release:
		case <-ctx.Done():
		}
	case text == "pending":
		f.waiting <- struct{}{}
		resp.Pending = f
	case text == "lost":
		resp.Pending, resp.Failed = lost{}, appendError
	case text == "panic":
		panic("defect")
	case text == "warn":
		resp.Warnings, resp.TraceID = []string{"careful"}, &[16]byte{15: 7}
		resp.Payload = req.Payload
	}
	resp.Body = protocol.AppendVoid(resp.Body)
}

func serve(t testing.TB, f *fake, limits transport.Limits) *transport.Server {
	t.Helper()
	s, err := transport.Listen(t.Context(), transport.Options{
		Network: platform.SystemNetwork{}, Address: "127.0.0.1:0", Handler: f, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Serve()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Drain(ctx); err != nil {
			t.Error(err)
		}
		if n := s.InFlightBytes(); n != 0 {
			t.Errorf("%d bytes in flight after the end", n)
		}
	})
	return s
}

func dial(t testing.TB, s *transport.Server, o client.Options) *client.Conn {
	t.Helper()
	o.Addr = s.Addr().String()
	c, err := client.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func dialRaw(t testing.TB, s *transport.Server) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nc.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	if err := nc.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return nc
}
