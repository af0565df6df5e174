package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Greet asks who takes calls at an address, as a node that belongs to no cluster: nodes of clusters that formed apart refuse each other and say
// no more. Nothing else goes over the connection.
func (t *Transport) Greet(ctx context.Context, address string) (*Hello, error) {
	if t.isBlocked(address) {
		return nil, ErrUnreachable
	}
	conn, err := t.options.Network.Dial(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if t.options.TLS != nil {
		conn = tls.Client(conn, t.options.TLS)
	}
	h, err := func() (Hello, error) {
		if err := conn.SetDeadline(t.options.Clock.Now().Add(dialWithin)); err != nil {
			return Hello{}, err
		}
		self := t.self(Control)
		self.Cluster = uuid.Nil
		if t.options.Token != "" {
			self.Challenge = newChallenge()
		}
		if err := writeHello(conn, self); err != nil {
			return Hello{}, err
		}
		h, err := readHello(conn)
		if err != nil {
			return h, err
		}
		return h, t.trust(self, &h)
	}()
	if err = errors.Join(err, conn.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return &h, nil
}
