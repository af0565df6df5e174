package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

// Verb says what a message is.
type Verb uint8

// Class is a connection's purpose.
type Class uint8

// Classes of connections to a peer.
const (
	Control Class = iota
	Data
	Bulk
	classes
)

// Errors of calls. Unreachable: the peer may or may not have got the message.
var (
	ErrUnreachable = errors.New("the node can't be reached")
	ErrTimeout     = errors.New("the node did not answer in time")
	ErrBacklog     = errors.New("the node does not take its messages")
	ErrRefused     = errors.New("the node did not answer")
)

// Peer is where a call goes.
type Peer struct {
	// Host is who must answer there; uuid.Nil: anyone.
	Host    uuid.UUID
	Address string // host:port
}

// Reply answers a call, once, from any goroutine. The body is copied.
type Reply func(body []byte)

// Handler serves a call or a one-way message, for which reply does nothing. It runs on a goroutine of its own; body is its to keep.
type Handler func(from *Hello, verb Verb, body []byte, reply Reply)

// Options configure a Transport.
type Options struct {
	Network platform.Network
	Clock   platform.Clock
	// Listen is the address to take calls at.
	Listen string
	// Compression says which bodies are compressed; default CompressBetweenDatacenters.
	Compression Compression
	// Self is what this node says of itself now; Version, Class and Compression are filled in.
	Self func() Hello
	// Fenced says why a host must not be spoken to any more, empty for others. nil: none.
	Fenced func(host uuid.UUID) (why string)
	// Expelled is told that another node says so of this one. nil: nobody is told.
	Expelled func(by *Hello)
	// Twin is told that another node knows another process as this start of this host. nil: nobody is told.
	Twin   func(by *Hello)
	Handle Handler
	// Token is a secret that whoever is spoken to must have, too; empty: there is none.
	Token string
	// TLS, when not nil, is used both ways.
	TLS *tls.Config
	// Met is told of hosts with which a connection was made, by either side, Lost of those to which one broke. They must not block. nil:
	// nobody is told.
	Met, Lost func(host uuid.UUID)
	// Served bounds the calls that one connection may have running; default 1024.
	Served int
	// RunningBytes bounds the bodies of the calls that run for other nodes, QueuedBytes the messages and, apart, the replies that wait for other
	// nodes to take them; default 256 MiB. One connection may have a quarter, and always one call and queuedMin bytes.
	RunningBytes, QueuedBytes int64
	Logger                    *slog.Logger
}

// Transport is a node's end of all connections. It is safe for concurrent use.
type Transport struct {
	Homes
	traffic  Traffic
	options  Options
	ctx      context.Context
	cancel   context.CancelFunc
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	peers    map[peerKey]*outgoing  // guarded by mu
	incoming map[*incoming]struct{} // guarded by mu
	blocked  map[string]bool        // guarded by mu: addresses that are cut off, for tests of partitions
	closed   bool                   // guarded by mu
	cuts     atomic.Int32           // len(blocked)

	queued atomic.Int64 // bytes of calls that wait to be written
	served atomic.Int64 // bytes of calls that run, but for those of the class Control
}

// met notes what a host said of itself.
func (t *Transport) met(h *Hello) {
	t.Learn(Home{h.Host, h.Address, h.Generation})
	t.began(h)
	t.options.Met(h.Host)
}

type peerKey struct {
	address string
	class   Class
}

