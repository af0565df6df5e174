package shell

import (
	"context"
	"time"

	"helenus/client"
)

// reconnectWithin bounds how long one address is tried.
const reconnectWithin = 2 * time.Second

// reconnect replaces a connection that has ended, with one to the same node or to another one of its cluster. When nobody answers the old one
// stays, and says why it ended.
func (s *Shell) reconnect(ctx context.Context) {
	select {
	case <-s.conn.Done():
	default:
		return
	}
	for _, address := range append([]string{s.options.Connect.Addr}, s.options.Others...) {
		conn, err := s.dialAgain(ctx, address)
		if err != nil {
			continue
		}
		if s.interactive {
			s.printf("Connected to %s at %s\n", s.cluster, conn.Addr())
		}
		s.conn = conn
		return
	}
}

func (s *Shell) dialAgain(ctx context.Context, address string) (*client.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, reconnectWithin)
	defer cancel()
	o := s.options.Connect
	o.Addr = address
	conn, err := client.Dial(ctx, o)
	if err != nil || s.keyspace == "" {
		return conn, err
	}
	if _, err := conn.Query(ctx, "USE "+maybeQuote(s.keyspace), nil); err != nil {
		_ = conn.Close() // what it failed with is told already
		return nil, err
	}
	return conn, nil
}
