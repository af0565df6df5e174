package rpc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"helenus/internal/platform"
)

// TestQueueIsBounded guards that a peer that takes nothing costs its callers an error and this node no more memory than it has for that, while
// other peers are spoken to.
func TestQueueIsBounded(t *testing.T) {
	const bound = 8 << 20
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1}, func(o *Options) { o.QueuedBytes = bound })
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	go func() {
		c, err := deaf.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		h, err := readHello(c)
		if err == nil {
			err = writeHello(c, &Hello{Version: Version, Class: h.Class, Host: hostB, Address: deaf.Addr().String()})
		}
		if err == nil {
			<-a.ctx.Done()
		}
	}()
	refused := make(chan error, 1000)
	body := make([]byte, 1<<20)
	for range 64 {
		a.Call(Peer{hostB, deaf.Addr().String()}, Data, verbEcho, body, time.Minute, func(_ []byte, err error) { refused <- err })
	}
	if err := <-refused; !errors.Is(err, ErrBacklog) {
		t.Errorf("a peer that takes nothing: %v", err)
	}
	if n := a.queued.Load(); n > bound/connectionShare+2<<20 {
		t.Errorf("%d bytes wait for it", n)
	}
	c := start(t, "127.0.0.1:0", Hello{Host: uuid.UUID{0xC}, Generation: 1})
	if _, err := a.Ask(t.Context(), Peer{Address: c.Address().String()}, Data, verbEcho, body, time.Minute); err != nil {
		t.Error(err)
	}
	a.Block(deaf.Addr().String(), true)
	for end := time.Now().Add(10 * time.Second); a.queued.Load() != 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d bytes wait for nobody", a.queued.Load())
		}
	}
}

// TestRunningIsBounded guards that the bodies of calls that run for others fit into what the node has for them.
func TestRunningIsBounded(t *testing.T) {
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1})
	began, release := make(chan struct{}, 100), make(chan struct{})
	var running, most atomic.Int64
	b := start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1}, func(o *Options) {
		o.RunningBytes = 16 << 20
		o.Handle = func(_ *Hello, _ Verb, body []byte, reply Reply) {
			if n := running.Add(int64(len(body))); n > most.Load() {
				most.Store(n)
			}
			began <- struct{}{}
			<-release
			running.Add(-int64(len(body)))
			reply(nil)
		}
	})
	done := make(chan error, 20)
	for range cap(done) {
		a.Call(Peer{hostB, b.Address().String()}, Data, verbEcho, make([]byte, 1<<20), time.Minute, func(_ []byte, err error) { done <- err })
	}
	for range 4 {
		<-began
	}
	close(release)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := most.Load(); n > 4<<20 {
		t.Errorf("%d bytes ran at once", n)
	}
	if n := b.served.Load(); n != 0 {
		t.Errorf("%d bytes are counted after the end", n)
	}
}

// TestLateCallsAreDropped guards that a call which waited for longer than its caller does is not carried out.
func TestLateCallsAreDropped(t *testing.T) {
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1})
	began, release := make(chan struct{}, 1), make(chan struct{})
	var muted atomic.Int64
	b := start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1}, func(o *Options) {
		o.Served = 1
		o.Handle = func(_ *Hello, verb Verb, body []byte, reply Reply) {
			switch verb {
			case verbPanic: // it takes its time
				began <- struct{}{}
				<-release
			case verbMute:
				muted.Add(1)
			}
			reply(body)
		}
	})
	toB := Peer{hostB, b.Address().String()}
	first := make(chan error, 1)
	a.Call(toB, Data, verbPanic, nil, time.Minute, func(_ []byte, err error) { first <- err })
	<-began
	if _, err := a.Ask(t.Context(), toB, Data, verbMute, nil, 20*time.Millisecond); !errors.Is(err, ErrTimeout) {
		t.Fatal(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ask(t.Context(), toB, Data, verbEcho, nil, time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := muted.Load(); n != 0 {
		t.Errorf("%d late calls were carried out", n)
	}
}

// TestPortions guards that what is written at once ends with a frame, and that calls which timed out while they waited are left out.
func TestPortions(t *testing.T) {
	o := &outgoing{calls: map[uint64]*call{2: {}, 4: {}, 5: {}}}
	var queue []byte
	for id := uint64(1); id <= 5; id++ {
		queue = appendFrame(queue, frame{kind: kindCall, id: id, body: make([]byte, writeBytes/2)})
	}
	queue = appendFrame(queue, frame{kind: kindOneWay})
	written := func() (ids []uint64) {
		for left := queue; len(left) > 0; {
			skip, n := o.portion(left)
			for r := bytes.NewReader(left[skip : skip+n]); r.Len() > 0; {
				f, err := readFrame(r)
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, f.id)
			}
			left = left[skip+n:]
		}
		return ids
	}
	if ids := written(); len(ids) != 6 {
		t.Errorf("written %v while none is known to be late", ids)
	}
	o.overdue = 2
	if ids := written(); len(ids) != 4 || ids[0] != 2 || ids[1] != 4 || ids[2] != 5 {
		t.Errorf("written %v", ids)
	}
}

// slowConn notes how it was written to.
type slowConn struct {
	net.Conn
	deadlines, longest int
}

func (c *slowConn) SetWriteDeadline(time.Time) error { c.deadlines++; return nil }

func (c *slowConn) Write(b []byte) (int, error) {
	c.longest = max(c.longest, len(b))
	return len(b), nil
}

// TestPatience guards that each part of a long message has a time of its own.
func TestPatience(t *testing.T) {
	c := &slowConn{}
	if err := writeAll(c, platform.SystemClock{}, make([]byte, 5*writeBytes+1)); err != nil || c.deadlines != 6 || c.longest != writeBytes {
		t.Errorf("%d deadlines, up to %d bytes each, %v", c.deadlines, c.longest, err)
	}
}

// TestAnswerTooLong guards that a call whose answer can't travel ends with an error, and its connection goes on.
func TestAnswerTooLong(t *testing.T) {
	a := start(t, "127.0.0.1:0", Hello{Host: hostA, Generation: 1})
	b := start(t, "127.0.0.1:0", Hello{Host: hostB, Generation: 1}, func(o *Options) {
		o.Handle = func(_ *Hello, verb Verb, body []byte, reply Reply) {
			if verb == verbMute {
				body = make([]byte, BodyMax+1)
			}
			reply(body)
		}
	})
	toB := Peer{hostB, b.Address().String()}
	if _, err := a.Ask(t.Context(), toB, Data, verbMute, nil, time.Minute); !errors.Is(err, ErrRefused) {
		t.Errorf("an answer that is too long: %v", err)
	}
	if got, err := a.Ask(t.Context(), toB, Data, verbEcho, []byte("x"), time.Minute); err != nil || string(got) != "x" || a.lost.Load() != 0 {
		t.Errorf("%q %v, %d connections lost", got, err, a.lost.Load())
	}
}

// TestShortCall guards that a call too short for its time, a field that other frames don't have, is malformed.
func TestShortCall(t *testing.T) {
	raw := appendFrame(nil, frame{kind: kindReply, id: 1, body: []byte("abc")})
	raw[frameHead] = kindCall
	binary.BigEndian.PutUint32(raw[4:], crc32.Checksum(raw[frameHead:], castagnoli))
	if _, err := readFrame(bytes.NewReader(raw)); !errors.Is(err, errFrame) || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
