package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/protocol"
)

// Options say how to connect.
type Options struct {
	Addr string // host:port
	// Version is the newest protocol version to try; default v5. Older ones are tried when the server refuses it, unless Exact.
	Version protocol.Version
	Exact   bool
	// Compression of frames; Snappy means v4 at most. Default: none.
	Compression        protocol.Compression
	Username, Password string
	TLS                *tls.Config // nil: plain
	// Keyspace is used by statements that name none.
	Keyspace string
	// Dialer opens the connection; default: TCP.
	Dialer func(ctx context.Context, addr string) (net.Conn, error)
	// Startup is sent to the server besides CQL_VERSION and COMPRESSION, such as DRIVER_NAME.
	Startup map[string]string
}

// Dial connects, says STARTUP and authenticates. ctx bounds all of it. A server's refusal is a *cassandra.Error.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if o.Version == 0 {
		o.Version = protocol.V5
	}
	if o.Compression == protocol.Snappy && !o.Exact {
		o.Version = min(o.Version, protocol.V4)
	}
	if o.Dialer == nil {
		o.Dialer = dialTCP
	}
	for v := o.Version; ; v-- {
		c, err := dialVersion(ctx, o, v)
		if err == nil {
			return c, nil
		}
		if o.Exact || v == protocol.V3 || !isVersionRefusal(err) {
			return nil, err
		}
	}
}

func dialTCP(ctx context.Context, addr string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", addr)
}

func isVersionRefusal(err error) bool {
	var e *cassandra.Error
	return errors.As(err, &e) && e.Code == cassandra.CodeProtocol && strings.Contains(e.Message, "protocol version")
}

func dialVersion(ctx context.Context, o Options, v protocol.Version) (*Conn, error) {
	nc, err := o.Dialer(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	if o.TLS != nil {
		if nc, err = encrypt(ctx, nc, o); err != nil {
			return nil, err
		}
	}
	c := newConn(nc, v, o.Compression)
	stop := context.AfterFunc(ctx, func() { c.close(ctx.Err()) })
	err = c.handshake(ctx, o)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.close(err)
		return nil, err
	}
	if o.Keyspace != "" {
		if _, err := c.Query(ctx, "USE "+quote(o.Keyspace), nil); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

func encrypt(ctx context.Context, nc net.Conn, o Options) (net.Conn, error) {
	config := o.TLS
	if config.ServerName == "" && !config.InsecureSkipVerify {
		host, _, err := net.SplitHostPort(o.Addr)
		if err != nil {
			return nil, errors.Join(err, nc.Close())
		}
		config = config.Clone()
		config.ServerName = host
	}
	t := tls.Client(nc, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("encrypt the connection to %s: %w", o.Addr, err), nc.Close())
	}
	return t, nil
}

// closeWithin bounds how long Close waits for a peer that does not take what was written.
const closeWithin = time.Second

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
