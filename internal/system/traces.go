package system

import (
	"log/slog"
	"sync/atomic"
	"time"

	"helenus/internal/cassandra"
	"helenus/internal/coordinator"
	"helenus/internal/key"
	"helenus/internal/platform"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/trace"
)

const (
	// tracesTTL is how long a trace is kept. Source: Cassandra 5.0, trace_type_query_ttl.
	tracesTTL = 24 * time.Hour
	// tracesWriting bounds the traces that are being written; those above it are lost.
	tracesWriting = 32
)

// Traces writes what traces have gathered to system_traces, which is replicated as any keyspace is: every node writes what happened there. It is
// safe for concurrent use.
type Traces struct {
	// Write applies mutations at a consistency level: coordinator.Coordinator.
	Write func(mutations []row.Mutation, level cassandra.Consistency, kind cassandra.WriteType) (coordinator.Pending, error)
	// Schema is the one now, which has the tables: TRUNCATE gives them other data ids.
	Schema func() *schema.Schema
	// Self is this node.
	Self    func() Node
	Runtime platform.Runtime
	Logger  *slog.Logger

	writing atomic.Int64
	// Lost counts traces, or parts of them, that could not be written.
	Lost atomic.Int64
}

// Keep writes events of a trace and, at its coordinator, its session: a trace.Keep.
func (r *Traces) Keep(id trace.ID, events []trace.Event, request *trace.Request, wait bool) {
	if r.writing.Add(1) > tracesWriting {
		r.writing.Add(-1)
		r.Lost.Add(1)
		return
	}
	keep := func() {
		defer r.writing.Add(-1)
		if err := r.write(id, events, request); err != nil {
			r.Lost.Add(1)
			r.Logger.Warn("a trace could not be written", "error", err)
		}
	}
	if wait {
		keep()
		return
	}
	r.Runtime.Go(keep)
}

// write writes events first: who waits for the session's duration finds them.
func (r *Traces) write(id trace.ID, events []trace.Event, request *trace.Request) error {
	tables, self, now := r.Schema(), r.Self(), r.Runtime.Now()
	if len(events) > 0 {
		rows := make([]fields, len(events))
		for i, e := range events {
			rows[i] = fields{
				"session_id": id.Bytes(), "event_id": e.ID.Bytes(), "activity": text(e.Activity), "source": inet(self.BroadcastAddress),
				"source_elapsed": micros(e.Elapsed), "source_port": integer(self.StoragePort), "thread": text(e.Thread),
			}
		}
		if err := r.apply(mutation(tables.Table("system_traces", "events"), now, rows)); err != nil {
			return err
		}
	}
	if request == nil {
		return nil
	}
	return r.apply(mutation(tables.Table("system_traces", "sessions"), now, []fields{{
		"session_id": id.Bytes(), "client": inet(request.Client), "command": text("QUERY"), "coordinator": inet(self.BroadcastAddress),
		"coordinator_port": integer(self.StoragePort), "duration": micros(request.Duration), "parameters": textTextMap(request.Parameters),
		"request": text(request.Name), "started_at": timestamp(request.Started),
	}}))
}

func (r *Traces) apply(m row.Mutation) error {
	pending, err := r.Write([]row.Mutation{m}, cassandra.Any, cassandra.WriteSimple)
	if err != nil {
		return err
	}
	return pending.Wait()
}

// mutation is rows of one partition, for as long as traces are kept.
func mutation(table *schema.Table, now time.Time, rows []fields) row.Mutation {
	w := writer{table: table, timestamp: now.UnixMicro(), ttl: int32(tracesTTL.Seconds())}
	m := row.Mutation{Table: table, Partition: key.NewPartition(w.partitionKey(rows[0]))}
	for _, f := range rows {
		m.Rows = append(m.Rows, row.RowDelta{Clustering: w.clustering(f), Delta: w.row(f)})
	}
	return m
}

// micros is a duration as an int of microseconds.
func micros(d time.Duration) []byte { return integer(int32(min(d.Microseconds(), 1<<31-1))) }
