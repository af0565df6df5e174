package replica

import (
	"errors"
	"log/slog"

	"helenus/internal/cassandra"
	"helenus/internal/row"
)

// Reads say what reads for clients may meet on this node.
type Reads struct {
	row.Bounds
	// Track has replicas tell coordinators of what is much, and not only of what is too much (read_thresholds_enabled).
	Track  bool
	Logger *slog.Logger
}

// SetReads bounds reads for clients; it is called before the first.
func (l *Local) SetReads(r Reads) { l.shared.reads = r }

// EveryRow, as ReadRequest.Rows, asks for all rows there are, whatever is met on the way: by those who make replicas the same.
const EveryRow = 1 << 40

// watch bounds the read of a page, which holds what is much.
func (l *Local) watch(r *ReadRequest, page *Page) {
	r.Command.Watch = nil
	if r.Rows >= EveryRow {
		r.Rows = 0
		return
	}
	if l.reads.Bounds == (row.Bounds{}) {
		return
	}
	t := r.Command.Table
	r.Command.Watch = &row.Watch{Bounds: l.reads.Bounds, Hear: func(e *row.Excess) {
		kept := *e
		kept.Partition.Key = nil
		if !e.Ended {
			page.Excess = append(page.Excess, kept)
		}
		LogExcess(l.reads.Logger, e, "SELECT FROM "+t.Keyspace+"."+t.Name)
	}}
}

// LogExcess tells an operator of a read that met much, or too much.
// Source: Cassandra 5.0, ReadCommand and TombstoneOverwhelmingException.
func LogExcess(log *slog.Logger, e *row.Excess, query string) {
	token := int64(e.Partition.Token)
	switch {
	case log == nil:
	case e.OfBytes && e.Ended:
		log.Error("a read was ended, since it would load more than local_read_size_fail_threshold", "query", query, "bytes", e.Bytes, "token", token)
	case e.OfBytes:
		log.Warn("a read loaded more than local_read_size_warn_threshold", "query", query, "bytes", e.Bytes, "token", token)
	case e.Ended:
		log.Error("a read was ended, since it scanned more than tombstone_failure_threshold", "query", query, "tombstones", e.Tombstones, "token", token)
	default:
		log.Warn("a read scanned more than tombstone_warn_threshold", "query", query, "live_rows", e.Live, "tombstones", e.Tombstones, "token", token)
	}
}

// ErrTooManyTombstones and ErrReadSize refuse reads that met too much.
var (
	ErrTooManyTombstones = cassandra.Serverf("too many tombstones were scanned")
	ErrReadSize          = cassandra.Serverf("too many bytes were read")
)

// ExcessError is ErrTooManyTombstones or ErrReadSize with how much it was.
type ExcessError struct {
	Reason *cassandra.Error
	Value  int64
}

func (e *ExcessError) Error() string { return e.Reason.Message }
func (e *ExcessError) Unwrap() error { return e.Reason }

// excess turns the end of a read that met too much into what its coordinator is told.
func excess(err error) error {
	var e *row.Excess
	switch {
	case !errors.As(err, &e):
		return err
	case e.OfBytes:
		return &ExcessError{ErrReadSize, e.Bytes}
	}
	return &ExcessError{ErrTooManyTombstones, int64(e.Tombstones)}
}
