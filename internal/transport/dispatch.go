package transport

import (
	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// run executes one frame. An error ends the connection.
func (c *conn) run(h protocol.Header, body []byte) error {
	c.server.Stats.Requests.Add(1)
	if h.Flags&protocol.FlagCompressed != 0 && !c.segments {
		plain, err := c.compression.Decompress(body)
		if err != nil {
			return c.refuse(h.Stream, err)
		}
		body = plain
	}
	if h.Flags&protocol.FlagBeta != 0 && h.Version <= protocol.V5 {
		h.Flags &^= protocol.FlagBeta // v5 is no beta any more; older drivers still say so
	}
	switch h.Opcode {
	case protocol.OpOptions:
		return c.options(h)
	case protocol.OpStartup:
		return c.startup(h, body)
	}
	if c.session == nil {
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected message %d before STARTUP", h.Opcode))
	}
	switch h.Opcode {
	case protocol.OpQuery, protocol.OpPrepare, protocol.OpExecute, protocol.OpBatch:
	case protocol.OpRegister:
		return c.register(h, body)
	case protocol.OpAuthResponse:
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected AUTH_RESPONSE: authentication is not enabled"))
	default:
		return c.fail(h.Stream, cassandra.Protocolf("Unknown opcode %d", h.Opcode))
	}
	request := Request{Version: h.Version, Opcode: h.Opcode, Body: body, Tracing: h.Flags&protocol.FlagTracing != 0}
	if h.Flags&protocol.FlagCustomPayload != 0 {
		r := protocol.NewReader(body)
		request.Payload = r.BytesMap()
		if err := r.Err(); err != nil {
			return c.refuse(h.Stream, err)
		}
		request.Body = body[len(body)-r.Left():]
	}
	if c.session.Short(h.Opcode, request.Body) {
		c.short(h, &request)
		if len(c.out) > flushBytes {
			return c.flush()
		}
		return nil
	}
	return c.longRequest(h, request)
}

// flushBytes is how much the reader's responses may grow before they are written, though more requests have come.
const flushBytes = 256 << 10

// short runs a request on the reader. Its response joins the reader's output, or waits for the disk with the committer.
func (c *conn) short(h protocol.Header, request *Request) {
	c.request = *request
	at := len(c.out)
	c.out = appendResponseHeader(c.out, h)
	c.response = Response{Opcode: protocol.OpResult, Body: c.out}
	c.handle(&c.request, &c.response)
	frame := c.response.Body[at:]
	if c.response.Pending == nil {
		c.out = c.response.Body[:at]
		c.out = append(c.out, c.finish(h, frame, &c.response)...)
		return
	}
	c.commits.add(c, h, c.finish(h, frame, &c.response), &c.response)
	c.out = c.response.Body[:at]
}

func appendResponseHeader(dst []byte, h protocol.Header) []byte {
	return protocol.AppendHeader(dst, protocol.Header{Version: h.Version, Response: true, Stream: h.Stream})
}

// longRequest runs a request on a goroutine of its own; the reader waits while there are too many.
func (c *conn) longRequest(h protocol.Header, request Request) error {
	size := int64(len(request.Body))
	if !c.server.budget.take(size) {
		c.server.Stats.Overloaded.Add(1)
		c.reply(h, protocol.OpError, func(b []byte) []byte {
			return protocol.AppendError(b, cassandra.Overloadedf("Too many bytes of requests are in flight"), h.Version)
		})
		return nil
	}
	request.Body = append([]byte(nil), request.Body...)
	full := c.longBytes.Load()+size > int64(c.server.options.Limits.FrameBytes)
	if full || len(c.long) == cap(c.long) {
		if err := c.flush(); err != nil {
			c.server.budget.give(size)
			return err
		}
	}
	if full {
		c.running.Wait()
	}
	select {
	case c.long <- struct{}{}:
	case <-c.ctx.Done():
		c.server.budget.give(size)
		return c.ctx.Err()
	}
	c.longBytes.Add(size)
	c.running.Go(func() {
		defer func() {
			c.longBytes.Add(-size)
			c.server.budget.give(size)
			<-c.long
		}()
		response := Response{Opcode: protocol.OpResult, Body: appendResponseHeader(make([]byte, 0, 512), h)}
		c.handle(&request, &response)
		if response.Pending != nil {
			if err := response.Pending.Wait(); err != nil {
				fail(&response, err, h.Version)
			}
		}
		// a write that fails has closed the connection already
		if err := c.write(c.finish(h, response.Body, &response)); err != nil {
			c.server.options.Logger.Debug("response lost", "client", c.client.String(), "error", err)
		}
	})
	return nil
}

// fail turns a response whose write failed into the error.
func fail(r *Response, err error, version protocol.Version) {
	r.Opcode = protocol.OpError
	r.Body = r.Failed(err, r.Body[:protocol.HeaderBytes], version)
}

// handle runs the session's handler. A panic is a defect of the server: the client gets an error, the log the stack.
func (c *conn) handle(request *Request, response *Response) {
	at := len(response.Body)
	defer func() {
		if p := recover(); p != nil {
			c.server.panicked(p)
			response.Opcode, response.Pending, response.Warnings = protocol.OpError, nil, nil
			response.Body = protocol.AppendError(response.Body[:at], cassandra.Serverf("Unexpected error: %v", p), request.Version)
		}
	}()
	c.session.Handle(c.ctx, request, response)
}

// finish completes a frame whose header has no flags, opcode or length yet, and returns it. What precedes a body (tracing id,
// warnings, payload) and compression are rare enough to build the frame anew.
func (c *conn) finish(h protocol.Header, frame []byte, r *Response) []byte {
	frame[4] = byte(r.Opcode)
	compress := c.compression != protocol.NoCompression && !c.segments
	if r.TraceID == nil && len(r.Warnings) == 0 && len(r.Payload) == 0 && !compress {
		protocol.PatchLength(frame)
		return frame
	}
	var flags byte
	var body []byte
	if r.TraceID != nil {
		flags |= protocol.FlagTracing
		body = append(body, r.TraceID[:]...)
	}
	if len(r.Warnings) > 0 && h.Version >= protocol.V4 {
		flags |= protocol.FlagWarning
		body = protocol.AppendWarnings(body, r.Warnings)
	}
	if len(r.Payload) > 0 && h.Version >= protocol.V4 {
		flags |= protocol.FlagCustomPayload
		body = protocol.AppendBytesMap(body, r.Payload)
	}
	body = append(body, frame[protocol.HeaderBytes:]...)
	out := append([]byte(nil), frame[:protocol.HeaderBytes]...)
	if compress {
		flags |= protocol.FlagCompressed
		out = c.compression.AppendCompressed(out, body)
	} else {
		out = append(out, body...)
	}
	out[1] = flags
	protocol.PatchLength(out)
	return out
}
