package platform

import (
	"context"
	"net"
)

// Network opens listeners and connections. Implementations are safe for concurrent use.
type Network interface {
	Listen(ctx context.Context, address string) (net.Listener, error)
	Dial(ctx context.Context, address string) (net.Conn, error)
}

// SystemNetwork is TCP of the machine.
type SystemNetwork struct{}

var _ Network = SystemNetwork{}

// Listen opens a TCP listener on host:port.
func (SystemNetwork) Listen(ctx context.Context, address string) (net.Listener, error) {
	var l net.ListenConfig
	return l.Listen(ctx, "tcp", address)
}

// Dial opens a TCP connection to host:port.
func (SystemNetwork) Dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}
