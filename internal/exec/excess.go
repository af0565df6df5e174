package exec

import (
	"fmt"
	"strings"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/key"
	"helenus/internal/plan"
	"helenus/internal/replica"
	"helenus/internal/row"
)

// ReadLimits are the thresholds of reads: tombstone_warn_threshold and tombstone_failure_threshold, and with read_thresholds_enabled, which is Track,
// local_read_size_* and, in bytes of results, coordinator_read_size_*. They hold for everybody; 0 or less: none.
type ReadLimits struct {
	replica.Reads
	ResultWarn, ResultFail int64
}

// DefaultReadLimits are Cassandra's.
var DefaultReadLimits = ReadLimits{Reads: replica.Reads{Bounds: row.Bounds{TombstonesWarn: 1000, TombstonesFail: 100_000}}}

// toll is what the replicas of a SELECT met that is much, and too much.
type toll struct {
	x     *execution
	q     *plan.Select
	limit int
	watch row.Watch
	ended string // what the failure is worded as
}

// watch has a SELECT bounded.
//
// Budget: one comparison where there are no bounds; else nothing is allocated but by a read that meets much.
func (x *execution) watch(q *plan.Select, limit int) *row.Watch {
	o := &x.executor.options.Reads
	if o.Bounds == (row.Bounds{}) {
		return nil
	}
	t := &x.toll
	if t.watch.Hear == nil {
		t.x, t.watch.Hear, t.watch.Aborted = x, t.hear, func() string { return t.ended }
	}
	t.q, t.limit, t.ended = q, limit, ""
	t.watch.Bounds, t.watch.Track, t.watch.PageRows = o.Bounds, o.Track, 0
	if q.IsAggregate() {
		t.watch.PageRows = int(x.params.PageSize)
	}
	return &t.watch
}

// hear warns the client, and the log of what this node met itself.
// Source: Cassandra 5.0, ReadCommand, WarningsSnapshot and CoordinatorWarnings.
func (t *toll) hear(e *row.Excess) {
	x := t.x
	query := t.q.Text(&x.env, e.Partition, int(x.params.PageSize), t.limit)
	if e.Nodes == 0 {
		replica.LogExcess(x.executor.options.Logger, e, query)
	}
	if !t.watch.Track {
		if !e.OfBytes && !e.Ended {
			x.warn(fmt.Sprintf("Read %d live rows and %d tombstone cells for query %.512s; token %d (see tombstone_warn_threshold)", e.Live, e.Tombstones, query, e.Partition.Token))
		}
		return
	}
	nodes := max(e.Nodes, 1)
	var text string
	switch {
	case e.OfBytes && e.Ended:
		text = fmt.Sprintf("%d nodes loaded over %d bytes and aborted the query %s (see local_read_size_fail_threshold)", nodes, e.Bytes, query)
	case e.OfBytes:
		text = fmt.Sprintf("%d nodes loaded over %d bytes and issued local read size warnings for query %s (see local_read_size_warn_threshold)", nodes, e.Bytes, query)
	case e.Ended:
		text = fmt.Sprintf("%d nodes scanned over %d tombstones and aborted the query %s (see tombstone_failure_threshold)", nodes, e.Tombstones, query)
	default:
		text = fmt.Sprintf("%d nodes scanned up to %d tombstones and issued tombstone warnings for query %s (see tombstone_warn_threshold)", nodes, e.Tombstones, query)
	}
	if e.Ended {
		t.ended = text
	}
	x.warn(text + " with " + t.tokens(e.Partition))
}

// tokens words where a read is: at a partition, or between the tokens that it scans.
func (t *toll) tokens(at key.Partition) string {
	cmd := &t.x.sel.cmd
	if cmd.Partitions != nil {
		return fmt.Sprintf("token=%d", at.Token)
	}
	return tokenRange(cmd.Tokens)
}

func tokenRange(r key.TokenRange) string {
	before, last := int64(r.First), int64(r.Last)
	if r.First > key.MinToken {
		before-- // Cassandra's ranges begin after a token
	}
	if r.Last == key.MaxToken {
		last = int64(key.MinToken)
	}
	return fmt.Sprintf("token range: (%d, %d]", before, last)
}

// checkSize ends a read whose values so far are too large.
// Source: Cassandra 5.0, SelectStatement.maybeFail.
func (w *walk) checkSize() error {
	o := &w.x.executor.options.Reads
	if !o.Track || o.ResultFail <= 0 || w.size() <= o.ResultFail {
		return nil
	}
	said := w.sized("failure", o.ResultFail)
	w.x.warn(said)
	w.x.executor.options.Logger.Warn("a result is larger than coordinator_read_size_fail_threshold", "table", w.q.Table.Keyspace+"."+w.q.Table.Name, "bytes", w.size())
	return w.x.coordinator().OwnFailure(w.x.params.Consistency, cassandra.FailureReadSize, true, said)
}

// warnSize warns of a result whose values are large.
func (w *walk) warnSize() {
	o := &w.x.executor.options.Reads
	if !o.Track || o.ResultWarn <= 0 || w.size() <= o.ResultWarn {
		return
	}
	w.x.warn(w.sized("warning", o.ResultWarn))
	w.x.executor.options.Logger.Warn("a result is larger than coordinator_read_size_warn_threshold", "table", w.q.Table.Keyspace+"."+w.q.Table.Name, "bytes", w.size())
}

// size is of the values that are there, without their lengths.
func (w *walk) size() int64 { return int64(len(w.body) - w.start - 4*w.rows*len(w.q.Columns)) }

func (w *walk) sized(severity string, threshold int64) string {
	where := ""
	switch cmd := &w.s.cmd; {
	case cmd.Partitions == nil:
		where = tokenRange(cmd.Tokens)
	case len(cmd.Partitions) == 1:
		where = fmt.Sprintf("token: %d", cmd.Partitions[0].Token)
	default:
		var all []string
		for _, p := range cmd.Partitions {
			all = append(all, fmt.Sprint(int64(p.Token)))
		}
		where = "tokens: [" + strings.Join(all, ",") + "]"
	}
	t := w.q.Table
	return fmt.Sprintf("Read on table %s.%s has exceeded the size %s threshold of %s bytes with %s", cqltype.QuoteName(t.Keyspace), cqltype.QuoteName(t.Name), severity, grouped(threshold), where)
}

// grouped is a number with commas between thousands.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// readError is the error of a walk.
func (x *execution) readError(w *walk, err error) error {
	if w.s.cmd.Watch == nil {
		return err
	}
	return x.coordinator().ReadError(&w.s.cmd, x.params.Consistency, err)
}
