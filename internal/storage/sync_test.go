package storage

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"helenus/internal/platform"
)

// stuckClock tells a time that a test sets and never fires a timer, as if the machine were too busy.
type stuckClock struct {
	platform.System
	now atomic.Int64
}

func (c *stuckClock) Now() time.Time { return time.Unix(0, c.now.Load()) }

func (c *stuckClock) AfterFunc(time.Duration, func()) platform.Timer { return neverTimer{} }

type neverTimer struct{}

func (neverTimer) Stop() bool { return true }

// TestPeriodicWritersWaitForALateSync guards the bound on what a loss of power can take: when the timer does not come, the writer
// itself syncs after one and a half periods, and not before.
func TestPeriodicWritersWaitForALateSync(t *testing.T) {
	var syncs atomic.Int64
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if isLog(op.Path) && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo) {
			syncs.Add(1)
		}
		return nil
	}))
	clock := new(stuckClock)
	s := open(t, Options{FS: fs, Runtime: clock, Sync: SyncPeriodic, SyncPeriod: time.Second})
	defer closeStore(t, s)
	syncs.Store(0)
	for _, step := range []struct {
		at   time.Duration
		want int64
	}{{0, 0}, {time.Second, 0}, {1400 * time.Millisecond, 0}, {1600 * time.Millisecond, 1}, {1700 * time.Millisecond, 1}, {4 * time.Second, 2}} {
		clock.now.Store(int64(step.at))
		put(t, s, 1, "a", 1, "v")
		if got := syncs.Load(); got != step.want {
			t.Errorf("after %v: %d syncs, want %d", step.at, got, step.want)
		}
	}
}
