package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/platform"
	"helenus/internal/schema"
)

// An index that is new to this store is built from the rows that are there, span by span, while writes go on and write entries of their own.
// Each span's entries and how far the build is are one batch, so a build goes on after a crash. A write that began before the index was known
// has no entries: the build begins when no such write is under way any more (settle).
//
// What is known of an index's build is the record index/<data id>. A start at which the schema does not have the index removes the record,
// for what is written until the index comes back has no entries.

const (
	indexRecordPrefix = "index/"
	// buildSpanBytes is how much of a table a step of a build reads, buildRest how long it rests between two steps.
	buildSpanBytes = 2 << 20
	// buildBatchBytes is how many bytes of entries end a step, too.
	buildBatchBytes = 16 << 20
	buildRest       = 5 * time.Millisecond
	// buildRetry is how long a build rests after an error.
	buildRetry = 5 * time.Second
	// buildBusy is how long the build of a view rests while others have not taken what it has made so far.
	buildBusy = 100 * time.Millisecond
	// awaitIndex is how long a read waits for an index that is new.
	awaitIndex = 2 * time.Second
)

// ErrIndexNotAvailable is returned to a read by an index that is not built yet.
var ErrIndexNotAvailable = errors.New("the index is not built yet")

// IndexBuild is how far an index's build is on this node.
type IndexBuild struct {
	Built bool `json:"built"`
	// Rows were walked so far; Next is the key of the table's where the build goes on.
	Rows int64  `json:"rows"`
	Next []byte `json:"next,omitempty"`
}

// indexSet are the indexes of all tables; immutable.
type indexSet struct {
	byTable map[schema.DataID]*tableIndexes
	byID    map[schema.DataID]indexOf
	// bases are the tables that have views, views the views.
	bases map[schema.DataID]*viewed
	views map[schema.DataID]viewOf
	// vectors says that some index is on vectors.
	vectors bool
}

type indexOf struct {
	on    *tableIndexes
	index *schema.Index
}

// indexes are what the store knows of them.
type indexes struct {
	current atomic.Pointer[indexSet] // nil: no table has one
	noted   atomic.Bool              // what earlier runs have noted was seen to: see viewflush.go
	stale   chan [2][]byte           // entries to be looked at and deleted: key, value
	probes  atomic.Int64             // clusters that searches for the nearest vectors have looked at

	mu       sync.Mutex
	loaded   bool                            // guarded by mu, as all that follows: the records were read
	vectors  map[schema.DataID]*clusters     // of all indexes on vectors
	builds   map[schema.DataID]IndexBuild    // of all indexes
	since    map[schema.DataID]time.Duration // when an index became known, by Monotonic
	waiting  map[schema.DataID][]platform.Gate
	timer    platform.Timer // the next step; nil: nothing is to be built
	closed   bool
	unsettle bool // writes may be under way that do not know all indexes

	stepping sync.Mutex // held during a step of a build
}

func (x *indexes) init() { x.stale = make(chan [2][]byte, forgetQueue) }

// find returns an index by its data id, or nil.
func (x *indexes) find(id schema.DataID) (*tableIndexes, *schema.Index) {
	all := x.current.Load()
	if all == nil {
		return nil, nil
	}
	found := all.byID[id]
	return found.on, found.index
}

// SetIndexes tells the store which indexes and views there are. It must be called before the first write, and after each change of the schema that makes
// an index before the change is answered. Those that are new are built in the background.
func (s *Store) SetIndexes(now *schema.Schema) error {
	if err := s.setIndexes(now); err != nil {
		return err
	}
	if s.indexes.noted.Swap(true) {
		return nil
	}
	return s.finishNoted(now)
}

