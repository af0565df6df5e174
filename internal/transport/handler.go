package transport

import (
	"context"
	"net/netip"

	"helenus/internal/protocol"
)

// Handler is what runs requests: package exec.
type Handler interface {
	// Connect begins a session for a connection that has sent STARTUP with these options.
	Connect(client netip.AddrPort, version protocol.Version, options map[string]string) Session
}

// Session runs the requests of one connection; several at a time.
type Session interface {
	// Short says whether a request is brief enough to run on the connection's reader: no scan, no schema change.
	Short(op protocol.Opcode, body []byte) bool
	// Handle runs a QUERY, PREPARE, EXECUTE or BATCH. Request.Body is valid until it returns. It appends a body to Response.Body and
	// never panics on what a client sent.
	Handle(ctx context.Context, req *Request, resp *Response)
	// Close ends the session.
	Close()
}

// Request is one request.
type Request struct {
	Version protocol.Version
	Opcode  protocol.Opcode
	Body    []byte
	Tracing bool
	Payload map[string][]byte
}

// Pending is work that must be done before a response may go out.
type Pending interface {
	Wait() error
}

// Response is what a Session answers.
type Response struct {
	Opcode protocol.Opcode
	// Body is appended to; what it holds at first is not the Session's to touch.
	Body     []byte
	Warnings []string
	// TraceID is set when the request was traced.
	TraceID *[16]byte
	Payload map[string][]byte
	// Pending, when not nil, is waited for before the response is sent; its error replaces the response through Failed.
	Pending Pending
	Failed  func(err error, body []byte, version protocol.Version) []byte
}
