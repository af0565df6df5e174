//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"helenus/client"
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

const (
	columns     = 10
	columnBytes = 100
)

// load sends prepared requests over several connections, each keeping its share in flight.
type load struct {
	conns          []*loadConn
	insert, selekt []byte // prepared ids
	keys           int
	window         int
	level          cassandra.Consistency
}

// loadConn is one connection.
type loadConn struct {
	sent   []time.Time // by stream
	free   []int16     // streams without a request
	took   []float32   // milliseconds of each request
	net    net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	random *rand.Rand
}

func newLoad(ctx context.Context, addrs []string, s settings) (*load, error) {
	c, err := client.Dial(ctx, client.Options{Addr: addrs[0]})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	names := make([]string, columns)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	for _, cql := range []string{
		fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': %d}", s.replicas),
		"CREATE TABLE IF NOT EXISTS bench.rows (k bigint PRIMARY KEY, " + strings.Join(names, " blob, ") + " blob)",
	} {
		if _, err := c.Query(ctx, cql, nil); err != nil {
			return nil, err
		}
	}
	l := &load{keys: s.keys, window: max(1, s.inFlight/s.connections), level: cassandra.One}
	if s.replicas > 1 {
		l.level = cassandra.Quorum
	}
	insertText := "INSERT INTO bench.rows (k, " + strings.Join(names, ", ") + ") VALUES (?" + strings.Repeat(", ?", columns) + ")"
	selectText := "SELECT " + strings.Join(names, ", ") + " FROM bench.rows WHERE k = ?"
	insert, err := c.Prepare(ctx, insertText, "")
	if err != nil {
		return nil, err
	}
	selekt, err := c.Prepare(ctx, selectText, "")
	if err != nil {
		return nil, err
	}
	l.insert, l.selekt = insert.ID(), selekt.ID()
	for _, addr := range addrs[1:] { // the others must know the statements too
		other, err := client.Dial(ctx, client.Options{Addr: addr})
		if err != nil {
			return nil, err
		}
		for again := 0; ; again++ { // a node may learn of the table a little later
			_, err1 := other.Prepare(ctx, insertText, "")
			_, err2 := other.Prepare(ctx, selectText, "")
			if err = errors.Join(err1, err2); err == nil || again == 100 {
				break
			}
			<-time.After(200 * time.Millisecond)
		}
		if err := errors.Join(err, other.Close()); err != nil {
			return nil, err
		}
	}
	for i := range s.connections {
		lc, err := connect(addrs[i%len(addrs)], uint64(i), l.window)
		if err != nil {
			return nil, err
		}
		l.conns = append(l.conns, lc)
	}
	return l, nil
}

func connect(addr string, seed uint64, window int) (*loadConn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &loadConn{net: nc, in: bufio.NewReaderSize(nc, 256<<10), out: bufio.NewWriterSize(nc, 256<<10), random: rand.New(rand.NewPCG(seed, 1)), sent: make([]time.Time, window)}
	for i := range window {
		c.free = append(c.free, int16(i))
	}
	body := protocol.AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"})
	frame := protocol.AppendHeader(nil, protocol.Header{Version: protocol.V4, Opcode: protocol.OpStartup, Length: len(body)})
	if _, err := nc.Write(append(frame, body...)); err != nil {
		return nil, err
	}
	_, err = c.answer()
	return c, err
}

// answer reads one response, returns its stream and refuses an error.
func (c *loadConn) answer() (stream int16, err error) {
	var raw [protocol.HeaderBytes]byte
	if _, err := io.ReadFull(c.in, raw[:]); err != nil {
		return 0, err
	}
	h, err := protocol.ParseHeader(raw[:])
	if err != nil {
		return 0, err
	}
	if h.Opcode == protocol.OpError {
		body := make([]byte, h.Length)
		if _, err := io.ReadFull(c.in, body); err != nil {
			return 0, err
		}
		e, err := protocol.ReadError(body, protocol.V4)
		return 0, errors.Join(e, err)
	}
	_, err = c.in.Discard(h.Length)
	return h.Stream, err
}

// answered notes the answer to the request of a stream.
func (c *loadConn) answered() error {
	stream, err := c.answer()
	if err != nil {
		return err
	}
	c.took = append(c.took, float32(time.Since(c.sent[stream]).Seconds()*1000))
	c.free = append(c.free, stream)
	return nil
}

