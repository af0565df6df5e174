package transport

import (
	"context"
	"net/netip"

	"helenus/internal/exec"
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
	// Heavy says whether a request that is not short may take much memory: it gathers rows, or has text to be read.
	Heavy(op protocol.Opcode, body []byte) bool
	// Handle runs a QUERY, PREPARE, EXECUTE or BATCH. Request.Body is valid until it returns. It appends a body to Response.Body and
	// never panics on what a client sent.
	Handle(ctx context.Context, req *Request, resp *Response)
	// Close ends the session.
	Close()
}

// Request, Response and Pending are what package exec takes and gives.
type (
	Request  = exec.Request
	Response = exec.Response
	Pending  = exec.Pending
)
