//go:build linux

package userland

import (
	"context"
	"strconv"
	"time"
)

// duration reads 5, 0.5, 2m, 1h or 1d.
func duration(text string) (time.Duration, error) {
	unit, number := time.Second, text
	if n := len(text); n > 0 {
		if u, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[text[n-1]]; ok {
			unit, number = u, text[:n-1]
		}
	}
	if number == "infinity" {
		return 1<<63 - 1, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < 0 || f*float64(unit) > 1<<62 {
		return 0, usageError(text + " is no time; allowed: a number, with s, m, h or d")
	}
	return time.Duration(f * float64(unit)), nil
}

func runSleep(ctx context.Context, c *Call) error {
	if len(c.Args) == 0 {
		return usageError("a time is missing")
	}
	var total time.Duration
	for _, arg := range c.Args {
		d, err := duration(arg)
		if err != nil {
			return err
		}
		total += d
	}
	t := time.NewTimer(total)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
