package sim

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"helenus/internal/node"
	"helenus/internal/platform"
	"helenus/internal/rpc"
)

// network carries messages between endpoints as connections would: what arrives is whole, but it may come late, out of order or never.
type network struct {
	s         *scheduler
	endpoints map[string]*endpoint // by address
	all       []*endpoint          // in the order of their starts
	faults    map[direction]*fault
	// delay is the longest that a message usually takes.
	delay time.Duration
	sent  int
}

// direction is from one address to another.
type direction struct{ from, to string }

// fault is what is wrong with one direction.
type fault struct {
	cut   bool
	loss  float64
	slow  time.Duration
	twice float64 // how much of what goes by comes twice
	// deaf drops the messages of the metadata group alone: a node that lags behind but seems well.
	deaf bool
}

func newNetwork(s *scheduler) *network {
	return &network{s: s, endpoints: map[string]*endpoint{}, faults: map[direction]*fault{}, delay: time.Duration(100+s.random.IntN(3000)) * time.Microsecond}
}

// endpoint is a node's end of all its connections.
type endpoint struct {
	rpc.Homes
	traffic rpc.Traffic // nobody counts
	net     *network
	process *process
	runtime *runtime
	options rpc.Options
	blocked map[string]bool
	calls   []*call // under way
	known   map[*endpoint]bool
}

var _ node.Links = (*endpoint)(nil)

func (e *endpoint) Traffic() *rpc.Traffic { return &e.traffic }

// connect is node.Options.Connect of a process.
func (n *network) connect(p *process, r *runtime) func(context.Context, rpc.Options) (node.Links, error) {
	return func(_ context.Context, o rpc.Options) (node.Links, error) {
		e := &endpoint{net: n, process: p, runtime: r, options: o, blocked: map[string]bool{}, known: map[*endpoint]bool{}}
		n.endpoints[o.Listen] = e
		n.all = append(n.all, e)
		return e, nil
	}
}

// call is a message that is answered.
type call struct {
	to    *endpoint // nil until it has arrived
	timer *event
	done  func([]byte, error)
	over  bool
}

func (e *endpoint) end(c *call, reply []byte, err error) {
	if c.over {
		return
	}
	c.over = true
	c.timer.stopped = true
	for i, x := range e.calls {
		if x == c {
			e.calls = append(e.calls[:i], e.calls[i+1:]...)
			break
		}
	}
	e.net.s.spawn(e.process, func() { c.done(reply, err) })
}

// answering stands for what has no verb: answers, and the news that a connection broke.
const answering rpc.Verb = 0

// transit returns how long a message takes from one address to another; false when it gets lost.
func (n *network) transit(from, to string, verb rpc.Verb) (time.Duration, bool) {
	n.sent++
	d := time.Duration(n.s.random.Int64N(int64(n.delay)))
	if n.s.random.IntN(200) == 0 {
		d *= 20
	}
	f := n.faults[direction{from, to}]
	if f == nil {
		return d, true
	}
	if f.cut || f.deaf && verb == rpc.Raft || f.loss > 0 && n.s.random.Float64() < f.loss {
		return 0, false
	}
	return d + f.slow, true
}

// world is what messages on their way belong to: nobody's death takes them away.
var world = &process{name: "world"}

// Call sends a message; see rpc.Transport.
func (e *endpoint) Call(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration, done func([]byte, error)) {
	address := e.AddressOf(to.Host, to.Address)
	c := &call{done: done}
	c.timer = e.net.s.after(e.process, timeout, func() { e.end(c, nil, rpc.ErrTimeout) })
	if e.blocked[address] {
		e.end(c, nil, rpc.ErrUnreachable)
		return
	}
	e.calls = append(e.calls, c)
	body = bytes.Clone(body)
	e.transmit(address, verb, func(there *endpoint, err error) {
		if err != nil {
			e.end(c, nil, err)
			return
		}
		if why := e.greet(there, to.Host); why != nil {
			e.answer(there, c, nil, why)
			return
		}
		if c.to != nil { // it came already: whoever sends an answer again has no call for it
			there.handle(e, class, verb, body, func([]byte) {})
			return
		}
		c.to = there
		there.handle(e, class, verb, body, func(reply []byte) { e.answer(there, c, bytes.Clone(reply), nil) })
	})
}

// transmit brings a message to whoever is at an address. Where nobody is, that is soon known.
func (e *endpoint) transmit(address string, verb rpc.Verb, arrive func(there *endpoint, err error)) {
	n := e.net
	there := n.endpoints[address]
	if f := n.faults[direction{e.options.Listen, address}]; f != nil && there != nil && n.s.random.Float64() < f.twice {
		e.carry(address, verb, there, arrive)
	}
	e.carry(address, verb, nil, arrive)
}

// carry brings one message there. A copy reaches nobody but the process that was there when it was made, as on a connection.
func (e *endpoint) carry(address string, verb rpc.Verb, copyFor *endpoint, arrive func(there *endpoint, err error)) {
	n := e.net
	from := e.options.Listen
	d, ok := n.transit(from, address, verb)
	if !ok {
		return
	}
	n.s.after(world, d, func() {
		there := n.endpoints[address]
		if copyFor != nil && there != copyFor {
			return
		}
		if there == nil || there.process.dead {
			if back, ok := n.transit(address, from, answering); ok {
				n.s.after(e.process, back, func() { n.s.deliver(e.process, func() { e.Forget(address); arrive(nil, rpc.ErrUnreachable) }) })
			}
			return
		}
		n.s.deliver(there.process, func() { arrive(there, nil) })
	})
}

