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
}

// loadConn is one connection; requests go out in the order that answers come back, so no stream is tracked.
type loadConn struct {
	net    net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	random *rand.Rand
}

func newLoad(ctx context.Context, addr string, s settings) (*load, error) {
	c, err := client.Dial(ctx, client.Options{Addr: addr})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	names := make([]string, columns)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	for _, cql := range []string{
		"CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
		"CREATE TABLE IF NOT EXISTS bench.rows (k bigint PRIMARY KEY, " + strings.Join(names, " blob, ") + " blob)",
	} {
		if _, err := c.Query(ctx, cql, nil); err != nil {
			return nil, err
		}
	}
	l := &load{keys: s.keys, window: max(1, s.inFlight/s.connections)}
	insert, err := c.Prepare(ctx, "INSERT INTO bench.rows (k, "+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", columns)+")", "")
	if err != nil {
		return nil, err
	}
	selekt, err := c.Prepare(ctx, "SELECT "+strings.Join(names, ", ")+" FROM bench.rows WHERE k = ?", "")
	if err != nil {
		return nil, err
	}
	l.insert, l.selekt = insert.ID(), selekt.ID()
	for i := range s.connections {
		lc, err := connect(addr, uint64(i))
		if err != nil {
			return nil, err
		}
		l.conns = append(l.conns, lc)
	}
	return l, nil
}

func connect(addr string, seed uint64) (*loadConn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &loadConn{net: nc, in: bufio.NewReaderSize(nc, 256<<10), out: bufio.NewWriterSize(nc, 256<<10), random: rand.New(rand.NewPCG(seed, 1))}
	body := protocol.AppendStringMap(nil, map[string]string{"CQL_VERSION": "3.0.0"})
	frame := protocol.AppendHeader(nil, protocol.Header{Version: protocol.V4, Opcode: protocol.OpStartup, Length: len(body)})
	if _, err := nc.Write(append(frame, body...)); err != nil {
		return nil, err
	}
	return c, c.answer()
}

// answer reads one response and refuses an error.
func (c *loadConn) answer() error {
	var raw [protocol.HeaderBytes]byte
	if _, err := io.ReadFull(c.in, raw[:]); err != nil {
		return err
	}
	h, err := protocol.ParseHeader(raw[:])
	if err != nil {
		return err
	}
	if h.Opcode == protocol.OpError {
		body := make([]byte, h.Length)
		if _, err := io.ReadFull(c.in, body); err != nil {
			return err
		}
		e, err := protocol.ReadError(body, protocol.V4)
		return errors.Join(e, err)
	}
	_, err = c.in.Discard(h.Length)
	return err
}

// write inserts rows: each key once when n is given, else random keys for a time. It returns how many.
func (l *load) write(ctx context.Context, n int, d time.Duration) (int, error) {
	value := make([]byte, columnBytes) // filled with random bytes in place
	return l.run(ctx, n, d, func(dst []byte, c *loadConn, key int64) []byte {
		dst = protocol.AppendShortBytes(dst, l.insert)
		dst = binary.BigEndian.AppendUint16(dst, uint16(cassandra.One))
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
		dst = binary.BigEndian.AppendUint16(dst, uint16(cassandra.One))
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
		frame = protocol.AppendHeader(frame[:0], protocol.Header{Version: protocol.V4, Opcode: protocol.OpExecute, Stream: int16(sent % window)})
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
		if err := c.answer(); err != nil {
			return done, err
		}
		done++
		// take what else has come before writing again
		for done < sent && c.in.Buffered() >= protocol.HeaderBytes {
			if err := c.answer(); err != nil {
				return done, err
			}
			done++
		}
	}
}
