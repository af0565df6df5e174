package exec

import (
	"bytes"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"helenus/internal/cql"
	"helenus/internal/plan"
	"helenus/internal/schema"
	"helenus/internal/stats"
)

// Counts are of requests since the start.
type Counts struct {
	// Prepared and Regular are statements that were executed: prepared ones, and others. Evicted were pushed out of the cache of prepared ones.
	Prepared, Regular, Evicted atomic.Int64
	// Logged, Unlogged and Counter are the partitions of batches.
	Logged, Unlogged, Counter stats.Sizes
	// Checks are the times that it took to see whether a role may log in from where it does.
	Checks stats.Histogram
}

// TableTimes are how long requests for one table took at this node, from their last byte to their response.
type TableTimes struct {
	Reads, Scans, Writes stats.Histogram
}

func (t *TableTimes) each() [3]*stats.Histogram {
	return [3]*stats.Histogram{&t.Reads, &t.Scans, &t.Writes}
}

// tableTimes keeps each table's.
type tableTimes struct {
	mu   sync.Mutex
	byID map[schema.TableID]*TableTimes // guarded by mu
}

// TableTimes returns those of a table.
func (e *Executor) TableTimes(t *schema.Table) *TableTimes {
	e.times.mu.Lock()
	defer e.times.mu.Unlock()
	if found := e.times.byID[t.ID]; found != nil {
		return found
	}
	if e.times.byID == nil {
		e.times.byID = map[schema.TableID]*TableTimes{}
	}
	now := e.options.Metadata.Schema()
	maps.DeleteFunc(e.times.byID, func(id schema.TableID, _ *TableTimes) bool { return now.TableByID(id) == nil }) // dropped since
	made := &TableTimes{}
	for _, h := range made.each() {
		h.Start(e.options.Clock.Monotonic())
	}
	e.times.byID[t.ID] = made
	return made
}

// KnownTimes returns those of a table that has been asked for since the start, nil for another.
func (e *Executor) KnownTimes(t *schema.Table) *TableTimes {
	e.times.mu.Lock()
	defer e.times.mu.Unlock()
	return e.times.byID[t.ID]
}

// Rotate forgets for percentiles what came before the last Rotate. at is now, by Clock.Monotonic.
func (e *Executor) Rotate(at time.Duration) {
	e.times.mu.Lock()
	defer e.times.mu.Unlock()
	for _, t := range e.times.byID {
		for _, h := range t.each() {
			h.Rotate(at)
		}
	}
	e.Counts.Logged.Rotate()
	e.Counts.Unlogged.Rotate()
	e.Counts.Counter.Rotate()
	e.Counts.Checks.Rotate(at)
}

// timesOf returns where the times of a plan's table are counted; nil for a plan of several tables, and of virtual ones.
func (e *Executor) timesOf(p plan.Plan) *TableTimes {
	var table *schema.Table
	switch q := p.(type) {
	case *plan.Select:
		table = q.Table
	case *plan.Modify:
		table = q.Table
	case *plan.Batch:
		for _, m := range q.Statements {
			if table != nil && m.Table != table {
				return nil
			}
			table = m.Table
		}
	}
	if table == nil || table.Virtual {
		return nil
	}
	return e.TableTimes(table)
}

// timed has the request's time counted for its table.
func (x *execution) timed(p *planned) {
	if p.times == nil {
		return
	}
	switch x.resp.Kind {
	case Read, SerialRead:
		x.resp.Table = &p.times.Reads
	case RangeRead:
		x.resp.Table = &p.times.Scans
	case Write, Transaction:
		x.resp.Table = &p.times.Writes
	}
}

// timedBatch has the time of a batch counted for its table, when it has but one.
func (x *execution) timedBatch(items []batchItem) {
	if len(items) == 0 {
		return
	}
	for i := range items {
		if items[i].modify.Table != items[0].modify.Table {
			return
		}
	}
	x.resp.Table = &x.executor.TableTimes(items[0].modify.Table).Writes
}

// countBatch counts a batch by its partitions.
func (x *execution) countBatch(kind cql.BatchKind, partitions int) {
	counts := &x.executor.Counts
	switch kind {
	case cql.BatchLogged:
		counts.Logged.Observe(partitions)
	case cql.BatchCounter:
		counts.Counter.Observe(partitions)
	default:
		counts.Unlogged.Observe(partitions)
	}
}

// partitionsOf is how many partitions were bound to be written; increments of one are counted once.
func partitionsOf(b *plan.Bound) int {
	n := len(b.Mutations)
	for i := range b.Increments {
		if i == 0 || !bytes.Equal(b.Increments[i].Partition.Key, b.Increments[i-1].Partition.Key) || b.Increments[i].Table != b.Increments[i-1].Table {
			n++
		}
	}
	return n
}
