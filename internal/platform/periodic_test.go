package platform

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestEveryCallsUntilStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := Every(System{}, time.Second, func() { calls++ })
		time.Sleep(3500 * time.Millisecond) // virtual
		p.Stop()
		if calls != 3 {
			t.Errorf("%d calls in 3.5 periods", calls)
		}
		time.Sleep(time.Minute)
		if calls != 3 {
			t.Errorf("%d calls after Stop", calls-3)
		}
	})
}

func TestStopWaitsForTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := false
		p := Every(System{}, time.Second, func() {
			time.Sleep(time.Hour)
			done = true
		})
		time.Sleep(2 * time.Second)
		p.Stop()
		if !done {
			t.Error("Stop returned while the function ran")
		}
	})
}
