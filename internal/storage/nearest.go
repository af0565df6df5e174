package storage

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// A read of the nearest vectors walks clusters, the nearest first, and keeps the entries whose codes are nearest. It ends when for a while no cluster had any
// of the best: so where vectors lie in groups it looks at few clusters, and at many where they lie evenly. Then rows are read, the nearest first: those that
// are there and have the entry's vector are compared exactly, and the best of them are the candidates. When too few of the rows are what their entries say,
// all is done again with more of both. Candidates are handed out in the order of places, as every read by an index does.

// Variables, so that tests reach these bounds with few rows, and look everywhere.
var (
	// probesMin is how many clusters are looked at, at least; a search ends when probesIdle of them, and two thirds of all so far, had none of the best.
	probesMin  = 10
	probesIdle = 8
)

const (
	// beyondMax is how many vectors that can't be calculated with are compared before a scan is thought to cost less.
	beyondMax = 1024
	// keptMax bounds the entries that a search keeps.
	keptMax = 1 << 16
)

// nearestPlaces are the places of a read of the nearest vectors.
type nearestPlaces struct {
	store     *Store
	query     *row.IndexRange
	low, high []byte // the places that the command reaches, whatever it resumes at
	all       [][]byte
	next      int
	begun     bool
	cut       bool // there are others farther away
	least     float32
}

func (p *nearestPlaces) seek(at []byte) ([]byte, error) {
	if !p.begun {
		p.begun = true
		if err := p.search(); err != nil {
			return nil, err
		}
	}
	for p.next < len(p.all) && bytes.Compare(p.all[p.next], at) < 0 {
		p.next++
	}
	if p.next == len(p.all) {
		return nil, nil
	}
	return p.all[p.next], nil
}

// entry is none: a search has offered those that are stale.
func (p *nearestPlaces) entry() (k, value []byte) { return nil, nil }
func (p *nearestPlaces) close() error             { return nil }

// isParted says whether an index on vectors has several clusters; with one, its table is scanned.
func (s *Store) isParted(x *schema.Index) bool {
	on, _ := s.indexes.find(x.DataID)
	return on != nil && on.clusters[x.DataID] != nil && len(on.clusters[x.DataID].current.Load().all) > 1
}

// search finds the candidates.
func (p *nearestPlaces) search() (err error) {
	s, q := p.store, p.query
	on, x := s.indexes.find(q.Index.DataID)
	if x == nil || on.clusters[x.DataID] == nil {
		return errWideRange
	}
	c := on.clusters[x.DataID]
	v, locus := c.space.Locate(nil, q.Nearest.Vector)
	if locus != index.Within {
		return errWideRange
	}
	rows, err := newRowReader(s, on.table) // before entries: each vector that it shows has its entry then
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer func() { err = errors.Join(err, rows.close()) }()
	list, it, err := s.iterateClusters(c)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	t := search{store: s, clusters: c, list: list, it: it, low: p.low, high: p.high, wanted: q.Nearest.Count, probe: c.space.NewProbe(v)}
	t.order(v)
	if err := errors.Join(p.candidates(on, x, &t, rows), it.Close()); err != nil {
		return err
	}
	slices.SortFunc(p.all, bytes.Compare)
	return nil
}

// iterateClusters returns an iterator over an index's entries, and clusters among which each of those is that it shows.
func (s *Store) iterateClusters(c *clusters) (*clusterList, *pebble.Iterator, error) {
	for {
		list := c.current.Load()
		it, err := s.iterator(&pebble.IterOptions{LowerBound: binary.BigEndian.AppendUint32(nil, uint32(c.id)), UpperBound: binary.BigEndian.AppendUint32(nil, uint32(c.id)+1)})
		if err != nil {
			return nil, nil, err
		}
		if c.current.Load() == list {
			return list, it, nil
		}
		if err := it.Close(); err != nil {
			return nil, nil, err
		}
	}
}

// candidates searches until there are enough rows, or none are left.
func (p *nearestPlaces) candidates(on *tableIndexes, x *schema.Index, t *search, rows *rowReader) error {
	q := p.query.Nearest
	checked := checker{store: p.store, on: on, index: x, rows: rows, likeness: index.NewLikeness(x.Similarity, q.Vector), now: q.Now, wanted: q.Count}
	for keep, probes := q.Count+q.Count/2+16, probesMin; ; keep, probes = 4*keep, 4*probes {
		if keep > keptMax {
			return errWideRange
		}
		if err := t.run(keep, probes); err != nil {
			return err
		}
		if err := checked.check(t.kept()); err != nil {
			return err
		}
		all := t.everywhere && !t.held.left
		if len(checked.best) < q.Count && !all {
			continue
		}
		if p.cut = len(checked.best) >= q.Count; p.cut {
			p.least = checked.best[q.Count-1].score
		}
		for _, b := range checked.best {
			p.all = append(p.all, b.place)
		}
		return nil
	}
}

