package client

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// answerer is a server: it gives the opcode and body that answer a request, or hangup.
type answerer func(h protocol.Header, body []byte) (protocol.Opcode, []byte)

// hangup makes the server close the connection, silence makes it say nothing.
const (
	hangup  protocol.Opcode = 0xFE
	silence protocol.Opcode = 0xFD
)

// dialTo returns options whose connections end in a server in this process.
func dialTo(t *testing.T, a answerer) Options {
	return Options{Dialer: func(context.Context, string) (net.Conn, error) {
		near, far := net.Pipe()
		go answerAll(t, far, a)
		return near, nil
	}}
}

func answerAll(t *testing.T, nc net.Conn, a answerer) {
	defer func() {
		if err := nc.Close(); err != nil {
			t.Error(err)
		}
	}()
	var head [protocol.HeaderBytes]byte
	for {
		if _, err := io.ReadFull(nc, head[:]); err != nil {
			return
		}
		h, err := protocol.ParseHeader(head[:])
		if err != nil {
			t.Error(err)
			return
		}
		body := make([]byte, h.Length)
		if _, err := io.ReadFull(nc, body); err != nil {
			t.Error(err)
			return
		}
		op, answer := a(h, body)
		if op == hangup {
			return
		}
		if op == silence {
			continue
		}
		out := protocol.AppendHeader(nil, protocol.Header{Version: h.Version, Response: true, Stream: h.Stream, Opcode: op, Length: len(answer)})
		if _, err := nc.Write(append(out, answer...)); err != nil {
			return
		}
	}
}

// ready answers STARTUP and leaves the rest to a.
func ready(a answerer) answerer {
	return func(h protocol.Header, body []byte) (protocol.Opcode, []byte) {
		if h.Opcode == protocol.OpStartup {
			return protocol.OpReady, nil
		}
		return a(h, body)
	}
}

func refusal(e *cassandra.Error, v protocol.Version) (protocol.Opcode, []byte) {
	return protocol.OpError, protocol.AppendError(nil, e, v)
}

func connect(t *testing.T, o Options) *Conn {
	t.Helper()
	if o.Version == 0 {
		o.Version = protocol.V4
	}
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func code(t *testing.T, err error) cassandra.Code {
	t.Helper()
	var e *cassandra.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not a server's error", err)
	}
	return e.Code
}
