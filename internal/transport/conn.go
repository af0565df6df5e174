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
	share  *address // of the client's address
	ctx    context.Context
	cancel context.CancelFunc

	version     protocol.Version // 0 before the first frame
	compression protocol.Compression
	segments    bool         // v5 after STARTUP
	session     Session      // nil before the client may make requests
	guest       LoginSession // of a client that has to log in first

	in       []byte // read and not yet cut into frames
	want     int    // the length of the frame that in or plain begins with, once its header is known
	skip     int    // bytes of a refused frame that are still to come
	plain    []byte // v5: frames out of segments, when they span some
	scratch  []byte
	out      []byte // responses of the reader, not yet written
	response Response
	request  Request

	longs     atomic.Int64 // long requests that are running
	longBytes atomic.Int64 // that they hold
	longEnded chan struct{}
	running   sync.WaitGroup
	commits   committer
	held      int64 // of the server's budget, for in, plain and out
	refused   bool  // the client broke the protocol and was told so
	atOnce    bool  // the client asked in STARTUP to be told of overload rather than to be read more slowly
	impatient bool  // nothing of what was read last waits for memory any more
	refusing  bool  // a request was refused for want of memory, and none was begun since without a wait

	writing sync.Mutex
	segOut  []byte // guarded by writing
	failed  error  // guarded by writing
	events  eventQueue

	deadlines sync.Mutex
	stopped   bool // the reader is to end; guarded by deadlines
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, net: nc, longEnded: make(chan struct{}, 1)}
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
	c.give(c.held)
	if c.refused {
		err = errors.Join(err, c.linger())
	}
	if c.session != nil {
		c.session.Close()
	} else if c.guest != nil {
		c.guest.Close()
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
			if err := c.grow(); err != nil {
				return err
			}
		}
		n, err := c.net.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		c.server.Stats.BytesIn.Add(int64(n))
		c.impatient = c.atOnce
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

// grow makes room for more of the frame, or for all of the segment, that in begins with: of a frame twice as much, up to what it needs, so that a
// client pays with bytes sent for every byte kept. A frame that the budget has no room for is refused, and skipped as it comes. Segments have to be read to be
// skipped: theirs waits for the budget, and ends the connection when that takes too long, since others may wait for what this one has.
func (c *conn) grow() error {
	limits := &c.server.options.Limits
	need := c.want
	if c.segments {
		need = protocol.SegmentBytes(c.in, c.compression == protocol.LZ4)
	}
	size := max(2*cap(c.in), limits.readBytes())
	switch {
	case c.segments: // at most 128 KiB: it would be grown, and copied, five times
		size = max(need, limits.readBytes())
	case need > len(c.in):
		size = min(size, max(need, limits.readBytes()))
	}
	size = max(size, len(c.in)+1)
	more := int64(size - cap(c.in))
	switch why := c.takeRoom(more, size); {
	case why == "":
	case !c.segments && c.want > len(c.in):
		return c.skipFrame(c.in, c.want-len(c.in), why)
	default:
		if len(c.plain) > 0 {
			if err := c.skipFrame(c.plain, c.want-len(c.plain), why); err != nil {
				return err
			}
		}
		c.share.force(more)
		if !c.server.budget.await(more, c.held, c.after(limits.FrameWithin), c.ctx.Done()) {
			c.share.give(more)
			return errNoRoom
		}
	}
	c.held += more
	bigger := make([]byte, len(c.in), size)
	copy(bigger, c.in)
	c.in = bigger
	return nil
}

// errNoRoom ends a connection that waited for memory for too long, or was cut meanwhile.
var errNoRoom = errors.New("no memory for what the client sends")

// skipFrame refuses the frame that buffered begins with, and gives its memory back; left is what is still to come of it.
func (c *conn) skipFrame(buffered []byte, left int, why string) error {
	h, err := protocol.ParseHeader(buffered)
	if err != nil {
		return c.refuse(h.Stream, err)
	}
	c.skip, c.want = left, 0
	if c.plain = nil; !c.segments {
		c.in = make([]byte, 0, c.server.options.Limits.readBytes())
	}
	c.charge()
	c.shed(h, why)
	return c.flush()
}

// shed answers a request that is not begun.
func (c *conn) shed(h protocol.Header, why string) {
	refused := c.server.shed(why)
	c.reply(h, protocol.OpError, func(b []byte) []byte { return protocol.AppendError(b, refused, h.Version) })
}

// charge keeps the server's budget in step with the connection's buffers.
func (c *conn) charge() {
	keep := c.server.options.Limits.readBytes()
	held := int64(max(0, cap(c.in)-keep) + cap(c.plain) + max(0, cap(c.out)-keep))
	if held > c.held {
		c.force(held - c.held)
	} else if held < c.held {
		c.give(c.held - held)
	}
	c.held = held
}

// turnAway tells a client that the node has no room for its connection: in answer to its first frame, so that a driver knows what it failed.
func (c *conn) turnAway(why string) {
	err := c.readBefore(c.server.now().Add(lingerWithin))
	if err == nil {
		c.in = make([]byte, 0, 512)
		var n int
		n, err = c.net.Read(c.in[:cap(c.in)])
		h, headerErr := protocol.ParseHeader(c.in[:n])
		if err == nil && n >= protocol.HeaderBytes && headerErr == nil && h.Version >= protocol.V3 && h.Version <= protocol.V5 {
			c.version = h.Version
			_ = c.fail(h.Stream, cassandra.Overloadedf("%s", why)) // it returns the same error
			err = c.flush()                                        // all it sent has been read: closing resets nothing
		}
	}
	if err != nil {
		c.server.options.Logger.Debug("refuse a connection", "client", c.client.String(), "error", err)
	}
	c.cut()
}

// flush writes the reader's responses.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	err := c.write(c.out)
	if cap(c.out) > c.server.options.Limits.keepBytes() {
		c.out = nil
	} else {
		c.out = c.out[:0]
	}
	return err
}

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
		if cap(c.segOut) > c.server.options.Limits.keepBytes() {
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
