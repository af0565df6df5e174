package storage

import (
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// A read by indexes walks candidates, the places of entries, in the order of a scan by tokens:
//
//	one term         its entries are in that order; several such queries are intersected by leaping
//	a range of terms entries of the range are read through, and the next placesMax places in order are kept; so each batch reads the whole range
//	a wide range     past scanEntriesMax entries the table is scanned instead: the reader checks rows anyway
//	the nearest      vectors are searched for, and the places of those found are sorted: nearest.go
//
// Whatever the way, the rows come in the same order, and a row that meets the query is never left out. Stale candidates are dropped here when
// the row's bytes tell; the reader checks what is alive.

// Variables, so that tests reach these bounds with few rows.
var (
	// placesMax bounds the candidates of a range that are held at a time, beside placesBytesMax.
	placesMax = 8192
	// scanEntriesMax is how many entries of a range are read through before a scan of the table is thought to cost less.
	scanEntriesMax = 1 << 18
)

const (
	placesBytesMax = 4 << 20
	// sampleEntries is how many entries of a query are counted to choose the one with the fewest.
	sampleEntries = 256
)

// places yields the places of candidates in ascending order.
type places interface {
	// seek moves to the first place not below at and returns it, nil at the end. It is valid until the next seek.
	seek(at []byte) ([]byte, error)
	// entry is the entry that the place was found by.
	entry() (k, value []byte)
	close() error
}

// readIndexed returns a cursor over the candidates of a command's indexes.
func (s *Store) readIndexed(cmd *row.Command, began time.Duration) row.Cursor {
	plain := *cmd
	plain.Indexed = nil
	c := &indexCursor{command: plain}
	chosen, err := s.chooseIndexes(cmd)
	if err == nil && len(chosen) > 0 {
		// The cursor seeks partitions by their keys, as for a command that names them.
		c.command.Partitions = []key.Partition{}
	}
	c.cursor = s.read(&c.command)
	c.counted, c.scans, c.began = true, true, began
	c.counts = row.Counts{}
	c.watched.begin(cmd.Watch)
	if c.err == nil {
		c.err = err
	}
	if c.err != nil || len(chosen) == 0 {
		return c.cursor
	}
	c.command.Partitions = cmd.Partitions
	c.err = c.begin(s, cmd, chosen)
	return c
}

// chooseIndexes returns the queries to find candidates by: those of one term of rows, which are intersected, or else the one that has the
// fewest entries. None means that the table's rows are to be read instead.
func (s *Store) chooseIndexes(cmd *row.Command) (chosen []row.IndexRange, err error) {
	if q := &cmd.Indexed[0]; len(cmd.Indexed) == 1 {
		if q.Nearest != nil && (cmd.Partitions != nil || !s.isParted(q.Index)) {
			return nil, nil
		}
		if cmd.Partitions != nil && !isOneTerm(q) {
			return nil, nil
		}
		return cmd.Indexed, nil
	}
	best, bestCount := -1, 0
	for i := range cmd.Indexed {
		q := &cmd.Indexed[i]
		one := isOneTerm(q)
		if one && !index.OfPartition(q.Index) {
			chosen = append(chosen, *q)
		}
		if cmd.Partitions != nil && !one {
			continue // reading the partition costs less than reading through the range
		}
		count, err := s.countEntries(q)
		if err != nil {
			return nil, err
		}
		if best < 0 || count < bestCount {
			best, bestCount = i, count
		}
	}
	switch {
	case best < 0:
		return nil, nil
	case len(chosen) > 0 && (isOneTerm(&cmd.Indexed[best]) && !index.OfPartition(cmd.Indexed[best].Index) || bestCount >= sampleEntries):
		return chosen, nil
	}
	return cmd.Indexed[best : best+1], nil
}

// isOneTerm says whether a query's entries are in the order of places.
func isOneTerm(q *row.IndexRange) bool {
	return len(q.Ranges) == 1 && index.IsOneTerm(q.Index) && isPrefixRange(q.Ranges[0])
}

// isPrefixRange says whether a range is made of what begins with its start.
func isPrefixRange(r key.Range) bool {
	n := len(r.Start)
	return n > 0 && len(r.End) == n+1 && r.End[n] == 0xFF && bytes.Equal(r.End[:n], r.Start)
}

// countEntries counts a query's entries up to sampleEntries.
func (s *Store) countEntries(q *row.IndexRange) (n int, err error) {
	for _, r := range q.Ranges {
		lower, upper := entryBounds(q.Index, r)
		it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return 0, fmt.Errorf("read: %w", err)
		}
		for it.First(); it.Valid() && n < sampleEntries; it.Next() {
			n++
		}
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return 0, fmt.Errorf("read: %w", err)
		}
	}
	return n, nil
}

