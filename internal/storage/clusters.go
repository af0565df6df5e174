package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// An index on vectors parts them into clusters, each with a centroid. An entry's key is
//
//	data id    4 bytes, big-endian, of the index: the highest bit is set
//	cluster    4 bytes, big-endian, not 0
//	place      the key of the row less its data id
//	hash       8 bytes, xxhash of the vector
//
// and its value the vector's code (package index). It is written in the batch of the row's change as entries of other indexes are, into the cluster
// whose centroid is nearest, without a look at the row. What holds is
//
//	E2: for each stored row with a vector that can be like another there is an entry with the vector's hash, in a cluster that the store knows of.
//
// The hash is in the key because two changes of a row may fall into one cluster, and the one that comes last need not be the newest. A cluster's entries are
// in the order of places, so a read of some tokens reads those parts of clusters alone.
//
// What is known of a cluster is a record: the data id, cluster 0, the cluster's number; its value
//
//	version    1 byte, 1
//	state      1 byte: 1 open, 2 closing
//	entries    uvarint, about how many there are
//	centroid   floats, 4 bytes each; none: the origin
//
// Without a record there is one cluster, firstCluster. beyondCluster has vectors that can't be calculated with. A cluster with many entries is parted:
// clusterpart.go.
const (
	recordCluster = 0
	beyondCluster = 1
	firstCluster  = 2

	clusterVersion = 1
	clusterOpen    = 1
	clusterClosing = 2

	vectorKeyHead = 4 + 4
	vectorHash    = 8
)

// clusters are those of one index on vectors on this store.
type clusters struct {
	id    schema.DataID
	space index.Space
	// current is immutable but for counts. Whoever writes an entry takes it under the partition's lock.
	current atomic.Pointer[clusterList]
	// woken says that a step is to come, or under way, that looks for clusters to be parted.
	woken atomic.Bool
	// unsettled is guarded by indexes.stepping: changes may be under way that chose a cluster which is closing.
	unsettled bool
}

// clusterList are an index's clusters at one time.
type clusterList struct {
	all       []*cluster // ascending by number
	centroids *index.Centroids
	open      []*cluster // those that take entries
	choice    *index.Centroids
}

// cluster is immutable but for its counts.
type cluster struct {
	number   uint32
	centroid []float32 // nil: the origin
	closing  bool      // it takes no entries, and those that it has go to others
	counts   *clusterCounts
}

// clusterCounts are what is known of how many entries there are.
type clusterCounts struct {
	entries atomic.Int64
	kept    atomic.Int64 // of entries, in the record
	whole   atomic.Int64 // it could not be parted with as many
}

func newClusterList(space index.Space, all []*cluster) *clusterList {
	slices.SortFunc(all, func(a, b *cluster) int { return int(int64(a.number) - int64(b.number)) })
	l := &clusterList{all: all}
	var every, choice [][]float32
	for _, c := range all {
		every = append(every, c.centroid)
		if !c.closing {
			l.open, choice = append(l.open, c), append(choice, c.centroid)
		}
	}
	l.centroids = space.NewCentroids(every)
	if l.choice = l.centroids; len(l.open) < len(all) {
		l.choice = space.NewCentroids(choice)
	}
	return l
}

// choose returns the cluster that takes the entry of a vector.
func (l *clusterList) choose(v []float32) *cluster {
	if len(l.open) == 1 {
		return l.open[0]
	}
	return l.open[l.choice.Nearest(v)]
}

// find returns a cluster by its number, or nil.
func (l *clusterList) find(number uint32) *cluster {
	i, ok := slices.BinarySearchFunc(l.all, number, func(c *cluster, n uint32) int { return int(int64(c.number) - int64(n)) })
	if !ok {
		return nil
	}
	return l.all[i]
}

// bytesOf is about the memory that clusters take.
func bytesOf(space index.Space, clusters int) int { return 2 * 4 * space.Dimension() * clusters }

// Clusters is how many clusters an index on vectors has on this store, and whether none of them is being parted or has to be.
func (s *Store) Clusters(id schema.DataID) (count int, settled bool) {
	on, _ := s.indexes.find(id)
	if on == nil || on.clusters[id] == nil {
		return 0, true
	}
	c := on.clusters[id]
	return len(c.current.Load().all), !c.woken.Load()
}

