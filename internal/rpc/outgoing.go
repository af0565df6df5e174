package rpc

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

const (
	dialWithin = 2 * time.Second
	// redialAfter keeps calls to a dead address from dialing again and again.
	redialAfter = 100 * time.Millisecond
	// writeWithin bounds how long a peer may take to take writeBytes.
	writeWithin = 10 * time.Second
	writeBytes  = 1 << 20
	// queuedMin is what may always wait for a peer, whatever waits for others.
	queuedMin = 1 << 20
	// connectionShare is the part of a transport's bounds, one in so many, that one connection may have.
	connectionShare = 4
)

// outgoing is a connection that this node makes to an address, and makes again after it broke.
type outgoing struct {
	transport *Transport
	address   string
	class     Class

	mu      sync.Mutex
	state   connState        // guarded by mu
	conn    net.Conn         // guarded by mu
	host    uuid.UUID        // guarded by mu: who answered there
	failed  time.Time        // guarded by mu: when the last dial failed
	next    uint64           // guarded by mu
	calls   map[uint64]*call // guarded by mu
	queue   []byte           // guarded by mu: frames to be written
	queued  int              // guarded by mu: bytes of frames that are not written yet
	counted *PeerTraffic     // guarded by mu: where queued is counted, while conn is there
	overdue int              // guarded by mu: calls that timed out since the queue was empty
	spare   []byte           // guarded by mu: the buffer that was written last
	wake    chan struct{}    // of the writer of conn
	cause   error            // guarded by mu: why the last connection was refused
	session uint64           // guarded by mu: counts connections
	// compress says whether bodies go compressed on the connection that is there; what is sent before it is there goes as it is.
	compress atomic.Bool
}

type connState uint8

const (
	idle connState = iota
	dialing
	connected
)

type call struct {
	host  uuid.UUID // who must answer
	bytes int
	verb  Verb
	done  func([]byte, error)
	timer platform.Timer
}

func (o *outgoing) call(host uuid.UUID, verb Verb, body []byte, timeout time.Duration, done func([]byte, error)) {
	c := &call{host: host, verb: verb, done: done, bytes: len(body)}
	o.sent(host, len(body))
	kind, body := compress(o.compress.Load(), kindCall, body)
	o.mu.Lock()
	o.next++
	id := o.next
	o.calls[id] = c
	c.timer = o.transport.options.Clock.AfterFunc(timeout, func() { o.end(id, nil, ErrTimeout) })
	err := o.enqueue(host, frame{kind, verb, id, timeout, body})
	o.mu.Unlock()
	if err != nil {
		o.end(id, nil, err)
	}
}

func (o *outgoing) send(host uuid.UUID, verb Verb, body []byte) error {
	o.sent(host, len(body))
	kind, body := compress(o.compress.Load(), kindOneWay, body)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.enqueue(host, frame{kind: kind, verb: verb, body: body})
}

// sent counts a message to a host.
func (o *outgoing) sent(host uuid.UUID, bytes int) {
	if host != uuid.Nil {
		o.transport.traffic.Peer(host).Sent.add(1, bytes)
	}
}

// tried counts a connection that could not be made, to whoever is waited for.
func (o *outgoing) tried() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.calls {
		if c.host != uuid.Nil {
			o.transport.traffic.Peer(c.host).Attempts.Add(1)
			return
		}
	}
}

// count notes a call that had no answer.
func (o *outgoing) count(c *call, err error) {
	if c.host == uuid.Nil {
		return
	}
	p := o.transport.traffic.Peer(c.host)
	switch {
	case errors.Is(err, ErrTimeout):
		p.TimedOut.add(1, c.bytes)
	case errors.Is(err, ErrBacklog):
		p.Overloaded.add(1, c.bytes)
	default:
		p.Lost.add(1, c.bytes)
	}
}

// end gives a call its outcome, if it has none yet.
func (o *outgoing) end(id uint64, reply []byte, err error) {
	o.mu.Lock()
	c := o.calls[id]
	delete(o.calls, id)
	if c != nil && errors.Is(err, ErrTimeout) {
		o.overdue++
	}
	o.mu.Unlock()
	if c != nil {
		if errors.Is(err, ErrTimeout) {
			o.transport.traffic.Of(c.verb).TimedOut.Add(1)
		}
		if err != nil {
			o.count(c, err)
		}
		c.timer.Stop()
		c.done(reply, err)
	}
}

