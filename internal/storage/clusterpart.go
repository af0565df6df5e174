package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/index"
	"helenus/internal/schema"
)

// A cluster of vectors that has grown is parted while reads and writes go on, step by step, by the machinery that builds indexes:
//
//	1  new clusters are made with the middles of its vectors, and it is closing: one batch of records. From then on no change chooses it
//	2  once the changes that had chosen it have ended, its entries go to the clusters nearest to them, so many a batch. Rows are read for it: entries
//	   have the exact vectors behind them again, and stale ones go
//	3  the batch with the last of them has its record's end, too
//
// A batch is there after a crash with all that was written before it, or not at all, and each leaves E2 true, so a start goes on from any of them. A reader
// that sees another list of clusters once its iterator is made than before begins anew: so it looks into each cluster that has what it may see.

// Variables, so that tests reach these bounds with few rows.
var (
	// clusterEntriesMax is how many entries a cluster has before it is parted, at least; as many as half the clusters there are, at least, so that
	// the way to a cluster and the way through one grow alike.
	clusterEntriesMax = 512
	// partBatch is how many entries change their cluster in one batch.
	partBatch = 1024
)

const (
	// partsMax is how many clusters one becomes at once, partSamples how many of its vectors their middles are of.
	partsMax    = 16
	partSamples = 1024
	// partNeighbours is how many clusters nearby an entry of a closing cluster may go to.
	partNeighbours = 16
	// partSeed makes what chance decides the same in each run.
	partSeed = 0x48656C656E7573
)

func (l *clusterList) limit() int64 { return int64(max(clusterEntriesMax, len(l.open)/2)) }

// closing returns a cluster that is closing, nil: there is none.
func (l *clusterList) closing() *cluster {
	for _, c := range l.all {
		if c.closing {
			return c
		}
	}
	return nil
}

// full returns the open cluster that is to be parted, nil: there is none.
func (l *clusterList) full() (most *cluster) {
	for _, c := range l.open {
		if n := c.counts.entries.Load(); n > l.limit() && n > 2*c.counts.whole.Load() && (most == nil || n > most.counts.entries.Load()) {
			most = c
		}
	}
	return most
}

// wakeParting has steps look at an index's clusters. It may be called with a partition's lock held: the step's own locks come first.
func (s *Store) wakeParting(c *clusters) {
	if c.woken.Swap(true) {
		return
	}
	s.options.Runtime.AfterFunc(0, func() {
		s.indexes.mu.Lock()
		defer s.indexes.mu.Unlock()
		s.scheduleBuild(0)
	})
}

// toPart returns an index whose clusters are to be looked at.
func (x *indexes) toPart() (on *tableIndexes, found *schema.Index) {
	all := x.current.Load()
	if all == nil {
		return nil, nil
	}
	for id, of := range all.byID {
		if c := of.on.clusters[id]; c != nil && c.woken.Load() && (found == nil || id < found.DataID) {
			on, found = of.on, of.index
		}
	}
	return on, found
}

// partStep makes one step of parting an index's clusters.
func (s *Store) partStep(on *tableIndexes, x *schema.Index) error {
	if err := s.space.check(); err != nil {
		return err
	}
	c := on.clusters[x.DataID]
	list := c.current.Load()
	if from := list.closing(); from != nil {
		return s.emptyCluster(on, x, c, list, from)
	}
	if full := list.full(); full != nil {
		return s.closeCluster(on, x, c, list, full)
	}
	if c.woken.Store(false); c.current.Load().full() != nil { // it grew meanwhile, and who wrote took it for woken
		c.woken.Store(true)
	}
	return nil
}

