package transport

import (
	"context"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// run executes one frame. An error ends the connection.
func (c *conn) run(h protocol.Header, body []byte) error {
	c.server.Stats.Requests.Add(1)
	if h.Flags&protocol.FlagCompressed != 0 && !c.segments {
		size, err := c.compression.DecompressedBytes(body, c.server.options.Limits.FrameBytes)
		if err != nil {
			return c.refuse(h.Stream, err)
		}
		if why := c.takeSoon(int64(size), c.held); why != "" {
			c.shed(h, why)
			return nil
		}
		defer c.give(int64(size))
		if body, err = c.compression.Decompress(body); err != nil {
			return c.refuse(h.Stream, err)
		}
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
	switch {
	case c.guest != nil && h.Opcode == protocol.OpAuthResponse:
		return c.authenticate(h, body)
	case c.guest != nil:
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected message %d, expecting AUTH_RESPONSE", h.Opcode))
	case c.session == nil:
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected message %d before STARTUP", h.Opcode))
	}
	switch h.Opcode {
	case protocol.OpQuery, protocol.OpPrepare, protocol.OpExecute, protocol.OpBatch:
	case protocol.OpRegister:
		return c.register(h, body)
	case protocol.OpAuthResponse:
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected AUTH_RESPONSE: nobody asked for it"))
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
		if !c.easesSoon() {
			c.shed(h, tooLittleMemory)
			return nil
		}
		c.short(h, &request)
		if len(c.out) > c.server.options.Limits.flushBytes() {
			return c.flush()
		}
		return nil
	}
	return c.longRequest(h, request)
}

// short runs a request on the reader. Its response joins the reader's output, or waits for the disk with the committer.
func (c *conn) short(h protocol.Header, request *Request) {
	size := int64(2*len(request.Body)) + pendingBytes
	if why := c.takeSoon(size, c.held); why != "" {
		c.shed(h, why)
		return
	}
	c.request = *request
	at := len(c.out)
	c.out = appendResponseHeader(c.out, h)
	c.response = Response{Opcode: protocol.OpResult, Body: c.out}
	began := c.server.begin()
	c.handle(&c.request, &c.response)
	frame := c.response.Body[at:]
	if c.response.Pending == nil {
		c.give(size)
		c.server.answered(c.response.Kind, c.response.Table, began)
		c.out = c.response.Body[:at]
		c.out = append(c.out, c.finish(h, frame, &c.response)...)
		return
	}
	c.commits.add(c, h, c.finish(h, frame, &c.response), &c.response, began, size)
	c.out = c.response.Body[:at]
}

func appendResponseHeader(dst []byte, h protocol.Header) []byte {
	return protocol.AppendHeader(dst, protocol.Header{Version: h.Version, Response: true, Stream: h.Stream})
}

// longRequest runs a request on a goroutine of its own; the reader waits while too many of its connection's run.
func (c *conn) longRequest(h protocol.Header, request Request) error {
	size := int64(2*len(request.Body)) + longBytes
	if c.isFull(size) {
		if err := c.flush(); err != nil {
			return err
		}
	}
	for c.isFull(size) {
		select {
		case <-c.longEnded:
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
	if why := c.takeSoon(size, c.held); why != "" {
		c.shed(h, why)
		return nil
	}
	request.Body = append([]byte(nil), request.Body...)
	c.longs.Add(1)
	c.longBytes.Add(size)
	began := c.server.begin()
	c.running.Go(func() {
		defer func() {
			c.longBytes.Add(-size)
			c.longs.Add(-1)
			c.give(size)
			select {
			case c.longEnded <- struct{}{}:
			default: // the reader has been told and not looked yet
			}
		}()
		response := Response{Opcode: protocol.OpResult, Body: appendResponseHeader(make([]byte, 0, 512), h)}
		held := c.long(h, &request, &response, size)
		defer func() { c.give(held) }()
		if response.Pending != nil {
			if err := response.Pending.Wait(); err != nil {
				fail(&response, err, h.Version)
			}
		}
		c.server.answered(response.Kind, response.Table, began)
		// a write that fails has closed the connection already
		if err := c.write(c.finish(h, response.Body, &response)); err != nil {
			c.server.options.Logger.Debug("response lost", "client", c.client.String(), "error", err)
		}
	})
	return nil
}

// long runs a long request, which holds own bytes of the budget, and returns what its response holds. Heavy ones run so many at a time.
func (c *conn) long(h protocol.Header, request *Request, response *Response, own int64) (held int64) {
	s := c.server
	if c.session.Heavy(request.Opcode, request.Body) {
		if why := s.turn(c.ctx); why != "" {
			refuse(response, s.shed(why), h)
			return 0
		}
		defer func() { <-s.heavy }()
	} else if s.strained() && !s.easesInTurn(c.ctx) {
		refuse(response, s.shed(tooLittleMemory), h)
		return 0
	}
	c.handle(request, response)
	held = int64(cap(response.Body))
	if c.segments || c.compression != protocol.NoCompression {
		held *= 2 // it is written from a copy
	}
	if held <= longBytes {
		return 0
	}
	why := c.take(held, own)
	if why == "" {
		return held
	}
	if response.Kind.IsRead() { // what is pending then is no more than a trace
		response.Body = nil
		refuse(response, s.shed(why), h)
		return 0
	}
	c.force(held) // it was carried out
	return held
}

// refuse makes a response the error for a request that was not carried out.
func refuse(r *Response, err *cassandra.Error, h protocol.Header) {
	*r = Response{Opcode: protocol.OpError, Kind: r.Kind, Body: appendResponseHeader(nil, h)}
	r.Body = protocol.AppendError(r.Body, err, h.Version)
}

// turn waits until a heavy request may begin: until fewer run, and there is memory. It says why one may not when that takes too long, or nothing
// when it may.
func (s *Server) turn(ctx context.Context) (refused string) {
	late := make(chan struct{})
	timer := s.options.Clock.AfterFunc(s.options.Limits.Turn, func() { close(late) })
	defer timer.Stop()
	select {
	case s.heavy <- struct{}{}:
	case <-late:
		return tooManyHeavy
	case <-ctx.Done():
		return tooManyHeavy
	}
	if !s.eases(ctx, late) {
		<-s.heavy
		return tooLittleMemory
	}
	return ""
}

// easesInTurn waits until there is memory, as long as a heavy request waits for its turn.
func (s *Server) easesInTurn(ctx context.Context) bool {
	late := make(chan struct{})
	timer := s.options.Clock.AfterFunc(s.options.Limits.Turn, func() { close(late) })
	defer timer.Stop()
	return s.eases(ctx, late)
}

// eases waits until there is memory; false when late or the end of ctx comes first.
func (s *Server) eases(ctx context.Context, late <-chan struct{}) bool {
	for s.strained() {
		again := make(chan struct{})
		timer := s.options.Clock.AfterFunc(strainedAgain, func() { close(again) })
		select {
		case <-again:
		case <-late:
			timer.Stop()
			return false
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
	return true
}

// strainedAgain is how often a request that waits for memory looks whether there is some.
const strainedAgain = 5 * time.Millisecond

func (s *Server) strained() bool {
	return s.options.Limits.Strained != nil && s.options.Limits.Strained()
}

// isFull says whether a long request has to wait for others of its connection.
func (c *conn) isFull(size int64) bool {
	running := c.longs.Load()
	limits := &c.server.options.Limits
	return running >= int64(limits.LongRequests) || running > 0 && c.longBytes.Load()+size > limits.connectionBytes()
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