// entryBounds are the keys of the entries whose terms are in a range.
func entryBounds(x *schema.Index, r key.Range) (lower, upper []byte) {
	lower = append(binary.BigEndian.AppendUint32(nil, uint32(x.DataID)), r.Start...)
	if r.End == nil {
		return lower, binary.BigEndian.AppendUint32(nil, uint32(x.DataID)+1)
	}
	return lower, append(binary.BigEndian.AppendUint32(nil, uint32(x.DataID)), r.End...)
}

// indexCursor walks candidates: the cursor in it reads the partition of one and its rows.
type indexCursor struct {
	*cursor
	command   row.Command // the read's, less the indexes; the cursor's
	queries   []row.IndexRange
	sources   []places
	partition bool   // candidates are partitions
	at        []byte // the place of the candidate that is next, or the current one's
	low, high []byte // the places that the command reaches: up to, not including, high
	given     int    // the next of the command's partitions
	known     []byte // the prefix of the current partition's places
	resume    []byte // of the command's place to resume at; nil: none
	taken     bool   // the candidate at was handed out
	nearest   *nearestPlaces
	extract   index.Extractor
}

var _ row.NearestCursor = (*indexCursor)(nil)

// Cut says whether a read of the nearest vectors left out others, and how near they are at most.
func (c *indexCursor) Cut() (least float32, cut bool) {
	if c.queries == nil || c.nearest == nil {
		return 0, false
	}
	return c.nearest.least, c.nearest.cut
}

func (c *indexCursor) begin(s *Store, cmd *row.Command, chosen []row.IndexRange) error {
	c.queries, c.partition = chosen, index.OfPartition(chosen[0].Index)
	if r := cmd.Resume; r != nil {
		switch {
		case r.PartitionDone:
			c.resume = appendEntryPlace(nil, r.Partition, kindEnd, nil)
		case c.partition:
			c.resume = appendEntryPlace(nil, r.Partition, kindHeader, nil)
		case r.Clustering == nil:
			c.resume = appendEntryPlace(nil, r.Partition, kindRow, nil)
		default:
			c.resume = append(appendEntryPlace(nil, r.Partition, kindRow, r.Clustering), 0)
		}
		if !c.partition {
			c.cursor.resume = nil
		}
	}
	if cmd.Partitions == nil {
		c.low, c.high = tokenPlaces(cmd.Tokens)
		if bytes.Compare(c.resume, c.low) > 0 {
			c.low = c.resume
		}
	} else {
		c.bound()
	}
	for i := range chosen {
		q := &chosen[i]
		if q.Nearest != nil {
			c.nearest = newNearest(s, cmd, q)
			c.sources = append(c.sources, c.nearest)
			continue
		}
		if isOneTerm(q) {
			source, err := newTermPlaces(s, q)
			if err != nil {
				return err
			}
			c.sources = append(c.sources, source)
			continue
		}
		c.sources = append(c.sources, &rangePlaces{store: s, query: q})
	}
	c.at = slices.Clone(c.low)
	return nil
}

// bound takes the next of the command's partitions; false when none is left.
func (c *indexCursor) bound() bool {
	if c.given == len(c.command.Partitions) {
		return false
	}
	p := c.command.Partitions[c.given]
	c.given++
	c.low = appendEntryPlace(nil, p, kindHeader, nil)
	c.high = appendEntryPlace(nil, p, kindEnd, nil)
	if c.given == 1 && bytes.Compare(c.resume, c.low) > 0 && bytes.HasPrefix(c.resume, c.low[:len(c.low)-1]) {
		c.low = c.resume
	}
	c.at = slices.Clone(c.low)
	return true
}

// find moves to the first candidate not below at; false at the end of what bound gave.
func (c *indexCursor) find() bool {
	for i := 0; i < len(c.sources); {
		place, err := c.sources[i].seek(c.at)
		if errors.Is(err, errWideRange) {
			return c.scanInstead()
		}
		if err != nil {
			c.err = fmt.Errorf("read: %w", err)
			return false
		}
		if place == nil || c.high != nil && bytes.Compare(place, c.high) >= 0 {
			return false
		}
		if bytes.Equal(place, c.at) {
			i++
			continue
		}
		c.at = append(c.at[:0], place...)
		if i = 0; len(c.sources) == 1 {
			return true
		}
	}
	return true
}

// errWideRange tells that a range has too many entries to be read through.
var errWideRange = errors.New("wide range")

