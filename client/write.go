package client

import "helenus/internal/protocol"

// send queues a frame. Whoever finds nobody writing writes, until the queue is empty: requests of many goroutines share a write.
func (c *Conn) send(h protocol.Header, body []byte) error {
	plain := c.version >= protocol.V5 || c.compression == protocol.NoCompression || h.Opcode == protocol.OpStartup ||
		h.Opcode == protocol.OpOptions || len(body) == 0
	if !plain {
		h.Flags |= protocol.FlagCompressed
	}
	c.writing.Lock()
	at := len(c.buffer)
	c.buffer = protocol.AppendHeader(c.buffer, h)
	if plain {
		c.buffer = append(c.buffer, body...)
	} else {
		c.buffer = c.compression.AppendCompressed(c.buffer, body)
	}
	protocol.PatchLength(c.buffer[at:])
	if c.segments {
		frame := append(c.spare[:0], c.buffer[at:]...)
		c.buffer = protocol.AppendSegments(c.buffer[:at], frame, c.compression == protocol.LZ4)
		c.spare = frame[:0]
	}
	if c.active {
		c.writing.Unlock()
		return nil
	}
	c.active = true
	var written []byte
	for len(c.buffer) > 0 {
		out := c.buffer
		c.buffer = written[:0]
		c.writing.Unlock()
		_, err := c.net.Write(out)
		if err != nil {
			c.close(err)
			return c.Err() // active stays true: nobody writes again
		}
		written = out
		c.writing.Lock()
	}
	if cap(written) <= keepBytes {
		c.buffer = written[:0]
	}
	c.active = false
	c.writing.Unlock()
	return nil
}

// keepBytes is the largest buffer that is kept for later frames.
const keepBytes = 1 << 20
