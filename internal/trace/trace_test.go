package trace

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"helenus/internal/platform"
)

type kept struct {
	id      ID
	events  []Event
	request *Request
}

func record(t *testing.T) (*Recorder, *[]kept) {
	t.Helper()
	var all []kept
	r, err := NewRecorder(platform.SystemClock{}, func(id ID, events []Event, request *Request, _ bool) { all = append(all, kept{id, events, request}) })
	if err != nil {
		t.Fatal(err)
	}
	return r, &all
}

// Events come with the end of the request, in order; what happens after that comes by itself.
func TestEventsAreHandedOn(t *testing.T) {
	r, all := record(t)
	x := r.Begin(ID{1})
	x.Add(Reads, "first")
	x.Addf(Messages, "second of %d", 2)
	if len(*all) != 0 {
		t.Fatalf("before the end: %v", *all)
	}
	q := &Request{Name: "q"}
	x.End(q, true)
	x.Add(Mutations, "late")
	if len(*all) != 2 || len((*all)[0].events) != 2 || (*all)[0].request != q || (*all)[1].request != nil {
		t.Fatalf("%+v", *all)
	}
	first, second, late := (*all)[0].events[0], (*all)[0].events[1], (*all)[1].events[0]
	if first.Activity != "first" || first.Thread != Reads || second.Activity != "second of 2" || late.Activity != "late" || (*all)[1].id != (ID{1}) {
		t.Errorf("%+v", *all)
	}
	if first.Elapsed > second.Elapsed || second.Elapsed > q.Duration || q.Duration > late.Elapsed || late.Elapsed > time.Minute {
		t.Errorf("%s, %s, the request %s, %s", first.Elapsed, second.Elapsed, q.Duration, late.Elapsed)
	}
	if first.ID == second.ID || second.ID == late.ID || bytes.Equal(first.ID[:], make([]byte, 16)) {
		t.Errorf("ids %x %x %x", first.ID, second.ID, late.ID)
	}
}

func TestTracesAreBounded(t *testing.T) {
	r, all := record(t)
	x := r.Begin(ID{1})
	for range eventsMax + 10 {
		x.Add(Reads, strings.Repeat("a", activityMax+1))
	}
	x.End(nil, false)
	x.Add(Reads, "late")
	if len(*all) != 1 || len((*all)[0].events) != eventsMax || len((*all)[0].events[0].Activity) != activityMax+len("...") {
		t.Errorf("%d times, %d events", len(*all), len((*all)[0].events))
	}
}

// What is not traced costs nothing.
func TestNoTraceCostsNothing(t *testing.T) {
	var r *Recorder
	if n := testing.AllocsPerRun(100, func() {
		x := r.Begin(ID{1})
		x.Add(Reads, "a")
		x.End(nil, false)
		if !x.ID().IsZero() || x.Elapsed() != 0 {
			t.Error("a trace of nothing")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if all, x := record(t); all.Begin(ID{}) != nil || len(*x) != 0 {
		t.Error("the zero name is traced")
	}
}
