package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"helenus/internal/protocol"
)

// streamsMax is how many requests may be under way on one connection; more wait for a free stream.
const streamsMax = 2048

// ErrClosed is returned for requests on a connection that Close has ended.
var ErrClosed = errors.New("connection closed")

// Conn is one connection. It is safe for concurrent use: requests share it by stream ids.
type Conn struct {
	net         net.Conn
	version     protocol.Version
	compression protocol.Compression
	streams     chan int16    // those that are free
	done        chan struct{} // closed with the connection
	reader      sync.WaitGroup

	writing  sync.Mutex
	buffer   []byte // frames for the next write; guarded by writing
	spare    []byte // guarded by writing
	active   bool   // a caller is writing and will take buffer too; guarded by writing
	segments bool   // v5 after the handshake's first answer; guarded by writing

	mu      sync.Mutex
	waiting map[int16]chan frame // guarded by mu
	failed  error                // guarded by mu
	events  chan Event           // guarded by mu
}

// frame is an answer; its bytes are its own.
type frame struct {
	opcode   protocol.Opcode
	body     []byte
	warnings []string
	traceID  *[16]byte
	payload  map[string][]byte
}

func newConn(nc net.Conn, v protocol.Version, compression protocol.Compression) *Conn {
	c := &Conn{
		net: nc, version: v, compression: compression,
		streams: make(chan int16, streamsMax), done: make(chan struct{}), waiting: map[int16]chan frame{},
	}
	for i := range int16(streamsMax) {
		c.streams <- i
	}
	c.reader.Go(c.read)
	return c
}

// Version is the protocol version in use.
func (c *Conn) Version() protocol.Version { return c.version }

// Addr is the server's address.
func (c *Conn) Addr() net.Addr { return c.net.RemoteAddr() }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection ended; nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// Close ends the connection. Requests under way fail with ErrClosed.
func (c *Conn) Close() error {
	c.close(ErrClosed)
	c.reader.Wait()
	return nil
}

func (c *Conn) close(cause error) {
	c.mu.Lock()
	if c.failed != nil {
		c.mu.Unlock()
		return
	}
	c.failed = cause
	close(c.done)
	events := c.events
	c.events = nil
	c.mu.Unlock()
	if events != nil {
		close(events)
	}
	// A deadline and not Close alone, which for TLS would wait for a peer that reads nothing.
	err := c.net.SetDeadline(time.Now().Add(closeWithin))
	if closeErr := c.net.Close(); err == nil {
		err = closeErr
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.mu.Lock()
		c.failed = fmt.Errorf("%w (then: %w)", cause, err)
		c.mu.Unlock()
	}
}

// call sends a request and waits for its answer; an ERROR is returned as *cassandra.Error. When ctx ends first, the stream is free
// again once the late answer has come.
func (c *Conn) call(ctx context.Context, op protocol.Opcode, flags byte, body []byte) (frame, error) {
	var stream int16
	select {
	case stream = <-c.streams:
	case <-c.done:
		return frame{}, c.Err()
	case <-ctx.Done():
		return frame{}, ctx.Err()
	}
	answer := make(chan frame, 1)
	c.mu.Lock()
	c.waiting[stream] = answer
	c.mu.Unlock()
	if err := c.send(protocol.Header{Version: c.version, Flags: flags, Stream: stream, Opcode: op}, body); err != nil {
		return frame{}, err
	}
	select {
	case f := <-answer:
		return f, f.error(c.version)
	case <-c.done:
		select { // it may have come just before the end
		case f := <-answer:
			return f, f.error(c.version)
		default:
			return frame{}, c.Err()
		}
	case <-ctx.Done():
		return frame{}, ctx.Err()
	}
}

func (f frame) error(v protocol.Version) error {
	if f.opcode != protocol.OpError {
		return nil
	}
	e, err := protocol.ReadError(f.body, v)
	if err != nil {
		return err
	}
	return e
}