// greet is what a new connection begins with: both sides say who they are.
func (e *endpoint) greet(there *endpoint, host uuid.UUID) error {
	here, other := e.options.Self(), there.options.Self()
	here.Version, other.Version = rpc.Version, rpc.Version
	if there.blocked[here.Address] {
		return rpc.ErrUnreachable
	}
	if why := there.options.Fenced(here.Host); why != "" {
		if !e.process.dead {
			other.Refused = why
			e.net.s.spawn(e.process, func() { e.options.Expelled(&other) })
		}
		return rpc.ErrUnreachable
	}
	if e.options.Fenced(other.Host) != "" {
		return rpc.ErrUnreachable
	}
	if why := rpc.Judge(&here, &other); why != "" {
		return fmt.Errorf("%w: %s", rpc.ErrUnreachable, why)
	}
	if host != uuid.Nil && host != other.Host {
		return fmt.Errorf("%w: %s is another node now", rpc.ErrUnreachable, other.Address)
	}
	e.meet(there)
	there.meet(e)
	return nil
}

func (e *endpoint) meet(other *endpoint) {
	if e.process.dead || e.known[other] {
		return
	}
	e.known[other] = true
	h := other.options.Self()
	e.Learn(rpc.Home{Host: h.Host, Address: h.Address, Generation: h.Generation})
	e.net.s.deliver(e.process, func() { e.net.s.spawn(e.process, func() { e.options.Met(h.Host) }) })
}

func (e *endpoint) handle(from *endpoint, class rpc.Class, verb rpc.Verb, body []byte, reply func([]byte)) {
	hello := from.options.Self()
	hello.Version, hello.Class = rpc.Version, class
	e.net.s.note(uint64(verb), uint64(len(e.options.Listen)), uint64(from.options.Listen[len(from.options.Listen)-6]), uint64(e.options.Listen[len(e.options.Listen)-6]))
	e.net.s.spawn(e.process, func() { e.options.Handle(&hello, verb, body, reply) })
}

// answer brings an answer back.
func (e *endpoint) answer(there *endpoint, c *call, reply []byte, err error) {
	if d, ok := e.net.transit(there.options.Listen, e.options.Listen, answering); ok {
		e.net.s.after(e.process, d, func() { e.end(c, reply, err) })
	}
}

// Ask is Call for those who may wait.
func (e *endpoint) Ask(ctx context.Context, to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, timeout time.Duration) ([]byte, error) {
	type outcome struct {
		reply []byte
		err   error
	}
	m := platform.NewMailbox[outcome](e.runtime)
	e.Call(to, class, verb, body, timeout, func(reply []byte, err error) { m.Put(outcome{reply, err}) })
	o, err := m.Take(ctx)
	if err != nil {
		return nil, err
	}
	return o.reply, o.err
}

// Greet asks who is at an address.
func (e *endpoint) Greet(ctx context.Context, address string) (*rpc.Hello, error) {
	if e.blocked[address] {
		return nil, rpc.ErrUnreachable
	}
	type outcome struct {
		hello *rpc.Hello
		err   error
	}
	m := platform.NewMailbox[outcome](e.runtime)
	e.transmit(address, answering, func(there *endpoint, err error) {
		o := outcome{err: err}
		if err == nil {
			h := there.options.Self()
			o.hello = &h
		}
		if d, ok := e.net.transit(address, e.options.Listen, answering); ok {
			e.net.s.after(e.process, d, func() { e.net.s.spawn(e.process, func() { m.Put(o) }) })
		}
	})
	o, err := m.Take(ctx)
	if err != nil {
		return nil, err
	}
	return o.hello, o.err
}

// Send sends a message without an answer.
func (e *endpoint) Send(to rpc.Peer, class rpc.Class, verb rpc.Verb, body []byte, lost func()) {
	body = bytes.Clone(body)
	fail := func() {
		if lost != nil {
			e.net.s.spawn(e.process, lost)
		}
	}
	address := e.AddressOf(to.Host, to.Address)
	if e.blocked[address] {
		fail()
		return
	}
	e.transmit(address, verb, func(there *endpoint, err error) {
		if err == nil {
			err = e.greet(there, to.Host)
		}
		if err != nil {
			fail()
			return
		}
		there.handle(e, class, verb, body, func([]byte) {})
	})
}

// Drop has nothing to do: what is sent here goes by itself, and nothing is held back for what was sent before it.
func (e *endpoint) Drop(rpc.Peer) {}

// Block cuts an address off.
func (e *endpoint) Block(address string, cut bool) { e.blocked[address] = cut }

// Close ends all connections.
func (e *endpoint) Close() error {
	if e.net.endpoints[e.options.Listen] == e {
		delete(e.net.endpoints, e.options.Listen)
	}
	e.net.gone(e)
	return nil
}

// gone tells those that had a connection to an endpoint that it broke, unless they can't know.
func (n *network) gone(e *endpoint) {
	host := e.options.Self().Host
	for _, other := range n.all {
		if !other.known[e] {
			continue
		}
		delete(other.known, e)
		if other.process.dead {
			continue
		}
		d, ok := n.transit(e.options.Listen, other.options.Listen, answering)
		if !ok {
			continue
		}
		n.s.after(other.process, d, func() {
			for _, c := range append([]*call(nil), other.calls...) {
				if c.to == e {
					other.end(c, nil, rpc.ErrUnreachable)
				}
			}
			n.s.spawn(other.process, func() { other.options.Lost(host) })
		})
	}
}