// closeCluster makes new clusters for what is in a full one.
func (s *Store) closeCluster(on *tableIndexes, x *schema.Index, c *clusters, list *clusterList, full *cluster) error {
	s.locks.settle() // what is counted already is there then
	known := full.counts.entries.Load()
	sample, entries, err := s.sampleCluster(on, x, c, full)
	if err != nil {
		return err
	}
	full.counts.entries.Add(entries - known)
	if entries <= list.limit() {
		return nil
	}
	parts := max(2, min(int(entries)*4/int(list.limit()), partsMax))
	var middles [][]float32
	if s.centroidBytes()+bytesOf(c.space, parts) <= s.options.CentroidBytes {
		middles = c.space.Means(sample, parts, partSeed^uint64(full.number))
	}
	if len(middles) < 2 {
		full.counts.whole.Store(entries)
		return nil
	}
	closing := *full
	closing.closing = true
	all := []*cluster{&closing}
	b := s.db.NewBatch()
	err = putCluster(b, c.id, &closing)
	number := list.all[len(list.all)-1].number
	for _, m := range middles {
		number++
		n := &cluster{number: number, centroid: m, counts: new(clusterCounts)}
		all = append(all, n)
		err = errors.Join(err, putCluster(b, c.id, n))
	}
	for _, other := range list.all {
		if other != full {
			all = append(all, other)
		}
	}
	if err == nil {
		err = b.Commit(s.later())
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	c.unsettled = true
	c.current.Store(newClusterList(c.space, all))
	return nil
}

// centroidBytes is the memory that all clusters take.
func (s *Store) centroidBytes() (sum int) {
	for _, of := range s.indexes.current.Load().byID {
		if c := of.on.clusters[of.index.DataID]; c != nil {
			sum += bytesOf(c.space, len(c.current.Load().all))
		}
	}
	return sum
}

// sampleCluster returns vectors of a cluster, one after the other, and how many entries it has. In the cluster around the origin the vectors' codes may all be
// alike though the vectors are not, so rows are read there.
func (s *Store) sampleCluster(on *tableIndexes, x *schema.Index, c *clusters, of *cluster) (flat []float32, entries int64, err error) {
	it, err := s.clusterIterator(c.id, of.number)
	if err != nil {
		return nil, 0, err
	}
	every := max(of.counts.entries.Load()/partSamples, 1)
	for it.First(); it.Valid() && err == nil; it.Next() {
		if entries++; entries%every != 0 || len(flat) >= 2*partSamples*c.space.Dimension() {
			continue
		}
		if of.centroid != nil {
			var value []byte
			if value, err = it.ValueAndErr(); err == nil {
				flat, _ = c.space.AppendDecoded(flat, value, of.centroid)
			}
			continue
		}
		_, place, hash, ok := splitVectorKey(it.Key())
		if !ok {
			continue
		}
		var v []float32
		if v, err = s.vectorAt(on, x, c, place, hash); v != nil {
			flat = append(flat, v...)
		}
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return nil, 0, fmt.Errorf("read: %w", err)
	}
	return flat, entries, nil
}

// vectorAt returns where the vector of an entry lies, nil when the row has another.
func (s *Store) vectorAt(on *tableIndexes, x *schema.Index, c *clusters, place []byte, hash uint64) (v []float32, err error) {
	encoded, err := s.entryRow(on, place)
	if err != nil || encoded == nil {
		return nil, err
	}
	err = storedVector(x.Column.ID, encoded, func(raw []byte) {
		if xxhash.Sum64(raw) != hash {
			return
		}
		if at, locus := c.space.Locate(nil, raw); locus == index.Within {
			v = at
		}
	})
	return v, err
}

// clusterIterator walks the entries of a cluster.
func (s *Store) clusterIterator(id schema.DataID, number uint32) (*pebble.Iterator, error) {
	lower := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(id)), number)
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: appendSuccessor(nil, lower)})
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return it, nil
}

// emptyCluster has entries of a closing cluster change to others, and ends it with the last.
func (s *Store) emptyCluster(on *tableIndexes, x *schema.Index, c *clusters, list *clusterList, from *cluster) error {
	if c.unsettled {
		s.locks.settle()
		c.unsettled = false
	}
	it, err := s.clusterIterator(c.id, from.number)
	if err != nil {
		return err
	}
	b := s.db.NewBatch()
	w := entryWriter{batch: b, table: on.table}
	near := list.near(c.space, from)
	n, done := 0, true
	for it.First(); it.Valid() && err == nil; it.Next() {
		if n >= partBatch {
			done = false
			break
		}
		n++
		_, place, hash, ok := splitVectorKey(it.Key())
		if ok {
			var v []float32
			if v, err = s.vectorAt(on, x, c, place, hash); v != nil {
				to := near.choose(v)
				to.counts.entries.Add(1)
				w.place = append(w.place[:0], place...)
				err = w.putCode(c, to, v, hash)
			}
		}
		if err == nil {
			err = b.Delete(bytes.Clone(it.Key()), nil)
		}
	}
	if err = errors.Join(err, it.Error(), it.Close()); err == nil && done {
		err = b.Delete(clusterKey(c.id, from.number), nil)
	}
	if err == nil {
		err = b.Commit(s.later())
	}
	if err = errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if done {
		c.current.Store(newClusterList(c.space, slices.DeleteFunc(slices.Clone(list.all), func(other *cluster) bool { return other == from })))
	}
	return nil
}

// near are the open clusters nearest to a closing one.
func (l *clusterList) near(space index.Space, from *cluster) *clusterList {
	if len(l.open) <= partNeighbours || from.centroid == nil {
		return l
	}
	probe := make([]float32, len(l.open))
	order := make([]int, len(l.open))
	for i, c := range l.open {
		order[i] = i
		for d, v := range c.centroid {
			probe[i] += (v - from.centroid[d]) * (v - from.centroid[d])
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case probe[a] < probe[b]:
			return -1
		case probe[a] > probe[b]:
			return 1
		}
		return a - b
	})
	var some []*cluster
	for _, i := range order[:partNeighbours] {
		some = append(some, l.open[i])
	}
	return newClusterList(space, some)
}
