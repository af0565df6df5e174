package replica

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"helenus/internal/index"
	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
	"helenus/internal/storage"
)

// A page of a read by indexes holds the rows that are what is asked for, here and at the request's time, in the order of tokens, and nothing
// else: no deletions of partitions and ranges, which the rows have taken in. So replicas with the same data have the same page whatever stale
// entries their indexes hold. A row that is missing says nothing: another replica may have it as it was, and this one as it is now. So pages
// that differ are never merged; their rows' keys are, and those rows are read by name (coordinator/indexed.go).
//
// A page of a read of the nearest vectors holds the rows that are nearest here, as far as the index finds them. Two replicas with the same data part their
// vectors into other clusters, so one may miss a row that the other finds: then the rows that any of them found are read by name, too.

// indexedPartition is partition for a read by indexes.
func (m *pageMaker) indexedPartition(c row.Cursor) error {
	r := m.request
	before := r.GCBefore
	if m.purgedThrough != nil {
		before = min(before, m.purgedThrough(c.Partition().Token))
	}
	if err := m.header.Reset(c.Header()); err != nil {
		return err
	}
	var static []byte
	var err error
	if s := c.Static(); s != nil {
		if static, err = row.Purge(nil, s, m.header.Partition(), r.Now, before); err != nil {
			return err
		}
	}
	if err := m.static.Reset(static, row.NotDeleted, r.Now); err != nil {
		return err
	}
	p := c.Partition()
	if ok, err := m.matcher.Partition(p, &m.static); err != nil || !ok {
		return err
	}
	begun := len(static) > 0 && m.static.Live() && !m.matcher.AsksRows() && (r.Command.Resume == nil || !bytes.Equal(r.Command.Resume.Partition.Key, p.Key))
	if begun {
		m.begin(p, nil, static)
	}
	rows := 0
	for c.NextRow() {
		clustering := c.Clustering()
		if m.purged, err = row.Purge(m.purged[:0], c.Row(), m.header.Covering(clustering), r.Now, before); err != nil {
			return err
		}
		if err := m.view.Reset(m.purged, row.NotDeleted, r.Now); err != nil {
			return err
		}
		if !m.view.Live() {
			continue
		}
		if ok, err := m.matcher.Row(clustering, &m.view); err != nil {
			return err
		} else if !ok {
			continue
		}
		if !begun {
			m.begin(p, nil, static)
			begun = true
		}
		m.page.Raw = appendBytes(appendBytes(append(m.page.Raw, recordRow), clustering), m.purged)
		rows++
		m.rows++
		if m.full() {
			m.end(p, clustering)
			return nil
		}
	}
	return m.leave(c, p, begun, rows)
}

// newMatcher returns what checks rows for a read by indexes, nil for another.
func newMatcher(c *row.Command) *index.Matcher {
	if c.Indexed == nil {
		return nil
	}
	return index.NewMatcher(c.Table, c.Indexed)
}

// Await returns once the indexes of a command can be used here; the error is ErrIndexNotAvailable otherwise. A view that was just made is waited for,
// too, but may be read while it is built.
func (l *Local) Await(c *row.Command) error {
	if c.Table.IsView() {
		if err := l.store.AwaitIndexes(context.Background(), c.Table.DataID); err != nil && !errors.Is(err, storage.ErrIndexNotAvailable) {
			return err
		}
	}
	for i := range c.Indexed {
		if c.Indexed[i].Nearest != nil { // who asks compares all rows then
			if !l.store.IsBuilt(c.Indexed[i].Index.DataID) {
				return ErrIndexNotAvailable
			}
			continue
		}
		if err := l.store.AwaitIndexes(context.Background(), c.Indexed[i].Index.DataID); err != nil {
			return ErrIndexNotAvailable
		}
	}
	return nil
}

// resolveIndexes fills in the indexes of a request that came from another node; false when the table does not have one.
func (r *ReadRequest) resolveIndexes(t *schema.Table) bool {
	for i, id := range r.indexes {
		found := false
		for _, x := range t.Indexes {
			if x.DataID != id {
				continue
			}
			q := &r.Command.Indexed[i]
			q.Index, found = x, true
			if x.Similarity != schema.NoSimilarity && q.Nearest == nil {
				if q.Nearest, q.Ranges = r.nearest(x, q.Ranges), nil; q.Nearest == nil {
					return false
				}
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// RowKey names a row of a page.
type RowKey struct {
	Partition key.Partition
	// Clustering is nil for the partition itself, which comes before its rows.
	Clustering []byte
}

// Keys returns the keys of what pages hold together, in order and up to where the first of them ends, and a page that ends there and holds
// nothing. They alias the pages.
func Keys(r *ReadRequest, pages []*Page) (keys []RowKey, end Page, err error) {
	m := merger{request: r}
	sources := make([]records, len(pages))
	for i, p := range pages {
		sources[i].d.raw = p.Raw
		sources[i].next()
		if p.More && (!end.More || m.comparePositions(&p.Last, &end.Last) < 0) {
			end.More, end.Last = true, p.Last
		}
	}
	for _, s := range sources {
		for ; s.kind != 0; s.next() {
			k := RowKey{Partition: s.partition}
			if s.kind == recordRow {
				k.Clustering = s.clustering
			}
			keys = append(keys, k)
		}
		if s.d.bad {
			return nil, end, errWire
		}
	}
	compare := func(a, b *RowKey) int {
		if c := comparePartitions(a.Partition, b.Partition); c != 0 {
			return c
		}
		switch {
		case a.Clustering == nil && b.Clustering == nil:
			return 0
		case a.Clustering == nil:
			return -1
		case b.Clustering == nil:
			return 1
		}
		return bytes.Compare(a.Clustering, b.Clustering)
	}
	slices.SortFunc(keys, func(a, b RowKey) int { return compare(&a, &b) })
	out := keys[:0]
	for i := range keys {
		k := &keys[i]
		if end.More {
			c := comparePartitions(k.Partition, end.Last.Partition)
			if c > 0 || c == 0 && !end.Last.PartitionDone && bytes.Compare(k.Clustering, end.Last.Clustering) > 0 {
				break
			}
		}
		if n := len(out); n > 0 && compare(&out[n-1], k) == 0 {
			continue
		}
		out = append(out, *k)
	}
	return out, end, nil
}

// AppendNamed appends the records of a page that some keys name, deletions and partitions' static rows with them.
func AppendNamed(dst []byte, p *Page, keys []RowKey) ([]byte, error) {
	r := records{d: decoder{raw: p.Raw}}
	for r.next(); r.kind != 0; r.next() {
		for len(keys) > 0 && comparePartitions(keys[0].Partition, r.partition) < 0 {
			keys = keys[1:]
		}
		if len(keys) == 0 {
			break
		}
		if comparePartitions(keys[0].Partition, r.partition) != 0 {
			continue
		}
		if r.kind == recordPartition {
			dst = appendPartitionRecord(dst, r.partition, r.header, r.static)
			continue
		}
		for len(keys) > 0 && comparePartitions(keys[0].Partition, r.partition) == 0 && (keys[0].Clustering == nil || bytes.Compare(keys[0].Clustering, r.clustering) < 0) {
			keys = keys[1:]
		}
		if len(keys) > 0 && comparePartitions(keys[0].Partition, r.partition) == 0 && bytes.Equal(keys[0].Clustering, r.clustering) {
			dst = appendBytes(appendBytes(append(dst, recordRow), r.clustering), r.row)
		}
	}
	if r.d.bad {
		return dst, errWire
	}
	return dst, nil
}
