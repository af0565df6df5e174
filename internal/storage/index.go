package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// An index's entry says that a row may have a term. Its key is
//
//	data id    4 bytes, big-endian, of the index: the highest bit is set
//	term       package index's form; no term is the beginning of another of the same index
//	00         1 byte: a range of terms ends in FF, as a token may begin
//	place      the key of the row less its data id; of a whole partition (an index on a part of the partition key or a static column) the header's
//
// and its value the length of the term, uvarint. An index on vectors has entries of another form: clusters.go.
//
// Entries are written in the batch of the row's change, one for each term in the change, without a look at what the row held before: so writes
// stay blind, and changes may come in any order and any number of times. What holds is
//
//	E1: for each term of a stored row, as its changes merge, there is an entry.
//
// An entry whose row has the term no more is stale. It costs time and nothing else, for whoever reads by an index checks the row, and it goes
// when a reader or the patrol meets it: under the partition's lock, after another look at the row, so that E1 stays true.

// maxEntryKey bounds a term together with its place.
const maxEntryKey = 1 << 18

// isEntry says whether a key is an index's entry.
func isEntry(k []byte) bool { return len(k) > 4 && k[0]&0x80 != 0 }

// appendEntryPlace appends the place of a row, or of a partition.
func appendEntryPlace(dst []byte, p key.Partition, kind byte, clustering []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(p.Token)^1<<63)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(p.Key)))
	dst = append(append(dst, p.Key...), kind)
	return append(dst, clustering...)
}

// splitEntry takes an entry apart. ok is false for what is no entry.
func splitEntry(k, value []byte) (term, place []byte, ok bool) {
	n, size := binary.Uvarint(value)
	if size <= 0 || len(k) < 5 || n > uint64(len(k)-5) {
		return nil, nil, false
	}
	term, place = k[4:4+n], k[4+n+1:]
	if len(place) < prefixFixed-4+1 {
		return nil, nil, false
	}
	return term, place, true
}

// placePrefix is the length of the part of a place that all of its partition share.
func placePrefix(place []byte) int {
	return min(8+2+int(binary.BigEndian.Uint16(place[8:])), len(place)-1)
}

// placePartition decodes a place's partition; its key aliases the place.
func placePartition(place []byte) key.Partition {
	n := placePrefix(place)
	return key.Partition{Token: key.Token(binary.BigEndian.Uint64(place) ^ 1<<63), Key: place[10:n:n]}
}

// tableIndexes are a table's.
type tableIndexes struct {
	table   *schema.Table
	indexes []*schema.Index
	// clusters are those of the indexes on vectors.
	clusters map[schema.DataID]*clusters
}

// entryWriter writes the entries of changes into a batch.
type entryWriter struct {
	batch   *pebble.Batch
	table   *schema.Table
	extract index.Extractor
	key     []byte
	value   []byte
	// clusters are those of the table's indexes on vectors, place the place of the row whose vector is written; wake, when not nil, is told of a cluster
	// that has grown.
	clusters map[schema.DataID]*clusters
	place    []byte
	wake     func(*clusters)
	// written are the bytes of an index's entries for one row.
	written int
}

// addEntries adds the entries of a mutation. It costs a look at a pointer when no table has an index.
func (s *Store) addEntries(b *pebble.Batch, m *row.Mutation) error {
	all := s.indexes.current.Load()
	if all == nil {
		return nil
	}
	on := all.byTable[m.Table.DataID]
	if on == nil {
		return nil
	}
	w := entryWriter{batch: b, table: on.table, clusters: on.clusters}
	if on.clusters != nil {
		w.wake = s.wakeParting
	}
	for _, x := range on.indexes {
		if err := w.mutation(x, m); err != nil {
			return fmt.Errorf("index %s: %w", x.Name, err)
		}
	}
	return nil
}

func (w *entryWriter) mutation(x *schema.Index, m *row.Mutation) error {
	switch x.Column.Kind {
	case schema.PartitionKey:
		found, err := row.HasContent(m.Static)
		for i := 0; err == nil && !found && i < len(m.Rows); i++ {
			found, err = row.HasContent(m.Rows[i].Delta)
		}
		if err != nil || !found {
			return err
		}
		return w.ofKey(x, m.Partition, nil)
	case schema.Static:
		return w.ofCells(x, m.Partition, nil, m.Static)
	}
	for i := range m.Rows {
		if err := w.ofRow(x, m.Partition, m.Rows[i].Clustering, m.Rows[i].Delta); err != nil {
			return err
		}
	}
	return nil
}

// ofRow writes the entries of a row for an index on a clustering or regular column.
func (w *entryWriter) ofRow(x *schema.Index, p key.Partition, clustering, encoded []byte) error {
	switch {
	case x.Similarity != schema.NoSimilarity:
		return w.ofVectors(x, p, clustering, encoded)
	case x.Column.Kind == schema.Regular:
		return w.ofCells(x, p, clustering, encoded)
	}
	if found, err := row.HasContent(encoded); err != nil || !found {
		return err
	}
	return w.ofKey(x, p, clustering)
}

