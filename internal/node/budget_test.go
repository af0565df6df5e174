package node

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/platform"
	"helenus/internal/protocol"
)

// freePort returns a port of 127.0.0.1 that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startTestNode starts a node on a free address with a directory of the test's.
func startTestNode(t testing.TB, periodic bool) *Node {
	t.Helper()
	port := freePort(t)
	n, err := Start(t.Context(), Options{
		DataDir: t.TempDir(), Addresses: Addresses{Native: "127.0.0.1"}, Port: port, ClusterName: "test", Datacenter: "datacenter1", Rack: "rack1", NumTokens: 16,
		Memory: 1 << 30, Periodic: periodic, Runtime: platform.System{}, Network: platform.SystemNetwork{}, Logger: slog.New(slog.DiscardHandler),
		OnFatal: func(err error) { panic(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return n
}

// rawConn speaks just enough protocol to load the node without allocating itself.
type rawConn struct {
	net net.Conn
	in  *bufio.Reader
}

func dialRaw(t testing.TB, addr string) *rawConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := &rawConn{nc, bufio.NewReaderSize(nc, 1<<20)}
	body := protocol.AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"})
	frame := protocol.AppendHeader(nil, protocol.Header{Version: protocol.V4, Opcode: protocol.OpStartup, Length: len(body)})
	if _, err := nc.Write(append(frame, body...)); err != nil {
		t.Fatal(err)
	}
	c.answers(t, 1)
	return c
}

func (c *rawConn) answers(t testing.TB, n int) {
	var raw [protocol.HeaderBytes]byte
	for range n {
		if _, err := io.ReadFull(c.in, raw[:]); err != nil {
			t.Fatal(err)
		}
		if protocol.Opcode(raw[4]) == protocol.OpError {
			t.Fatal("the node answered with an error")
		}
		if _, err := c.in.Discard(int(binary.BigEndian.Uint32(raw[5:]))); err != nil {
			t.Fatal(err)
		}
	}
}

const pipelined = 16

// requests prepares one INSERT and one SELECT of ten columns and returns each as a train of pipelined frames.
func requests(t testing.TB, n *Node) (c *rawConn, writes, reads []byte) {
	t.Helper()
	ctx := t.Context()
	cl, err := client.Dial(ctx, client.Options{Addr: n.Address().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	names := make([]string, 10)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	for _, q := range []string{
		"CREATE KEYSPACE b WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE b.r (k bigint PRIMARY KEY, " + strings.Join(names, " blob, ") + " blob)",
	} {
		if _, err := cl.Query(ctx, q, nil); err != nil {
			t.Fatal(err)
		}
	}
	insert, err := cl.Prepare(ctx, "INSERT INTO b.r (k, "+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", 10)+")", "")
	if err != nil {
		t.Fatal(err)
	}
	sel, err := cl.Prepare(ctx, "SELECT "+strings.Join(names, ", ")+" FROM b.r WHERE k = ?", "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range pipelined {
		frame := func(dst, id []byte, values int, value func([]byte) []byte) []byte {
			at := len(dst)
			dst = protocol.AppendHeader(dst, protocol.Header{Version: protocol.V4, Opcode: protocol.OpExecute, Stream: int16(i)})
			dst = protocol.AppendShortBytes(dst, id)
			dst = binary.BigEndian.AppendUint16(dst, uint16(cassandra.One))
			dst = append(dst, 0x03)
			dst = binary.BigEndian.AppendUint16(dst, uint16(values))
			dst = protocol.AppendBytes(dst, binary.BigEndian.AppendUint64(nil, uint64(i)))
			dst = value(dst)
			protocol.PatchLength(dst[at:])
			return dst
		}
		writes = frame(writes, insert.ID(), 11, func(dst []byte) []byte {
			for range 10 {
				dst = protocol.AppendBytes(dst, make([]byte, 100))
			}
			return dst
		})
		reads = frame(reads, sel.ID(), 1, func(dst []byte) []byte { return dst })
	}
	c = dialRaw(t, n.Address().String())
	c.send(t, writes)
	return c, writes, reads
}

func (c *rawConn) send(t testing.TB, train []byte) {
	if _, err := c.net.Write(train); err != nil {
		t.Fatal(err)
	}
	c.answers(t, pipelined)
}

// objectsMax is the budget of heap objects for a prepared read or write of one row, from socket to disk and back.
const objectsMax = 15

func TestHeapObjectsPerRequest(t *testing.T) {
	n := startTestNode(t, true)
	c, writes, reads := requests(t, n)
	for name, train := range map[string][]byte{"write": writes, "read": reads} {
		const rounds = 500
		for range 50 {
			c.send(t, train)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			c.send(t, train)
		}
		runtime.ReadMemStats(&after)
		per := float64(after.Mallocs-before.Mallocs) / (rounds * pipelined)
		t.Logf("%s: %.2f heap objects", name, per)
		if per > objectsMax && !raceEnabled {
			t.Errorf("%s: %.1f heap objects a request, at most %d are allowed", name, per, objectsMax)
		}
	}
}

func BenchmarkRequests(b *testing.B) {
	n := startTestNode(b, true)
	c, writes, reads := requests(b, n)
	for name, train := range map[string][]byte{"write": writes, "read": reads} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.send(b, train)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*pipelined), "ns/request")
		})
	}
}
