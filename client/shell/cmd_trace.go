package shell

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"helenus/client"
	"helenus/internal/cqltype"
	"helenus/internal/protocol"
)

const (
	// traceWait is how long a trace may take to be complete, after its request.
	traceWait  = 10 * time.Second
	traceAgain = 20 * time.Millisecond
	// traceTime is how moments are shown.
	traceTime = "2006-01-02 15:04:05.000000"
)

// traced is a trace's session; duration is negative while it is not complete.
type traced struct {
	request             string
	coordinator, client []byte
	started             time.Time
	duration            time.Duration
}

// showTrace prints a trace as cqlsh does: its request, what happened, its end.
func (s *Shell) showTrace(ctx context.Context, id [16]byte) {
	name := cqltype.UUID.Format(id[:])
	found, err := s.awaitTrace(ctx, name)
	if err != nil {
		s.fail("%v", err)
		return
	}
	if found == nil || found.duration < 0 {
		s.printf("\nStatement trace did not complete within %d seconds; trace data may be incomplete.\n", traceWait/time.Second)
	}
	if found == nil {
		return
	}
	if err := s.showSession(ctx, name, found); err != nil {
		s.fail("%v", err)
	}
}

// awaitTrace returns a trace once it is complete, or as it is when that takes too long; nil when there is none.
func (s *Shell) awaitTrace(ctx context.Context, name string) (found *traced, err error) {
	for deadline := time.Now().Add(traceWait); ; {
		if found, err = s.readTrace(ctx, name); err != nil || found != nil && found.duration >= 0 || time.Now().After(deadline) {
			return found, err
		}
		select {
		case <-time.After(traceAgain):
		case <-ctx.Done():
			return found, context.Cause(ctx)
		}
	}
}

// readTrace returns a trace as it is now, nil when there is none.
func (s *Shell) readTrace(ctx context.Context, name string) (*traced, error) {
	r, err := s.query(ctx, "SELECT request, coordinator, started_at, duration, client FROM system_traces.sessions WHERE session_id = "+name, nil)
	if err != nil || len(r.Rows) == 0 {
		return nil, err
	}
	row := r.Rows[0]
	found := &traced{request: string(row[0]), coordinator: row[1], client: row[4], duration: -1}
	if len(row[2]) == 8 {
		found.started = time.UnixMilli(int64(binary.BigEndian.Uint64(row[2])))
	}
	if len(row[3]) == 4 {
		found.duration = time.Duration(binary.BigEndian.Uint32(row[3])) * time.Microsecond
	}
	return found, nil
}

// showSession prints a trace with its events.
func (s *Shell) showSession(ctx context.Context, name string, of *traced) error {
	events, err := s.query(ctx, "SELECT activity, thread, event_id, source, source_elapsed FROM system_traces.events WHERE session_id = "+name, nil)
	if err != nil {
		return err
	}
	shown := &client.Result{Kind: protocol.ResultRows, Columns: []protocol.Column{
		{Name: "activity", Type: cqltype.Text}, {Name: "timestamp", Type: cqltype.Text}, {Name: "source", Type: cqltype.Inet}, {Name: "source_elapsed", Type: cqltype.Int}, {Name: "client", Type: cqltype.Inet},
	}}
	add := func(activity string, at time.Time, source, elapsed []byte) {
		shown.Rows = append(shown.Rows, [][]byte{[]byte(activity), []byte(at.Local().Format(traceTime)), source, elapsed, of.client})
	}
	number := func(d time.Duration) []byte { return binary.BigEndian.AppendUint32(nil, uint32(d.Microseconds())) }
	add(of.request, of.started, of.coordinator, number(0))
	for _, e := range events.Rows {
		add(fmt.Sprintf("%s [%s]", e[0], e[1]), timeOf(e[2]), e[3], e[4])
	}
	if of.duration >= 0 {
		add("Request complete", of.started.Add(of.duration), of.coordinator, number(of.duration))
	} else {
		add("Request complete", time.Time{}, of.coordinator, nil)
		shown.Rows[len(shown.Rows)-1][1] = []byte("--")
	}
	s.printf("\nTracing session: %s\n", name)
	s.showRows(shown, 0)
	s.printf("\n")
	return nil
}

// gregorian is how many ticks of 100 ns lie between the beginning of a version 1 UUID's time and 1970.
const gregorian = 0x01B21DD213814000

// timeOf is the time in a version 1 UUID.
func timeOf(id []byte) time.Time {
	if len(id) != 16 {
		return time.Time{}
	}
	ticks := int64(binary.BigEndian.Uint32(id)) | int64(binary.BigEndian.Uint16(id[4:]))<<32 | int64(binary.BigEndian.Uint16(id[6:])&0x0FFF)<<48
	return time.UnixMicro((ticks - gregorian) / 10)
}