// latencies returns the milliseconds that each request took since the last call.
func (l *load) latencies() (all []float32) {
	for _, c := range l.conns {
		all = append(all, c.took...)
		c.took = c.took[:0]
	}
	return all
}

// percentile returns what so many of a hundred stay below.
func percentile(all []float32, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return float64(all[min(len(all)*p/100, len(all)-1)])
}

// write inserts rows: each key once when n is given, else random keys for a time. It returns how many.
func (l *load) write(ctx context.Context, n int, d time.Duration) (int, error) {
	value := make([]byte, columnBytes) // filled with random bytes in place
	return l.run(ctx, n, d, func(dst []byte, c *loadConn, key int64) []byte {
		dst = protocol.AppendShortBytes(dst, l.insert)
		dst = binary.BigEndian.AppendUint16(dst, uint16(l.level))
		dst = append(dst, 0x01)
		dst = binary.BigEndian.AppendUint16(dst, columns+1)
		dst = appendKey(dst, key)
		for range columns {
			at := len(dst) + 4
			dst = protocol.AppendBytes(dst, value)
			for j := 0; j < columnBytes; j += 8 {
				binary.LittleEndian.PutUint64(dst[min(at+j, at+columnBytes-8):], c.random.Uint64())
			}
		}
		return dst
	})
}

// read selects random rows for a time.
func (l *load) read(ctx context.Context, d time.Duration) (int, error) {
	return l.run(ctx, 0, d, func(dst []byte, _ *loadConn, key int64) []byte {
		dst = protocol.AppendShortBytes(dst, l.selekt)
		dst = binary.BigEndian.AppendUint16(dst, uint16(l.level))
		dst = append(dst, 0x01|0x02) // values, skip metadata
		dst = binary.BigEndian.AppendUint16(dst, 1)
		return appendKey(dst, key)
	})
}

func appendKey(dst []byte, key int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, 0, 0, 0, 8), uint64(key))
}

func (l *load) run(ctx context.Context, n int, d time.Duration, body func([]byte, *loadConn, int64) []byte) (int, error) {
	end := time.Now().Add(d)
	var wg sync.WaitGroup
	counts, errs := make([]int, len(l.conns)), make([]error, len(l.conns))
	for i, c := range l.conns {
		wg.Go(func() {
			next := int64(i)
			more := func() (int64, bool) {
				if n > 0 {
					k := next
					next += int64(len(l.conns))
					return k, k < int64(n)
				}
				return c.random.Int64N(int64(l.keys)), time.Now().Before(end)
			}
			counts[i], errs[i] = c.pump(ctx, l.window, more, body)
		})
	}
	wg.Wait()
	total := 0
	for _, c := range counts {
		total += c
	}
	return total, errors.Join(errs...)
}

// pump keeps window requests in flight until more says no, then waits for the rest.
func (c *loadConn) pump(ctx context.Context, window int, more func() (int64, bool), body func([]byte, *loadConn, int64) []byte) (done int, err error) {
	var frame []byte
	sent := 0
	send := func() (bool, error) {
		key, ok := more()
		if !ok || ctx.Err() != nil {
			return false, ctx.Err()
		}
		stream := c.free[len(c.free)-1]
		c.free = c.free[:len(c.free)-1]
		c.sent[stream] = time.Now()
		frame = protocol.AppendHeader(frame[:0], protocol.Header{Version: protocol.V4, Opcode: protocol.OpExecute, Stream: stream})
		frame = body(frame, c, key)
		protocol.PatchLength(frame)
		sent++
		_, err := c.out.Write(frame)
		return true, err
	}
	open := true
	for {
		for open && sent-done < window {
			if open, err = send(); err != nil {
				return done, err
			}
		}
		if err := c.out.Flush(); err != nil {
			return done, err
		}
		if sent == done {
			return done, nil
		}
		if err := c.answered(); err != nil {
			return done, err
		}
		done++
		// take what else has come before writing again
		for done < sent && c.in.Buffered() >= protocol.HeaderBytes {
			if err := c.answered(); err != nil {
				return done, err
			}
			done++
		}
	}
}
