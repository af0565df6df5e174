package platform

import (
	"context"
	"time"
)

// Sleep returns after d, or with ctx's error when that ends first.
func Sleep(ctx context.Context, r Runtime, d time.Duration) error {
	gate := r.NewGate()
	timer := r.AfterFunc(d, gate.Open)
	defer timer.Stop()
	return gate.Pass(ctx)
}
