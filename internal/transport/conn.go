package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// conn is one client's connection. Its reader goroutine owns everything that is not said to be guarded.
type conn struct {
	server *Server
	net    net.Conn
	client netip.AddrPort
	ctx    context.Context
	cancel context.CancelFunc

	version     protocol.Version // 0 before the first frame
	compression protocol.Compression
	segments    bool // v5 after STARTUP
	session     Session

	in       []byte // read and not yet cut into frames
	want     int    // the length of the frame that in begins with, once its header is known
	plain    []byte // v5: frames out of segments, when they span some
	scratch  []byte
	out      []byte // responses of the reader, not yet written
	response Response
	request  Request

	long      chan struct{} // a place for each long request
	longBytes atomic.Int64  // of the requests that are running
	running   sync.WaitGroup
	commits   committer
	held      int64 // of the server's budget, for in and plain
	refused   bool  // the client broke the protocol and was told so

	writing sync.Mutex
	segOut  []byte // guarded by writing
	failed  error  // guarded by writing
	events  eventQueue

	deadlines sync.Mutex
	stopped   bool // the reader is to end; guarded by deadlines
}

// readBytes is how much a connection may keep in its read buffer without being charged for it.
const readBytes = 64 << 10

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, net: nc, long: make(chan struct{}, s.options.Limits.LongRequests)}
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.client = a.AddrPort()
	}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	return c
}

// serve reads until the client goes, breaks the protocol or the server drains, then waits for what is running.
func (c *conn) serve() {
	defer c.server.forget(c)
	err := c.guardedRead()
	c.running.Wait()
	c.commits.close()
	c.events.close()
	c.server.budget.give(c.held)
	if c.refused {
		err = errors.Join(err, c.linger())
	}
	if c.session != nil {
		c.session.Close()
	}
	c.cancel()
	if closeErr := c.net.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) && err == nil {
		err = closeErr
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		c.server.options.Logger.Debug("CQL connection ended", "client", c.client.String(), "error", err)
	}
}

// guardedRead is read, for which a defect in the server ends this connection and not the process.
func (c *conn) guardedRead() (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.server.panicked(p)
			err = fmt.Errorf("unexpected: %v", p)
		}
	}()
	return c.read()
}

// lingerBytes and lingerWithin bound what is read from a client that was refused: closing with its bytes unread would reset the
// connection before it has read why.
const (
	lingerBytes  = 1 << 20
	lingerWithin = time.Second
)

func (c *conn) linger() error {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	if err := c.readBefore(c.server.now().Add(lingerWithin)); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c.net, lingerBytes)
	return err
}

// stopReading makes the reader return after the requests it has.
func (c *conn) stopReading() {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	c.stopped = true
	if err := c.net.SetReadDeadline(time.Unix(1, 0)); err != nil {
		c.cut()
	}
}

// readBefore sets the moment at which reading fails, unless the reader is to end anyway.
func (c *conn) readBefore(t time.Time) error {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	if c.stopped {
		return nil
	}
	return c.net.SetReadDeadline(t)
}

func (c *conn) isStopped() bool {
	c.deadlines.Lock()
	defer c.deadlines.Unlock()
	return c.stopped
}

// cut ends the connection at once.
func (c *conn) cut() {
	c.cancel()
	if err := c.net.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		c.server.options.Logger.Debug("cut a connection", "error", err)
	}
}

func (c *conn) read() error {
	if err := c.readBefore(c.server.now().Add(c.server.options.Limits.StartupWithin)); err != nil {
		return err
	}
	c.in = make([]byte, 0, 4<<10)
	partial := false // a frame has begun and a deadline is set for the rest
	for {
		if len(c.in) == cap(c.in) {
			c.grow()
		}
		n, err := c.net.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		c.server.Stats.BytesIn.Add(int64(n))
		if n > 0 {
			if frameErr := c.frames(); frameErr != nil {
				return errors.Join(frameErr, c.flush())
			}
			if flushErr := c.flush(); flushErr != nil {
				return flushErr
			}
		}
		if err != nil {
			if c.isStopped() {
				return nil
			}
			return err
		}
		if c.session == nil {
			continue
		}
		if began := len(c.in)+len(c.plain) > 0; began || partial {
			partial = began
			if err := c.restBefore(began); err != nil {
				return err
			}
		}
	}
}

