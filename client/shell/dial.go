package shell

import (
	"context"
	"errors"
	"syscall"
	"time"

	"helenus/client"
)

// A node that was started just before its shell refuses connections for some milliseconds yet: a shell asks again until refusedWithin has passed.
const (
	refusedWithin = time.Second
	refusedPause  = 20 * time.Millisecond
)

// dial connects.
func dial(ctx context.Context, o client.Options) (*client.Conn, error) {
	began := time.Now()
	for {
		conn, err := client.Dial(ctx, o)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Since(began) > refusedWithin {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(refusedPause):
		}
	}
}