// search looks for the entries whose codes are nearest.
type search struct {
	store     *Store
	clusters  *clusters
	list      *clusterList
	it        *pebble.Iterator
	low, high []byte
	wanted    int
	probe     *index.Probe
	way       []int // of list.all, the nearest first

	held       nearHeap
	best       distances // of the wanted nearest
	everywhere bool      // all clusters were looked at
	probed     int       // clusters so far
	bound      []byte
}

// near is an entry of a search.
type near struct {
	distance float32
	key      []byte
}

// order sorts clusters by their centroids' distance.
func (t *search) order(v []float32) {
	far := t.list.centroids.Distances(nil, v)
	t.way = make([]int, len(far))
	for i := range t.way {
		t.way[i] = i
	}
	slices.SortFunc(t.way, func(a, b int) int {
		switch {
		case far[a] < far[b]:
			return -1
		case far[a] > far[b]:
			return 1
		}
		return a - b
	})
}

// run searches anew, and keeps so many entries.
func (t *search) run(keep, probes int) error {
	t.held = nearHeap{most: keep}
	t.best = t.best[:0]
	if err := t.beyond(); err != nil {
		return err
	}
	idle := 0
	defer func() { t.store.indexes.probes.Add(int64(t.probed)) }()
	t.probed = 0
	for i, at := range t.way {
		t.probed++
		better, err := t.enter(t.list.all[at])
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if idle++; better {
			idle = 0
		}
		if i+1 >= probes && idle >= max(probesIdle, (i+1)*2/3) && len(t.best) == t.wanted {
			t.everywhere = i+1 == len(t.way)
			return nil
		}
	}
	t.everywhere = true
	return nil
}

// beyond keeps the entries of vectors that can't be calculated with, beside the others.
func (t *search) beyond() error {
	n := 0
	err := t.each(beyondCluster, func(k, _ []byte) {
		if n++; n > beyondMax {
			return
		}
		t.held.most++
		t.held.offer(float32(math.Inf(-1)), k)
	})
	if err == nil && n > beyondMax {
		return errWideRange
	}
	return err
}

// enter looks at a cluster, and says whether any of the best are in it.
func (t *search) enter(c *cluster) (better bool, err error) {
	t.probe.Enter(c.centroid)
	entries := int64(0)
	err = t.each(c.number, func(k, code []byte) {
		entries++
		d := t.probe.Distance(code)
		if t.best.offer(d, t.wanted) {
			better = true
		}
		t.held.offer(d, k)
	})
	if err == nil && t.high == nil && len(t.low) == 8 && !slices.ContainsFunc(t.low, func(b byte) bool { return b != 0 }) && !c.closing {
		if known := c.counts.entries.Load(); entries > known { // counts are lost in a crash
			c.counts.entries.CompareAndSwap(known, entries)
		}
		if entries > t.list.limit() && entries > 2*c.counts.whole.Load() {
			t.store.wakeParting(t.clusters)
		}
	}
	return better, err
}

// each calls f for the entries of a cluster that the search reaches.
func (t *search) each(number uint32, f func(k, value []byte)) error {
	t.bound = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(t.bound[:0], uint32(t.clusters.id)), number)
	t.bound = append(t.bound, t.low...)
	for ok := t.it.SeekGE(t.bound); ok; ok = t.it.Next() {
		k := t.it.Key()
		if !bytes.Equal(k[4:vectorKeyHead], t.bound[4:vectorKeyHead]) || t.high != nil && bytes.Compare(k[vectorKeyHead:], t.high) >= 0 {
			break
		}
		value, err := t.it.ValueAndErr()
		if err != nil {
			return err
		}
		f(k, value)
	}
	return t.it.Error()
}

// kept are the entries, the nearest first.
func (t *search) kept() []near {
	slices.SortFunc(t.held.all, func(a, b near) int {
		switch {
		case a.distance < b.distance:
			return -1
		case a.distance > b.distance:
			return 1
		}
		return bytes.Compare(a.key, b.key)
	})
	return t.held.all
}

// nearHeap keeps the nearest; the farthest of them is on top.
type nearHeap struct {
	all  []near
	most int
	left bool // others were not kept
}

func (h *nearHeap) Len() int           { return len(h.all) }
func (h *nearHeap) Less(i, j int) bool { return h.all[i].distance > h.all[j].distance }
func (h *nearHeap) Swap(i, j int)      { h.all[i], h.all[j] = h.all[j], h.all[i] }
func (h *nearHeap) Push(x any)         { h.all = append(h.all, x.(near)) }
func (h *nearHeap) Pop() any           { panic("nothing is taken from the heap") }

func (h *nearHeap) offer(d float32, k []byte) {
	if len(h.all) < h.most {
		heap.Push(h, near{d, bytes.Clone(k)})
		return
	}
	h.left = true
	if d < h.all[0].distance {
		h.all[0].distance, h.all[0].key = d, append(h.all[0].key[:0], k...)
		heap.Fix(h, 0)
	}
}

// distances are the least so far, ascending.
type distances []float32

