package system

import (
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/coordinator"
	"helenus/internal/platform"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

// waiting keeps tasks until they are run.
type waiting struct {
	platform.System
	tasks []func()
}

func (w *waiting) Go(f func())    { w.tasks = append(w.tasks, f) }
func (w *waiting) Now() time.Time { return time.Unix(1_700_000_000, 0) }

func (w *waiting) run() {
	for _, f := range w.tasks {
		f()
	}
	w.tasks = nil
}

type written struct{}

func (written) Wait() error { return nil }

// A trace is written events first, for a day; what can't be written in time, or at all, is lost and counted.
func TestTracesAreWritten(t *testing.T) {
	var all []row.Mutation
	fails := false
	w := &waiting{}
	base, err := Base()
	if err != nil {
		t.Fatal(err)
	}
	r := Traces{
		Schema: func() *schema.Schema { return base },
		Self:   func() Node { return Node{BroadcastAddress: netip.MustParseAddr("127.0.0.1"), StoragePort: 7000} }, Runtime: w, Logger: slog.New(slog.DiscardHandler),
		Write: func(m []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (coordinator.Pending, error) {
			if fails {
				return nil, errors.New("no")
			}
			all = append(all, m...)
			return written{}, nil
		},
	}
	events := []trace.Event{{ID: trace.ID{6: 0x10, 8: 0x80, 15: 1}, Activity: "a", Thread: "b", Elapsed: time.Millisecond}, {ID: trace.ID{6: 0x10, 8: 0x80, 15: 2}}}
	request := &trace.Request{Name: "q", Parameters: map[string]string{"a": "b"}, Started: w.Now(), Duration: 3 * time.Millisecond}
	r.Keep(trace.ID{1}, events, request, false)
	r.Keep(trace.ID{2}, events[:1], nil, false)
	w.run()
	if len(all) != 3 || all[0].Table.Name != "events" || len(all[0].Rows) != 2 || all[1].Table.Name != "sessions" || all[2].Table.Name != "events" || len(all[2].Rows) != 1 {
		t.Fatalf("%+v", all)
	}
	var v row.View
	if err := v.Reset(all[1].Rows[0].Delta, row.NotDeleted, w.Now().Unix()); err != nil {
		t.Fatal(err)
	}
	duration, ok := v.Cell(all[1].Table.Column("duration").ID)
	if !ok || string(duration.Value) != string(integer(3000)) || duration.TTL != 86400 || duration.ExpiresAt != w.Now().Unix()+86400 {
		t.Errorf("%+v", duration)
	}
	before := len(all)
	if r.Keep(trace.ID{4}, events, request, true); len(all) != before+2 {
		t.Errorf("%d were written when it was waited for, want 2", len(all)-before)
	}
	for range tracesWriting + 5 {
		r.Keep(trace.ID{3}, events, nil, false)
	}
	if got := r.Lost.Load(); got != 5 {
		t.Errorf("%d are lost, want 5", got)
	}
	fails = true
	w.run()
	if got := r.Lost.Load(); got != 5+tracesWriting {
		t.Errorf("%d are lost", got)
	}
	if got := r.writing.Load(); got != 0 {
		t.Errorf("%d are being written", got)
	}
}
