package transport

import (
	"testing"
	"time"
)

// waits says how many wait for bytes of a budget.
func waits(t *testing.T, b *budget, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		b.mu.Lock()
		now := len(b.queue)
		b.mu.Unlock()
		if now == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d wait, want %d", now, n)
		}
	}
}

// TestBudgetServesInOrder guards that bytes go to those who wait, in the order of coming, and that one who gives up holds up nobody.
func TestBudgetServesInOrder(t *testing.T) {
	b := budget{max: 100}
	if !b.take(90, 0) || b.take(20, 0) {
		t.Fatal("the bound does not hold")
	}
	type outcome struct {
		who string
		got bool
	}
	ended := make(chan outcome, 3)
	late := make(chan struct{})
	await := func(who string, n int64, late <-chan struct{}) { ended <- outcome{who, b.await(n, 0, late, nil)} }
	go await("large", 80, late)
	waits(t, &b, 1)
	go await("small", 20, nil)
	waits(t, &b, 2)
	go await("last", 5, nil)
	waits(t, &b, 3)
	b.give(30) // 60 are taken: enough for the small ones, which have to wait for the large one all the same
	waits(t, &b, 3)
	close(late)
	seen := map[string]bool{}
	for range 3 {
		o := <-ended
		seen[o.who] = o.got
	}
	if seen["large"] || !seen["small"] || !seen["last"] || b.used.Load() != 85 || b.waiting.Load() != 0 {
		t.Errorf("%v; %d bytes taken, %d wait", seen, b.used.Load(), b.waiting.Load())
	}
}

// TestLoneRequest guards that the largest request is served once nothing else of its client is there, and never beside others.
func TestLoneRequest(t *testing.T) {
	b := budget{max: 100, lone: true}
	if !b.take(150, 0) || b.take(1, 0) {
		t.Error("a lone request is refused, or another beside it is not")
	}
	b.give(150)
	if !b.take(60, 0) || !b.take(80, 60) || b.take(80, 60) {
		t.Error("what the request holds itself counts against it, or what others hold does not")
	}
}