// loadClusters reads an index's clusters.
func (s *Store) loadClusters(x *schema.Index) (*clusters, error) {
	c := &clusters{id: x.DataID, space: index.SpaceOf(x)}
	lower := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(x.DataID)), recordCluster)
	upper := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(x.DataID)), recordCluster+1)
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	var all []*cluster
	for it.First(); it.Valid() && err == nil; it.Next() {
		var value []byte
		if value, err = it.ValueAndErr(); err != nil {
			break
		}
		var found *cluster
		if found, err = decodeCluster(c.space, it.Key(), value); err == nil {
			all = append(all, found)
		}
	}
	if err := errors.Join(err, it.Error(), it.Close()); err != nil {
		return nil, fmt.Errorf("read the clusters of index %s: %w", x.Name, err)
	}
	if len(all) == 0 {
		all = []*cluster{{number: firstCluster, counts: new(clusterCounts)}}
	}
	c.current.Store(newClusterList(c.space, all))
	c.woken.Store(true) // what was under way when the store was closed
	return c, nil
}

var errClusterRecord = errors.New("the record of a cluster is damaged")

func decodeCluster(space index.Space, k, value []byte) (*cluster, error) {
	if len(k) != vectorKeyHead+4 || len(value) < 3 || value[0] != clusterVersion {
		return nil, errClusterRecord
	}
	n, size := binary.Uvarint(value[2:])
	if size <= 0 {
		return nil, errClusterRecord
	}
	c := &cluster{number: binary.BigEndian.Uint32(k[vectorKeyHead:]), closing: value[1] == clusterClosing, counts: new(clusterCounts)}
	c.counts.entries.Store(int64(n))
	c.counts.kept.Store(int64(n))
	switch raw := value[2+size:]; {
	case len(raw) == 4*space.Dimension():
		c.centroid = index.Floats(raw)
	case len(raw) != 0:
		return nil, errClusterRecord
	}
	return c, nil
}

// putCluster writes the record of a cluster.
func putCluster(b *pebble.Batch, id schema.DataID, c *cluster) error {
	n := max(c.counts.entries.Load(), 0)
	value := []byte{clusterVersion, clusterOpen}
	if c.closing {
		value[1] = clusterClosing
	}
	value = binary.AppendUvarint(value, uint64(n))
	for _, v := range c.centroid {
		value = binary.BigEndian.AppendUint32(value, math.Float32bits(v))
	}
	c.counts.kept.Store(n)
	return b.Set(clusterKey(id, c.number), value, nil)
}

func clusterKey(id schema.DataID, number uint32) []byte {
	k := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(id)), recordCluster)
	return binary.BigEndian.AppendUint32(k, number)
}

// keepCounts writes how many entries clusters have, so that the next start need not count. The caller holds stepping, or is alone.
func (s *Store) keepCounts() error {
	all := s.indexes.current.Load()
	if all == nil {
		return nil
	}
	b := s.db.NewBatch()
	for _, id := range all.ids() {
		found := all.byID[id]
		if found.index == nil || found.on.clusters[id] == nil {
			continue
		}
		c := found.on.clusters[id]
		for _, one := range c.current.Load().all {
			if one.counts.kept.Load() != one.counts.entries.Load() {
				if err := putCluster(b, c.id, one); err != nil {
					return errors.Join(err, b.Close())
				}
			}
		}
	}
	if b.Empty() {
		return b.Close()
	}
	return errors.Join(b.Commit(s.later()), b.Close())
}

// appendVectorKey appends the key of an entry.
func appendVectorKey(dst []byte, id schema.DataID, cluster uint32, place []byte, hash uint64) []byte {
	dst = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, uint32(id)), cluster)
	return binary.BigEndian.AppendUint64(append(dst, place...), hash)
}

// splitVectorKey takes an entry's key apart; ok is false for what is no entry, such as a record.
func splitVectorKey(k []byte) (cluster uint32, place []byte, hash uint64, ok bool) {
	end := len(k) - vectorHash
	if end < vectorKeyHead+prefixFixed-4+1 {
		return 0, nil, 0, false
	}
	if cluster = binary.BigEndian.Uint32(k[4:]); cluster == recordCluster {
		return 0, nil, 0, false
	}
	return cluster, k[vectorKeyHead:end:end], binary.BigEndian.Uint64(k[end:]), true
}

// vectorScratch is what it takes to write an entry; it is used again.
type vectorScratch struct {
	v                 []float32
	key, value, place []byte
}

var vectorScratches = sync.Pool{New: func() any { return new(vectorScratch) }}

