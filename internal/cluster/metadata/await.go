package metadata

import (
	"context"
	"time"

	"helenus/internal/platform"
)

// Await returns once this node has applied an epoch, as when tells (Group.WhenEpoch), or with an error after a while.
func Await(ctx context.Context, runtime platform.Runtime, when func(epoch uint64, f func()) (cancel func()), epoch uint64, within time.Duration) error {
	ctx, cancel := platform.WithTimeout(ctx, runtime, within)
	defer cancel()
	gate := runtime.NewGate()
	defer when(epoch, gate.Open)()
	return gate.Pass(ctx)
}
