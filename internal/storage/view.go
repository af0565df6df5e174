package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/view"
)

// A table with views is written under its partition's lock alone: what a change is for the views follows from the row before it (package view).
// The changes of view rows that belong here go into the batch of the change, so a node's views never disagree with its base for a moment; those for
// other nodes go into queues, in the same batch, so none of them is lost. Who knows where a view row belongs is the ViewRouter.

// ViewRouter knows where the rows of views belong. Its methods are called with locks of partitions held and must not call the store.
type ViewRouter interface {
	// Route returns the changes that belong here, and what is to be queued for others.
	Route(changes []view.Routed) (here []row.Mutation, parcels []view.Parcel)
	// Queued says that parcels are in their queues.
	Queued(parcels []view.Parcel)
	// Busy says whether too much waits in the queues for a build to go on.
	Busy() bool
}

// SetViewRouter says who knows where rows of views belong; without, all belong here. It is called before the first write.
func (s *Store) SetViewRouter(r ViewRouter) { s.router = r }

// viewed are the views of a table.
type viewed struct{ plans []*view.Plan }

// viewOf is a view.
type viewOf struct{ plan *view.Plan }

func (x *indexSet) addView(base, v *schema.Table) {
	p := view.New(base, v)
	on := x.bases[base.DataID]
	if on == nil {
		on = &viewed{}
		x.bases[base.DataID] = on
	}
	on.plans = append(on.plans, p)
	x.views[v.DataID] = viewOf{p}
}

func (x *indexes) findView(id schema.DataID) (viewOf, bool) {
	all := x.current.Load()
	if all == nil {
		return viewOf{}, false
	}
	found, ok := all.views[id]
	return found, ok
}

// viewsOn returns the views of a table, nil when it has none.
func (s *Store) viewsOn(id schema.DataID) *viewed {
	all := s.indexes.current.Load()
	if all == nil {
		return nil
	}
	return all.bases[id]
}

// claimOf is the column that rows of a view are there by, or 0: see schema.View.
func (s *Store) claimOf(id schema.DataID) uint32 {
	if !id.IsView() {
		return 0
	}
	v, ok := s.indexes.findView(id)
	if !ok {
		return 0
	}
	return v.plan.View.View.Claim
}

// anyViewed says whether a table has views. It costs a look at a pointer when no table has a view or an index.
func (s *Store) anyViewed(mutations []row.Mutation) bool {
	all := s.indexes.current.Load()
	if all == nil || len(all.bases) == 0 {
		return false
	}
	for i := range mutations {
		if all.bases[mutations[i].Table.DataID] != nil {
			return true
		}
	}
	return false
}

// applyViewed is Apply where a table has views: its partitions are locked alone, others shared.
func (s *Store) applyViewed(mutations []row.Mutation) (*Commit, error) {
	var alone lockSet
	for i := range mutations {
		if s.viewsOn(mutations[i].Table.DataID) != nil {
			alone.add(&mutations[i])
		}
	}
	all := locksOf(mutations)
	for n := range uint64(lockShards) {
		switch m := &s.locks.shards[n]; {
		case alone.has(n):
			m.Lock()
			defer m.Unlock()
		case all.has(n):
			m.RLock()
			defer m.RUnlock()
		}
	}
	return s.applyDerived(mutations, &all)
}

// applyDerived writes mutations and what follows from them in views. The caller holds locks: those of bases alone.
func (s *Store) applyDerived(mutations []row.Mutation, held *lockSet) (*Commit, error) {
	defer s.dies()
	if err := s.space.check(); err != nil {
		return nil, err
	}
	began := s.options.Runtime.Monotonic()
	d := deriver{store: s, batch: s.db.NewIndexedBatch(), now: s.now(), held: held, whole: mutations}
	for i := range mutations {
		err := d.mutation(&mutations[i])
		if err == nil {
			err = s.addEntries(d.batch, &mutations[i])
		}
		if err != nil {
			return nil, errors.Join(err, d.batch.Close())
		}
	}
	if d.intent != nil {
		if err := d.batch.Delete(d.intent, nil); err != nil {
			return nil, errors.Join(err, d.batch.Close())
		}
	}
	release, parcels, err := d.send(d.batch)
	if err != nil {
		return nil, errors.Join(err, d.batch.Close())
	}
	defer release()
	c, err := s.commit(d.batch, mutations, began)
	if err != nil {
		s.queued(parcels, false)
		return nil, err
	}
	c.parcels = append(d.flushed, parcels...) // which are sent once the base's change is safe
	return c, nil
}

// deriver writes changes of bases into a batch, and collects what follows from them.
type deriver struct {
	store   *Store
	batch   *pebble.Batch
	now     int64
	changes []view.Routed
	size    int // of changes, in bytes
	key     []byte
	held    *lockSet // locks that the caller holds

	// whole is what is being written. When more follows from it than fits into a batch, it is noted under the key intent first: see flush.
	whole   []row.Mutation
	intent  []byte
	flushed []view.Parcel // those that are in their queues already, without their values
}

