package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
)

// Encrypted is a Session that wants to know how its connection is encrypted. It is told before the client logs in.
type Encrypted interface {
	Encrypted(tls.ConnectionState)
}

// listen opens the ports of a server: the plain one, or one that takes TLS, and beside a plain one another for TLS.
func (o *Options) listen(ctx context.Context) (all []net.Listener, err error) {
	first, err := o.Network.Listen(ctx, o.Address)
	if err != nil {
		return nil, err
	}
	switch {
	case o.TLS == nil:
		return []net.Listener{first}, nil
	case o.SecureAddress != "":
		second, err := o.Network.Listen(ctx, o.SecureAddress)
		if err != nil {
			return nil, errors.Join(err, first.Close())
		}
		return []net.Listener{first, tls.NewListener(second, o.TLS)}, nil
	case o.TLSOptional:
		return []net.Listener{optional{first, o.TLS}}, nil
	}
	return []net.Listener{tls.NewListener(first, o.TLS)}, nil
}

// optional is a listener whose clients speak TLS or not, as they like.
type optional struct {
	net.Listener
	config *tls.Config
}

func (l optional) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &undecided{Conn: nc, config: l.config}, nil
}

// undecided is a connection that shows with its first byte whether it speaks TLS. Read comes before Write, from one goroutine.
type undecided struct {
	net.Conn // as it was accepted
	config   *tls.Config
	decided  atomic.Pointer[net.Conn]
}

// recordHandshake is the byte that TLS begins with; no version of the CQL protocol does.
const recordHandshake = 0x16

func (u *undecided) Read(b []byte) (int, error) {
	if c := u.decided.Load(); c != nil {
		return (*c).Read(b)
	}
	if len(b) == 0 {
		return 0, nil
	}
	n, err := u.Conn.Read(b[:1])
	if n == 0 {
		return n, err
	}
	chosen := u.Conn
	if b[0] != recordHandshake {
		u.decided.Store(&chosen)
		return n, err
	}
	chosen = tls.Server(&replayed{Conn: u.Conn, first: []byte{recordHandshake}}, u.config)
	u.decided.Store(&chosen)
	return chosen.Read(b)
}

func (u *undecided) chosen() net.Conn {
	if c := u.decided.Load(); c != nil {
		return *c
	}
	return u.Conn
}

func (u *undecided) Write(b []byte) (int, error) { return u.chosen().Write(b) }
func (u *undecided) Close() error                { return u.chosen().Close() }

// CloseWrite says that nothing more is written.
func (u *undecided) CloseWrite() error {
	if half, ok := u.chosen().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// replayed gives back a byte that was read already.
type replayed struct {
	net.Conn
	first []byte
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

// encryption is how the connection is encrypted, if it is.
func (c *conn) encryption() (tls.ConnectionState, bool) {
	nc := c.net
	if u, ok := nc.(*undecided); ok {
		nc = u.chosen()
	}
	t, ok := nc.(*tls.Conn)
	if !ok {
		return tls.ConnectionState{}, false
	}
	return t.ConnectionState(), true
}
