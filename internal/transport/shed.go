package transport

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/cassandra"
)

// budget is a number of bytes that some connections share: all, or those of one client address.
type budget struct {
	max int64
	// lone lets one request go over the bound while nothing else has anything of the budget, so that the largest is served sometime.
	lone    bool
	used    atomic.Int64
	waiting atomic.Int64 // len(queue), or more while somebody joins it

	mu    sync.Mutex
	queue []*waiter // guarded by mu: who waits for bytes, in the order of coming
}

// waiter waits for bytes of a budget.
type waiter struct {
	n, own int64
	ready  chan struct{} // closed once it has them
}

// take is false when so much is not left; nothing is taken then. own is what the connection that asks has of the budget already, for the same
// request.
func (b *budget) take(n, own int64) bool {
	for {
		used := b.used.Load()
		if used+n > b.max && !(b.lone && used <= own) {
			return false
		}
		if b.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// force takes what is in memory already, however little is left.
func (b *budget) force(n int64) { b.used.Add(n) }

// give returns bytes, to those who wait for them first.
func (b *budget) give(n int64) {
	b.used.Add(-n)
	if n == 0 || b.waiting.Load() == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serve()
}

// serve gives what is left to those who wait; b.mu is held.
func (b *budget) serve() {
	for len(b.queue) > 0 && b.take(b.queue[0].n, b.queue[0].own) {
		close(b.queue[0].ready)
		b.queue = slices.Delete(b.queue, 0, 1)
		b.waiting.Add(-1)
	}
}

// await takes bytes as soon as they are left and those who came before have theirs; false when late or done comes first.
func (b *budget) await(n, own int64, late, done <-chan struct{}) bool {
	w := &waiter{n: n, own: own, ready: make(chan struct{})}
	b.waiting.Add(1) // from now on whoever gives looks at the queue
	b.mu.Lock()
	if len(b.queue) == 0 && b.take(n, own) {
		b.waiting.Add(-1)
		b.mu.Unlock()
		return true
	}
	b.queue = append(b.queue, w)
	b.mu.Unlock()
	select {
	case <-w.ready:
		return true
	case <-late:
	case <-done:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.queue, w)
	if i < 0 { // it came at the same moment
		return true
	}
	b.queue = slices.Delete(b.queue, i, i+1)
	b.waiting.Add(-1)
	b.serve() // those behind it may want less
	return false
}

// address is what the connections of one client address share.
type address struct {
	budget
	conns int // guarded by Server.mu
}

// shareOf returns what a connection from an address shares with the others from there, counting it; nil when there are too many. s.mu is held.
func (s *Server) shareOf(from netip.Addr) *address {
	from = from.Unmap()
	a := s.addresses[from]
	if a == nil {
		a = &address{budget: budget{max: s.options.Limits.AddressBytes, lone: true}}
		s.addresses[from] = a
	}
	if a.conns >= s.options.Limits.AddressConnections {
		return nil
	}
	a.conns++
	return a
}

// leave counts a connection out; s.mu is held.
func (s *Server) leave(c *conn) {
	if c.share.conns--; c.share.conns == 0 {
		delete(s.addresses, c.client.Addr().Unmap())
	}
}

// take takes bytes of the server's and of the client's; why is empty when they were left. own is what the connection has for the same request
// already.
func (c *conn) take(n, own int64) (why string) {
	if !c.share.take(n, own) {
		return tooManyOfClient
	}
	if !c.server.budget.take(n, own) {
		c.share.give(n)
		return tooManyBytes
	}
	return ""
}

// force takes what is in memory already.
func (c *conn) force(n int64) {
	c.share.force(n)
	c.server.budget.force(n)
}

func (c *conn) give(n int64) {
	c.server.budget.give(n)
	c.share.give(n)
}

// takeSoon is take that waits a little for bytes, once for all that was read together: its client is not read meanwhile and so learns by
// itself to send less, which costs far less than to refuse what it sends. Those that asked to be told of overload at once are.
func (c *conn) takeSoon(n, own int64) (why string) {
	if why = c.take(n, own); why == "" {
		c.refusing = false
		return ""
	}
	late := c.patience()
	if late == nil {
		return why
	}
	if !c.share.await(n, own, late, c.ctx.Done()) {
		c.refusing = true
		return tooManyOfClient
	}
	if !c.server.budget.await(n, own, late, c.ctx.Done()) {
		c.share.give(n)
		c.refusing = true
		return tooManyBytes
	}
	return ""
}

// patientShare is the part of Limits.InFlightBytes, one in so many, up to which a buffer for half a request waits for bytes. What a larger one
// holds meanwhile is better used for requests that are whole.
const patientShare = 32

// takeRoom takes bytes for a buffer of size, of which it is told how many are new.
func (c *conn) takeRoom(more int64, size int) (why string) {
	if int64(size) > c.server.options.Limits.InFlightBytes/patientShare {
		return c.take(more, c.held)
	}
	return c.takeSoon(more, c.held)
}

// easesSoon waits a little until the process is not short of memory any more, as takeSoon does for bytes.
func (c *conn) easesSoon() bool {
	if !c.server.strained() {
		return true
	}
	late := c.patience()
	if late == nil {
		return false
	}
	for c.server.strained() {
		select {
		case <-c.after(strainedAgain):
			continue
		case <-late:
		case <-c.ctx.Done():
		}
		c.refusing = true
		return false
	}
	return true
}

// patience is closed when a request has waited for as long as it may; nil when it may not wait. On a connection whose requests are being refused
// none waits: what has come has to be answered faster than more comes.
func (c *conn) patience() <-chan struct{} {
	if c.impatient || c.refusing {
		return nil
	}
	c.impatient = true
	if c.flush() != nil {
		return nil // the connection is at its end
	}
	return c.after(c.server.options.Limits.Patience)
}

// after is closed after a while.
func (c *conn) after(d time.Duration) <-chan struct{} {
	over := make(chan struct{})
	c.server.options.Clock.AfterFunc(d, func() { close(over) })
	return over
}

// Why requests and connections are refused, for clients and the log.
const (
	tooManyBytes       = "Too many bytes of requests are in flight"
	tooManyOfClient    = "Too many bytes of requests from this address are in flight"
	tooManyHeavy       = "Too many reads and statements as text are in flight"
	tooLittleMemory    = "The node is short of memory"
	tooManyConnections = "The node has too many connections"
	tooManyFromAddress = "The node has too many connections from this address"
)

// shed is the error for a request that is refused; the log hears of the first and then of how many once in a while.
func (s *Server) shed(why string) *cassandra.Error {
	s.Stats.Overloaded.Add(1)
	s.saidShed.say(s, "requests are refused as Overloaded: "+why, &s.Stats.Overloaded)
	return cassandra.Overloadedf("%s", why)
}

// sayEvery is how often the log hears of what goes on and on.
const sayEvery = 30 * time.Second

// saying remembers when the log was told of something that happens often.
type saying struct {
	mu    sync.Mutex
	again time.Duration // guarded by mu: not before, by Clock.Monotonic
	told  int64         // guarded by mu: of the count
}

// say logs a warning with how often it happened since it was logged before.
func (m *saying) say(s *Server, text string, count *atomic.Int64) {
	now := s.options.Clock.Monotonic()
	if !m.mu.TryLock() {
		return // somebody says it
	}
	defer m.mu.Unlock()
	if now < m.again {
		return
	}
	n := count.Load()
	s.options.Logger.Warn(text, "count", n-m.told, "in_flight_bytes", s.InFlightBytes(), "connections", s.Stats.Connections.Load())
	m.again, m.told = now+sayEvery, n
}
