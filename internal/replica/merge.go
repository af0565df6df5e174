package replica

import (
	"bytes"
	"math"

	"helenus/internal/key"
	"helenus/internal/row"
	"helenus/internal/schema"
)

// Merge merges the pages that replicas answered to one request. lacks[i] is what replica i is missing of the result.
//
// A page that ended early says nothing of what lies behind its end: the result ends where the first of them does, and the next request goes
// on from there. So a replica that has more tombstones than another never hides rows (a short read).
func Merge(table *schema.Table, r *ReadRequest, pages []*Page) (merged *Page, lacks [][]row.Mutation, err error) {
	m := merger{request: r, table: table, sources: make([]records, len(pages)), lacks: make([][]row.Mutation, len(pages)), merged: &Page{}}
	for i, p := range pages {
		m.sources[i].d.raw = p.Raw
		m.sources[i].next()
		if p.More && (!m.merged.More || m.comparePositions(&p.Last, &m.merged.Last) < 0) {
			m.merged.More, m.merged.Last = true, p.Last
		}
	}
	for {
		first := -1
		for i := range m.sources {
			if s := &m.sources[i]; s.kind == recordPartition && (first < 0 || comparePartitions(s.partition, m.sources[first].partition) < 0) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		at := m.sources[first].partition
		if m.merged.More && comparePartitions(at, m.merged.Last.Partition) > 0 {
			break
		}
		if err := m.partition(at); err != nil {
			return nil, nil, err
		}
	}
	for i := range m.sources {
		if m.sources[i].d.bad {
			return nil, nil, errWire
		}
	}
	return m.merged, m.lacks, nil
}

type merger struct {
	request *ReadRequest
	table   *schema.Table
	sources []records
	lacks   [][]row.Mutation
	merged  *Page

	in   []int // the sources that have the current partition
	view row.HeaderView
}

func comparePartitions(a, b key.Partition) int {
	if a.Token != b.Token {
		if a.Token < b.Token {
			return -1
		}
		return 1
	}
	return bytes.Compare(a.Key, b.Key)
}

func (m *merger) compareClusterings(a, b []byte) int {
	if m.request.Command.Reversed {
		a, b = b, a
	}
	return bytes.Compare(a, b)
}

// comparePositions orders the places where pages ended: a partition that is done ends behind all its rows.
func (m *merger) comparePositions(a, b *row.Position) int {
	if c := comparePartitions(a.Partition, b.Partition); c != 0 {
		return c
	}
	switch {
	case a.PartitionDone && b.PartitionDone:
		return 0
	case a.PartitionDone:
		return 1
	case b.PartitionDone:
		return -1
	}
	return m.compareClusterings(a.Clustering, b.Clustering)
}

// lack returns what source i is missing of a partition, to be added to.
func (m *merger) lack(i int, at key.Partition) *row.Mutation {
	if n := len(m.lacks[i]); n > 0 && bytes.Equal(m.lacks[i][n-1].Partition.Key, at.Key) {
		return &m.lacks[i][n-1]
	}
	m.lacks[i] = append(m.lacks[i], row.Mutation{Table: m.table, Partition: at})
	return &m.lacks[i][len(m.lacks[i])-1]
}

func (m *merger) partition(at key.Partition) error {
	m.in = m.in[:0]
	var headers [][]byte
	for i := range m.sources {
		if s := &m.sources[i]; s.kind == recordPartition && comparePartitions(s.partition, at) == 0 {
			m.in = append(m.in, i)
			if len(s.header) > 0 {
				headers = append(headers, s.header)
			}
		}
	}
	var header []byte
	var err error
	switch len(headers) {
	case 0:
	case 1:
		header = headers[0]
	default:
		if header, err = row.MergeHeader(nil, headers...); err != nil {
			return err
		}
	}
	if err := m.view.Reset(header); err != nil {
		return err
	}
	var statics [][]byte
	for _, i := range m.in {
		if s := m.sources[i].static; len(s) > 0 {
			statics = append(statics, s)
		}
	}
	static, err := m.fold(statics, m.view.Partition())
	if err != nil {
		return err
	}
	begun := len(header) > 0 || len(static) > 0
	if begun {
		m.merged.Raw = appendPartitionRecord(m.merged.Raw, at, header, static)
	}
	for i := range m.sources {
		var hasHeader, hasStatic []byte
		for _, in := range m.in {
			if in == i {
				hasHeader, hasStatic = m.sources[i].header, m.sources[i].static
			}
		}
		if len(header) > 0 && !bytes.Equal(hasHeader, header) {
			m.lack(i, at).Header = header
		}
		if len(static) > 0 && !bytes.Equal(hasStatic, static) {
			m.lack(i, at).Static = static
		}
	}
	for _, i := range m.in {
		m.sources[i].next()
	}
	ends := m.merged.More && comparePartitions(at, m.merged.Last.Partition) == 0 && !m.merged.Last.PartitionDone
	for {
		first := -1
		for _, i := range m.in {
			if s := &m.sources[i]; s.kind == recordRow && (first < 0 || m.compareClusterings(s.clustering, m.sources[first].clustering) < 0) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		clustering := m.sources[first].clustering
		if ends && m.compareClusterings(clustering, m.merged.Last.Clustering) > 0 {
			m.skipRows()
			return nil
		}
		var versions [][]byte
		for _, i := range m.in {
			if s := &m.sources[i]; s.kind == recordRow && bytes.Equal(s.clustering, clustering) {
				versions = append(versions, s.row)
			}
		}
		merged, err := m.fold(versions, m.view.Covering(clustering))
		if err != nil {
			return err
		}
		if len(merged) > 0 {
			if !begun {
				m.merged.Raw = appendPartitionRecord(m.merged.Raw, at, nil, nil)
				begun = true
			}
			m.merged.Raw = appendBytes(appendBytes(append(m.merged.Raw, recordRow), clustering), merged)
		}
		for i := range m.sources {
			s := &m.sources[i]
			has := s.kind == recordRow && comparePartitions(s.partition, at) == 0 && bytes.Equal(s.clustering, clustering)
			if len(merged) > 0 && !(has && bytes.Equal(s.row, merged)) {
				l := m.lack(i, at)
				l.Rows = append(l.Rows, row.RowDelta{Clustering: clustering, Delta: merged})
			}
			if has {
				s.next()
			}
		}
	}
}

// skipRows leaves out the rows behind the end of the result.
func (m *merger) skipRows() {
	for _, i := range m.in {
		for m.sources[i].kind == recordRow {
			m.sources[i].next()
		}
	}
}

// fold merges versions of a row and purges what covering deletes.
func (m *merger) fold(versions [][]byte, covering row.Deletion) ([]byte, error) {
	if len(versions) == 0 {
		return nil, nil
	}
	merged := versions[0]
	var err error
	for _, v := range versions[1:] {
		if bytes.Equal(v, merged) {
			continue
		}
		if merged, err = row.Merge(nil, merged, v); err != nil {
			return nil, err
		}
	}
	return row.Purge(nil, merged, covering, m.request.Now, math.MinInt64) // tombstones stay: the replicas have left out the old ones
}
