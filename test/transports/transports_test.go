package transports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"storj.io/drpc"
	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"

	"helenus/internal/platform"
	"helenus/internal/rpc"
)

// What a replica's write looks like to the transport: a small message each way, many at a time on one connection.
const (
	bodyBytes = 200
	inFlight  = 128
	within    = time.Minute
)

// echo calls a peer and waits for the body to come back.
type echo func(body []byte) error

func run(b *testing.B, call echo) {
	body := bytes.Repeat([]byte{1}, bodyBytes)
	if err := call(body); err != nil { // the connection is there
		b.Fatal(err)
	}
	work := make(chan struct{}, inFlight)
	var workers sync.WaitGroup
	var before, after unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range inFlight {
		workers.Go(func() {
			for range work {
				if err := call(body); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	workers.Wait()
	b.StopTimer()
	if err := unix.Getrusage(unix.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	cpu := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(cpu)/float64(b.N), "cpu-ns/op")
}

func BenchmarkOwn(b *testing.B) {
	listen := func(host uuid.UUID) *rpc.Transport {
		t, err := rpc.Listen(b.Context(), rpc.Options{
			Network: platform.SystemNetwork{}, Clock: platform.SystemClock{}, Listen: "127.0.0.1:0",
			Self:   func() rpc.Hello { return rpc.Hello{Host: host, Generation: 1} },
			Handle: func(_ *rpc.Hello, _ rpc.Verb, body []byte, reply rpc.Reply) { reply(body) },
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = t.Close() })
		return t
	}
	from, to := listen(uuid.UUID{1}), listen(uuid.UUID{2})
	peer := rpc.Peer{Host: uuid.UUID{2}, Address: to.Address().String()}
	run(b, func(body []byte) error {
		_, err := from.Ask(context.Background(), peer, rpc.Data, rpc.Write, body, within)
		return err
	})
}

// raw passes bodies through both libraries as they are, so that no encoding is measured.
type raw struct{}

func (raw) Name() string { return "raw" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func BenchmarkGRPC(b *testing.B) {
	server := grpc.NewServer(grpc.ForceServerCodecV2(raw{}))
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{MethodName: "Echo",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var body []byte
			if err := decode(&body); err != nil {
				return nil, err
			}
			return &body, nil
		}}}}, struct{}{})
	l := listen(b)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	b.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw{})))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	run(b, func(body []byte) error {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		var reply []byte
		return conn.Invoke(ctx, "/echo/Echo", &body, &reply)
	})
}

type drpcRaw struct{}

func (drpcRaw) Marshal(m drpc.Message) ([]byte, error) { return *m.(*[]byte), nil }

func (drpcRaw) Unmarshal(buf []byte, m drpc.Message) error {
	*m.(*[]byte) = bytes.Clone(buf)
	return nil
}

type drpcEcho struct{}

func (drpcEcho) NumMethods() int { return 1 }

func (drpcEcho) Method(n int) (string, drpc.Encoding, drpc.Receiver, any, bool) {
	return "/echo/Echo", drpcRaw{}, func(_ any, _ context.Context, in, _ any) (drpc.Message, error) {
		return in.(drpc.Message), nil
	}, func(_ struct{}, _ context.Context, in *[]byte) (*[]byte, error) { return in, nil }, n == 0
}

// BenchmarkDRPC: one call at a time may use a drpc connection, so there is one for each that is in flight.
func BenchmarkDRPC(b *testing.B) {
	mux := drpcmux.New()
	if err := mux.Register(struct{}{}, drpcEcho{}); err != nil {
		b.Fatal(err)
	}
	l := listen(b)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- drpcserver.New(mux).Serve(ctx, l) }()
	b.Cleanup(func() {
		cancel()
		if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
			b.Error(err)
		}
	})
	free := make(chan *drpcconn.Conn, inFlight)
	for range inFlight {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		conn := drpcconn.New(c)
		b.Cleanup(func() { _ = conn.Close() })
		free <- conn
	}
	run(b, func(body []byte) error {
		conn := <-free
		defer func() { free <- conn }()
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		var reply []byte
		if err := conn.Invoke(ctx, "/echo/Echo", drpcRaw{}, &body, &reply); err != nil {
			return fmt.Errorf("drpc: %w", err)
		}
		return nil
	})
}

func listen(b *testing.B) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}
