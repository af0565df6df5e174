package system

import (
	"math"
	"time"

	"helenus/internal/schema"
	"helenus/internal/stats"
)

// The tables of system_views that have a row for each table, those of the system too, as Cassandra's have: what was never used is zero.

// eachTable makes a row of each table that is no virtual one.
func (t *Tables) eachTable(row func(table *schema.Table, counts *TableCounts) fields, add func(fields)) {
	none := &TableCounts{}
	t.each(false, func(k *schema.Keyspace) {
		for _, table := range k.Tables {
			counts := none
			if t.options.Views.Table != nil && table.Stored() {
				if found := t.options.Views.Table(table); found != nil {
					counts = found
				}
			}
			f := row(table, counts)
			f["keyspace_name"], f["table_name"] = text(table.Keyspace), text(table.Name)
			add(f)
		}
	})
}

// latency is a table of system_views with durations of each table.
func latency(of func(*TableCounts) *stats.Histogram) content {
	return func(t *Tables, add func(fields)) {
		t.eachTable(func(_ *schema.Table, counts *TableCounts) fields {
			f := fields{"count": bigint(0), "max_ms": double(0), "p50th_ms": double(0), "p99th_ms": double(0), "per_second": double(0)}
			h := of(counts)
			if h == nil {
				return f
			}
			f["count"], f["per_second"] = bigint(h.Count()), double(thousandths(h.Rate(t.options.Views.Monotonic())))
			if p := h.Percentiles(0.5, 0.99, 1); p != nil {
				f["p50th_ms"], f["p99th_ms"], f["max_ms"] = double(millis(p[0])), double(millis(p[1])), double(millis(p[2]))
			}
			return f
		}, add)
	}
}

// perRead is a table of system_views with what reads of each table meet.
func perRead(of func(*TableCounts) *stats.Sizes) content {
	return func(t *Tables, add func(fields)) {
		t.eachTable(func(_ *schema.Table, counts *TableCounts) fields {
			f := fields{"count": bigint(0), "max": double(0), "p50th": double(0), "p99th": double(0)}
			s := of(counts)
			if s == nil {
				return f
			}
			f["count"] = bigint(s.Count())
			if p := s.Percentiles(0.5, 0.99, 1); p != nil {
				f["p50th"], f["p99th"], f["max"] = double(float64(p[0])), double(float64(p[1])), double(float64(p[2]))
			}
			return f
		}, add)
	}
}

// millis is a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

// size is a table of system_views with the size of something of each table; what can't be measured just now is null.
func size(of func(bytes, largest int64) int64) content {
	return func(t *Tables, add func(fields)) {
		t.eachTable(func(table *schema.Table, _ *TableCounts) fields {
			if t.options.Views.Files == nil || !table.Stored() {
				return fields{"mebibytes": bigint(0)}
			}
			bytes, largest, err := t.options.Views.Files(table)
			if err != nil {
				return fields{}
			}
			return fields{"mebibytes": bigint(mebibytes(of(bytes, largest)))}
		}, add)
	}
}

// mebibytes rounds up, as Cassandra does: what is there at all shows.
func mebibytes(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
