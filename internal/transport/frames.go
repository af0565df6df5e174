package transport

import (
	"errors"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// frames cuts what has been read into frames, runs them, and keeps what is left for later.
func (c *conn) frames() error {
	used := 0
	if len(c.plain) == 0 {
		c.want = 0
	}
	for used < len(c.in) {
		var n int
		var err error
		if !c.segments && c.skip > 0 {
			n = min(c.skip, len(c.in)-used)
			c.skip -= n
		} else if c.segments {
			n, err = c.segment(c.in[used:])
		} else {
			n, err = c.frame(c.in[used:])
		}
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		used += n
	}
	c.in = c.in[:copy(c.in, c.in[used:])]
	if keep := c.server.options.Limits.readBytes(); len(c.in) < keep && cap(c.in) > 2*keep { // a large frame was there
		c.in = append(make([]byte, 0, keep), c.in...)
	}
	if cap(c.scratch) > c.server.options.Limits.keepBytes() {
		c.scratch = nil
	}
	c.charge()
	return nil
}

// frame runs the frame at the start of raw and returns its length, or 0 when it is not whole yet.
func (c *conn) frame(raw []byte) (int, error) {
	if len(raw) < 1 {
		return 0, nil
	}
	if v := raw[0] & 0x7F; raw[0]&0x80 != 0 || v < byte(protocol.V3) || v > byte(protocol.V5) {
		stream := int16(0)
		if len(raw) >= 4 {
			stream = int16(raw[2])<<8 | int16(raw[3])
		}
		if len(raw) < protocol.HeaderBytes {
			return 0, nil
		}
		return 0, c.fail(stream, protocol.ErrVersion(raw[0]))
	}
	if len(raw) < protocol.HeaderBytes {
		return 0, nil
	}
	h, err := protocol.ParseHeader(raw)
	if err != nil {
		return 0, c.refuse(h.Stream, err)
	}
	if c.version != 0 && h.Version != c.version {
		return 0, c.fail(h.Stream, cassandra.Protocolf("Invalid message version. Got %d/v%d but previous messages on this connection had version %d/v%d", h.Version, h.Version, c.version, c.version))
	}
	limit := c.server.options.Limits.FrameBytes
	if c.session == nil {
		limit = min(limit, startupFrameBytes)
	}
	if h.Length > limit {
		return 0, c.fail(h.Stream, cassandra.Protocolf("Request is too big: length %d exceeds maximum allowed length %d.", h.Length, limit))
	}
	size := protocol.HeaderBytes + h.Length
	if len(raw) < size {
		c.want = size
		return 0, nil
	}
	if c.version == 0 {
		c.version = h.Version
	}
	return size, c.run(h, raw[protocol.HeaderBytes:size:size])
}

func (c *conn) refuse(stream int16, err error) error {
	var e *cassandra.Error
	if !errors.As(err, &e) {
		e = cassandra.Protocolf("%v", err)
	}
	return c.fail(stream, e)
}

// segment takes one v5 segment off the front of raw and runs the frames that it completes.
func (c *conn) segment(raw []byte) (int, error) {
	s, size, scratch, err := protocol.NextSegment(raw, c.scratch, c.compression == protocol.LZ4)
	c.scratch = scratch
	if err != nil {
		return 0, c.refuse(0, err)
	}
	if size == 0 {
		return 0, nil
	}
	if s.SelfContained {
		if len(c.plain) > 0 {
			return 0, c.fail(0, cassandra.Protocolf("A self-contained segment in the middle of a large frame"))
		}
		for rest := s.Payload; len(rest) > 0; {
			n, err := c.frame(rest)
			if err != nil {
				return 0, err
			}
			if n == 0 {
				return 0, c.fail(0, cassandra.Protocolf("A frame reaches beyond its self-contained segment"))
			}
			rest = rest[n:]
			if !c.segments {
				break
			}
		}
		return size, nil
	}
	payload := s.Payload
	skipped := min(c.skip, len(payload))
	c.skip -= skipped
	if payload = payload[skipped:]; len(payload) == 0 {
		return size, nil
	}
	if ok, err := c.growPlain(payload); err != nil || !ok {
		return size, err
	}
	c.plain = append(c.plain, payload...)
	c.want = 0
	n, err := c.frame(c.plain)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		c.plain = c.plain[:copy(c.plain, c.plain[n:])]
		if cap(c.plain) > c.server.options.Limits.keepBytes() {
			c.plain = nil
		}
	}
	return size, nil
}

// growPlain makes room in plain for a segment's payload; false when the budget has none and the frame is skipped.
func (c *conn) growPlain(payload []byte) (bool, error) {
	need := len(c.plain) + len(payload)
	if need <= cap(c.plain) {
		return true, nil
	}
	size := max(2*cap(c.plain), need)
	if c.want > 0 {
		size = max(need, min(size, c.want))
	}
	head := c.plain
	if len(head) < protocol.HeaderBytes {
		head = payload
	}
	more := int64(size - cap(c.plain))
	if why := c.takeRoom(more, size); why != "" {
		if h, err := protocol.ParseHeader(head); err == nil && h.Length <= c.server.options.Limits.FrameBytes && c.session != nil {
			return false, c.skipFrame(head, max(0, protocol.HeaderBytes+h.Length-need), why)
		}
		c.force(more) // it is about to be refused for another reason
	}
	c.held += more
	bigger := make([]byte, len(c.plain), size)
	copy(bigger, c.plain)
	c.plain = bigger
	return true, nil
}
