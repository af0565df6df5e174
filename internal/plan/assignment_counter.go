package plan

import (
	"math"

	"helenus/internal/cassandra"
	"helenus/internal/cqltype"
	"helenus/internal/row"
)

// counterAdd is c = c + value, or c = c - value. It makes no cell: the replica that leads the counter does.
type counterAdd struct {
	value    Term
	subtract bool
}

func (*counterAdd) reads() bool { return false }

func (a *counterAdd) apply(w *cellWriter) error {
	v, err := a.value.Eval(w.env)
	if err != nil || IsUnset(v) {
		return err
	}
	if len(v) == 0 {
		return cassandra.Invalidf("Invalid null value for counter increment")
	}
	n := cqltype.Int64(v)
	if a.subtract {
		if n == math.MinInt64 {
			return cassandra.Invalidf("The negation of %d overflows supported counter precision (signed 8 bytes integer)", n)
		}
		n = -n
	}
	w.increment += n
	return nil
}

// deleteCounter is DELETE of a counter column.
type deleteCounter struct{}

func (deleteCounter) reads() bool { return false }

func (deleteCounter) apply(w *cellWriter) error {
	w.Counter(w.column.ID, row.Deletion{Timestamp: w.timestamp, LocalTime: w.now})
	return nil
}
