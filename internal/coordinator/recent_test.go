package coordinator

import (
	"testing"

	"github.com/google/uuid"
)

// TestRecent guards that a request is carried out once, and that what is remembered has a bound.
func TestRecent(t *testing.T) {
	var r recent
	one, two := uuid.UUID{1}, uuid.UUID{2}
	if !r.first(requestID{one, 7}) || r.first(requestID{one, 7}) || !r.first(requestID{two, 7}) {
		t.Fatal("a request is known by its coordinator and number")
	}
	for i := range int64(2 * recentMax) {
		if !r.first(requestID{one, 100 + i}) {
			t.Fatalf("request %d is new", i)
		}
	}
	if len(r.known) != recentMax || len(r.ring) != recentMax {
		t.Errorf("%d and %d remembered, want %d", len(r.known), len(r.ring), recentMax)
	}
	if r.first(requestID{one, 100 + 2*recentMax - recentMax}) {
		t.Error("one of the latest was forgotten")
	}
	if !r.first(requestID{one, 7}) {
		t.Error("one of long ago is still remembered")
	}
}