// offer takes a distance, if it is among the least.
func (all *distances) offer(d float32, most int) bool {
	n := len(*all)
	if n == most && !(d < (*all)[n-1]) {
		return false
	}
	i, _ := slices.BinarySearch(*all, d)
	*all = slices.Insert(*all, i, d)
	if n == most {
		*all = (*all)[:most]
	}
	return true
}

// checker holds entries against rows and compares those that are there.
type checker struct {
	store    *Store
	on       *tableIndexes
	index    *schema.Index
	rows     *rowReader
	likeness *index.Likeness
	now      int64
	wanted   int
	best     []scored
}

// scored is a row with how like its vector is.
type scored struct {
	score float32
	place []byte
}

// check looks at entries' rows; best are then the most alike, the most alike first.
func (c *checker) check(entries []near) error {
	c.best = c.best[:0]
	seen := map[string]bool{}
	for _, e := range entries {
		_, place, hash, ok := splitVectorKey(e.key)
		if !ok || seen[string(place)] {
			continue
		}
		raw, stale, err := c.rows.vector(c.index, place, hash, c.now)
		if err != nil {
			return err
		}
		if stale {
			c.store.offerStale(e.key, nil)
		}
		if raw == nil {
			continue
		}
		seen[string(place)] = true
		least := float32(math.Inf(-1))
		if len(c.best) == c.wanted {
			least = c.best[c.wanted-1].score
		}
		score, ok := c.likeness.Score(raw, least)
		if !ok || len(c.best) == c.wanted && score <= least {
			continue
		}
		at := len(c.best)
		for at > 0 && c.best[at-1].score < score {
			at--
		}
		c.best = slices.Insert(c.best, at, scored{score, place})
		c.best = c.best[:min(len(c.best), c.wanted)]
	}
	return nil
}

// rowReader reads rows by their places.
type rowReader struct {
	it     *pebble.Iterator
	table  *schema.Table
	key    []byte
	header row.HeaderView
	view   row.View
}

func newRowReader(s *Store, t *schema.Table) (*rowReader, error) {
	it, err := s.iterator(&pebble.IterOptions{LowerBound: binary.BigEndian.AppendUint32(nil, uint32(t.DataID)), UpperBound: binary.BigEndian.AppendUint32(nil, uint32(t.DataID)+1)})
	if err != nil {
		return nil, err
	}
	return &rowReader{it: it, table: t}, nil
}

// vector returns the vector of a row that is alive; nil when the row is not, or has another than the entry's. stale says that the entry is of no use to
// anybody.
func (r *rowReader) vector(x *schema.Index, place []byte, hash uint64, now int64) (raw []byte, stale bool, err error) {
	n := 4 + placePrefix(place)
	r.key = append(binary.BigEndian.AppendUint32(r.key[:0], uint32(r.table.DataID)), place...)
	r.header = row.HeaderView{}
	r.key[n] = kindHeader
	found := r.it.SeekPrefixGE(r.key[:n+1])
	if found && len(r.it.Key()) == n+1 && r.it.Key()[n] == kindHeader {
		value, err := r.it.ValueAndErr()
		if err == nil {
			err = r.header.Reset(bytes.Clone(value))
		}
		if err != nil {
			return nil, false, fmt.Errorf("read: %w", err)
		}
	}
	r.key[n] = kindRow
	if found && !bytes.Equal(r.it.Key(), r.key) {
		found = r.it.SeekPrefixGE(r.key)
	}
	if err := r.it.Error(); err != nil {
		return nil, false, fmt.Errorf("read: %w", err)
	}
	if !found || !bytes.Equal(r.it.Key(), r.key) {
		return nil, true, nil
	}
	encoded, err := r.it.ValueAndErr()
	if err != nil {
		return nil, false, fmt.Errorf("read: %w", err)
	}
	holds, err := hashHolds(x, encoded, hash)
	if err != nil || !holds {
		return nil, !holds, err
	}
	r.view.Claim = r.table.ClaimColumn()
	if err := r.view.Reset(encoded, r.header.Covering(r.key[n+1:]), now); err != nil {
		return nil, false, err
	}
	cell, ok := r.view.Cell(x.Column.ID)
	if !ok || xxhash.Sum64(cell.Value) != hash {
		return nil, false, nil
	}
	return cell.Value, false, nil
}

func (r *rowReader) close() error { return r.it.Close() }

// newNearest returns the candidates of a read of the nearest vectors.
func newNearest(s *Store, cmd *row.Command, q *row.IndexRange) *nearestPlaces {
	p := &nearestPlaces{store: s, query: q}
	p.low, p.high = tokenPlaces(cmd.Tokens)
	return p
}

// tokenPlaces are the places of some tokens: from low up to, not including, high; nil: to the end.
func tokenPlaces(tokens key.TokenRange) (low, high []byte) {
	low = appendToken(nil, 0, tokens.First)[4:]
	if high = appendAfterToken(nil, 0, tokens.Last)[4:]; len(high) == 0 {
		high = nil
	}
	return low, high
}
