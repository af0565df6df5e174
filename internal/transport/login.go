package transport

import (
	"context"
	"errors"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// LoginSession is a Session that may want its client to log in.
type LoginSession interface {
	Session
	// Authenticator is the name that the client is told of how to log in; empty: it need not. The error is for a client that can't.
	Authenticator() (string, error)
	// Login checks a message of SASL that the client sent; the error is for the client.
	Login(ctx context.Context, token []byte) error
	// OnExpelled has f called when the session may not go on. f does not wait.
	OnExpelled(f func())
}

// welcome begins the session, or asks the client to log in first. It returns the opcode of the answer to STARTUP and its body.
func (c *conn) welcome(session Session) (protocol.Opcode, func([]byte) []byte, error) {
	if e, ok := session.(Encrypted); ok {
		if state, is := c.encryption(); is {
			e.Encrypted(state)
		}
	}
	guest, ok := session.(LoginSession)
	if ok {
		class, err := guest.Authenticator()
		if err != nil {
			c.guest = guest // it ends with the connection
			c.server.options.Logger.Info("a login was refused", "client", c.client.String(), "error", err)
			return 0, nil, err
		}
		if class != "" {
			c.guest = guest
			return protocol.OpAuthenticate, func(b []byte) []byte { return protocol.AppendString(b, class) }, nil
		}
	}
	c.session = session
	if ok {
		guest.OnExpelled(c.stopReading)
	}
	return protocol.OpReady, nil, c.readBefore(time.Time{})
}

// authenticate answers AUTH_RESPONSE. The connection of a client that is refused ends.
func (c *conn) authenticate(h protocol.Header, body []byte) error {
	r := protocol.NewReader(body)
	token := r.Bytes()
	if err := r.Err(); err != nil {
		return c.refuse(h.Stream, err)
	}
	err := c.server.logins.Do(c.ctx, c.client.Addr(), func() error { return c.guest.Login(c.ctx, token) })
	if err != nil {
		c.server.options.Logger.Info("a login was refused", "client", c.client.String(), "error", err)
		if errors.Is(err, c.ctx.Err()) && c.ctx.Err() != nil {
			return err
		}
		var e *cassandra.Error
		if !errors.As(err, &e) {
			e = cassandra.Serverf("%v", err)
		}
		return c.fail(h.Stream, e)
	}
	c.session, c.guest = c.guest, nil
	if err := c.readBefore(time.Time{}); err != nil {
		return err
	}
	c.session.(LoginSession).OnExpelled(c.stopReading)
	c.reply(h, protocol.OpAuthSuccess, func(b []byte) []byte { return protocol.AppendBytes(b, nil) })
	return nil
}