// enqueue hands a frame to the writer; o.mu is held.
func (o *outgoing) enqueue(host uuid.UUID, f frame) error {
	if len(f.body) > BodyMax {
		return fmt.Errorf("a message of %d bytes is too long", len(f.body))
	}
	switch o.state {
	case idle:
		if o.transport.ctx.Err() != nil {
			return ErrUnreachable
		}
		if now := o.transport.options.Clock.Now(); now.Sub(o.failed) < redialAfter && now.After(o.failed) {
			if o.cause != nil {
				return o.cause
			}
			return ErrUnreachable
		}
		o.state = dialing
		o.queue = o.queue[:0]
		o.session++
		session := o.session
		o.transport.running.Go(func() { o.run(session) })
	case connected:
		if host != uuid.Nil && host != o.host {
			o.leaveMoved()
			return fmt.Errorf("%w: %s is another node now", ErrUnreachable, o.address)
		}
	}
	if bound := o.transport.options.QueuedBytes; o.queued > queuedMin && (int64(o.queued) > bound/connectionShare || o.transport.queued.Load() > bound) {
		return ErrBacklog
	}
	before := len(o.queue)
	o.queue = appendFrame(o.queue, f)
	o.account(len(o.queue) - before)
	if o.state == connected {
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// leaveMoved closes the connection when the host that answered on it is known to be elsewhere now. Nothing is sent on such a connection any more, so if its
// address went to another node without a word, as those of containers do, only TCP's keepalive would end it, and nobody could be reached here until then.
// o.mu is held.
func (o *outgoing) leaveMoved() {
	if h, ok := o.transport.Of(o.host); ok && h.Address != o.address {
		conn := o.conn
		o.transport.running.Go(func() { conn.Close() }) // the reader finds out; the end of TLS may take a while
	}
}

// run dials, greets, then reads until the connection breaks.
func (o *outgoing) run(session uint64) {
	conn, peer, err := o.dial()
	o.mu.Lock()
	if err != nil || o.session != session || o.state != dialing {
		o.mu.Unlock()
		if conn != nil {
			conn.Close()
		}
		if err == nil {
			err = ErrUnreachable
		}
		o.tried()
		o.broke(session, err)
		return
	}
	o.state, o.conn, o.host, o.cause = connected, conn, peer.Host, nil
	o.counted = o.transport.traffic.Peer(peer.Host)
	o.counted.Pending.Add(int64(o.queued))
	o.wake = make(chan struct{}, 1)
	o.compress.Store(o.transport.compresses(o.transport.self(o.class), peer))
	var misled []uint64
	for id, c := range o.calls {
		if c.host != uuid.Nil && c.host != peer.Host {
			misled = append(misled, id)
		}
	}
	wake := o.wake
	o.mu.Unlock()
	for _, id := range misled {
		o.end(id, nil, fmt.Errorf("%w: %s is another node now", ErrUnreachable, o.address))
	}
	o.transport.met(peer)
	counts := o.transport.traffic.Peer(peer.Host)
	counts.Attempts.Add(1)
	counts.Successes.Add(1)
	counts.Open.Add(1)
	defer counts.Open.Add(-1)
	stop := make(chan struct{})
	o.transport.running.Go(func() { o.write(conn, session, wake, stop) })
	wake <- struct{}{}
	err = o.read(conn)
	close(stop)
	conn.Close()
	o.broke(session, err)
	o.transport.options.Lost(peer.Host)
}

func (o *outgoing) dial() (net.Conn, *Hello, error) {
	t := o.transport
	ctx, cancel := context.WithTimeout(t.ctx, dialWithin)
	defer cancel()
	conn, err := t.options.Network.Dial(ctx, o.address)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if t.options.TLS != nil {
		conn = tls.Client(conn, t.options.TLS)
	}
	greet := func() (*Hello, error) {
		if err := conn.SetDeadline(t.options.Clock.Now().Add(dialWithin)); err != nil {
			return nil, err
		}
		self, token := t.self(o.class), t.options.Token
		if token != "" {
			self.Challenge = newChallenge()
		}
		if err := writeHello(conn, self); err != nil {
			return nil, err
		}
		h, err := readHello(conn)
		switch {
		case errors.Is(err, io.EOF) && t.options.TLS == nil:
			return nil, fmt.Errorf("it ends the connection without a word, as a node does that speaks TLS with others (--node-cert, HELENUS_NODE_CERT_FILE): %w", err)
		case err != nil:
			return nil, err
		}
		if err := t.trust(self, &h); err != nil {
			return nil, err
		}
		if h.Fenced {
			t.options.Expelled(&h)
		}
		if h.Twin {
			t.options.Twin(&h)
		}
		if why := t.options.Fenced(h.Host); why != "" {
			return nil, refusal(why)
		}
		if h.Refused != "" {
			return nil, refusal(h.Refused)
		}
		if why := Judge(self, &h); why != "" {
			return nil, refusal(why)
		}
		if t.IsTwin(&h) {
			return nil, refusal(twinText(&h))
		}
		if token != "" {
			if err := writeProof(conn, proof(token, asks, h.Challenge, self)); err != nil {
				return nil, err
			}
		}
		return &h, conn.SetDeadline(time.Time{})
	}
	h, err := greet()
	if err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return conn, h, nil
}

// refusal is what one node says to another that it does not speak to.
type refusal string

func (r refusal) Error() string { return string(r) }

func (o *outgoing) read(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		f, err := readFrame(r)
		if err != nil {
			return err
		}
		switch f.kind {
		case kindReply:
			o.end(f.id, f.body, nil)
		case kindRefuse:
			o.end(f.id, nil, fmt.Errorf("%w: %s", ErrRefused, f.body))
		}
	}
}

// account keeps count of what waits to be written; o.mu is held.
func (o *outgoing) account(bytes int) {
	o.queued += bytes
	if o.counted != nil {
		o.counted.Pending.Add(int64(bytes))
	}
	o.transport.queued.Add(int64(bytes))
	if o.queued == 0 {
		o.overdue = 0
	}
}

// write writes what is queued, all that has gathered at once.
func (o *outgoing) write(conn net.Conn, session uint64, wake <-chan struct{}, stop <-chan struct{}) {
	for {
		select {
		case <-wake:
		case <-stop:
			return
		}
		o.mu.Lock()
		if o.session != session || o.state != connected { // what is queued is another connection's
			o.mu.Unlock()
			return
		}
		out := o.queue
		o.queue, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		for left := out; len(left) > 0; {
			skip, n := o.portion(left)
			if err := writeAll(conn, o.transport.options.Clock, left[skip:skip+n]); err != nil {
				conn.Close() // the reader finds out
				return
			}
			o.mu.Lock()
			if o.session == session && o.state == connected { // else broke has forgotten it already
				o.account(-skip - n)
			}
			o.mu.Unlock()
			left = left[skip+n:]
		}
		if cap(out) <= writeBytes {
			o.mu.Lock()
			o.spare = out[:0]
			o.mu.Unlock()
		}
	}
}

// portion returns how many bytes of the frames in queue to pass over, of calls that nobody waits for any more, and how many to write then: whole
// frames, about writeBytes or the one that is longer.
func (o *outgoing) portion(queue []byte) (skip, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for skip+n < len(queue) && n < writeBytes {
		length, kind, id := frameLength(queue[skip+n:])
		if o.overdue > 0 && kind == kindCall && o.calls[id] == nil {
			if n > 0 {
				break
			}
			skip += length
			continue
		}
		n += length
	}
	return skip, n
}

// writeAll writes b in portions, each of which the peer has to take in time: one that takes something all along is never cut off.
func writeAll(conn net.Conn, clock platform.Clock, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), writeBytes)
		if err := conn.SetWriteDeadline(clock.Now().Add(writeWithin)); err != nil {
			return err
		}
		if _, err := conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// broke fails all calls of a connection that ended or was never made.
