package client

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"helenus/internal/protocol"
)

// handshake reads with the connection's own reader running: in v5 segments begin after READY or AUTHENTICATE, which the reader sees
// first.
func (c *Conn) handshake(ctx context.Context, o Options) error {
	options := map[string]string{"CQL_VERSION": "3.0.0"}
	maps.Copy(options, o.Startup)
	if c.compression != protocol.NoCompression {
		options["COMPRESSION"] = string(c.compression)
	}
	f, err := c.call(ctx, protocol.OpStartup, 0, protocol.AppendStringMap(nil, options))
	if err != nil {
		return err
	}
	switch f.opcode {
	case protocol.OpReady:
		return nil
	case protocol.OpAuthenticate:
		return c.authenticate(ctx, o)
	}
	return unexpected(f)
}

// ErrLogin is returned where the server wants a login and Options name none.
var ErrLogin = errors.New("the server wants a user and a password")

// authenticate answers with SASL PLAIN, as PasswordAuthenticator wants it.
func (c *Conn) authenticate(ctx context.Context, o Options) error {
	if o.Username == "" {
		return ErrLogin
	}
	token := []byte("\x00" + o.Username + "\x00" + o.Password)
	f, err := c.call(ctx, protocol.OpAuthResponse, 0, protocol.AppendBytes(nil, token))
	if err != nil {
		return err
	}
	if f.opcode != protocol.OpAuthSuccess {
		return unexpected(f)
	}
	return nil
}

func unexpected(f frame) error {
	return fmt.Errorf("the server answered with opcode 0x%02x", byte(f.opcode))
}

// Supported asks for the server's options.
func (c *Conn) Supported(ctx context.Context) (map[string][]string, error) {
	f, err := c.call(ctx, protocol.OpOptions, 0, nil)
	if err != nil {
		return nil, err
	}
	if f.opcode != protocol.OpSupported {
		return nil, unexpected(f)
	}
	r := protocol.NewReader(f.body)
	m := r.StringMultimap()
	return m, r.Err()
}
