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
	places    chan struct{} // a place for each call that runs
	running   sync.WaitGroup

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
	if t.options.Fenced(h.Host) {
		answer.Refused, answer.Fenced = fencedText(h.Host), true
	}
	if err := writeHello(i.conn, answer); err != nil {
		return err
	}
	if answer.Refused != "" {
		t.options.Logger.Warn("refused a node", "reason", answer.Refused)
		return refusal(answer.Refused)
	}
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
			return err
		}
		if f.kind != kindCall && f.kind != kindOneWay {
			return fmt.Errorf("%w: kind %d", errFrame, f.kind)
		}
		i.places <- struct{}{}
		i.running.Go(func() {
			defer func() {
				if p := recover(); p != nil { // a defect, or bytes that nobody thought of: the connection pays, not the process
					i.transport.options.Logger.Error("a message of another node", "verb", f.verb, "panic", p, "stack", string(debug.Stack()))
					i.conn.Close()
				}
				<-i.places
			}()
			i.transport.options.Handle(from, f.verb, f.body, func(body []byte) {
				if f.kind == kindCall {
					i.reply(f.verb, f.id, body)
				}
			})
		})
	}
}

// reply queues a reply and, when nobody else does, writes all that has gathered.
func (i *incoming) reply(verb Verb, id uint64, body []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lost {
		return
	}
	if len(i.queue) > queuedMax {
		i.lost = true
		i.conn.Close()
		return
	}
	i.queue = appendFrame(i.queue, kindReply, verb, id, body)
	if i.busy {
		return
	}
	i.busy = true
	for len(i.queue) > 0 && !i.lost {
		out := i.queue
		i.queue, i.spare = i.spare[:0], nil
		i.mu.Unlock()
		err := i.conn.SetWriteDeadline(i.transport.options.Clock.Now().Add(writeWithin))
		if err == nil {
			_, err = i.conn.Write(out)
		}
		if err != nil {
			i.conn.Close()
		}
		i.mu.Lock()
		i.lost = i.lost || err != nil
		if cap(out) <= 1<<20 {
			i.spare = out[:0]
		}
	}
	i.busy = false
}
