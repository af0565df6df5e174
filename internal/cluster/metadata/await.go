package metadata

import (
	"context"
	"time"

	"helenus/internal/platform"
)

// Await returns once this node has applied an epoch, as when tells (Group.WhenEpoch), or with an error after a while.
func Await(ctx context.Context, clock platform.Clock, when func(epoch uint64, f func()) (cancel func()), epoch uint64, within time.Duration) error {
	done := make(chan error, 2)
	cancel := when(epoch, func() { done <- nil })
	defer cancel()
	timer := clock.AfterFunc(within, func() { done <- context.DeadlineExceeded })
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