// restBefore gives a client that has sent part of a frame a while to go on; a whole one may be followed by silence.
func (c *conn) restBefore(partial bool) error {
	if !partial {
		return c.readBefore(time.Time{})
	}
	return c.readBefore(c.server.now().Add(c.server.options.Limits.FrameWithin))
}

// grow doubles the buffer, up to what the frame in it needs: a client pays with bytes sent for every byte kept.
func (c *conn) grow() {
	size := max(2*cap(c.in), readBytes)
	if c.want > len(c.in) {
		size = min(size, max(c.want, readBytes))
	}
	bigger := make([]byte, len(c.in), size)
	copy(bigger, c.in)
	c.in = bigger
}

// charge keeps the server's budget in step with the buffers of half-read requests.
func (c *conn) charge() error {
	held := int64(max(0, cap(c.in)+cap(c.plain)-2*readBytes))
	if held > c.held && !c.server.budget.take(held-c.held) {
		return c.fail(0, cassandra.Overloadedf("Too many bytes of requests are in flight"))
	}
	if held < c.held {
		c.server.budget.give(c.held - held)
	}
	c.held = held
	return nil
}

// flush writes the reader's responses.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	err := c.write(c.out)
	if cap(c.out) > outKeepBytes {
		c.out = nil
	} else {
		c.out = c.out[:0]
	}
	return err
}

// outKeepBytes is the largest output buffer that is kept for the next responses.
const outKeepBytes = 1 << 20

// write sends whole frames, in segments where the version wants it. Any goroutine may call it.
func (c *conn) write(frames []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.failed != nil {
		return c.failed
	}
	if c.segments {
		c.segOut = appendSegments(c.segOut[:0], frames, c.compression == protocol.LZ4)
		frames = c.segOut
		if cap(c.segOut) > outKeepBytes {
			c.segOut = nil
		}
	}
	if err := c.net.SetWriteDeadline(c.server.now().Add(c.server.options.Limits.WriteWithin)); err != nil {
		c.failed = err
		return err
	}
	n, err := c.net.Write(frames)
	c.server.Stats.BytesOut.Add(int64(n))
	if err != nil {
		c.failed = fmt.Errorf("write to client: %w", err)
		c.cancel()
		c.stopReading()
	}
	return c.failed
}

// appendSegments packs frames so that a segment that holds several holds them whole.
func appendSegments(dst, frames []byte, compress bool) []byte {
	for len(frames) > 0 {
		n := 0
		for n < len(frames) {
			size := protocol.HeaderBytes + frameLength(frames[n:])
			if n > 0 && n+size > protocol.SegmentPayloadMax {
				break
			}
			n += size
			if n >= protocol.SegmentPayloadMax {
				break
			}
		}
		dst = protocol.AppendSegments(dst, frames[:n], compress)
		frames = frames[n:]
	}
	return dst
}

func frameLength(frame []byte) int {
	return int(frame[5])<<24 | int(frame[6])<<16 | int(frame[7])<<8 | int(frame[8])
}

// fail answers a broken frame with a protocol error and makes the reader end.
func (c *conn) fail(stream int16, err *cassandra.Error) error {
	version := c.version
	if version == 0 {
		version = protocol.V5
	}
	at := len(c.out)
	c.out = protocol.AppendHeader(c.out, protocol.Header{Version: version, Response: true, Stream: stream, Opcode: protocol.OpError})
	c.out = protocol.AppendError(c.out, err, version)
	protocol.PatchLength(c.out[at:])
	c.refused = true
	return err
}
