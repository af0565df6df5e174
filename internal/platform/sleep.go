package platform

import (
	"context"
	"time"
)

// Sleep returns after d, or with ctx's error when that ends first.
func Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	done := make(chan struct{})
	timer := clock.AfterFunc(d, func() { close(done) })
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
