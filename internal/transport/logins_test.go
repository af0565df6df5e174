package transport

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/platform"
)

var loginAddress, otherAddress = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")

// TestLoginsWait: who fails again and again waits, others do not, and who succeeds does not any more.
func TestLoginsWait(t *testing.T) {
	l := NewLogins(platform.SystemClock{})
	refuse := func() error { return cassandra.BadCredentialsf("no") }
	wait := func(from netip.Addr) time.Duration {
		w, err := l.enter(from)
		if err != nil {
			t.Fatal(err)
		}
		l.leave(from)
		return w
	}
	for range failuresFree {
		if w := wait(loginAddress); w != 0 {
			t.Fatalf("waits %v", w)
		}
		if err := l.Do(t.Context(), loginAddress, refuse); err == nil {
			t.Fatal("let in")
		}
	}
	for n, want := range []time.Duration{failureWait, 2 * failureWait, 4 * failureWait} {
		if w := wait(loginAddress); w != want {
			t.Errorf("after %d: %v, want %v", failuresFree+n, w, want)
		}
		l.learn(loginAddress, refuse())
	}
	for range 100 {
		l.learn(loginAddress, refuse())
	}
	if w := wait(loginAddress); w != failureWaitMax {
		t.Errorf("%v, want %v", w, failureWaitMax)
	}
	if w := wait(otherAddress); w != 0 {
		t.Errorf("another address waits %v", w)
	}
	l.learn(loginAddress, nil)
	if w := wait(loginAddress); w != 0 {
		t.Errorf("after a right one: %v", w)
	}
}

// TestLoginsAreBounded: of one address, and in all, so many wait and no more; addresses are forgotten.
func TestLoginsAreBounded(t *testing.T) {
	l := NewLogins(platform.SystemClock{})
	hold, running := make(chan struct{}), make(chan struct{}, loginsWaitingEach)
	var group sync.WaitGroup
	for range cap(l.slots) {
		group.Go(func() {
			if err := l.Do(context.Background(), loginAddress, func() error { running <- struct{}{}; <-hold; return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	for range cap(l.slots) {
		<-running
	}
	for range loginsWaitingEach - cap(l.slots) {
		if _, err := l.enter(loginAddress); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Do(t.Context(), loginAddress, func() error { return nil }); err != errLogins {
		t.Errorf("one too many: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Do(ctx, otherAddress, func() error { return nil }); err != context.Canceled {
		t.Errorf("given up: %v", err)
	}
	close(hold)
	group.Wait()
	for i := range 3 * originsMax {
		a := netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		if _, err := l.enter(a); err != nil {
			t.Fatal(err)
		}
		l.leave(a)
	}
	if len(l.origins) > originsMax {
		t.Errorf("%d addresses are remembered", len(l.origins))
	}
}