func (o *outgoing) broke(session uint64, err error) {
	o.mu.Lock()
	if o.session != session {
		o.mu.Unlock()
		return
	}
	if o.state == dialing {
		o.failed, o.cause = o.transport.options.Clock.Now(), err
		go o.transport.Forget(o.address)
	}
	o.state, o.conn = idle, nil
	o.compress.Store(false)
	o.queue = nil
	o.account(-o.queued)
	o.counted = nil
	calls := o.calls
	o.calls = map[uint64]*call{}
	o.mu.Unlock()
	switch {
	case err == nil:
		err = ErrUnreachable
	case !errors.Is(err, ErrUnreachable):
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	for _, c := range calls {
		c.timer.Stop()
		o.count(c, err)
		c.done(nil, err)
	}
}

// drop loses the connection if it leads there.
func (o *outgoing) drop(to Peer) {
	o.mu.Lock()
	made, is := o.conn != nil, o.host == to.Host
	o.mu.Unlock()
	if to.Host == uuid.Nil {
		is = o.address == to.Address
	}
	if made && is {
		o.lose(ErrUnreachable)
	}
}

// lose closes the connection on purpose. The next call does not wait for its reader to notice.
func (o *outgoing) lose(err error) {
	o.mu.Lock()
	conn, session := o.conn, o.session
	o.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
	o.broke(session, err)
}
