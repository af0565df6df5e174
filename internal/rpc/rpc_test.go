package rpc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

const (
	verbEcho  Verb = 101
	verbMute  Verb = 102
	verbPanic Verb = 103
)

type end struct {
	*Transport
	hello  Hello
	served atomic.Int64
	lost   atomic.Int64
}

func start(t testing.TB, listen string, h Hello, change ...func(*Options)) *end {
	t.Helper()
	e := &end{hello: h}
	var address string
	options := Options{
		Network: platform.SystemNetwork{}, Clock: platform.SystemClock{}, Listen: listen,
		Self: func() Hello { h := e.hello; h.Address = address; return h },
		Lost: func(uuid.UUID) { e.lost.Add(1) },
		Handle: func(_ *Hello, verb Verb, body []byte, reply Reply) {
			e.served.Add(1)
			switch verb {
			case verbEcho:
				reply(body)
			case verbPanic:
				panic("a defect")
			}
		},
	}
	for _, f := range change {
		f(&options)
	}
	transport, err := Listen(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	e.Transport = transport
	address = transport.Address().String()
	t.Cleanup(func() {
		if err := transport.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return e
}

var (
	hostA = uuid.UUID{0xA}
	hostB = uuid.UUID{0xB}
)

func pair(t testing.TB) (a, b *end, toB Peer) {
	a, b = start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1}), start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1})
	return a, b, Peer{hostB, b.Address().String()}
}

func TestCalls(t *testing.T) {
	a, _, toB := pair(t)
	for _, size := range []int{0, 1, 1000, 5 << 20} {
		body := bytes.Repeat([]byte{7}, size)
		got, err := a.Ask(t.Context(), toB, Data, verbEcho, body, time.Minute)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes: %d came back, %v", size, len(got), err)
		}
	}
	done := make(chan error, 1000)
	for range cap(done) {
		a.Call(toB, Data, verbEcho, []byte("x"), time.Minute, func(_ []byte, err error) { done <- err })
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailures(t *testing.T) {
	a, b, toB := pair(t)
	ask := func(to Peer, verb Verb, timeout time.Duration) error {
		_, err := a.Ask(t.Context(), to, Data, verb, nil, timeout)
		return err
	}
	if err := ask(toB, verbMute, 20*time.Millisecond); !errors.Is(err, ErrTimeout) {
		t.Errorf("no answer: %v", err)
	}
	if err := ask(Peer{hostA, toB.Address}, verbEcho, time.Minute); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "another node") {
		t.Errorf("another host: %v", err)
	}
	if err := ask(toB, verbPanic, time.Minute); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a panic: %v", err)
	}
	if err := ask(toB, verbEcho, time.Minute); err != nil {
		t.Errorf("after the panic: %v", err)
	}
	a.Block(toB.Address, true)
	if err := ask(toB, verbEcho, time.Minute); !errors.Is(err, ErrUnreachable) {
		t.Errorf("blocked: %v", err)
	}
	a.Block(toB.Address, false)
	if err := ask(toB, verbEcho, time.Minute); err != nil {
		t.Errorf("no more blocked: %v", err)
	}
	failed := make(chan error, 1)
	a.Call(toB, Data, verbMute, nil, time.Minute, func(_ []byte, err error) { failed <- err })
	if err := ask(toB, verbEcho, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, ErrUnreachable) {
		t.Errorf("a call on a connection that broke: %v", err)
	}
	if err := ask(toB, verbEcho, time.Minute); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody listens: %v", err)
	}
}

// movingNetwork leads an address to where it is told to; connections stay where they were made, as those to a container whose address went to another.
type movingNetwork struct {
	platform.SystemNetwork
	to atomic.Pointer[string]
}

const moving = "192.0.2.1:7000"

func (n *movingNetwork) Dial(ctx context.Context, address string) (net.Conn, error) {
	if address == moving {
		address = *n.to.Load()
	}
	return n.SystemNetwork.Dial(ctx, address)
}

// TestAddressGoesToAnother guards that a node which has the address of another now is reached, although the connection to the other never said that it ended.
func TestAddressGoesToAnother(t *testing.T) {
	n := new(movingNetwork)
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1}, func(o *Options) { o.Network = n })
	hostC := uuid.UUID{0xC}
	b, c := start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1}), start(t, "127.0.0.1:0", Hello{Host: hostC, Generation: 1})
	ask := func(host uuid.UUID) error {
		_, err := a.Ask(t.Context(), Peer{host, moving}, Data, verbEcho, nil, time.Minute)
		return err
	}
	at := b.Address().String()
	n.to.Store(&at)
	if err := ask(hostB); err != nil {
		t.Fatal(err)
	}
	elsewhere := c.Address().String()
	n.to.Store(&elsewhere)
	a.Learn(Home{Host: hostB, Address: "192.0.2.2:7000", Generation: 2})
	for until := time.Now().Add(10 * time.Second); ; {
		err := ask(hostC)
		if err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the connection to the one that had the address is kept: %v", err)
		}
	}
}

