package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"helenus/internal/protocol"
)

// read takes frames off the connection until it ends.
func (c *Conn) read() {
	in := bufio.NewReaderSize(c.net, 64<<10)
	err := c.readFrames(in)
	if err == nil {
		err = c.readSegments(in)
	}
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the server closed the connection: %w", err)
	}
	c.close(err)
}

// readFrames reads bare frames: all of them before v5, in v5 up to the answer to STARTUP.
func (c *Conn) readFrames(in io.Reader) error {
	var head [protocol.HeaderBytes]byte
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return err
		}
		h, err := protocol.ParseHeader(head[:])
		if err != nil {
			return err
		}
		body, err := readBody(in, h.Length)
		if err != nil {
			return err
		}
		ready := c.version >= protocol.V5 && (h.Opcode == protocol.OpReady || h.Opcode == protocol.OpAuthenticate)
		if ready {
			c.writing.Lock()
			c.segments = true
			c.writing.Unlock()
		}
		if err := c.take(h, body); err != nil {
			return err
		}
		if ready {
			return nil
		}
	}
}

// readStep is how much is allocated ahead of what the server has sent.
const readStep = 1 << 20

func readBody(in io.Reader, length int) ([]byte, error) {
	body := make([]byte, 0, min(length, readStep))
	for len(body) < length {
		n := min(length-len(body), readStep)
		body = append(body, make([]byte, n)...)
		if _, err := io.ReadFull(in, body[len(body)-n:]); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// readSegments reads v5's segments and the frames in them.
func (c *Conn) readSegments(in *bufio.Reader) error {
	var raw, scratch, plain []byte
	compressed := c.compression == protocol.LZ4
	for {
		segment, size, grown, err := protocol.NextSegment(raw, scratch, compressed)
		if scratch = grown; err != nil {
			return err
		}
		if size == 0 {
			if raw, err = readMore(in, raw); err != nil {
				return err
			}
			continue
		}
		plain = append(plain, segment.Payload...)
		raw = raw[:copy(raw, raw[size:])]
		if plain, err = c.takeWhole(plain); err != nil {
			return err
		}
	}
}

// readMore appends what has come, at least one byte.
func readMore(in *bufio.Reader, raw []byte) ([]byte, error) {
	if _, err := in.Peek(1); err != nil {
		return nil, err
	}
	ahead, err := in.Peek(in.Buffered())
	if err != nil {
		return nil, err
	}
	raw = append(raw, ahead...)
	_, err = in.Discard(len(ahead))
	return raw, err
}

// takeWhole takes the whole frames at the start of plain and returns the rest.
func (c *Conn) takeWhole(plain []byte) ([]byte, error) {
	used := 0
	for len(plain)-used >= protocol.HeaderBytes {
		h, err := protocol.ParseHeader(plain[used:])
		if err != nil {
			return nil, err
		}
		size := protocol.HeaderBytes + h.Length
		if len(plain)-used < size {
			break
		}
		body := append([]byte(nil), plain[used+protocol.HeaderBytes:used+size]...)
		if err := c.take(h, body); err != nil {
			return nil, err
		}
		used += size
	}
	return plain[:copy(plain, plain[used:])], nil
}

// take hands a frame to whoever waits for it; body belongs to the frame.
func (c *Conn) take(h protocol.Header, body []byte) error {
	if h.Flags&protocol.FlagCompressed != 0 {
		var err error
		if body, err = c.compression.Decompress(body); err != nil {
			return err
		}
	}
	f := frame{opcode: h.Opcode}
	r := protocol.NewReader(body)
	if h.Flags&protocol.FlagTracing != 0 {
		id := r.UUID()
		f.traceID = &id
	}
	if h.Flags&protocol.FlagWarning != 0 {
		f.warnings = r.Strings()
	}
	if h.Flags&protocol.FlagCustomPayload != 0 {
		f.payload = r.BytesMap()
	}
	if err := r.Err(); err != nil {
		return err
	}
	f.body = body[len(body)-r.Left():]
	if h.Opcode == protocol.OpEvent {
		return c.event(f)
	}
	c.mu.Lock()
	answer := c.waiting[h.Stream]
	delete(c.waiting, h.Stream)
	c.mu.Unlock()
	if answer == nil {
		if err := f.error(h.Version); err != nil {
			return err // an error about the connection itself
		}
		return fmt.Errorf("the server answered on stream %d, where nothing was asked", h.Stream)
	}
	answer <- f
	c.streams <- h.Stream
	return nil
}
