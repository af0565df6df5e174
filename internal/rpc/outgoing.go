package rpc

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

const (
	dialWithin = 2 * time.Second
	// redialAfter keeps calls to a dead address from dialing again and again.
	redialAfter = 100 * time.Millisecond
	// queuedMax bounds the bytes that wait for a peer to take them.
	queuedMax = 64 << 20
	// writeWithin bounds how long a peer may take nothing at all.
	writeWithin = 10 * time.Second
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
	spare   []byte           // guarded by mu: the buffer that was written last
	wake    chan struct{}    // of the writer of conn
	cause   error            // guarded by mu: why the last connection was refused
	session uint64           // guarded by mu: counts connections
}

type connState uint8

const (
	idle connState = iota
	dialing
	connected
)

type call struct {
	host  uuid.UUID // who must answer
	done  func([]byte, error)
	timer platform.Timer
}

func (o *outgoing) call(host uuid.UUID, verb Verb, body []byte, timeout time.Duration, done func([]byte, error)) {
	c := &call{host: host, done: done}
	o.mu.Lock()
	o.next++
	id := o.next
	o.calls[id] = c
	c.timer = o.transport.options.Clock.AfterFunc(timeout, func() { o.end(id, nil, ErrTimeout) })
	err := o.enqueue(host, kindCall, verb, id, body)
	o.mu.Unlock()
	if err != nil {
		o.end(id, nil, err)
	}
}

func (o *outgoing) send(host uuid.UUID, verb Verb, body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.enqueue(host, kindOneWay, verb, 0, body)
}

// end gives a call its outcome, if it has none yet.
func (o *outgoing) end(id uint64, reply []byte, err error) {
	o.mu.Lock()
	c := o.calls[id]
	delete(o.calls, id)
	o.mu.Unlock()
	if c != nil {
		c.timer.Stop()
		c.done(reply, err)
	}
}

// enqueue hands a frame to the writer; o.mu is held.
func (o *outgoing) enqueue(host uuid.UUID, kind byte, verb Verb, id uint64, body []byte) error {
	if len(body) > BodyMax {
		return fmt.Errorf("a message of %d bytes is too long", len(body))
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
			return fmt.Errorf("%w: %s is another node now", ErrUnreachable, o.address)
		}
	}
	if len(o.queue) > queuedMax {
		return ErrBacklog
	}
	o.queue = appendFrame(o.queue, kind, verb, id, body)
	if o.state == connected {
		select {
		case o.wake <- struct{}{}:
		default:
		}
	}
	return nil
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
		o.broke(session, err)
		return
	}
	o.state, o.conn, o.host, o.cause = connected, conn, peer.Host, nil
	o.wake = make(chan struct{}, 1)
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
	stop := make(chan struct{})
	o.transport.running.Go(func() { o.write(conn, wake, stop) })
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
		self := t.self(o.class)
		if err := writeHello(conn, self); err != nil {
			return nil, err
		}
		h, err := readHello(conn)
		if err != nil {
			return nil, err
		}
		if h.Fenced {
			t.options.Expelled(&h)
		}
		if t.options.Fenced(h.Host) {
			return nil, refusal(fencedText(h.Host))
		}
		if h.Refused != "" {
			return nil, refusal(h.Refused)
		}
		if why := Judge(self, &h); why != "" {
			return nil, refusal(why)
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
		if f.kind == kindReply {
			o.end(f.id, f.body, nil)
		}
	}
}

// write writes what is queued, all that has gathered at once.
func (o *outgoing) write(conn net.Conn, wake <-chan struct{}, stop <-chan struct{}) {
	for {
		select {
		case <-wake:
		case <-stop:
			return
		}
		o.mu.Lock()
		out := o.queue
		o.queue, o.spare = o.spare[:0], nil
		o.mu.Unlock()
		if len(out) > 0 {
			if err := conn.SetWriteDeadline(o.transport.options.Clock.Now().Add(writeWithin)); err != nil {
				conn.Close()
				return
			}
			if _, err := conn.Write(out); err != nil {
				conn.Close() // the reader finds out
				return
			}
		}
		if cap(out) <= 1<<20 {
			o.mu.Lock()
			o.spare = out[:0]
			o.mu.Unlock()
		}
	}
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
	o.queue = nil
	calls := o.calls
	o.calls = map[uint64]*call{}
	o.mu.Unlock()
	for _, c := range calls {
		c.timer.Stop()
		if err == nil {
			err = ErrUnreachable
		}
		c.done(nil, fmt.Errorf("%w: %w", ErrUnreachable, err))
	}
}

// lose closes the connection on purpose.
func (o *outgoing) lose(err error) {
	o.mu.Lock()
	conn, session := o.conn, o.session
	o.mu.Unlock()
	if conn != nil {
		conn.Close()
		return
	}
	o.broke(session, err)
}