// ofVectors writes the entries of a row for an index on vectors.
func (w *entryWriter) ofVectors(x *schema.Index, p key.Partition, clustering, encoded []byte) error {
	c := w.clusters[x.DataID]
	scratch := vectorScratches.Get().(*vectorScratch)
	w.key, w.value, w.place = scratch.key, scratch.value, scratch.place
	defer func() {
		scratch.key, scratch.value, scratch.place = w.key, w.value, w.place
		w.key, w.value, w.place = nil, nil, nil
		vectorScratches.Put(scratch)
	}()
	return row.EachCell(encoded, func(column uint32, path, value []byte) error {
		if column != x.Column.ID || path != nil {
			return nil
		}
		w.place = appendEntryPlace(w.place[:0], p, kindRow, clustering)
		return w.putVector(c, scratch, value)
	})
}

// putVector writes the entry of a vector of the row at w.place.
//
// Budget: a look at each centroid, and nothing allocated but what the batch takes.
func (w *entryWriter) putVector(c *clusters, scratch *vectorScratch, raw []byte) error {
	v, locus := c.space.Locate(scratch.v, raw)
	scratch.v = v
	switch locus {
	case index.Nowhere:
		return nil
	case index.Beyond:
		w.key = appendVectorKey(w.key[:0], c.id, beyondCluster, w.place, xxhash.Sum64(raw))
		return w.batch.Set(w.key, nil, nil)
	}
	list := c.current.Load()
	to := list.choose(v)
	if n := to.counts.entries.Add(1); n > list.limit() && n > 2*to.counts.whole.Load() && w.wake != nil {
		w.wake(c)
	}
	return w.putCode(c, to, v, xxhash.Sum64(raw))
}

func (w *entryWriter) putCode(c *clusters, to *cluster, v []float32, hash uint64) error {
	w.key = appendVectorKey(w.key[:0], c.id, to.number, w.place, hash)
	w.value = c.space.AppendCode(w.value[:0], v, to.centroid)
	return w.batch.Set(w.key, w.value, nil)
}

// storedVector calls f for each vector that an encoded row has in a column: one, but for a row whose vector is deleted.
func storedVector(column uint32, encoded []byte, f func(raw []byte)) error {
	return row.EachCell(encoded, func(id uint32, path, value []byte) error {
		if id == column && path == nil {
			f(value)
		}
		return nil
	})
}

// hashHolds says whether an encoded row has the vector of an entry.
func hashHolds(x *schema.Index, encoded []byte, hash uint64) (found bool, err error) {
	err = storedVector(x.Column.ID, encoded, func(raw []byte) { found = found || xxhash.Sum64(raw) == hash })
	return found, err
}

// forgetVector is forgetEntry for an index on vectors. An entry goes, too, when its row has another one in the cluster that its vector belongs to now: the
// vector was written again since clusters were parted.
func (s *Store) forgetVector(on *tableIndexes, x *schema.Index, k []byte) (int64, error) {
	number, place, hash, ok := splitVectorKey(k)
	c := on.clusters[x.DataID]
	if !ok || c == nil {
		return 0, nil
	}
	needed := func() (bool, error) {
		encoded, err := s.entryRow(on, place)
		if err != nil {
			return false, err
		}
		holds, again := false, false
		err = storedVector(x.Column.ID, encoded, func(raw []byte) {
			if xxhash.Sum64(raw) != hash {
				return
			}
			holds = true
			if v, locus := c.space.Locate(nil, raw); locus == index.Within {
				to := c.current.Load().choose(v)
				again = to.number != number && s.has(appendVectorKey(nil, c.id, to.number, place, hash))
			}
		})
		return holds && !again, err
	}
	if still, err := needed(); err != nil || still {
		return 0, err
	}
	m := s.locks.of(on.table.DataID, placePartition(place).Token)
	m.Lock()
	defer m.Unlock()
	if still, err := needed(); err != nil || still || !s.has(k) {
		return 0, err
	}
	if err := s.db.Delete(k, pebble.NoSync); err != nil {
		return 0, fmt.Errorf("delete a stale entry of index %s: %w", x.Name, err)
	}
	if from := c.current.Load().find(number); from != nil {
		from.counts.entries.Add(-1)
	}
	return 1, nil
}

// has says whether a key is there; an error is an absence.
func (s *Store) has(k []byte) bool {
	_, closer, err := s.db.Get(k)
	return err == nil && closer.Close() == nil
}

// entryRow returns the encoded row at a place; nil: there is none.
func (s *Store) entryRow(on *tableIndexes, place []byte) ([]byte, error) {
	k := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(place)), uint32(on.table.DataID))
	encoded, closer, err := s.db.Get(append(k, place...))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return bytes.Clone(encoded), closer.Close()
}
