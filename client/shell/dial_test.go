package shell

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"

	"helenus/client"
)

// TestRefused guards that a shell waits for a node that is about to listen, and not for one that fails in another way.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		calls := 0
		o := Options{Out: io.Discard, Connect: client.Options{Addr: "node:9042", Dialer: func(context.Context, string) (net.Conn, error) {
			if calls++; calls < 5 {
				return nil, refused
			}
			return nil, io.ErrUnexpectedEOF
		}}}
		if _, err := Open(t.Context(), o); !errors.Is(err, io.ErrUnexpectedEOF) || calls != 5 {
			t.Errorf("%v after %d attempts", err, calls)
		}
		o.Connect.Dialer = func(context.Context, string) (net.Conn, error) { return nil, refused }
		if _, err := Open(t.Context(), o); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
	})
}
