package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Pebble tries a compaction or a flush that failed again at once, for ever. A compaction that can't read a file is harmless, but takes a
// processor and fills the log, so it has to wait. A flush that can't write its file keeps what is acknowledged in the log alone, which grows until
// writes stop, so the process ends: it says why, and starts again once files can be written.

// A failed compaction lets the next one wait, twice as long each time.
const (
	compactAgainAfter = time.Second
	compactAgainMax   = time.Minute
)

// patience is Pebble's scheduler of compactions, but starts none for a while after one failed.
type patience struct {
	pebble.CompactionScheduler
	log    *slog.Logger
	opened time.Time
	after  atomic.Int64 // how long to wait after the next failure
	until  atomic.Int64 // nanoseconds since opened: when compactions may start again
	db     pebble.DBForCompaction
	stop   chan struct{}
	ended  sync.WaitGroup
}

// grantEvery is how often compactions that wait are looked for, as Pebble's own scheduler does.
const grantEvery = 100 * time.Millisecond

func newPatience(log *slog.Logger) *patience {
	p := &patience{CompactionScheduler: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest(), log: log, opened: time.Now(), stop: make(chan struct{})}
	p.after.Store(int64(compactAgainAfter))
	return p
}

// waits is true while no compaction may start. The time is the machine's: compactions are the engine's own work.
func (p *patience) waits() bool { return int64(time.Since(p.opened)) < p.until.Load() }

// outcome is told how a compaction ended.
func (p *patience) outcome(err error) {
	switch {
	case err == nil:
		p.after.Store(int64(compactAgainAfter))
	case !errors.Is(err, pebble.ErrCancelledCompaction):
		wait := p.after.Load()
		p.until.Store(int64(time.Since(p.opened)) + wait)
		p.after.Store(min(2*wait, int64(compactAgainMax)))
		p.log.Error("a compaction failed; it is tried again later", "after", time.Duration(wait), "error", err)
	}
}

// Register makes the engine known, Unregister takes it back: no compaction starts when it has returned.
func (p *patience) Register(goroutines int, db pebble.DBForCompaction) {
	p.db = db
	p.CompactionScheduler.Register(goroutines, patientEngine{db, p})
	p.ended.Go(p.grant)
}

func (p *patience) Unregister() {
	close(p.stop)
	p.ended.Wait()
	p.CompactionScheduler.Unregister()
}

// TrySchedule lets a compaction start, or wait.
func (p *patience) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if p.waits() {
		return false, nil
	}
	return p.CompactionScheduler.TrySchedule()
}

// grant starts compactions that had to wait.
func (p *patience) grant() {
	ticker := time.NewTicker(grantEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
		}
		for {
			if waiting, _ := (patientEngine{p.db, p}).GetWaitingCompaction(); !waiting {
				break
			}
			ok, handle := p.TrySchedule()
			if !ok {
				break
			}
			if !p.db.Schedule(handle) {
				handle.Done()
				break
			}
		}
	}
}

// patientEngine has nothing to do while compactions wait.
type patientEngine struct {
	pebble.DBForCompaction
	patience *patience
}

func (e patientEngine) GetWaitingCompaction() (bool, pebble.WaitingCompaction) {
	if e.patience.waits() {
		return false, pebble.WaitingCompaction{}
	}
	return e.DBForCompaction.GetWaitingCompaction()
}

// listen has failures of the engine's own work noticed. The engine holds its locks when it tells of them, and tells of one thing after another.
func listen(o *pebble.Options, p *patience, c *compactions, onFatal func(error)) {
	var flush error // how the last flush ended; one that found nothing to write has an error, too
	o.EventListener = &pebble.EventListener{
		CompactionBegin: func(i pebble.CompactionInfo) { c.began(i, time.Now()) },
		CompactionEnd: func(i pebble.CompactionInfo) {
			c.ended(i)
			p.outcome(i.Err)
		},
		FlushEnd: func(i pebble.FlushInfo) { flush = i.Err },
		BackgroundError: func(err error) {
			if flush != nil && errors.Is(err, flush) {
				go onFatal(fmt.Errorf("write a data file: %w", err))
			}
		},
	}
}

// dies is deferred around what may write. The engine panics when it can't write its log, and may hold its locks then: nobody may go on.
func (s *Store) dies() {
	switch r := recover().(type) {
	case nil:
	case error:
		s.options.Logger.Error("the storage engine gave up", "error", r, "stack", string(debug.Stack()))
		s.options.OnFatal(fmt.Errorf("the storage engine gave up: %w", r))
		panic(r)
	default:
		panic(r)
	}
}

// compactor compacts spans of keys in the background, one at a time.
type compactor struct {
	wake chan struct{}
	mu   sync.Mutex
	span keySpan // guarded by mu: what waits
}

// keySpan reaches from First up to, not including, End. The zero value is empty.
type keySpan struct{ first, end []byte }

// add has a span compacted soon. Spans that wait become one with what lies between.
func (c *compactor) add(s keySpan) {
	c.mu.Lock()
	if c.span.first == nil || string(s.first) < string(c.span.first) {
		c.span.first = s.first
	}
	if string(s.end) > string(c.span.end) {
		c.span.end = s.end
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (s *Store) compactLoop() {
	defer s.dies()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.compactor.wake:
		}
		s.compactor.mu.Lock()
		span := s.compactor.span
		s.compactor.span = keySpan{}
		s.compactor.mu.Unlock()
		if span.first == nil {
			continue
		}
		if err := s.compactSpan(s.ctx, span); err != nil && s.ctx.Err() == nil {
			s.options.Logger.Error("patrol", "error", err)
		}
	}
}

func (s *Store) compactSpan(ctx context.Context, span keySpan) error {
	if err := s.db.Compact(ctx, span.first, span.end, false); err != nil {
		return fmt.Errorf("compact what expired: %w", err)
	}
	return nil
}
