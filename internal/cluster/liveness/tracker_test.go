package liveness

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestTracker(t *testing.T) {
	var tr Tracker
	a, b := uuid.UUID{1}, uuid.UUID{2}
	at := func(s float64) time.Duration { return 1000*time.Second + time.Duration(s*float64(time.Second)) }
	live := func(when string, id uuid.UUID, want bool) {
		t.Helper()
		if tr.Live(id) != want {
			t.Errorf("%s: live is %v", when, !want)
		}
	}
	live("nothing is known", a, true)
	tr.Failed(a, at(0))
	live("the first ping failed", a, false)
	if !tr.Heard(a, at(1)) || tr.Heard(a, at(1.5)) {
		t.Error("a change is told wrongly")
	}
	live("it answered", a, true)
	tr.Failed(a, at(2))
	live("one ping failed", a, true)
	if gone := tr.Silent(at(4)); len(gone) != 0 {
		t.Errorf("silent for 2.5 s: %v", gone)
	}
	if gone := tr.Silent(at(5)); len(gone) != 1 || gone[0] != a {
		t.Errorf("silent for 3.5 s: %v", gone)
	}
	if d := tr.DownFor(a, at(0), at(8)); d != 3*time.Second {
		t.Errorf("down for %s", d)
	}
	tr.Heard(a, at(9))
	tr.Forgive(at(20))
	if gone := tr.Silent(at(22)); len(gone) != 0 {
		t.Errorf("forgiven 2 s ago: %v", gone)
	}
	if !tr.Lost(a, at(10)) || tr.Lost(a, at(11)) {
		t.Error("a loss is told wrongly")
	}
	live("its connection broke", a, false)
	if d := tr.DownFor(b, at(0), at(5)); d != 5*time.Second {
		t.Errorf("never heard of, down for %s", d)
	}
}