// mutation adds a mutation, row by row, so that each is derived from what is there before it.
func (d *deriver) mutation(m *row.Mutation) error {
	on := d.store.viewsOn(m.Table.DataID)
	if on == nil {
		return addMutation(d.batch, m)
	}
	var was, is row.HeaderView
	header, err := d.get(m, kindHeader, nil)
	if err != nil {
		return err
	}
	if err := was.Reset(header); err != nil {
		return err
	}
	if err := is.Reset(header); err != nil {
		return err
	}
	if m.Header != nil {
		merged, err := row.MergeHeader(nil, header, m.Header)
		if header == nil {
			merged, err = row.MergeHeader(nil, m.Header)
		}
		if err != nil {
			return err
		}
		if err := is.Reset(merged); err != nil {
			return err
		}
		if err := d.covered(on, m, &was, &is); err != nil {
			return err
		}
	}
	if m.Header != nil || m.Static != nil {
		if err := addMutation(d.batch, &row.Mutation{Table: m.Table, Partition: m.Partition, Header: m.Header, Static: m.Static}); err != nil {
			return err
		}
	}
	for i := range m.Rows {
		r := &m.Rows[i]
		before, err := d.get(m, kindRow, r.Clustering)
		if err != nil {
			return err
		}
		c := view.Change{Partition: m.Partition, Clustering: r.Clustering, Before: before, Delta: r.Delta, Covering: is.Covering(r.Clustering), Now: d.now}
		for _, p := range on.plans {
			if err := p.Row(&c, d.emit(m.Partition)); err != nil {
				return fmt.Errorf("view %s: %w", p.View.Name, err)
			}
		}
		if err := addMutation(d.batch, &row.Mutation{Table: m.Table, Partition: m.Partition, Rows: m.Rows[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

func (d *deriver) emit(base key.Partition) view.Emit {
	return func(m row.Mutation) error {
		d.changes = append(d.changes, view.Routed{Base: base.Token, Mutation: m})
		d.size += len(m.Partition.Key) + len(m.Rows[0].Clustering) + len(m.Rows[0].Delta) + changeOverhead
		return nil
	}
}

// get returns a copy of what is stored under a key, changes of the batch included; nil: nothing.
func (d *deriver) get(m *row.Mutation, kind byte, clustering []byte) ([]byte, error) {
	d.key = append(append(appendPrefix(d.key[:0], m.Table.DataID, m.Partition), kind), clustering...)
	if err := d.store.readFault(); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	value, closer, err := d.batch.Get(d.key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return bytes.Clone(value), closer.Close()
}

// covered derives what the deletion of a partition or of ranges changes for the rows under it.
func (d *deriver) covered(on *viewed, m *row.Mutation, was, is *row.HeaderView) error {
	var delta row.HeaderView
	if err := delta.Reset(m.Header); err != nil {
		return err
	}
	ranges := []key.Range{{}}
	if delta.Partition().IsZero() {
		ranges = ranges[:0]
		for _, r := range delta.Ranges() {
			ranges = append(ranges, r.Range)
		}
	}
	prefix := append(appendPrefix(nil, m.Table.DataID, m.Partition), kindRow)
	for _, r := range ranges {
		lower, upper := append(bytes.Clone(prefix), r.Start...), append(bytes.Clone(prefix[:len(prefix)-1]), kindEnd)
		if r.End != nil {
			upper = append(bytes.Clone(prefix), r.End...)
		}
		it, err := d.batch.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		for it.First(); it.Valid() && err == nil; it.Next() {
			var value []byte
			if value, err = it.ValueAndErr(); err != nil {
				break
			}
			clustering := it.Key()[len(prefix):]
			c := view.Change{Partition: m.Partition, Clustering: clustering, Before: value, Covering: is.Covering(clustering), Now: d.now}
			before := was.Covering(clustering)
			if before == c.Covering || row.IsEmpty(value) {
				continue
			}
			for _, p := range on.plans {
				if err = p.Covered(&c, before, d.emit(m.Partition)); err != nil {
					break
				}
			}
			if err == nil && d.size > viewFlushBytes {
				err = d.flush()
			}
		}
		if err := errors.Join(err, it.Error(), it.Close()); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

// send adds the changes of views to a batch. The locks of their partitions are held, shared, until release is called.
func (d *deriver) send(b *pebble.Batch) (release func(), parcels []view.Parcel, err error) {
	var here []row.Mutation
	if d.store.router != nil {
		here, parcels = d.store.router.Route(d.changes)
	} else {
		for i := range d.changes {
			here = append(here, d.changes[i].Mutation)
		}
	}
	all := locksOf(here)
	more := all.less(d.held)
	d.store.locks.each(&more, (*sync.RWMutex).RLock)
	release = func() { d.store.locks.each(&more, (*sync.RWMutex).RUnlock) }
	for i := range here {
		if err = addMutation(b, &here[i]); err != nil {
			break
		}
	}
	for i := range parcels {
		if err == nil {
			err = b.Set(queueKey(parcels[i].Queue, d.store.queues.take(parcels[i].Queue, int64(len(parcels[i].Value)))), parcels[i].Value, nil)
		}
	}
	if err != nil {
		release()
		d.store.queued(parcels, false)
		return nil, nil, err
	}
	return release, parcels, nil
}

// queued ends what send began with parcels: they are in their queues, or are not.
func (s *Store) queued(parcels []view.Parcel, ok bool) {
	if len(parcels) == 0 {
		return
	}
	if ok {
		s.router.Queued(parcels)
		return
	}
	s.queues.mu.Lock()
	defer s.queues.mu.Unlock()
	for i := range parcels {
		s.queues.count(parcels[i].Queue, -1, -int64(len(parcels[i].Value)))
	}
}

// Rows that a build of a view derives under one lock.
const viewChunkRows = 256

// buildView derives the rows from where a build stands until it has read buildSpanBytes. Each chunk is of one partition, derived under its lock and
// written in one batch with how far the build is then.
func (s *Store) buildView(v *viewOf, build IndexBuild) (next IndexBuild, err error) {
	next = build
	for read := 0; err == nil && !next.Built && read < buildSpanBytes; {
		if err = s.space.check(); err == nil {
			var size int
			size, err = s.buildChunk(v.plan, &next)
			read += size
		}
	}
	return next, err
}

// buildChunk derives a few rows of one partition.
func (s *Store) buildChunk(p *view.Plan, build *IndexBuild) (read int, err error) {
	from := appendToken(nil, p.Base.DataID, key.MinToken)
	if build.Next != nil {
		from = build.Next
	}
	first, err := s.firstKey(from, appendAfterToken(nil, p.Base.DataID, key.MaxToken))
	if err != nil {
		return 0, err
	}
	done := *build
	d := deriver{store: s, now: s.now(), held: &lockSet{}}
	if first == nil {
		done.Built, done.Next = true, nil
		d.batch = s.db.NewBatch()
	} else {
		partition := partitionOf(first, split(first))
		m := s.locks.of(p.Base.DataID, partition.Token)
		m.Lock()
		defer m.Unlock()
		d.batch = s.db.NewBatch()
		if read, err = d.chunk(p, partition, first, &done); err != nil {
			return read, errors.Join(err, d.batch.Close())
		}
	}
	release, parcels, err := d.send(d.batch)
	if err != nil {
		return read, errors.Join(err, d.batch.Close())
	}
	defer release()
	raw, err := json.Marshal(done)
	if err == nil {
		err = d.batch.Set(metaKey(indexRecord(p.View.DataID)), raw, nil)
	}
	if err == nil {
		err = d.batch.Commit(s.later())
	}
	s.queued(parcels, err == nil)
	if err != nil {
		return read, fmt.Errorf("write: %w", errors.Join(err, d.batch.Close()))
	}
	*build = done
	return read, d.batch.Close()
}

// firstKey returns the first key of a range; nil: there is none.
func (s *Store) firstKey(lower, upper []byte) ([]byte, error) {
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	var first []byte
	if it.First() {
		first = bytes.Clone(it.Key())
	}
	return first, errors.Join(it.Error(), it.Close())
}

// chunk derives rows of a partition from a key on.
func (d *deriver) chunk(p *view.Plan, partition key.Partition, from []byte, done *IndexBuild) (read int, err error) {
	prefix := appendPrefix(nil, p.Base.DataID, partition)
	headerKey, end := append(bytes.Clone(prefix), kindHeader), append(bytes.Clone(prefix), kindEnd)
	raw, err := d.store.get(headerKey)
	if err != nil {
		return 0, err
	}
	var header row.HeaderView
	if err := header.Reset(raw); err != nil {
		return 0, err
	}
	it, err := d.store.iterator(&pebble.IterOptions{LowerBound: from, UpperBound: end})
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	done.Next = end
	rows := 0
	for it.First(); it.Valid() && err == nil; it.Next() {
		k := it.Key()
		if rows == viewChunkRows || read >= buildSpanBytes {
			done.Next = bytes.Clone(k)
			break
		}
		var value []byte
		if value, err = it.ValueAndErr(); err != nil {
			break
		}
		read += len(k) + len(value)
		if k[len(prefix)] != kindRow {
			continue
		}
		rows++
		clustering := k[len(prefix)+1:]
		c := view.Change{Partition: partition, Clustering: clustering, Before: value, Covering: header.Covering(clustering), Now: d.now}
		err = p.Image(&c, d.emit(partition))
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return read, fmt.Errorf("read: %w", err)
	}
	done.Rows += int64(rows)
	return read, nil
}
