package coordinator

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"helenus/internal/schema"
)

// tableLatencies are those of each table's requests. The zero value has none yet.
type tableLatencies struct {
	mu sync.RWMutex
	by map[schema.TableID]*latencies // guarded by mu
}

// tablesMax bounds the tables that are remembered; past it all begin anew.
const tablesMax = 1 << 10

func (l *tableLatencies) of(t *schema.Table) *latencies {
	l.mu.RLock()
	found := l.by[t.ID]
	l.mu.RUnlock()
	if found != nil {
		return found
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.by[t.ID]; found != nil {
		return found
	}
	if l.by == nil || len(l.by) >= tablesMax {
		l.by = map[schema.TableID]*latencies{}
	}
	made := &latencies{}
	l.by[t.ID] = made
	return made
}

// policy returns after how long a table's retry policy asks one more replica; ever is false when it never does.
// Source: Cassandra 5.0, SpeculativeRetryPolicy: NEVER, ALWAYS, a percentile (99p), a time (50ms), MIN(a, b), MAX(a, b).
func (l *tableLatencies) policy(t *schema.Table, text string) (after time.Duration, ever bool) {
	return l.of(t).policy(strings.ToUpper(strings.ReplaceAll(text, " ", "")))
}

// latencies remember how long a table's latest requests took, for retry policies at a percentile.
type latencies struct {
	mu     sync.Mutex
	recent [latencyCount]time.Duration // guarded by mu
	next   int                         // guarded by mu
	sorted []time.Duration             // guarded by mu; nil: out of date
}

const (
	latencyCount = 256
	// latencyEvery is how many reads pass between two looks at the order.
	latencyEvery = 64
	// speculateAtFirst is waited before anything is known.
	speculateAtFirst = 50 * time.Millisecond
)

func (l *latencies) note(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recent[l.next%latencyCount] = d
	if l.next++; l.next%latencyEvery == 0 {
		l.sorted = slices.Sorted(slices.Values(l.recent[:min(l.next, latencyCount)]))
	}
}

// percentile returns the latency that so many of a hundred reads stayed below.
func (l *latencies) percentile(p float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sorted) == 0 {
		return speculateAtFirst
	}
	return l.sorted[min(int(p/100*float64(len(l.sorted))), len(l.sorted)-1)]
}

// rangePatience is what a read of a range waits at least: what reads of rows take says nothing of it, and it is dear to ask for twice.
const rangePatience = 500 * time.Millisecond

// speculateAfter returns how long a read waits for its replicas before it asks one more; ever is false when it never does.
func (r *reader) speculateAfter() (after time.Duration, ever bool) {
	after, ever = r.c.reads.policy(r.cmd.Table, r.cmd.Table.Options.SpeculativeRetry)
	if r.cmd.Partitions == nil {
		after = max(after, rangePatience)
	}
	return after, ever
}

func (l *latencies) policy(text string) (after time.Duration, ok bool) {
	switch {
	case text == "ALWAYS":
		return 0, true
	case strings.HasPrefix(text, "MIN("), strings.HasPrefix(text, "MAX("):
		a, b, _ := strings.Cut(strings.TrimSuffix(text[4:], ")"), ",")
		first, ok1 := l.policy(a)
		second, ok2 := l.policy(b)
		if text[1] == 'I' {
			return min(first, second), ok1 && ok2
		}
		return max(first, second), ok1 && ok2
	case strings.HasSuffix(text, "MS"):
		if ms, err := strconv.ParseFloat(text[:len(text)-2], 64); err == nil {
			return time.Duration(ms * float64(time.Millisecond)), true
		}
	case strings.HasSuffix(text, "P"), strings.HasSuffix(text, "PERCENTILE"):
		if p, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSuffix(text, "ERCENTILE"), "P"), 64); err == nil {
			return max(l.percentile(p), time.Millisecond), true
		}
	}
	return 0, false
}
