package rpc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// incoming is a connection that another node made.
type incoming struct {
	transport *Transport
	conn      net.Conn
	from      atomic.Pointer[Hello]
	compress  bool // replies
	running   sync.WaitGroup
	calls     atomic.Int64  // that run
	bytes     atomic.Int64  // of their bodies
	ended     chan struct{} // told when one ends

	mu    sync.Mutex
	queue []byte // guarded by mu: replies to be written
	spare []byte // guarded by mu
	busy  bool   // guarded by mu: somebody writes
	lost  bool   // guarded by mu
}

func (i *incoming) serve() {
	t := i.transport
	err := i.read()
	i.conn.Close()
	i.running.Wait()
	t.mu.Lock()
	delete(t.incoming, i)
	t.mu.Unlock()
	if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && t.ctx.Err() == nil {
		t.options.Logger.Debug("connection of another node ended", "from", i.conn.RemoteAddr(), "error", err)
	}
}

func (i *incoming) greet() error {
	t := i.transport
	if err := i.conn.SetDeadline(t.options.Clock.Now().Add(dialWithin)); err != nil {
		return err
	}
	h, err := readHello(i.conn)
	if err != nil {
		return err
	}
	answer := t.self(h.Class)
	if answer.Refused = Judge(answer, &h); answer.Refused == "" && (t.isBlocked(h.Address) || h.Class >= classes) {
		return ErrUnreachable
	}
	token := t.options.Token
	switch {
	case token == "" && h.Challenge != "":
		answer.Refused = unwanted(&h)
	case token != "" && h.Challenge == "":
		answer.Refused = noToken(&h)
	case token != "":
		answer.Challenge = newChallenge()
		answer.Proof = proof(token, answers, h.Challenge, answer)
	}
	if why := t.options.Fenced(h.Host); why != "" && answer.Refused == "" {
		answer.Refused, answer.Fenced = why, true
	}
	if answer.Refused == "" && t.IsTwin(&h) {
		answer.Refused, answer.Twin = twinText(&h), true
	}
	if err := writeHello(i.conn, answer); err != nil {
		return err
	}
	if token != "" && answer.Refused == "" {
		shown, err := readProof(i.conn)
		if err != nil {
			return err
		}
		if !proves(token, asks, answer.Challenge, &h, shown) {
			answer.Refused = noToken(&h)
		}
	}
	if answer.Refused != "" {
		t.options.Logger.Warn("refused a node", "reason", answer.Refused)
		return refusal(answer.Refused)
	}
	i.compress = t.compresses(answer, &h)
	i.from.Store(&h)
	t.met(&h)
	return i.conn.SetDeadline(time.Time{})
}

func (i *incoming) read() error {
	if err := i.greet(); err != nil {
		return err
	}
	from := i.from.Load()
	r := bufio.NewReaderSize(i.conn, 64<<10)
	for {
		f, err := readFrame(r)
		if err != nil {
			if errors.Is(err, errFrame) {
				i.transport.traffic.Peer(from.Host).Corrupt.Add(1)
			}
			return err
		}
		if f.kind != kindCall && f.kind != kindOneWay {
			return fmt.Errorf("%w: kind %d", errFrame, f.kind)
		}
		came := i.transport.options.Clock.Monotonic()
		peer := i.transport.traffic.Peer(from.Host)
		peer.Received.add(1, len(f.body))
		for i.isFull(len(f.body)) {
			<-i.ended
		}
		i.took(len(f.body))
		i.running.Go(func() {
			count := i.transport.traffic.Of(f.verb)
			count.Running.Add(1)
			peer.Scheduled.add(1, len(f.body))
			outcome := &peer.Processed
			defer func() {
				count.Running.Add(-1)
				count.Served.Add(1)
				p := recover()
				if p != nil {
					outcome = &peer.Failed
				}
				peer.Scheduled.add(-1, -len(f.body))
				outcome.add(1, len(f.body))
				if p != nil { // a defect, or bytes that nobody thought of: the connection pays, not the process
					i.transport.options.Logger.Error("a message of another node", "verb", f.verb, "panic", p, "stack", string(debug.Stack()))
					i.conn.Close()
				}
				i.done(len(f.body))
			}()
			if f.kind == kindCall && i.transport.options.Clock.Monotonic()-came >= f.within { // nobody waits for it any more
				outcome = &peer.Expired
				return
			}
			i.transport.options.Handle(from, f.verb, f.body, func(body []byte) {
				if f.kind == kindCall {
					i.reply(f.verb, f.id, body)
				}
			})
		})
	}
}

// isFull says whether a message has to wait for others of its connection that run.
func (i *incoming) isFull(size int) bool {
	t := i.transport
	running, bound, n := i.calls.Load(), t.options.RunningBytes, int64(size)
	switch {
	case running == 0: // so that no connection waits for another
		return false
	case running >= int64(t.options.Served), i.bytes.Load()+n > bound/connectionShare:
		return true
	}
	return i.counts() && t.served.Load()+n > bound
}

// counts says whether the connection's messages count among all that run; the metadata's go on whatever waits.
func (i *incoming) counts() bool { return i.from.Load().Class != Control }

func (i *incoming) took(size int) {
	i.calls.Add(1)
	i.bytes.Add(int64(size))
	if i.counts() {
		i.transport.served.Add(int64(size))
	}
}

func (i *incoming) done(size int) {
	i.bytes.Add(-int64(size))
	i.calls.Add(-1)
	if i.counts() {
		i.transport.served.Add(-int64(size))
	}
	select {
	case i.ended <- struct{}{}:
	default: // the reader has been told and not looked yet
	}
}

// reply queues a reply and, when nobody else does, writes all that has gathered.
func (i *incoming) reply(verb Verb, id uint64, body []byte) {
	kind := byte(kindReply)
	if len(body) > BodyMax {
		i.transport.options.Logger.Error("an answer to another node is too long", "verb", verb, "bytes", len(body))
		kind, body = kindRefuse, fmt.Appendf(nil, "an answer of %d bytes is too long", len(body))
	} else {
		kind, body = compress(i.compress, kind, body)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lost {
		return
	}
	if int64(len(i.queue)) > max(i.transport.options.QueuedBytes/connectionShare, queuedMin) {
		i.lost = true
		i.conn.Close()
		return
	}
	i.queue = appendFrame(i.queue, frame{kind: kind, verb: verb, id: id, body: body})
	if i.busy {
		return
	}
	i.busy = true
	for len(i.queue) > 0 && !i.lost {
		out := i.queue
		i.queue, i.spare = i.spare[:0], nil
		i.mu.Unlock()
		err := writeAll(i.conn, i.transport.options.Clock, out)
		if err != nil {
			i.conn.Close()
		}
		i.mu.Lock()
		i.lost = i.lost || err != nil
		if cap(out) <= writeBytes {
			i.spare = out[:0]
		}
	}
	i.busy = false
}