func TestOtherClusterIsRefused(t *testing.T) {
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Cluster: uuid.UUID{1}})
	b := start(t, "127.0.0.1:0", Hello{Host: hostB, Cluster: uuid.UUID{2}})
	_, err := a.Ask(t.Context(), Peer{Address: b.Address().String()}, Data, verbEcho, nil, time.Minute)
	if err == nil || !strings.Contains(err.Error(), "never merged") || b.served.Load() != 0 {
		t.Errorf("got %v", err)
	}
	b.hello.Cluster = uuid.UUID{}
	a.hello.Cluster = uuid.UUID{}
	for end := time.Now().Add(10 * time.Second); ; <-time.After(redialAfter / 4) { // a dead address is not dialed again at once
		_, err := a.Ask(t.Context(), Peer{Address: b.Address().String()}, Data, verbEcho, nil, time.Minute)
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("nodes without a cluster: %v", err)
		}
	}
}

// TestStrangersAreCheap sends what is no message: the connection ends, the node goes on.
func TestStrangersAreCheap(t *testing.T) {
	a, b, toB := pair(t)
	var hello bytes.Buffer
	if err := writeHello(&hello, &Hello{Version: Version, Host: uuid.UUID{0xC}, Address: "x"}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"GET / HTTP/1.1\r\n\r\n", helloMagic + "\xff\xff\xff\xff\x00\x00\x00\x00", helloMagic + "\x00\x00\x00\x20\x00\x00\x00\x00",
		hello.String() + "\xff\xff\xff\xff\x00\x00\x00\x00", hello.String() + "\x00\x00\x00\x0c\x00\x00\x00\x00abcdefghijkl",
		hello.String() + string(appendFrame(nil, frame{kind: 9, verb: 1, id: 1})),
	} {
		c, err := net.Dial("tcp", toB.Address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(bad)); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%.20q: the connection stays open", bad)
		}
		c.Close()
	}
	if b.served.Load() != 0 {
		t.Error("a stranger's call was served")
	}
	if _, err := a.Ask(t.Context(), toB, Data, verbEcho, nil, time.Minute); err != nil {
		t.Error(err)
	}
}

// countingNetwork counts what is given to be written.
type countingNetwork struct {
	platform.SystemNetwork
	written *atomic.Int64
}

func (n countingNetwork) Dial(ctx context.Context, address string) (net.Conn, error) {
	c, err := n.SystemNetwork.Dial(ctx, address)
	return countingConn{c, n.written}, err
}

type countingConn struct {
	net.Conn
	written *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	c.written.Add(int64(len(b))) // before the other side can answer
	return c.Conn.Write(b)
}

// TestCompression: bodies to other datacenters go compressed, or as the node was told; what comes is the same.
func TestCompression(t *testing.T) {
	body := bytes.Repeat([]byte("a row much like the next one;"), 4000)
	for _, c := range []struct {
		datacenter  string
		compression Compression
		small       bool
	}{{"far", "", true}, {"near", "", false}, {"near", CompressAll, true}, {"far", CompressNone, false}} {
		var written atomic.Int64
		a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1, Datacenter: "near"}, func(o *Options) {
			o.Network, o.Compression = countingNetwork{written: &written}, c.compression
		})
		b := start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1, Datacenter: c.datacenter})
		toB := Peer{hostB, b.Address().String()}
		if _, err := a.Ask(t.Context(), toB, Data, verbEcho, nil, time.Minute); err != nil { // what is sent before the other side has said hello goes as it is
			t.Fatal(err)
		}
		before := written.Load()
		got, err := a.Ask(t.Context(), toB, Data, verbEcho, body, time.Minute)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%+v: %d bytes came back of %d, %v", c, len(got), len(body), err)
		}
		if sent := written.Load() - before; sent < int64(len(body)/4) != c.small {
			t.Errorf("%+v: %d bytes were sent of %d", c, sent, len(body))
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, frame{kindCall, verbEcho, 7, time.Second, []byte("body")}))
	f.Add([]byte("\x04\x00\x00\x00\x00\x00\x00\x00abc"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := readFrame(bytes.NewReader(raw))
		if err == nil && raw[frameHead]&kindCompressed == 0 && !bytes.HasPrefix(raw, appendFrame(nil, got)) {
			t.Error("a frame is not what was read")
		}
		if f, err := decompress(frame{kind: kindCall | kindCompressed, body: raw}); err == nil && (len(f.body) > BodyMax || f.kind != kindCall) {
			t.Errorf("%d bytes of kind %d came of %d", len(f.body), f.kind, len(raw))
		}
		if kind, small := compress(true, kindReply, raw); kind != kindReply {
			if f, err := decompress(frame{kind: kind, body: small}); err != nil || !bytes.Equal(f.body, raw) {
				t.Errorf("what was compressed does not come back: %v", err)
			}
		}
	})
}

func BenchmarkCall(b *testing.B) {
	a, _, toB := pair(b)
	body := bytes.Repeat([]byte{1}, 100)
	places := make(chan struct{}, 128)
	b.ReportAllocs()
	for b.Loop() {
		places <- struct{}{}
		a.Call(toB, Data, verbEcho, body, time.Minute, func(_ []byte, err error) {
			if err != nil {
				b.Error(err)
			}
			<-places
		})
	}
	for range cap(places) {
		places <- struct{}{}
	}
}