func (w *entryWriter) ofKey(x *schema.Index, p key.Partition, clustering []byte) error {
	w.written = 0
	return w.extract.Key(x, w.table, p, clustering, func(term []byte) error { return w.put(x, p, clustering, term) })
}

func (w *entryWriter) ofCells(x *schema.Index, p key.Partition, clustering, encoded []byte) error {
	w.written = 0
	return w.extract.Cells(x, encoded, func(term []byte) error { return w.put(x, p, clustering, term) })
}

// put writes one entry. A term that is too long has none, and such a value was refused to whoever wrote it; it can only be here from before
// the index was made.
func (w *entryWriter) put(x *schema.Index, p key.Partition, clustering, term []byte) error {
	if len(term) > maxEntryKey {
		return nil
	}
	w.key = binary.BigEndian.AppendUint32(w.key[:0], uint32(x.DataID))
	w.key = append(append(w.key, term...), 0)
	kind := byte(kindRow)
	if index.OfPartition(x) {
		kind = kindHeader
	}
	w.key = appendEntryPlace(w.key, p, kind, clustering)
	w.value = binary.AppendUvarint(w.value[:0], uint64(len(term)))
	if x.Class == schema.SASIIndex {
		if w.written += len(w.key); w.written > 2*index.EntriesBytesMax { // as much would have been refused, as a term that is too long
			return nil
		}
	}
	return w.batch.Set(w.key, w.value, nil)
}

// entryHolds says whether the stored row has the term of an entry.
func (s *Store) entryHolds(on *tableIndexes, x *schema.Index, term, place []byte) (bool, error) {
	n := placePrefix(place)
	k := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(place)), uint32(on.table.DataID))
	k = append(k, place...)
	switch x.Column.Kind {
	case schema.PartitionKey:
		return s.hasPartition(k[:4+n])
	case schema.Static:
		k[4+n] = kindStatic
	}
	// No fault of a simulator's choice: this runs beside the tasks that it repeats.
	encoded, closer, err := s.db.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read: %w", err)
	}
	found, err := hasTerm(x, encoded, term)
	return found, errors.Join(err, closer.Close())
}

// hasTerm says whether an encoded row has a term; one of a clustering column it has as long as it holds anything.
func hasTerm(x *schema.Index, encoded, term []byte) (bool, error) {
	if x.Column.Kind == schema.Clustering {
		return !row.IsEmpty(encoded), nil
	}
	var e index.Extractor
	err := e.Cells(x, encoded, func(t []byte) error {
		if bytes.Equal(t, term) {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// errFound ends a walk over terms.
var errFound = errors.New("found")

// hasPartition says whether anything is stored under a partition's prefix.
func (s *Store) hasPartition(prefix []byte) (bool, error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: append(bytes.Clone(prefix), kindHeader), UpperBound: append(bytes.Clone(prefix), kindEnd)})
	if err != nil {
		return false, fmt.Errorf("read: %w", err)
	}
	found := it.First()
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return false, fmt.Errorf("read: %w", err)
	}
	return found, nil
}

// forgetQueue bounds the stale entries that readers have met and that wait to be deleted; past it one waits for its next reader.
const forgetQueue = 1024

// offerStale notes an entry that a reader found stale; it never waits.
func (s *Store) offerStale(k, value []byte) {
	select {
	case s.indexes.stale <- [2][]byte{bytes.Clone(k), bytes.Clone(value)}:
	default:
	}
}

func (s *Store) forgetLoop() {
	defer s.dies()
	for {
		select {
		case <-s.ctx.Done():
			return
		case entry := <-s.indexes.stale:
			if _, err := s.forgetEntry(entry[0], entry[1]); err != nil {
				s.options.Logger.Error("delete a stale entry of an index", "error", err)
			}
		}
	}
}

// forgetEntry deletes an entry whose row does not have its term, and returns 1 then. The partition's lock keeps out the change that would
// bring the term back between the look at the row and the deletion.
func (s *Store) forgetEntry(k, value []byte) (int64, error) {
	on, x := s.indexes.find(dataIDOf(k))
	if x != nil && x.Similarity != schema.NoSimilarity {
		return s.forgetVector(on, x, k)
	}
	term, place, ok := splitEntry(k, value)
	if x == nil || !ok {
		return 0, nil
	}
	if holds, err := s.entryHolds(on, x, term, place); err != nil || holds {
		return 0, err
	}
	m := s.locks.of(on.table.DataID, placePartition(place).Token)
	m.Lock()
	defer m.Unlock()
	if holds, err := s.entryHolds(on, x, term, place); err != nil || holds {
		return 0, err
	}
	if err := s.db.Delete(k, pebble.NoSync); err != nil {
		return 0, fmt.Errorf("delete a stale entry of index %s: %w", x.Name, err)
	}
	return 1, nil
}