// scanInstead goes on as a scan of the table from where the cursor stands. It can only be at the beginning.
func (c *indexCursor) scanInstead() bool {
	c.sources = nil
	s := c.store
	old := c.cursor
	counted, began := old.counted, old.began
	old.counted = false
	if err := old.Close(); err != nil {
		c.cursor = cursors.Get().(*cursor)
		c.store, c.err = s, err
		return false
	}
	c.cursor = s.read(&c.command)
	c.counted, c.began = counted, began
	c.counts = row.Counts{}
	c.watched.begin(c.command.Watch)
	c.scanning()
	return false
}

// scanning says that the cursor in it does all.
func (c *indexCursor) scanning() { c.queries = nil }

// next moves behind the current candidate, or behind its whole partition.
func (c *indexCursor) next(partition bool) {
	if partition || c.partition {
		n := placePrefix(c.at)
		c.at = append(c.at[:n], kindEnd)
		return
	}
	c.at = append(c.at, 0)
}

func (c *indexCursor) NextPartition() bool {
	if c.queries == nil {
		return c.cursor.NextPartition()
	}
	if c.known != nil && bytes.HasPrefix(c.at, c.known) {
		c.next(true)
	}
	c.known = nil
	for c.err == nil {
		if !c.find() {
			if c.queries == nil {
				return c.cursor.NextPartition()
			}
			if c.err != nil || !c.bound() {
				return false
			}
			continue
		}
		p := placePartition(c.at)
		p.Key = bytes.Clone(p.Key)
		found := c.enter(p)
		if c.err != nil {
			return false
		}
		if !found {
			c.offer()
			c.next(true)
			continue
		}
		if c.partition && c.queries[0].Index.Column.Kind == schema.Static {
			var holds bool
			if holds, c.err = c.holds(c.static); c.err != nil {
				return false
			}
			if !holds {
				c.next(true)
				continue
			}
		}
		c.known = bytes.Clone(c.at[:placePrefix(c.at)])
		c.taken = false
		return true
	}
	return false
}

// holds says whether a row has a term that is asked for, which may be another than the current entry's: then that is stale.
func (c *indexCursor) holds(encoded []byte) (bool, error) {
	q := &c.queries[0]
	if q.Index.Column.Kind == schema.Clustering && len(encoded) > 0 {
		return !row.IsEmpty(encoded), nil
	}
	if q.Nearest != nil {
		found := false
		err := storedVector(q.Index.Column.ID, encoded, func([]byte) { found = true })
		return found, err
	}
	term, _, _ := splitEntry(c.sources[0].entry())
	same, asked := false, false
	err := c.extract.Cells(q.Index, encoded, func(t []byte) error {
		same = same || bytes.Equal(t, term)
		asked = asked || q.Contains(t)
		return nil
	})
	if err == nil && !same {
		c.offer()
	}
	return asked, err
}

// offer notes that the current entry is stale.
func (c *indexCursor) offer() {
	if k, value := c.sources[0].entry(); k != nil {
		c.store.offerStale(k, value)
	}
}

func (c *indexCursor) NextRow() bool {
	if c.queries == nil || c.partition {
		return c.cursor.NextRow()
	}
	for c.err == nil && !c.cursor.done && c.known != nil {
		if c.taken {
			c.next(false)
			if !c.find() || !bytes.HasPrefix(c.at, c.known) {
				return false
			}
		}
		c.taken = true
		clustering := c.at[len(c.known)+1:]
		if !c.inSlices(clustering) {
			continue
		}
		if !c.seekExactly(clustering) {
			if c.err == nil {
				c.offer()
			}
			continue
		}
		var holds bool
		if holds, c.err = c.holds(c.row); holds {
			return true
		}
	}
	return false
}

func (c *indexCursor) inSlices(clustering []byte) bool {
	if len(c.command.Slices) == 0 {
		return true
	}
	for _, r := range c.command.Slices {
		if r.Contains(clustering) {
			return true
		}
	}
	return false
}

// seekExactly reads the row with a clustering key; false when there is none.
func (c *indexCursor) seekExactly(clustering []byte) bool {
	at := len(c.prefix)
	c.prefix[at-1] = kindRow
	c.prefix = append(c.prefix, clustering...)
	found := c.it.SeekPrefixGE(c.prefix) && bytes.Equal(c.it.Key(), c.prefix)
	c.prefix = c.prefix[:at]
	if !found {
		return c.failed()
	}
	return c.take(c.it.Key()[at:])
}

func (c *indexCursor) Close() error {
	var err error
	for _, s := range c.sources {
		err = errors.Join(err, s.close())
	}
	c.sources = nil
	return errors.Join(err, c.cursor.Close())
}

// termPlaces are the places of one term's entries: they are in order.
type termPlaces struct {
	it     *pebble.Iterator
	prefix []byte // the data id, the term and 00
	key    []byte
}