// Listen starts to take calls.
func Listen(ctx context.Context, o Options) (*Transport, error) {
	if o.Served == 0 {
		o.Served = 1024
	}
	if o.RunningBytes == 0 {
		o.RunningBytes = 256 << 20
	}
	if o.QueuedBytes == 0 {
		o.QueuedBytes = 256 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Fenced == nil {
		o.Fenced = func(uuid.UUID) string { return "" }
	}
	if o.Twin == nil {
		o.Twin = func(*Hello) {}
	}
	if o.Expelled == nil {
		o.Expelled = func(*Hello) {}
	}
	if o.Met == nil {
		o.Met = func(uuid.UUID) {}
	}
	if o.Lost == nil {
		o.Lost = func(uuid.UUID) {}
	}
	l, err := o.Network.Listen(ctx, o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for other nodes on %s: %w", o.Listen, err)
	}
	if o.TLS != nil {
		l = tls.NewListener(l, o.TLS)
	}
	t := &Transport{options: o, listener: l, peers: map[peerKey]*outgoing{}, incoming: map[*incoming]struct{}{}, blocked: map[string]bool{}}
	t.ctx, t.cancel = context.WithCancel(context.WithoutCancel(ctx))
	t.running.Go(t.accept)
	return t, nil
}

// Traffic counts this node's messages.
func (t *Transport) Traffic() *Traffic { return &t.traffic }

// Address is where calls are taken.
func (t *Transport) Address() net.Addr { return t.listener.Addr() }

func (t *Transport) self(class Class) *Hello {
	h := t.options.Self()
	h.Version, h.Class, h.Compression = Version, class, lz4
	return &h
}

func (t *Transport) accept() {
	for {
		c, err := t.listener.Accept()
		if err != nil {
			if t.ctx.Err() == nil {
				t.options.Logger.Error("accept connections of other nodes", "error", err)
			}
			return
		}
		in := &incoming{transport: t, conn: c, ended: make(chan struct{}, 1)}
		t.mu.Lock()
		if t.closed {
			t.mu.Unlock()
			c.Close()
			return
		}
		t.incoming[in] = struct{}{}
		t.running.Go(in.serve)
		t.mu.Unlock()
	}
}

// Call sends a message and calls done with the reply, or with ErrUnreachable, ErrTimeout, ErrBacklog or ErrRefused. done is called once, from another
// goroutine or from this one; it must not block. The body is copied before Call returns.
func (t *Transport) Call(to Peer, class Class, verb Verb, body []byte, timeout time.Duration, done func(reply []byte, err error)) {
	o, err := t.peer(to, class)
	if err != nil {
		done(nil, err)
		return
	}
	o.call(to.Host, verb, body, timeout, done)
}

// Ask is Call for callers that may wait.
func (t *Transport) Ask(ctx context.Context, to Peer, class Class, verb Verb, body []byte, timeout time.Duration) ([]byte, error) {
	type answer struct {
		reply []byte
		err   error
	}
	answers := make(chan answer, 1)
	t.Call(to, class, verb, body, timeout, func(reply []byte, err error) { answers <- answer{reply, err} })
	select {
	case a := <-answers:
		return a.reply, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Send sends a message that has no reply; it may get lost. lost, when not nil, is told when it certainly did.
func (t *Transport) Send(to Peer, class Class, verb Verb, body []byte, lost func()) {
	o, err := t.peer(to, class)
	if err == nil {
		err = o.send(to.Host, verb, body)
	}
	if err != nil && lost != nil {
		lost()
	}
}

func (t *Transport) peer(to Peer, class Class) (*outgoing, error) {
	to.Address = t.AddressOf(to.Host, to.Address)
	t.mu.Lock()
	defer t.mu.Unlock()
	k := peerKey{to.Address, class}
	if t.closed || t.blocked[to.Address] {
		return nil, ErrUnreachable
	}
	o := t.peers[k]
	if o == nil {
		o = &outgoing{transport: t, address: to.Address, class: class, calls: map[uint64]*call{}}
		t.peers[k] = o
	}
	return o, nil
}

// Drop ends this node's connections to a host, or to an address where it is not known who is there, so that calls under way on them fail; the next call makes a
// new one.
func (t *Transport) Drop(to Peer) {
	t.mu.Lock()
	peers := slices.Collect(maps.Values(t.peers))
	t.mu.Unlock()
	for _, o := range peers {
		o.drop(to)
	}
}

// Block cuts an address off, both ways, or lets it through again: a partition made on purpose.
func (t *Transport) Block(address string, cut bool) {
	t.mu.Lock()
	if cut {
		t.blocked[address] = true
	} else {
		delete(t.blocked, address)
	}
	t.cuts.Store(int32(len(t.blocked)))
	var out []*outgoing
	var in []*incoming
	for k, o := range t.peers {
		if k.address == address {
			out = append(out, o)
		}
	}
	for i := range t.incoming {
		in = append(in, i)
	}
	t.mu.Unlock()
	if !cut {
		return
	}
	for _, o := range out {
		o.lose(ErrUnreachable)
	}
	for _, i := range in {
		if h := i.from.Load(); h != nil && h.Address == address {
			i.conn.Close()
		}
	}
}

func (t *Transport) isBlocked(address string) bool {
	if t.cuts.Load() == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.blocked[address]
}

// Close ends all connections; calls under way fail.
func (t *Transport) Close() error {
	t.mu.Lock()
	t.closed = true
	peers, incoming := t.peers, slices.Collect(maps.Keys(t.incoming))
	t.peers = map[peerKey]*outgoing{}
	t.mu.Unlock()
	t.cancel()
	err := t.listener.Close()
	for _, o := range peers {
		o.lose(ErrUnreachable)
	}
	for _, i := range incoming {
		i.conn.Close()
	}
	t.running.Wait()
	return err
}
