package transport

import (
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// reply appends a whole response to the reader's output; body appends its body.
func (c *conn) reply(h protocol.Header, op protocol.Opcode, body func([]byte) []byte) {
	at := len(c.out)
	c.out = appendResponseHeader(c.out, h)
	if body != nil {
		c.out = body(c.out)
	}
	frame := c.finish(h, c.out[at:], &Response{Opcode: op})
	c.out = append(c.out[:at], frame...)
}

func (c *conn) options(h protocol.Header) error {
	c.reply(h, protocol.OpSupported, func(b []byte) []byte {
		return protocol.AppendStringMultimap(b, map[string][]string{
			"PROTOCOL_VERSIONS": {"3/v3", "4/v4", "5/v5"},
			"COMPRESSION":       {"snappy", "lz4"},
			"CQL_VERSION":       {cassandra.CQLVersion},
		})
	})
	return nil
}

// startup begins the session. READY, or AUTHENTICATE, is the last frame of v5 that is not in a segment.
func (c *conn) startup(h protocol.Header, body []byte) error {
	if c.session != nil || c.guest != nil {
		return c.fail(h.Stream, cassandra.Protocolf("Unexpected message STARTUP, the connection is ready"))
	}
	options, err := protocol.ReadStartup(body)
	if err != nil {
		return c.refuse(h.Stream, err)
	}
	if _, ok := options["CQL_VERSION"]; !ok {
		return c.fail(h.Stream, cassandra.Protocolf("Missing value CQL_VERSION in STARTUP message"))
	}
	if name, ok := options["COMPRESSION"]; ok {
		switch c.compression = protocol.Compression(strings.ToLower(name)); c.compression {
		case protocol.LZ4, protocol.NoCompression:
		case protocol.Snappy:
			if h.Version >= protocol.V5 {
				return c.fail(h.Stream, cassandra.Protocolf("Unsupported compression type snappy for version 5/v5"))
			}
		default:
			return c.fail(h.Stream, cassandra.Protocolf("Unknown compression algorithm: %s", name))
		}
	}
	op, answer, err := c.welcome(c.server.options.Handler.Connect(c.client, h.Version, options))
	if err != nil {
		return c.refuse(h.Stream, err)
	}
	c.atOnce = options["THROW_ON_OVERLOAD"] == "1" // Cassandra's option
	compression := c.compression
	if h.Version >= protocol.V5 {
		c.compression = protocol.NoCompression
	}
	c.reply(h, op, answer)
	c.compression = compression
	if h.Version < protocol.V5 {
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.writing.Lock()
	c.segments = true
	c.writing.Unlock()
	return nil
}

func (c *conn) register(h protocol.Header, body []byte) error {
	kinds, err := protocol.ReadRegister(body)
	if err != nil {
		return c.refuse(h.Stream, err)
	}
	c.events.register(c, kinds)
	c.reply(h, protocol.OpReady, nil)
	return nil
}