func newTermPlaces(s *Store, q *row.IndexRange) (*termPlaces, error) {
	lower, upper := entryBounds(q.Index, q.Ranges[0])
	it, err := s.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return &termPlaces{it: it, prefix: append(lower, 0)}, nil
}

func (p *termPlaces) seek(at []byte) ([]byte, error) {
	p.key = append(append(p.key[:0], p.prefix...), at...)
	order := 1
	if p.it.Valid() {
		if order = bytes.Compare(p.it.Key(), p.key); order < 0 { // the one that is asked for next is often the next
			if !p.it.Next() {
				return nil, p.it.Error()
			}
			if bytes.Compare(p.it.Key(), p.key) >= 0 {
				order = 0
			}
		}
	}
	if order != 0 && !p.it.SeekGE(p.key) {
		return nil, p.it.Error()
	}
	return p.it.Key()[len(p.prefix):], nil
}

func (p *termPlaces) entry() (k, value []byte) {
	if !p.it.Valid() {
		return nil, nil
	}
	value, err := p.it.ValueAndErr()
	if err != nil {
		return nil, nil
	}
	return p.it.Key(), value
}

func (p *termPlaces) close() error { return p.it.Close() }

// rangePlaces are the places of the entries of ranges of terms: batch by batch, each in order.
type rangePlaces struct {
	store *Store
	query *row.IndexRange
	held  placeHeap // the batch, ascending once it is filled
	next  int       // of held
	more  bool      // there are places behind the batch
	begun bool
}

// found is a candidate with its entry's key; the entry's value follows from where the place begins.
type found struct {
	key   []byte
	place int // where in key it begins
}

func (f *found) at() []byte { return f.key[f.place:] }

// placeHeap has the greatest place on top.
type placeHeap struct {
	all   []found
	bytes int
}

func (h *placeHeap) Len() int           { return len(h.all) }
func (h *placeHeap) Less(i, j int) bool { return bytes.Compare(h.all[i].at(), h.all[j].at()) > 0 }
func (h *placeHeap) Swap(i, j int)      { h.all[i], h.all[j] = h.all[j], h.all[i] }
func (h *placeHeap) Push(x any)         { h.all = append(h.all, x.(found)) }
func (h *placeHeap) Pop() any {
	last := h.all[len(h.all)-1]
	h.all = h.all[:len(h.all)-1]
	return last
}

func (p *rangePlaces) seek(at []byte) ([]byte, error) {
	for {
		for p.next < len(p.held.all) {
			if place := p.held.all[p.next].at(); bytes.Compare(place, at) >= 0 {
				return place, nil
			}
			p.next++
		}
		if p.begun && !p.more {
			return nil, nil
		}
		if err := p.fill(at); err != nil {
			return nil, err
		}
	}
}

// fill reads all entries and keeps those with the least places from a place on.
func (p *rangePlaces) fill(from []byte) error {
	first := !p.begun
	p.begun, p.more, p.next = true, false, 0
	p.held = placeHeap{}
	entries := 0
	for _, r := range p.query.Ranges {
		lower, upper := entryBounds(p.query.Index, r)
		it, err := p.store.iterator(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return err
		}
		for it.First(); it.Valid() && err == nil; it.Next() {
			if entries++; first && entries > scanEntriesMax {
				err = errWideRange
				break
			}
			var value []byte
			if value, err = it.ValueAndErr(); err == nil {
				p.offer(it.Key(), value, from)
			}
		}
		if err := errors.Join(err, it.Error(), it.Close()); err != nil {
			return err
		}
	}
	slices.SortFunc(p.held.all, func(a, b found) int { return bytes.Compare(a.at(), b.at()) })
	return nil
}

func (p *rangePlaces) offer(k, value, from []byte) {
	_, place, ok := splitEntry(k, value)
	if !ok || bytes.Compare(place, from) < 0 {
		return
	}
	h := &p.held
	full := len(h.all) >= placesMax || h.bytes >= placesBytesMax
	if full && bytes.Compare(place, h.all[0].at()) >= 0 {
		p.more = true
		return
	}
	heap.Push(h, found{bytes.Clone(k), len(k) - len(place)})
	h.bytes += len(k)
	for len(h.all) > placesMax || h.bytes > placesBytesMax && len(h.all) > 1 {
		h.bytes -= len(h.all[0].key)
		heap.Pop(h)
		p.more = true
	}
}

func (p *rangePlaces) entry() (k, value []byte) {
	if p.next >= len(p.held.all) {
		return nil, nil
	}
	f := &p.held.all[p.next]
	return f.key, binary.AppendUvarint(nil, uint64(f.place-5))
}

func (p *rangePlaces) close() error { return nil }