func (s *Store) setIndexes(now *schema.Schema) error {
	set := indexSet{byTable: map[schema.DataID]*tableIndexes{}, byID: map[schema.DataID]indexOf{}, bases: map[schema.DataID]*viewed{}, views: map[schema.DataID]viewOf{}}
	for _, k := range now.Keyspaces() {
		for _, t := range k.Tables {
			if base := now.BaseOf(t); base != nil {
				set.addView(base, t)
			}
		}
		for _, t := range k.Tables {
			if t.System || len(t.Indexes) == 0 {
				continue
			}
			on := &tableIndexes{table: t}
			for _, x := range t.Indexes {
				if x.Similarity != schema.NoSimilarity {
					if x.Column.Kind != schema.Regular {
						continue // every vector is compared
					}
					set.vectors = true
				}
				on.indexes = append(on.indexes, x)
				set.byID[x.DataID] = indexOf{on, x}
			}
			set.byTable[t.DataID] = on
		}
	}
	s.indexes.mu.Lock()
	defer s.indexes.mu.Unlock()
	if err := s.loadBuilds(&set); err != nil {
		return err
	}
	if err := s.loadVectors(&set); err != nil {
		return err
	}
	if set.empty() {
		s.indexes.current.Store(nil)
		return nil
	}
	if err := s.raiseFormat(set.format()); err != nil {
		return err
	}
	s.indexes.current.Store(&set)
	if s.indexes.unbuilt() != 0 {
		s.indexes.unsettle = true
		s.scheduleBuild(0)
	}
	if _, x := s.indexes.toPart(); x != nil {
		s.scheduleBuild(0)
	}
	return nil
}

// loadVectors gives a set the clusters of its indexes on vectors; those that are new to this store are read. The caller holds mu.
func (s *Store) loadVectors(set *indexSet) error {
	known := s.indexes.vectors
	s.indexes.vectors = nil
	for id, of := range set.byID {
		if of.index.Similarity == schema.NoSimilarity {
			continue
		}
		c := known[id]
		if c == nil {
			var err error
			if c, err = s.loadClusters(of.index); err != nil {
				return err
			}
		}
		if s.indexes.vectors == nil {
			s.indexes.vectors = map[schema.DataID]*clusters{}
		}
		if of.on.clusters == nil {
			of.on.clusters = map[schema.DataID]*clusters{}
		}
		s.indexes.vectors[id], of.on.clusters[id] = c, c
	}
	return nil
}

// loadBuilds makes builds hold just the indexes of a set. The caller holds mu.
func (s *Store) loadBuilds(set *indexSet) error {
	x := &s.indexes
	if !x.loaded {
		if set.empty() {
			records, more, err := s.MetaRange(indexRecordPrefix, after(indexRecordPrefix), 1)
			if err != nil || len(records) == 0 && !more {
				x.loaded = err == nil
				return err
			}
		}
		records, err := s.Metas(indexRecordPrefix)
		if err != nil {
			return err
		}
		x.builds = map[schema.DataID]IndexBuild{}
		for name, raw := range records {
			var id schema.DataID
			var b IndexBuild
			if _, err := fmt.Sscanf(name, indexRecordPrefix+"%d", &id); err != nil {
				return fmt.Errorf("record %s: %w", name, err)
			}
			if err := json.Unmarshal(raw, &b); err != nil {
				return fmt.Errorf("record %s: %w", name, err)
			}
			x.builds[id] = b
		}
		x.loaded = true
	}
	gone := map[string][]byte{}
	for id := range x.builds {
		if !set.has(id) {
			gone[indexRecord(id)] = nil
			delete(x.builds, id)
			delete(x.since, id)
		}
	}
	for _, id := range set.ids() {
		if x.builds == nil {
			x.builds = map[schema.DataID]IndexBuild{}
		}
		if x.since == nil {
			x.since, x.waiting = map[schema.DataID]time.Duration{}, map[schema.DataID][]platform.Gate{}
		}
		if _, ok := x.builds[id]; !ok {
			x.builds[id] = IndexBuild{}
		}
		if _, ok := x.since[id]; !ok {
			x.since[id] = s.options.Runtime.Monotonic()
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return s.SetMetas(gone)
}

// format is the layout of the data directory that the set needs.
func (x *indexSet) format() int {
	if x.vectors {
		return vectorsVersion
	}
	return indexesVersion
}

func (x *indexSet) empty() bool { return len(x.byID) == 0 && len(x.views) == 0 }

func (x *indexSet) has(id schema.DataID) bool {
	_, index := x.byID[id]
	_, view := x.views[id]
	return index || view
}

// ids are those of all indexes and views, ascending.
func (x *indexSet) ids() []schema.DataID {
	return slices.Sorted(func(yield func(schema.DataID) bool) {
		for id := range x.byID {
			if !yield(id) {
				return
			}
		}
		for id := range x.views {
			if !yield(id) {
				return
			}
		}
	})
}

func indexRecord(id schema.DataID) string { return fmt.Sprintf("%s%d", indexRecordPrefix, id) }

// unbuilt returns the index to be built next, 0 when there is none. The caller holds mu.
func (x *indexes) unbuilt() schema.DataID {
	for _, id := range slices.Sorted(maps.Keys(x.builds)) {
		if !x.builds[id].Built {
			return id
		}
	}
	return 0
}

// scheduleBuild has a step of the build run after a while. The caller holds mu.
func (s *Store) scheduleBuild(after time.Duration) {
	if s.indexes.timer == nil && !s.indexes.closed {
		s.indexes.timer = s.options.Runtime.AfterFunc(after, s.buildStep)
	}
}

// stopBuilding ends builds; they go on at the next start.
func (s *Store) stopBuilding() {
	s.indexes.mu.Lock()
	s.indexes.closed = true
	if s.indexes.timer != nil {
		s.indexes.timer.Stop()
	}
	s.indexes.mu.Unlock()
	s.indexes.stepping.Lock() // the step under way
	defer s.indexes.stepping.Unlock()
	if err := s.keepCounts(); err != nil {
		s.options.Logger.Error("note how many vectors clusters have", "error", err)
	}
}

// buildStep parts a cluster of vectors or builds one span of one index, and has the next step follow.
func (s *Store) buildStep() {
	defer s.dies()
	s.indexes.stepping.Lock()
	defer s.indexes.stepping.Unlock()
	x := &s.indexes
	x.mu.Lock()
	x.timer = nil
	id, closed, settle := x.unbuilt(), x.closed, x.unsettle
	x.unsettle = false
	build := x.builds[id]
	x.mu.Unlock()
	parted, vectors := x.toPart()
	if closed || id == 0 && vectors == nil {
		return
	}
	if settle {
		s.locks.settle()
	}
	rest := buildRest
	if vectors != nil { // before a build goes on to fill clusters
		if err := s.partStep(parted, vectors); err != nil {
			s.options.Logger.Error("part the clusters of vectors", "index", vectors.Name, "table", parted.table.Name, "error", err)
			rest = buildRetry
		}
	} else {
		rest = s.buildNext(id, build)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, vectors = x.toPart(); vectors != nil || x.unbuilt() != 0 {
		s.scheduleBuild(rest)
	}
}

// buildNext builds one span of an index or a view, and returns how long to rest.
func (s *Store) buildNext(id schema.DataID, build IndexBuild) (rest time.Duration) {
	x := &s.indexes
	on, index := x.find(id)
	rest = buildRest
	view, isView := x.findView(id)
	what, name, table := "index", "", ""
	switch {
	case isView:
		what, name, table = "view", view.plan.View.Name, view.plan.Base.Name
	case index != nil:
		name, table = index.Name, on.table.Name
	}
	if isView && s.router != nil && s.router.Busy() {
		rest = buildBusy
	} else if name != "" {
		var next IndexBuild
		var err error
		if isView {
			next, err = s.buildView(&view, build)
		} else {
			next, err = s.buildSpan(on, index, build)
		}
		x.mu.Lock()
		if _, ok := x.builds[id]; ok && err == nil {
			x.builds[id] = next
		}
		if err == nil && next.Built {
			for _, gate := range x.waiting[id] {
				gate.Open()
			}
			delete(x.waiting, id)
			s.options.Logger.Info("built on the rows that are there", what, name, "table", table, "rows", next.Rows)
			rest = 0
		}
		x.mu.Unlock()
		if err != nil {
			s.options.Logger.Error("build on the rows that are there", what, name, "table", table, "error", err)
			rest = buildRetry
		}
	}
	return rest
}

// settle returns when all writes that were under way have ended.
func (l *partitionLocks) settle() {
	pass := func(m *sync.RWMutex) {
		m.Lock()
		defer m.Unlock() // the wait is all that is wanted
	}
	for i := range l.shards {
		pass(&l.shards[i])
	}
}

// buildSpan writes the entries of the rows from where a build stands, until it has read buildSpanBytes or written buildBatchBytes, and how far it is then, as
// one batch.
func (s *Store) buildSpan(on *tableIndexes, x *schema.Index, build IndexBuild) (next IndexBuild, err error) {
	if err := s.space.check(); err != nil {
		return build, err
	}
	id := on.table.DataID
	lower, upper := binary.BigEndian.AppendUint32(nil, uint32(id)), binary.BigEndian.AppendUint32(nil, uint32(id)+1)
	if build.Next != nil {
		lower = build.Next
	}
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return build, fmt.Errorf("read: %w", err)
	}
	b := s.db.NewBatch()
	w := entryWriter{batch: b, table: on.table, clusters: on.clusters, wake: func(c *clusters) { c.woken.Store(true) }}
	next = IndexBuild{Built: true, Rows: build.Rows}
	read := 0
	var partition []byte // the prefix of the one whose key has its entry
	for it.First(); it.Valid(); it.Next() {
		k := it.Key()
		if read >= buildSpanBytes || b.Len() >= buildBatchBytes {
			next.Built, next.Next = false, bytes.Clone(k)
			break
		}
		var value []byte
		if value, err = it.ValueAndErr(); err != nil {
			break
		}
		read += len(k) + len(value)
		n := split(k)
		if len(k) == n {
			continue
		}
		p := partitionOf(k, n)
		switch kind := k[n]; {
		case kind == kindHeader:
		case x.Column.Kind == schema.PartitionKey:
			if !bytes.Equal(partition, k[:n]) {
				partition = append(partition[:0], k[:n]...)
				err = w.ofKey(x, p, nil)
			}
		case kind == kindStatic && x.Column.Kind == schema.Static:
			err = w.ofCells(x, p, nil, value)
		case kind == kindRow && x.Column.Kind != schema.Static:
			err = w.ofRow(x, p, k[n+1:], value)
		}
		if err != nil {
			break
		}
		next.Rows++
	}
	if err = errors.Join(err, it.Error(), it.Close()); err != nil {
		return build, errors.Join(fmt.Errorf("read: %w", err), b.Close())
	}
	raw, err := json.Marshal(next)
	if err == nil {
		err = b.Set(metaKey(indexRecord(x.DataID)), raw, nil)
	}
	if err == nil {
		err = b.Commit(s.later())
	}
	if err != nil {
		return build, fmt.Errorf("write: %w", errors.Join(err, b.Close()))
	}
	return next, b.Close()
}

// AwaitIndexes returns once indexes are built, or ErrIndexNotAvailable when one is still under way a moment after it was made.
func (s *Store) AwaitIndexes(ctx context.Context, ids ...schema.DataID) error {
	for _, id := range ids {
		if err := s.awaitIndex(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) awaitIndex(ctx context.Context, id schema.DataID) error {
	x := &s.indexes
	x.mu.Lock()
	build, known := x.builds[id]
	if known && build.Built {
		x.mu.Unlock()
		return nil
	}
	left := awaitIndex - (s.options.Runtime.Monotonic() - x.since[id])
	if !known || left <= 0 {
		x.mu.Unlock()
		return ErrIndexNotAvailable
	}
	gate := s.options.Runtime.NewGate()
	x.waiting[id] = append(x.waiting[id], gate)
	x.mu.Unlock()
	ctx, cancel := platform.WithTimeout(ctx, s.options.Runtime, left)
	defer cancel()
	if err := gate.Pass(ctx); err != nil {
		return ErrIndexNotAvailable
	}
	return nil
}

// IsBuilt says whether an index is built.
func (s *Store) IsBuilt(id schema.DataID) bool {
	s.indexes.mu.Lock()
	defer s.indexes.mu.Unlock()
	return s.indexes.builds[id].Built
}

// IndexBuilds returns how far the builds of all indexes are.
func (s *Store) IndexBuilds() map[schema.DataID]IndexBuild {
	s.indexes.mu.Lock()
	defer s.indexes.mu.Unlock()
	return maps.Clone(s.indexes.builds)
}
